/**
 * Numbers in a file that a patch adds to.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";

/** Kinds of numbers, with their bytes. */
const TYPE_BYTES = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  f32: 4,
  f64: 8,
} as const;

/** A kind of number. */
export type NumberType =
  | "u8"
  | "i8"
  | "u16"
  | "i16"
  | "u32"
  | "i32"
  | "u64"
  | "i64"
  | "f32"
  | "f64";

/** The kinds of numbers that can be added to. */
export const NUMBER_TYPES: readonly NumberType[] = Object.keys(
  TYPE_BYTES,
) as NumberType[];

/** What is added to a number of the file. */
export interface Addition {
  /** Kind of the number. */
  readonly type: NumberType;
  /** Defaults to `"little"`. */
  readonly endian?: "little" | "big" | undefined;
  /** Offset in the file of its first byte. */
  readonly offset: number;
  /** For whole numbers a whole number. */
  readonly delta: number | bigint;
  /** Whether a whole number that gets out of range starts again at the other end; otherwise it is an error. */
  readonly wrap?: boolean | undefined;
}

/** Bytes of a number. @throws {RangeError} If there is no such kind. */
export function numberBytes(type: NumberType): number {
  if (Object.hasOwn(TYPE_BYTES, type)) return TYPE_BYTES[type];
  throw new RangeError(
    `Cannot add to a number as its type must be one of ${
      NUMBER_TYPES.join(", ")
    }: received "${type}"`,
  );
}

/**
 * Adds to a number.
 *
 * Sums of numbers with a point are rounded as IEEE 754 says: to an `f64`, and for an `f32` from that.
 *
 * @param bytes The number as the file has it; changed in place.
 * @throws {RangeError} If the sum is out of range, and does not wrap; or `delta` is not of the number's kind.
 */
export function addTo(bytes: Uint8Array, addition: Addition): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = addition.endian !== "big";
  if (addition.type === "f32" || addition.type === "f64") {
    addFloat(view, addition, isLittle);
  } else addInteger(view, addition, isLittle);
}

function addFloat(
  view: DataView,
  { type, delta, offset }: Addition,
  isLittle: boolean,
): void {
  const read = () =>
    type === "f32"
      ? view.getFloat32(0, isLittle)
      : view.getFloat64(0, isLittle);
  const before = read();
  const sum = before + Number(delta);
  if (type === "f32") view.setFloat32(0, sum, isLittle);
  else view.setFloat64(0, sum, isLittle);
  if (Number.isFinite(before) && !Number.isFinite(read())) {
    throw outOfRange(type, offset, `${before} + ${delta}`);
  }
}

function addInteger(
  view: DataView,
  { type, delta, offset, wrap }: Addition,
  isLittle: boolean,
): void {
  const bits = 8 * view.byteLength;
  const isSigned = type.startsWith("i");
  const before = readInteger(view, bits, isSigned, isLittle);
  const sum = before + wholeDelta(delta, type);
  const wrapped = isSigned
    ? BigInt.asIntN(bits, sum)
    : BigInt.asUintN(bits, sum);
  if (wrapped !== sum && wrap !== true) {
    throw outOfRange(type, offset, `${before} + ${delta}`);
  }
  writeInteger(view, bits, wrapped, isLittle);
}

function wholeDelta(delta: number | bigint, type: NumberType): bigint {
  if (typeof delta === "bigint" || Number.isSafeInteger(delta)) {
    return BigInt(delta);
  }
  throw new RangeError(
    `Cannot add to ${type} as "delta" must be ${
      Number.isInteger(delta) ? "a bigint beyond 2**53" : "a whole number"
    }: received ${delta}`,
  );
}

function readInteger(
  view: DataView,
  bits: number,
  isSigned: boolean,
  isLittle: boolean,
): bigint {
  const unsigned = bits === 8
    ? BigInt(view.getUint8(0))
    : bits === 16
    ? BigInt(view.getUint16(0, isLittle))
    : bits === 32
    ? BigInt(view.getUint32(0, isLittle))
    : view.getBigUint64(0, isLittle);
  return isSigned ? BigInt.asIntN(bits, unsigned) : unsigned;
}

function writeInteger(
  view: DataView,
  bits: number,
  value: bigint,
  isLittle: boolean,
): void {
  const unsigned = BigInt.asUintN(bits, value);
  if (bits === 8) view.setUint8(0, Number(unsigned));
  else if (bits === 16) view.setUint16(0, Number(unsigned), isLittle);
  else if (bits === 32) view.setUint32(0, Number(unsigned), isLittle);
  else view.setBigUint64(0, unsigned, isLittle);
}

function outOfRange(type: NumberType, offset: number, sum: string): RangeError {
  return new RangeError(
    `Cannot add to ${type} at ${
      groupDigits(offset)
    } as the sum must be in its range: received ${sum}`,
  );
}
