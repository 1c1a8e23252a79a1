/**
 * Exact fractions: what sums of doubles and decimals really are, rounded once at the end.
 *
 * @module
 */

/** `numerator / denominator`, not reduced; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Digits of a double's fraction, with the one that is not stored. */
const MANTISSA_BITS = 53;

/** Doubles are multiples of `2**-1074`. */
const EXPONENT_MIN = -1074;

const WORD = new DataView(new ArrayBuffer(8));

/** The exact sum of finite doubles. */
export function sumOf(doubles: readonly number[]): Rational {
  const parts = doubles.filter((double) => double !== 0).map(decompose);
  const least = parts.reduce((min, part) => Math.min(min, part.exponent), 0);
  let numerator = 0n;
  for (const { mantissa, exponent } of parts) {
    numerator += BigInt(mantissa) << BigInt(exponent - least);
  }
  return { numerator, denominator: 1n << BigInt(-least) };
}

/** `double = mantissa * 2**exponent`, with an integer mantissa. */
function decompose(
  double: number,
): { readonly mantissa: number; readonly exponent: number } {
  if (Number.isSafeInteger(double)) return { mantissa: double, exponent: 0 };
  WORD.setFloat64(0, double);
  const biased = (WORD.getUint32(0) >>> 20) & 0x7ff;
  const exponent = Math.max(EXPONENT_MIN, biased + EXPONENT_MIN - 1);
  // Two factors, as 2**1074 is no double.
  const half = -exponent >> 1;
  return { mantissa: double * 2 ** half * 2 ** (-exponent - half), exponent };
}

/** `a + b`. */
export function addRationals(a: Rational, b: Rational): Rational {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

/** Whether the size of a fraction is below an integer. */
export function isBelow(
  { numerator, denominator }: Rational,
  limit: number,
): boolean {
  const size = numerator < 0n ? -numerator : numerator;
  return size < BigInt(limit) * denominator;
}

/** The same with what is below it divided by as many twos as both have. */
export function reduced({ numerator, denominator }: Rational): Rational {
  if (numerator === 0n) return { numerator, denominator: 1n };
  const both = numerator | denominator;
  const twos = BigInt(bitLength(both & -both) - 1);
  return { numerator: numerator >> twos, denominator: denominator >> twos };
}

/** The nearest double, ties to even; infinite where it is too large. Never -0. */
export function toDouble({ numerator, denominator }: Rational): number {
  if (numerator === 0n) return 0;
  const size = numerator < 0n ? -numerator : numerator;
  let shift = MANTISSA_BITS - (bitLength(size) - bitLength(denominator));
  let [quotient, rest, divisor] = divideShifted(size, denominator, shift);
  // Of 53 bits or 54; below the smallest normal double there are fewer.
  if (bitLength(quotient) > MANTISSA_BITS || shift > -EXPONENT_MIN) {
    shift = Math.min(shift - 1, -EXPONENT_MIN);
    [quotient, rest, divisor] = divideShifted(size, denominator, shift);
  }
  const twice = 2n * rest;
  if (twice > divisor || (twice === divisor && (quotient & 1n) === 1n)) {
    quotient += 1n;
  }
  const half = shift >> 1;
  const double = Number(quotient) * 2 ** -half * 2 ** (half - shift);
  return numerator < 0n ? -double : double;
}

/** `size * 2**shift / denominator`, what is left, and of what it is a part. */
function divideShifted(
  size: bigint,
  denominator: bigint,
  shift: number,
): [quotient: bigint, rest: bigint, divisor: bigint] {
  const dividend = shift > 0 ? size << BigInt(shift) : size;
  const divisor = shift < 0 ? denominator << BigInt(-shift) : denominator;
  return [dividend / divisor, dividend % divisor, divisor];
}

/** How many bits a positive integer has. */
export function bitLength(value: bigint): number {
  return value.toString(16).length * 4 -
    Math.clz32(Number.parseInt(value.toString(16).charAt(0), 16)) + 28;
}

/**
 * `value * 10**decimals`, rounded to the nearest integer; halves go up, also below zero, as in
 * `Math.round`.
 */
export function toScaled(
  { numerator, denominator }: Rational,
  decimals: number,
): bigint {
  const twice = 2n * numerator * 10n ** BigInt(decimals) + denominator;
  const divisor = 2n * denominator;
  const quotient = twice / divisor;
  return twice % divisor < 0n ? quotient - 1n : quotient;
}
