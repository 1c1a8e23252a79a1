/**
 * Half floats (IEEE 754 binary16) as numbers.
 *
 * Node 20 has no `DataView.prototype.getFloat16`.
 *
 * @module
 */

/** The least magnitude that rounds to infinity: halfway from 65504 to the next step. */
export const HALF_OVERFLOW = 65520;

/** Adding and taking away 2**52 leaves a number below that rounded to an integer, half to even. */
const ROUND = 2 ** 52;

/** The bits of a double, to read its exponent. */
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Index of the word that holds sign and exponent. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * The number that 16 bits stand for.
 *
 * @param bits From 0 to 65535.
 */
export function fromHalfBits(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0
    ? fraction * 2 ** -24
    : exponent === 31
    ? (fraction === 0 ? Infinity : NaN)
    : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 === 0 ? magnitude : -magnitude;
}

/**
 * The 16 bits nearest to a number, a tie to the even one. Rounds once, from the double.
 *
 * @param value Below {@link HALF_OVERFLOW} in magnitude, infinite or NaN, which becomes 0x7e00.
 */
export function toHalfBits(value: number): number {
  if (value !== value) return 0x7e00;
  double[0] = value;
  const high = words[HIGH] ?? 0;
  const sign = (high >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return sign | 0x7c00;
  // A carry out of the fraction goes into the exponent, as it should.
  return sign |
    (magnitude < 2 ** -14
      ? roundEven(magnitude * 2 ** 24)
      : normalBits(magnitude, ((high >>> 20) & 0x7ff) - 1023));
}

function normalBits(magnitude: number, exponent: number): number {
  // From 1024 to 2048: the leading one of the fraction counts as one more in the exponent.
  const fraction = roundEven(magnitude * 2 ** (10 - exponent));
  return ((exponent + 14) << 10) + fraction;
}

function roundEven(value: number): number {
  return value + ROUND - ROUND;
}
