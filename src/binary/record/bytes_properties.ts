/**
 * Fields that are strings of bytes: `char[n]`, `bytes[n]`, and the Pascal strings of struct formats.
 *
 * @module
 */
import { here, type Place, type Placed } from "./place.ts";
import { type Check, refusal } from "./scalars.ts";

/** The accessors of a string of bytes, and what they consist of. */
export interface BytesProperty<Value> {
  get(this: Placed): Value;
  /** @throws {TypeError | RangeError} If the value cannot be stored; nothing is written then. */
  set(this: Placed, value: unknown): void;
  readonly check: Check<Value>;
  /** What `get` gives, in memory of its own. */
  copy(value: Value): Value;
}

/** Where a string of bytes lies, and what its type is called. */
export interface BytesField {
  readonly type: string;
  /** In the record that the range is cut into. */
  readonly offset: number;
  readonly byteLength: number;
}

const encoder = new TextEncoder();
// A byte order mark belongs to the text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes of a field of the current record, where they lie. */
export function bytesAt(
  place: Place,
  { offset, byteLength }: Pick<BytesField, "offset" | "byteLength">,
): Uint8Array {
  const { buffer, byteOffset } = place.view;
  const start = byteOffset + ((here(place) + offset) >>> 0);
  return new Uint8Array(buffer, start, byteLength);
}

/**
 * Text in UTF-8 that ends at its first NUL or with the field. What is no UTF-8 is loaded as U+FFFD.
 *
 * Text that is stored is followed by NULs, and has to fit: none is cut.
 */
export function textProperty(field: BytesField): BytesProperty<string> {
  const { offset, byteLength } = field;
  const check: Check<string> = (value) => checkText(field, value);
  return {
    get(this: Placed) {
      const start = (here(this._place) + offset) >>> 0;
      return decodeText(this._place.u8, start, byteLength);
    },
    set(this: Placed, value) {
      // Into memory of its own first, as encodeInto() takes no shared memory in browsers.
      fillField(bytesAt(this._place, field), encoder.encode(check(value)));
    },
    check,
    copy: (text) => text,
  };
}

/** Allocates the text only, if it is ASCII. */
function decodeText(bytes: Uint8Array, start: number, length: number): string {
  let text = "";
  for (let i = start; i < start + length; i++) {
    const byte = bytes[i]!;
    if (byte === 0) return text;
    if (byte > 127) return decodeUtf8(bytes.slice(start, start + length));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** @param copy The bytes of a field in memory of their own, as TextDecoder takes no shared one in browsers. */
function decodeUtf8(copy: Uint8Array<ArrayBuffer>): string {
  const end = copy.indexOf(0);
  return decoder.decode(end < 0 ? copy : copy.subarray(0, end));
}

function checkText({ type, byteLength }: BytesField, value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError(refusal(type, "a string", value));
  }
  if (value.includes("\0") || !value.isWellFormed()) {
    const rule = "text without NUL and lone surrogates";
    throw new RangeError(refusal(type, rule, value));
  }
  if (encoder.encode(value).length > byteLength) {
    const rule = `at most ${byteLength} bytes of UTF-8`;
    throw new RangeError(refusal(type, rule, value));
  }
  return value;
}

/** Bytes, seen where they lie. Fewer that are stored are followed by zeros; more are refused. */
export function bytesProperty(field: BytesField): BytesProperty<Uint8Array> {
  const check: Check<Uint8Array> = (value) =>
    checkBytes(field, field.byteLength, value);
  return {
    get(this: Placed) {
      return bytesAt(this._place, field);
    },
    set(this: Placed, value) {
      fillField(bytesAt(this._place, field), check(value));
    },
    check,
    copy: (bytes) => bytes.slice(),
  };
}

/** As {@link bytesProperty}, behind a byte that says how many of the bytes count. */
export function pascalProperty(field: BytesField): BytesProperty<Uint8Array> {
  const lengthMax = Math.max(0, Math.min(field.byteLength - 1, 255));
  const check: Check<Uint8Array> = (value) =>
    checkBytes(field, lengthMax, value);
  return {
    get(this: Placed) {
      const bytes = bytesAt(this._place, field);
      return bytes.subarray(1, 1 + (bytes[0] ?? 0));
    },
    set(this: Placed, value) {
      const checked = check(value);
      const bytes = bytesAt(this._place, field);
      fillField(bytes.subarray(1), checked);
      bytes.fill(checked.length, 0, 1);
    },
    check,
    copy: (bytes) => bytes.slice(),
  };
}

function checkBytes(
  { type }: BytesField,
  lengthMax: number,
  value: unknown,
): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(refusal(type, "a Uint8Array", value));
  }
  if (value.length <= lengthMax) return value;
  throw new RangeError(refusal(type, `at most ${lengthMax} bytes`, value));
}

/** Stores bytes, and zeros in what is left of a field. */
function fillField(field: Uint8Array, bytes: Uint8Array): void {
  const { length } = bytes;
  field.set(bytes);
  field.fill(0, length);
}
