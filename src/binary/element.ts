/**
 * One element of memory: how a code of Python's struct formats is read and written.
 *
 * Codes that stand for bytes which are no single element (`x`, `s`, `p`) are not here.
 *
 * @module
 */
import { fromHalfBits, HALF_OVERFLOW, toHalfBits } from "./half_float.ts";
import { nativeSizes } from "./native_sizes.ts";
import { received } from "../received.ts";

/** A code of one element. `n`, `N` and `P` are native only. */
export type ElementCode =
  | "c"
  | "b"
  | "B"
  | "?"
  | "h"
  | "H"
  | "i"
  | "I"
  | "l"
  | "L"
  | "q"
  | "Q"
  | "n"
  | "N"
  | "P"
  | "e"
  | "f"
  | "d";

/**
 * What an element holds: one byte for `c`, a boolean for `?`, a bigint for integers of 8 bytes, and
 * a number otherwise.
 */
export type ElementValue = number | bigint | boolean | Uint8Array;

/** How one element lies in memory. */
export interface ElementType {
  readonly code: ElementCode;
  readonly byteLength: number;
  /** Multiple of which a native offset must be, in bytes. */
  readonly alignment: number;
  /**
   * Reads an element.
   *
   * @param offset Byte offset in `view`.
   * @throws {RangeError} If the element ends behind the view.
   */
  get(view: DataView, offset: number, littleEndian: boolean): ElementValue;
  /**
   * Checks a value as Python's struct does and stores it. Integers may be numbers, bigints or
   * booleans in every integer code; NaN is stored as the quiet one.
   *
   * @param offset Byte offset in `view`.
   * @throws {TypeError} If the value is of the wrong kind; nothing is written.
   * @throws {RangeError} If it does not fit, or the element ends behind the view; nothing is written.
   * Only a native `f` takes what is too large, as infinity.
   */
  set(
    view: DataView,
    offset: number,
    value: ElementValue,
    littleEndian: boolean,
  ): void;
}

/** An element whose checks and stores can be had apart, so that many are checked before one is stored. */
export interface CheckedElement<Value = ElementValue> extends ElementType {
  /**
   * The value in the form that {@link put} takes.
   *
   * @param index Which of several values it is, for the text of the error.
   * @throws {TypeError} If it is of the wrong kind.
   * @throws {RangeError} If it does not fit.
   */
  check(value: unknown, index?: number): Value;
  /** Stores what {@link check} has returned. */
  put(
    view: DataView,
    offset: number,
    value: Value,
    littleEndian: boolean,
  ): void;
}

/** Whether this machine's own byte order is little-endian. */
export const NATIVE_LITTLE_ENDIAN: boolean =
  new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Finds how a code's elements lie in memory.
 *
 * Allocates nothing after the first call for a code.
 *
 * @param code One letter, an {@link ElementCode}.
 * @param native Whether sizes are those of this platform's C compiler rather than the standard ones:
 * `l` has 8 bytes on 64-bit Unix, and `n`, `N`, `P` are known.
 * @throws {TypeError} If there is no such code, or only a native one.
 */
