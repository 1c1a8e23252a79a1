/**
 * CRCs as polynomials over GF(2): what joins the CRCs of neighbouring ranges.
 *
 * Serves any CRC of 32 bits that is reflected, starts at all ones and ends inverted
 * (CRC-32, CRC-32C). Bit 31 of a word is the coefficient of x^0, as in zlib.
 *
 * @see https://github.com/madler/zlib/blob/develop/crc32.c `multmodp`, `x2nmodp`, `crc32_combine_op`
 * @module
 */

/** Joins the CRCs of two neighbours, given how long the right one is. */
export type CrcCombine = (
  left: number,
  right: number,
  rightByteLength: number,
) => number;

/** The polynomial 1, that is x^0. */
const ONE = 0x80000000;
/** The polynomial x. */
const X = 0x40000000;

/** Lengths are below 2^53 bytes, so exponents are below 2^56 bits. */
const POWER_COUNT = 56;

/** Segments have one length and the last has another; merged runs add a few. */
const CACHED_OPERATORS = 64;

/** `a * b` modulo the polynomial. Constant memory, 32 steps. */
export function multiplyModulo(
  a: number,
  b: number,
  polynomial: number,
): number {
  let product = 0;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= b;
    b = (b & 1) === 0 ? b >>> 1 : (b >>> 1) ^ polynomial;
  }
  return product >>> 0;
}

/**
 * Makes the function that joins CRCs of one polynomial.
 *
 * A join takes O(log length) the first time that a length of the right side comes up
 * and 32 steps after that: the operator x^(8 * length) is kept.
 *
 * @param polynomial Reflected, without its x^32: `0xedb88320` for CRC-32.
 */
export function crcCombine(polynomial: number): CrcCombine {
  const powers = squaredPowers(polynomial);
  const operators = new Map<number, number>();

  function operatorFor(byteLength: number): number {
    const known = operators.get(byteLength);
    if (known !== undefined) return known;
    const operator = xToTheBits(byteLength, powers, polynomial);
    if (operators.size >= CACHED_OPERATORS) operators.clear();
    operators.set(byteLength, operator);
    return operator;
  }

  return (left, right, rightByteLength) => {
    const shifted = multiplyModulo(
      operatorFor(rightByteLength),
      left,
      polynomial,
    );
    return (shifted ^ right) >>> 0;
  };
}

/** `x^(2^n)` modulo the polynomial for each `n`. */
function squaredPowers(polynomial: number): readonly number[] {
  // zlib keeps 32 and goes round, which holds only for polynomials whose x has an
  // order that divides 2^32 - 1. That of CRC-32C has not.
  const powers: number[] = [];
  for (let n = 0, power = X; n < POWER_COUNT; n++) {
    powers.push(power);
    power = multiplyModulo(power, power, polynomial);
  }
  return powers;
}

/** `x^(8 * byteLength)` modulo the polynomial. */
function xToTheBits(
  byteLength: number,
  powers: readonly number[],
  polynomial: number,
): number {
  let product = ONE;
  let rest = byteLength;
  for (const power of powers.slice(3)) {
    if (rest % 2 === 1) product = multiplyModulo(power, product, polynomial);
    rest = Math.floor(rest / 2);
  }
  return product;
}

/** Table of the CRCs of single bytes, `u32[256]`. */
export function crcTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial;
    }
    return crc;
  });
}

/** CRC of `bytes` after bytes whose CRC is `crc`, one byte at a time. */
export function crcUpdate(
  bytes: Uint8Array,
  crc: number,
  table: Uint32Array,
): number {
  const length = bytes.length;
  let state = ~crc;
  for (let i = 0; i < length; i++) {
    // `!`: `i` is below `length`, and the table has an entry for each byte.
    state = (state >>> 8) ^ table[(state ^ bytes[i]!) & 255]!;
  }
  return ~state >>> 0;
}
