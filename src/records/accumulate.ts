/**
 * How aggregated numbers are added to the cells of a group.
 *
 * Sums are exact whatever the order (exact_sum.ts), so that results do not depend on which worker saw which records:
 *
 * - integers are added as they are; one that no double holds as two doubles, its nearest and the rest;
 * - decimals of text with up to nine digits behind the point as an integer and a count of billionths;
 * - other numbers of text, and floats, as the nearest doubles.
 *
 * Squares, for the standard deviation, are those of the nearest doubles, exact; large and small ones have sums of their own.
 *
 * @module
 */
import type { Numeric, Operand } from "./expression/operand.ts";
import { isNumeric } from "./expression/operand.ts";
import { productError } from "./exact_product.ts";
import {
  addBillionths,
  addExtremes,
  DECIMALS_MAX,
  type InputCells,
  NO_DECIMALS,
  squareScale,
} from "./cells.ts";
import type { ExactCells } from "./exact_sum.ts";
import { NumberKind, type NumberReader } from "./parse_number.ts";
import { TextField } from "./text_field.ts";

const POWERS = Array.from({ length: DECIMALS_MAX + 1 }, (_, i) => 10 ** i);

/** One aggregated number of the current record. */
export interface Input {
  /** Computes it. If that fails, the row says so. */
  load(): void;
  /** Adds it to a group. @param cells Index of the group's first cell. */
  add(cells: number): void;
  /** Adds many that are known already. Not for deviations. @param cells As for {@link Input.add}. */
  addMany(cells: number, numbers: ManyNumbers): void;
  /** The most digits behind the point so far, or {@link NO_DECIMALS}. */
  readonly decimals: number;
}

/** Makes the input of an operand. */
export function createInput(
  operand: Operand,
  place: InputCells,
  cells: Float64Array,
  sums: ExactCells,
): Input {
  if (!isNumeric(operand)) throw new Error("Bug: no number to aggregate");
  const target = new Accumulator(place, cells, sums);
  if (operand.type === "float") return new FloatInput(operand.number, target);
  const { type, number } = operand;
  return type === "field" && operand.text instanceof TextField
    ? new DecimalInput(operand.text, target)
    : new ExactInput(number, target);
}

/** What other code knows of many numbers together. */
export interface ManyNumbers {
  /** Doubles whose exact sum, with the billionths, is that of the numbers. */
  readonly sum: readonly number[];
  /** A safe integer. */
  readonly billionths: number;
  readonly min: number;
  readonly max: number;
  /** The most digits behind the point. */
  readonly decimals: number;
}

/** Adds to the cells of one input. */
class Accumulator {
  readonly #place: InputCells;
  readonly #cells: Float64Array;
  readonly #sums: ExactCells;

  constructor(place: InputCells, cells: Float64Array, sums: ExactCells) {
    this.#place = place;
    this.#cells = cells;
    this.#sums = sums;
  }

  /** Adds to the sum, and to that of the squares. `rest` is what is left of an integer. */
  addValue(cells: number, value: number, rest: number): void {
    const { sum, squares } = this.#place;
    if (sum >= 0) {
      this.#sums.add(cells + sum, value);
      if (rest !== 0) this.#sums.add(cells + sum, rest);
    }
    if (squares < 0) return;
    this.#addSquare(cells, value);
    if (rest === 0) return;
    this.#addProduct(cells + squares, 2 * value, rest);
    this.#addProduct(cells + squares, rest, rest);
  }

  /** Adds `whole + billionths / 10**9` to the sum, and the nearest double to what the deviation is made from. */
  addDecimal(
    cells: number,
    whole: number,
    billionths: number,
    double: number,
  ): void {
    const { sum, doubles, squares } = this.#place;
    if (sum >= 0) {
      this.#sums.add(cells + sum, whole);
      if (billionths !== 0) this.#addBillionths(cells, billionths);
    }
    if (squares < 0) return;
    this.#sums.add(cells + doubles, double);
    this.#addSquare(cells, double);
  }

  /** Adds to the sum only. */
  addRest(cells: number, rest: number): void {
    const { sum } = this.#place;
    if (sum >= 0 && rest !== 0) this.#sums.add(cells + sum, rest);
  }

  #addSquare(cells: number, value: number): void {
    const { squares, largeSquares, smallSquares } = this.#place;
    const scale = squareScale(value);
    const scaled = value * scale;
    const place = scale === 1
      ? squares
      : scale < 1
      ? largeSquares
      : smallSquares;
    this.#addProduct(cells + place, scaled, scaled);
  }

  #addProduct(cells: number, a: number, b: number): void {
    const product = a * b;
    this.#sums.add(cells, product);
    const error = productError(a, b, product);
    // Of infinities there is none.
    if (Number.isFinite(error) && error !== 0) this.#sums.add(cells, error);
  }

  #addBillionths(cells: number, billionths: number): void {
    addBillionths(this.#place, this.#cells, cells, this.#sums, billionths);
  }

  addExtremes(cells: number, value: number, rest: number): void {
    addExtremes(this.#place, this.#cells, cells, value, rest);
  }

  addMany(cells: number, numbers: ManyNumbers): void {
    const { sum, squares } = this.#place;
    if (squares >= 0) throw new Error("Bug: no squares of many numbers");
    for (const double of sum < 0 ? [] : numbers.sum) {
      this.#sums.add(cells + sum, double);
    }
    if (sum >= 0 && numbers.billionths !== 0) {
      this.#addBillionths(cells, numbers.billionths);
    }
    this.addExtremes(cells, numbers.min, 0);
    this.addExtremes(cells, numbers.max, 0);
  }
}

