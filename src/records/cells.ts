/**
 * The cells of a group: what they hold of each aggregated number.
 *
 * ```text
 * count | input 0: sum 4, billionths 1, doubles 4, squares 3 times 4, min 1 or 2, max 1 or 2 | input 1 ...
 * ```
 *
 * Only what the query asks for is there.
 *
 * @module
 */
import type { Operand } from "./expression/operand.ts";
import { EXACT_SUM_CELLS, type ExactCells } from "./exact_sum.ts";
import type { AggregateName } from "./query.ts";

/** Digits behind the point that are kept as decimals. */
export const DECIMALS_MAX = 9;

/** Stands for a column that also holds numbers which are no such decimals. */
export const NO_DECIMALS: number = DECIMALS_MAX + 1;

/** Billionths in one. */
const BILLION = 1e9;

/** Billionths are carried over before they could get beyond the safe integers. */
const CARRY_AT = 2 ** 52;

/** Where the parts of one input lie, as indices of cells from the group's first; -1 for what is not kept. */
export interface InputCells {
  readonly sum: number;
  readonly billionths: number;
  /** The sum of the nearest doubles, where `sum` is of decimals; else the same as `sum`. */
  readonly doubles: number;
  readonly squares: number;
  /** The squares of numbers that are large or small for that: see {@link squareScale}. */
  readonly largeSquares: number;
  readonly smallSquares: number;
  readonly min: number;
  readonly max: number;
  /** Whether minimum and maximum have two cells each: the nearest double and the rest. */
  readonly wide: boolean;
}

/** The cells of a group. */
export interface CellLayout {
  readonly inputs: readonly InputCells[];
  readonly cellCount: number;
  /** The cells of a group of which nothing was seen. */
  readonly initialCells: Float64Array<ArrayBuffer>;
}

/** The cell that counts records. */
export const COUNT_CELL = 0;

/** Lays out the cells of a group. */
export function layOutCells(
  aggregates: readonly AggregateName[],
  types: readonly Operand["type"][],
): CellLayout {
  let cellCount = COUNT_CELL + 1;
  const take = (wanted: boolean, count: number): number => {
    if (!wanted) return -1;
    cellCount += count;
    return cellCount - count;
  };
  const has = (...names: AggregateName[]) =>
    names.some((name) => aggregates.includes(name));
  const inputs = types.map((type): InputCells => {
    const wide = type !== "float";
    const extremeCells = wide ? 2 : 1;
    const sums = has("sum", "mean");
    const spread = has("stddev");
    const decimal = type === "field";
    const sum = take(sums || (spread && !decimal), EXACT_SUM_CELLS);
    return {
      sum,
      billionths: take(sums && decimal, 1),
      doubles: decimal ? take(spread, EXACT_SUM_CELLS) : sum,
      squares: take(spread, EXACT_SUM_CELLS),
      largeSquares: take(spread, EXACT_SUM_CELLS),
      smallSquares: take(spread, EXACT_SUM_CELLS),
      min: take(has("min"), extremeCells),
      max: take(has("max"), extremeCells),
      wide,
    };
  });
  const initialCells = new Float64Array(cellCount);
  for (const { min, max } of inputs) {
    if (min >= 0) initialCells[min] = Infinity;
    if (max >= 0) initialCells[max] = -Infinity;
  }
  return { inputs, cellCount, initialCells };
}

/** Places of a group that are exact sums. Where two are the same, the second is not another. */
export function sumPlaces(
  { sum, doubles, squares, largeSquares, smallSquares }: InputCells,
): readonly number[] {
  const places = [sum, doubles, squares, largeSquares, smallSquares];
  return [...new Set(places)].filter((place) => place >= 0);
}

/** Binary logarithm of what large numbers are divided by before they are squared, and small ones multiplied by. */
export const SQUARE_SCALE_BITS = 600;

/** Between these, all bits of a square are those of doubles. */
const SMALL_END = 2 ** -400;
const LARGE_END = 2 ** 400;

/**
 * What to multiply a number by before it is squared, so that its square, and what that is rounded by, are doubles.
 *
 * @returns 1 for most, 0 and what is no number; else a power of two.
 */
export function squareScale(value: number): number {
  const size = Math.abs(value);
  if (size > LARGE_END) return 2 ** -SQUARE_SCALE_BITS;
  return size < SMALL_END && size > 0 ? 2 ** SQUARE_SCALE_BITS : 1;
}

/** Adds billionths of a group, and carries over what could get beyond the safe integers. */
export function addBillionths(
  place: InputCells,
  cells: Float64Array,
  group: number,
  sums: ExactCells,
  billionths: number,
): void {
  const at = group + place.billionths;
  // `!` here and below: the cells of a group are inside of its memory.
  const total = cells[at]! + billionths;
  if (total < CARRY_AT && total > -CARRY_AT) {
    cells[at] = total;
    return;
  }
  const carried = Math.trunc(total / BILLION);
  cells[at] = total - carried * BILLION;
  sums.add(group + place.sum, carried);
}

/**
 * Lets a number be the least or the greatest of a group. NaN stays, once it is there.
 *
 * @param rest What is left of an integer.
 */
export function addExtremes(
  { min, max, wide }: InputCells,
  cells: Float64Array,
  group: number,
  value: number,
  rest: number,
): void {
  if (min >= 0) addLeast(cells, group + min, value, rest, wide);
  if (max >= 0) addGreatest(cells, group + max, value, rest, wide);
}

function addLeast(
  cells: Float64Array,
  at: number,
  value: number,
  rest: number,
  wide: boolean,
): void {
  const least = cells[at]!;
  if (value < least || value !== value) {
    // Adding 0 makes 0 of -0, so that it does not matter which came first.
    cells[at] = value + 0;
    if (wide) cells[at + 1] = rest;
  } else if (wide && value === least && rest < cells[at + 1]!) {
    cells[at + 1] = rest;
  }
}

function addGreatest(
  cells: Float64Array,
  at: number,
  value: number,
  rest: number,
  wide: boolean,
): void {
  const greatest = cells[at]!;
  if (value > greatest || value !== value) {
    cells[at] = value + 0;
    if (wide) cells[at + 1] = rest;
  } else if (wide && value === greatest && rest > cells[at + 1]!) {
    cells[at + 1] = rest;
  }
}
