/**
 * Keys of groups: the bytes that a table finds a group by, and back from there to values.
 *
 * ```text
 * one text       its bytes, where they lie in the record
 * one number     8 bytes, a double; an integer that is none, 9 bytes: its 64 bits and whether it has a sign
 * one truth      1 byte
 * several        each of them behind its length, a u32
 * ```
 *
 * @module
 */
import { decodeText } from "../binary/decode_text.ts";
import type { Region } from "../kernels/kernels.ts";
import type { Numeric, Operand, TextSource } from "./expression/operand.ts";
import type { RecordValue } from "./query.ts";

/** Builds the key of the current record. */
export interface KeyBuilder {
  /** Byte offset in the arena of the key that was built last. */
  readonly address: number;
  readonly byteLength: number;
  /** Builds the key. Allocates nothing. */
  build(): void;
}

/** Bytes of the scratch that a key needs besides those of its texts. */
export function keyScratchBytes(operandCount: number): number {
  return 64 + 16 * operandCount;
}

/** Makes the builder of a key. @param scratch Holds all texts of a record and {@link keyScratchBytes}. */
export function keyBuilder(
  operands: readonly Operand[],
  buffer: SharedArrayBuffer,
  scratch: Region,
): KeyBuilder {
  const [only, ...others] = operands;
  if (only === undefined) return new NoKey(scratch);
  if (others.length === 0 && (only.type === "text" || only.type === "field")) {
    return new TextKey(only.text);
  }
  const parts = operands.map((operand) => partWriter(operand, buffer));
  return new WrittenKey(parts, buffer, scratch);
}

/** The key of everything. */
class NoKey implements KeyBuilder {
  readonly address: number;
  readonly byteLength = 0;

  constructor({ byteOffset }: Region) {
    this.address = byteOffset;
  }

  build(): void {}
}

/** A text is its own key. */
class TextKey implements KeyBuilder {
  readonly #text: TextSource;

  constructor(text: TextSource) {
    this.#text = text;
  }

  get address(): number {
    return this.#text.start;
  }

  get byteLength(): number {
    return this.#text.byteLength;
  }

  build(): void {
    this.#text.load();
  }
}

/** Writes a part of a key. @returns Its length. */
type PartWriter = (address: number) => number;

class WrittenKey implements KeyBuilder {
  readonly address: number;
  byteLength = 0;
  readonly #parts: readonly PartWriter[];
  readonly #view: DataView;

  constructor(
    parts: readonly PartWriter[],
    buffer: SharedArrayBuffer,
    { byteOffset }: Region,
  ) {
    this.address = byteOffset;
    this.#parts = parts;
    this.#view = new DataView(buffer);
  }

  build(): void {
    const parts = this.#parts;
    if (parts.length === 1) {
      this.byteLength = parts[0]!(this.address);
      return;
    }
    let at = this.address;
    for (let i = 0; i < parts.length; i++) {
      const byteLength = parts[i]!(at + 4);
      this.#view.setUint32(at, byteLength, true);
      at += 4 + byteLength;
    }
    this.byteLength = at - this.address;
  }
}

function partWriter(operand: Operand, buffer: SharedArrayBuffer): PartWriter {
  const view = new DataView(buffer);
  switch (operand.type) {
    case "text":
    case "field":
      return textWriter(operand.text, new Uint8Array(buffer));
    case "boolean":
      return (address) => {
        view.setUint8(address, operand.boolean() ? 1 : 0);
        return 1;
      };
    case "number":
    case "float":
      return (address) => writeNumber(view, address, operand.number());
  }
}

function textWriter(text: TextSource, arena: Uint8Array): PartWriter {
  return (address) => {
    text.load();
    const { bytes, start, byteLength } = text;
    for (let i = 0; i < byteLength; i++) arena[address + i] = bytes[start + i]!;
    return byteLength;
  };
}

function writeNumber(view: DataView, address: number, value: Numeric): number {
  if (typeof value === "number") {
    // Adding 0 makes 0 of -0, and one NaN is stored for all.
    view.setFloat64(address, value === value ? value + 0 : NaN, true);
    return 8;
  }
  view.setBigUint64(address, BigInt.asUintN(64, value), true);
  view.setUint8(address + 8, value < 0n ? 1 : 0);
  return 9;
}

const DECODER = new TextDecoder();

/** Longer texts are decoded as quickly by a decoder. */
const SHORT_BYTES = 64;

/** Where the key of a group lies. */
export interface KeyPlace {
  /** All of a memory. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly keyAddress: number;
  readonly keyBytes: number;
}

/** The values of a key. @param types Of the fields that it was built from. */
export function keyValues(
  { bytes, view, keyAddress, keyBytes }: KeyPlace,
  types: readonly Operand["type"][],
): RecordValue[] {
  const [only, ...others] = types;
  if (only === undefined) return [];
  if (others.length === 0) {
    return [keyValue(bytes, view, keyAddress, keyBytes, only)];
  }
  let at = keyAddress;
  return types.map((type) => {
    const start = at + 4;
    const byteLength = view.getUint32(at, true);
    at = start + byteLength;
    return keyValue(bytes, view, start, byteLength, type);
  });
}

/** Where the fields of a key lie. @param count How many it was built from. */
export function keyParts(
  { view, keyAddress, keyBytes }: KeyPlace,
  count: number,
): { readonly start: number; readonly byteLength: number }[] {
  if (count === 0) return [];
  if (count === 1) return [{ start: keyAddress, byteLength: keyBytes }];
  let at = keyAddress;
  return Array.from({ length: count }, () => {
    const start = at + 4;
    const byteLength = view.getUint32(at, true);
    at = start + byteLength;
    return { start, byteLength };
  });
}

/** The value of one field of a key. */
export function keyValue(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  byteLength: number,
  type: Operand["type"],
): RecordValue {
  if (type === "text" || type === "field") {
    // Decoders of some runtimes refuse shared memory.
    return shortAscii(bytes, start, start + byteLength) ??
      decodeKey(bytes.slice(start, start + byteLength));
  }
  if (type === "boolean") return view.getUint8(start) === 1;
  if (byteLength === 8) return view.getFloat64(start, true);
  return view.getUint8(start + 8) === 1
    ? view.getBigInt64(start, true)
    : view.getBigUint64(start, true);
}

/** Bytes that are no text become lone surrogates, so that other keys stay others, and CSV has their bytes. */
function decodeKey(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  return text.includes("\ufffd")
    ? decodeText(bytes, "utf-8", "surrogateescape")
    : text;
}

/** Text that is short and nothing but ASCII, without a decoder, which takes longer. @returns `undefined` for other text. */
function shortAscii(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  if (end - start > SHORT_BYTES) return undefined;
  let text = "", all = 0, at = start;
  // `!`: the text is inside of its memory.
  for (; at + 4 <= end; at += 4) {
    const a = bytes[at]!, b = bytes[at + 1]!;
    const c = bytes[at + 2]!, d = bytes[at + 3]!;
    all |= a | b | c | d;
    text += String.fromCharCode(a, b, c, d);
  }
  for (; at < end; at++) {
    const byte = bytes[at]!;
    all |= byte;
    text += String.fromCharCode(byte);
  }
  return all < 0x80 ? text : undefined;
}