class FloatInput implements Input {
  readonly decimals: number = NO_DECIMALS;
  readonly #number: () => number;
  readonly #target: Accumulator;
  #value = 0;

  constructor(number: () => number, target: Accumulator) {
    this.#number = number;
    this.#target = target;
  }

  load(): void {
    this.#value = this.#number();
  }

  add(cells: number): void {
    const value = this.#value;
    this.#target.addValue(cells, value, 0);
    this.#target.addExtremes(cells, value, 0);
  }

  addMany(cells: number, numbers: ManyNumbers): void {
    this.#target.addMany(cells, numbers);
  }
}

/** Numbers of which integers are exact. */
class ExactInput implements Input {
  decimals = 0;
  readonly #number: () => Numeric;
  readonly #target: Accumulator;
  #value: Numeric = 0;

  constructor(number: () => Numeric, target: Accumulator) {
    this.#number = number;
    this.#target = target;
  }

  load(): void {
    this.#value = this.#number();
  }

  add(cells: number): void {
    const exact = this.#value;
    const value = Number(exact);
    const rest = restOf(exact, value);
    if (typeof exact === "number" && !Number.isSafeInteger(exact)) {
      this.decimals = NO_DECIMALS;
    }
    this.#target.addValue(cells, value, rest);
    this.#target.addExtremes(cells, value, rest);
  }

  addMany(cells: number, numbers: ManyNumbers): void {
    this.decimals = Math.max(this.decimals, numbers.decimals);
    this.#target.addMany(cells, numbers);
  }
}

/** What the nearest double leaves of an integer, as a double. */
function restOf(exact: Numeric, value: number): number {
  if (typeof exact === "number" || !Number.isFinite(value)) return 0;
  return Number(exact - BigInt(value));
}

/** A field of text. */
class DecimalInput implements Input {
  decimals = 0;
  readonly #field: TextField;
  readonly #reader: NumberReader;
  readonly #target: Accumulator;

  constructor(field: TextField, target: Accumulator) {
    this.#field = field;
    this.#reader = field.reader;
    this.#target = target;
  }

  load(): void {
    this.#field.readNumber();
  }

  add(cells: number): void {
    const { kind, mantissa, scale } = this.#reader;
    if (kind === NumberKind.Small && scale <= DECIMALS_MAX) {
      this.#addSmall(cells, mantissa, scale);
    } else if (kind === NumberKind.Large && scale <= DECIMALS_MAX) {
      this.#addLarge(cells, this.#reader.bigMantissa(), scale);
    } else {
      this.decimals = NO_DECIMALS;
      const double = this.#reader.toNumber();
      this.#target.addDecimal(cells, double, 0, double);
      this.#target.addExtremes(cells, double, 0);
    }
  }

  addMany(cells: number, numbers: ManyNumbers): void {
    this.decimals = Math.max(this.decimals, numbers.decimals);
    this.#target.addMany(cells, numbers);
  }

  #addSmall(cells: number, mantissa: number, scale: number): void {
    if (scale > this.decimals) this.decimals = scale;
    // `!`: the scale has been checked.
    const unit = POWERS[scale]!;
    const double = mantissa / unit;
    const whole = Math.trunc(double);
    const billionths = (mantissa - whole * unit) *
      POWERS[DECIMALS_MAX - scale]!;
    this.#target.addDecimal(cells, whole, billionths, double);
    this.#target.addExtremes(cells, double, 0);
  }

  /** Digits beyond 2**53 - 1. Seldom enough for bigints. */
  #addLarge(cells: number, mantissa: bigint, scale: number): void {
    if (scale > this.decimals) this.decimals = scale;
    const unit = 10n ** BigInt(scale);
    const integer = mantissa / unit;
    const whole = Number(integer);
    const rest = restOf(integer, whole);
    // `!`: the scale has been checked.
    const billionths = Number(mantissa % unit) * POWERS[DECIMALS_MAX - scale]!;
    const double = this.#reader.toNumber();
    this.#target.addDecimal(cells, whole, billionths, double);
    this.#target.addRest(cells, rest);
    // Of an integer the rest counts; of others, the double.
    this.#target.addExtremes(cells, double, scale === 0 ? rest : 0);
  }
}
