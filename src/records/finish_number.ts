/**
 * From exact totals to numbers of the result: rounded once, to a double or to decimals.
 *
 * Totals that are safe integers of billionths are finished with doubles, and the rest with bigints: both
 * give the same.
 *
 * @module
 */
import { DECIMALS_MAX, type InputCells, SQUARE_SCALE_BITS } from "./cells.ts";
import {
  addRationals,
  bitLength,
  type Rational,
  toDouble,
  toScaled,
} from "./exact_rational.ts";
import { EXACT_SUM_CELLS, type ExactValue } from "./exact_sum.ts";
import { normal } from "./expression/arithmetic.ts";
import type { GroupReader } from "./merge_groups.ts";
import type { RecordValue } from "./query.ts";

const BILLION = 1_000_000_000n;

/** What squares of scaled numbers are too large or too small by. */
const SQUARE_SCALE = 1n << BigInt(2 * SQUARE_SCALE_BITS);

/** Digits that a double holds of any decimal. */
const DECIMAL_MAX = 1e15;

const POWERS = Array.from({ length: DECIMALS_MAX + 1 }, (_, i) => 10 ** i);

/** Where the parts of a total lie in the cells of its group. */
export type TotalCells = Pick<InputCells, "sum" | "billionths">;

/** All of a total in billionths; NaN unless that is a safe integer and can be had by doubles. */
function unitsOf(
  group: GroupReader,
  { sum, billionths }: TotalCells,
): number {
  const first = group.cell(sum);
  const whole = first * Number(BILLION);
  const units = whole + (billionths < 0 ? 0 : group.cell(billionths));
  const isQuick = Number.isSafeInteger(first) && Number.isSafeInteger(whole) &&
    Number.isSafeInteger(units) && partsOf(group, sum) <= 1;
  return isQuick ? units : NaN;
}

/** How many of the doubles of an exact sum are used: those behind them are 0. */
function partsOf(group: GroupReader, sum: number): number {
  let count = EXACT_SUM_CELLS;
  while (count > 0 && group.cell(sum + count - 1) === 0) count--;
  return count;
}

/** A total as a fraction; as a number if it is infinite or none. */
function fractionOf(
  group: GroupReader,
  { sum, billionths }: TotalCells,
): Rational | number {
  const { special, sum: whole } = group.exact(sum);
  if (special !== undefined) return special;
  const rest = billionths < 0 ? 0 : group.cell(billionths);
  if (rest === 0) return whole;
  const part = { numerator: BigInt(rest), denominator: BILLION };
  return addRationals(whole, part);
}

/**
 * The sum.
 *
 * @param decimals Digits behind the point of all that was added; above `DECIMALS_MAX` for others, whose sum
 * is the nearest double.
 * @returns For decimals of more than 15 digits, text.
 */
export function finishSum(
  group: GroupReader,
  cells: TotalCells,
  decimals: number,
): RecordValue {
  const isDouble = decimals > DECIMALS_MAX;
  if (isDouble) {
    const quick = doubleOf(group, cells);
    if (quick !== undefined) return quick;
  } else {
    // `!`: of at most nine decimals. Both steps are exact, or round once.
    const scaled = unitsOf(group, cells) / POWERS[DECIMALS_MAX - decimals]!;
    if (Math.abs(scaled) < DECIMAL_MAX) return scaled / POWERS[decimals]!;
  }
  const total = fractionOf(group, cells);
  if (typeof total === "number") return total;
  return isDouble
    ? toDouble(total)
    : fromScaled(toScaled(total, decimals), decimals);
}

/** The nearest double of a sum of two: their addition is rounded once. @returns `undefined` for more. */
function doubleOf(
  group: GroupReader,
  { sum, billionths }: TotalCells,
): number | undefined {
  if (billionths >= 0 && group.cell(billionths) !== 0) return undefined;
  const first = group.cell(sum);
  // NaN in the first stands for a sum elsewhere.
  if (first !== first || partsOf(group, sum) > 2) return undefined;
  return first + group.cell(sum + 1) + 0;
}

/** A decimal, of which `scaled` has all digits. */
export function fromScaled(scaled: bigint, decimals: number): RecordValue {
  if (decimals === 0) return normal(scaled);
  const isShort = scaled < BigInt(DECIMAL_MAX) && scaled > -BigInt(DECIMAL_MAX);
  if (isShort) return Number(scaled) / 10 ** decimals;
  const digits = String(scaled < 0n ? -scaled : scaled);
  const point = digits.length - decimals;
  const text = `${digits.slice(0, point)}.${digits.slice(point)}`;
  return scaled < 0n ? `-${text}` : text;
}