export function elementType(code: string, native: boolean): ElementType {
  const found = findElement(code, native);
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot find an element as its code must be one of ${
      elementCodes(native)
    }: received ${received(code)}`,
  );
}

/** The codes that {@link elementType} knows, for texts. */
export function elementCodes(native: boolean): string {
  return [...(native ? nativeElements() : STANDARD).keys()].join(" ");
}

/** The same as {@link elementType}, with checks and stores apart, and `undefined` for an unknown code. */
export function findElement(
  code: string,
  native: boolean,
): CheckedElement | undefined {
  return (native ? nativeElements() : STANDARD).get(code);
}

/** Layout of an element and its four functions. */
type Access<Value> = Pick<
  CheckedElement<Value>,
  "code" | "byteLength" | "get" | "check" | "put"
>;

function element<Value extends ElementValue>(
  access: Access<Value>,
): CheckedElement {
  const { check, put } = access;
  const checked: CheckedElement<Value> = {
    ...access,
    alignment: access.byteLength,
    set: (view, offset, value, littleEndian) =>
      put(view, offset, check(value), littleEndian),
  };
  // `put` takes what `check` of the same element returns, which is all that callers have.
  return checked as unknown as CheckedElement;
}

type Get<Value> = (view: DataView, offset: number, little: boolean) => Value;
type Put<Value> = (
  view: DataView,
  offset: number,
  value: Value,
  little: boolean,
) => void;

/** An integer of up to 4 bytes. */
function integer(
  code: ElementCode,
  byteLength: 1 | 2 | 4,
  signed: boolean,
  get: Get<number>,
  put: Put<number>,
): CheckedElement {
  const count = 2 ** (8 * byteLength);
  const min = signed ? -count / 2 : 0;
  const max = min + count - 1;
  const check = (value: unknown, index?: number) => {
    if (Number.isInteger(value)) {
      // The test is true of numbers only.
      const number = value as number;
      if (number >= min && number <= max) return number;
    }
    return Number(checkInteger(value, index, code, BigInt(min), BigInt(max)));
  };
  return element({ code, byteLength, get, check, put });
}

/** An integer of 8 bytes. `P` takes what `q` and `Q` take. */
function bigInteger(code: ElementCode, signed: boolean): CheckedElement {
  const min = signed || code === "P" ? -(2n ** 63n) : 0n;
  const max = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  const check = (value: unknown, index?: number) =>
    typeof value === "bigint" && value >= min && value <= max
      ? value
      : checkInteger(value, index, code, min, max);
  const get: Get<bigint> = signed
    ? (view, offset, little) => view.getBigInt64(offset, little)
    : (view, offset, little) => view.getBigUint64(offset, little);
  const put: Put<bigint> = (view, offset, value, little) =>
    view.setBigUint64(offset, value, little);
  return element({ code, byteLength: 8, get, check, put });
}

function checkInteger(
  value: unknown,
  index: number | undefined,
  code: ElementCode,
  min: bigint,
  max: bigint,
): bigint {
  const whole = toBigInt(value);
  if (whole === undefined) {
    throw new TypeError(refusal(code, "an integer", value, index));
  }
  if (whole < min || whole > max) {
    const rule = `an integer from ${min} to ${max}`;
    throw new RangeError(refusal(code, rule, value, index));
  }
  return whole;
}

function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  // The test is true of numbers only.
  return Number.isInteger(value) ? BigInt(value as number) : undefined;
}

/** A float; `fits` is asked about finite numbers. */
function float(
  code: ElementCode,
  byteLength: 2 | 4 | 8,
  fits: (value: number) => boolean,
  get: Get<number>,
  put: Put<number>,
): CheckedElement {
  const check = (value: unknown, index?: number) => {
    const number = toNumber(value);
    if (number === undefined) {
      throw new TypeError(refusal(code, "a number", value, index));
    }
    // A bigint that is too large has become infinite.
    const finite = typeof value === "bigint" || Number.isFinite(number);
    if (finite && !fits(number)) {
      const rule = `a number that ${8 * byteLength} bits can hold`;
      throw new RangeError(refusal(code, rule, value, index));
    }
    // One NaN rather than the runtime's choice, so that bytes do not depend on it.
    return number === number ? number : NaN;
  };
  return element({ code, byteLength, get, check, put });
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "bigint" || typeof value === "boolean"
    ? Number(value)
    : undefined;
}

/** True for anything but 0, as in C. NaN is not 0. */
function checkBoolean(value: unknown, index?: number): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (typeof value === "bigint") return value !== 0n;
  throw new TypeError(refusal("?", "a boolean or a number", value, index));
}

function checkByte(value: unknown, index?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(refusal("c", "a Uint8Array", value, index));
  }
  if (value.length !== 1) {
    throw new RangeError(refusal("c", "a Uint8Array of 1", value, index));
  }
  return value;
}

/** Why a value is refused. @param index Which of several values it is. */
export function refusal(
  code: string,
  rule: string,
  value: unknown,
  index?: number,
): string {
  const what = index === undefined ? "a value" : `value ${index}`;
  return `Cannot write ${what} as "${code}" takes ${rule}: received ${
    received(value)
  }`;
}

const int8: Get<number> = (view, offset) => view.getInt8(offset);
const uint8: Get<number> = (view, offset) => view.getUint8(offset);
const putUint8: Put<number> = (view, offset, value) =>
  view.setUint8(offset, value);
const int16: Get<number> = (view, offset, little) =>
  view.getInt16(offset, little);
const uint16: Get<number> = (view, offset, little) =>
  view.getUint16(offset, little);
const putUint16: Put<number> = (view, offset, value, little) =>
  view.setUint16(offset, value, little);
const int32: Get<number> = (view, offset, little) =>
  view.getInt32(offset, little);
const uint32: Get<number> = (view, offset, little) =>
  view.getUint32(offset, little);
const putUint32: Put<number> = (view, offset, value, little) =>
  view.setUint32(offset, value, little);

/** Elements whose size is the same everywhere. */
const FIXED: readonly CheckedElement[] = [
  element({
    code: "c",
    byteLength: 1,
    get: (view, offset) => Uint8Array.of(view.getUint8(offset)),
    check: checkByte,
    put: (view, offset, value) => view.setUint8(offset, value[0] ?? 0),
  }),
  integer("b", 1, true, int8, putUint8),
  integer("B", 1, false, uint8, putUint8),
  element({
    code: "?",
    byteLength: 1,
    get: (view, offset) => view.getUint8(offset) !== 0,
    check: checkBoolean,
    put: (view, offset, value) => view.setUint8(offset, value ? 1 : 0),
  }),
  integer("h", 2, true, int16, putUint16),
  integer("H", 2, false, uint16, putUint16),
  integer("i", 4, true, int32, putUint32),
  integer("I", 4, false, uint32, putUint32),
  bigInteger("q", true),
  bigInteger("Q", false),
  float(
    "e",
    2,
    (value) => Math.abs(value) < HALF_OVERFLOW,
    (view, offset, little) => fromHalfBits(view.getUint16(offset, little)),
    (view, offset, value, little) =>
      view.setUint16(offset, toHalfBits(value), little),
  ),
  float(
    "d",
    8,
    Number.isFinite,
    (view, offset, little) => view.getFloat64(offset, little),
    (view, offset, value, little) => view.setFloat64(offset, value, little),
  ),
];

const STANDARD: ReadonlyMap<string, CheckedElement> = byCode([
  ...FIXED,
  sized("l", 4, true),
  sized("L", 4, false),
  float32((value) => Number.isFinite(Math.fround(value))),
]);

let ofThisPlatform: ReadonlyMap<string, CheckedElement> | undefined;

function nativeElements(): ReadonlyMap<string, CheckedElement> {
  const { long, pointer } = nativeSizes();
  return ofThisPlatform ??= byCode([
    ...FIXED,
    sized("l", long, true),
    sized("L", long, false),
    sized("n", pointer, true),
    sized("N", pointer, false),
    sized("P", pointer, false),
    // As a conversion in C: what is too large becomes infinite.
    float32(Number.isFinite),
  ]);
}

function float32(fits: (value: number) => boolean): CheckedElement {
  return float(
    "f",
    4,
    fits,
    (view, offset, little) => view.getFloat32(offset, little),
    (view, offset, value, little) => view.setFloat32(offset, value, little),
  );
}

function sized(
  code: ElementCode,
  byteLength: 4 | 8,
  signed: boolean,
): CheckedElement {
  if (byteLength === 8) return bigInteger(code, signed);
  return integer(code, 4, signed, signed ? int32 : uint32, putUint32);
}

function byCode(
  elements: readonly CheckedElement[],
): ReadonlyMap<string, CheckedElement> {
  return new Map(elements.map((element) => [element.code, element]));
}