/**
 * The mean.
 *
 * @param count At least 1.
 * @param places Digits behind the point to round to, halves up; `undefined` for the nearest double.
 */
export function finishMean(
  group: GroupReader,
  cells: TotalCells,
  count: number,
  places: number | undefined,
): number {
  const quick = quickMean(group, cells, count, places);
  if (quick !== undefined) return quick;
  const total = fractionOf(group, cells);
  if (typeof total === "number") return total;
  const denominator = total.denominator * BigInt(count);
  const mean = { numerator: total.numerator, denominator };
  if (places === undefined) return toDouble(mean);
  const scaled = toScaled(mean, places);
  return toDouble({ numerator: scaled, denominator: 10n ** BigInt(places) });
}

function quickMean(
  group: GroupReader,
  cells: TotalCells,
  count: number,
  places: number | undefined,
): number | undefined {
  if (places === undefined) {
    // One division of exact doubles is rounded once.
    const isOne = partsOf(group, cells.sum) <= 1 &&
      (cells.billionths < 0 || group.cell(cells.billionths) === 0);
    const first = group.cell(cells.sum);
    if (isOne && first === first) return first / count + 0;
  }
  const units = unitsOf(group, cells);
  if (units !== units) return undefined;
  if (places === undefined) {
    const divisor = count * Number(BILLION);
    return Number.isSafeInteger(divisor) ? units / divisor : undefined;
  }
  return places <= DECIMALS_MAX ? roundedMean(units, count, places) : undefined;
}

/** `units / 10**9 / count`, rounded half up. @returns `undefined` where that takes more than safe integers. */
function roundedMean(
  units: number,
  count: number,
  places: number,
): number | undefined {
  // `!`: there are powers for up to nine places.
  const divisor = 2 * count * POWERS[DECIMALS_MAX - places]!;
  const dividend = 2 * units + divisor / 2;
  if (!Number.isSafeInteger(divisor) || !Number.isSafeInteger(dividend)) {
    return undefined;
  }
  let quotient = Math.floor(dividend / divisor);
  // The division may have been rounded up to an integer.
  if (quotient * divisor > dividend) quotient--;
  return Math.abs(quotient) < DECIMAL_MAX
    ? (quotient + 0) / POWERS[places]!
    : undefined;
}

/** The sum of all squares of an input. */
export function squaresOf(
  group: GroupReader,
  { squares, largeSquares, smallSquares }: InputCells,
): ExactValue {
  const all = group.exact(squares), large = group.exact(largeSquares);
  const small = group.exact(smallSquares).sum;
  let { sum } = all;
  if (large.sum.numerator !== 0n) {
    const { numerator, denominator } = large.sum;
    const scaled = { numerator: numerator * SQUARE_SCALE, denominator };
    sum = addRationals(sum, scaled);
  }
  if (small.numerator !== 0n) {
    const { numerator, denominator } = small;
    const scaled = { numerator, denominator: denominator * SQUARE_SCALE };
    sum = addRationals(sum, scaled);
  }
  return { special: all.special ?? large.special, sum };
}

/** The square root, rounded twice; of what is beyond doubles too. */
function squareRoot({ numerator, denominator }: Rational): number {
  const bits = bitLength(numerator) - bitLength(denominator);
  // Brought near enough to 1 for doubles, by a power of four, whose root changes no digit.
  const half = Math.trunc(bits / 3);
  const shift = BigInt(2 * Math.abs(half));
  const scaled = half < 0
    ? { numerator: numerator << shift, denominator }
    : { numerator, denominator: denominator << shift };
  return Math.sqrt(toDouble(scaled)) * 2 ** half;
}

/**
 * The standard deviation of a sample: the square root of `(n * squares - sum**2) / (n * (n - 1))`, where all
 * but the last two steps are exact.
 *
 * @returns `null` for fewer than two values.
 */
export function finishDeviation(
  doubles: ExactValue,
  squares: ExactValue,
  count: number,
): RecordValue {
  if (count < 2) return null;
  const special = doubles.special ?? squares.special;
  if (special !== undefined) return NaN;
  const { sum } = doubles;
  const square = squares.sum;
  const n = BigInt(count);
  const numerator = n * square.numerator * sum.denominator ** 2n -
    sum.numerator ** 2n * square.denominator;
  if (numerator <= 0n) return 0;
  const denominator = square.denominator * sum.denominator ** 2n * n * (n - 1n);
  return squareRoot({ numerator, denominator });
}
