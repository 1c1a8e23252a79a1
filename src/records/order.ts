/**
 * The order of rows: total, so that results do not depend on which worker found what.
 *
 * @module
 */
import type { RecordColumn, RecordValue, SortKey } from "./query.ts";

/** A row of the result: a value for each column. */
export type RecordRow = readonly RecordValue[];

/** Less than 0 if `a` comes first. */
export type RowOrder = (a: RecordRow, b: RecordRow) => number;

/** Text that is a number, as parse_number.ts reads them, but for names. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Compares values: numbers come first, then text, truths, NaN and what there is none of.
 *
 * @param natural Whether text that is a number is ordered as one.
 */
export function compareValues(
  a: RecordValue,
  b: RecordValue,
  natural: boolean,
): number {
  if (typeof a === "number" && typeof b === "number") {
    if (a < b) return -1;
    if (a > b) return 1;
    if (a === b) return 0;
  }
  const first = natural ? toOrdered(a) : a;
  const second = natural ? toOrdered(b) : b;
  const difference = rankOf(first) - rankOf(second);
  if (difference !== 0) return difference;
  if (typeof first === "string" && typeof second === "string") {
    return compareTexts(first, second);
  }
  if (first === null || second === null) return 0;
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The double nearest to a number, or to text that is one; NaN for all else. */
export function nearestNumber(value: RecordValue): number {
  if (typeof value === "string") return NUMBER.test(value) ? +value : NaN;
  return typeof value === "boolean" || value === null ? NaN : Number(value);
}

function toOrdered(value: RecordValue): RecordValue {
  if (typeof value !== "string" || !NUMBER.test(value)) return value;
  const number = Number(value);
  return Number.isInteger(number) && !Number.isSafeInteger(number) &&
      /^[+-]?\d+$/.test(value)
    ? BigInt(value.replace("+", ""))
    : number;
}

function rankOf(value: RecordValue): number {
  if (value === null) return 4;
  if (value !== value) return 3;
  if (typeof value === "boolean") return 2;
  return typeof value === "string" ? 1 : 0;
}

/** Compares texts by code points, which is the order of their bytes in UTF-8. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const first = a.charCodeAt(i), second = b.charCodeAt(i);
    if (first !== second) return byPoint(first) - byPoint(second);
  }
  return a.length - b.length;
}

/** UTF-16 has the code points beyond 0xffff in front of those from 0xe000 on. */
function byPoint(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * The order of a result.
 *
 * @param sort By which column; rows that are equal there, and all if there is none, are ordered by the first
 * `keyCount` columns and then by the others.
 * @throws {TypeError} If there is no such column.
 */
export function rowOrder(
  columns: readonly RecordColumn[],
  sort: SortKey | undefined,
  keyCount: number,
): RowOrder {
  const rest = byColumns(columns.length, keyCount);
  if (sort === undefined) return rest;
  const order = columnOrder(columns, sort);
  return (a, b) => order(a, b) || rest(a, b);
}

/**
 * The order by one column alone.
 *
 * @throws {TypeError} If there is no such column.
 */
export function columnOrder(
  columns: readonly RecordColumn[],
  sort: SortKey,
): RowOrder {
  const index = columns.findIndex(({ name }) => name === sort.column);
  if (index < 0) throw noColumn(columns, sort);
  const sign = sort.descending ? -1 : 1;
  return (a, b) => {
    // `!` here and below: each row has a value for each column.
    const first = a[index]!, second = b[index]!;
    // What there is none of comes last in either direction.
    const isMissing = rankOf(first) >= 3 || rankOf(second) >= 3;
    const difference = compareValues(first, second, true);
    return isMissing ? difference : sign * difference;
  };
}

function byColumns(columnCount: number, keyCount: number): RowOrder {
  return (a, b) => {
    for (let i = 0; i < columnCount; i++) {
      const difference = compareValues(a[i]!, b[i]!, i >= keyCount);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

function noColumn(
  columns: readonly RecordColumn[],
  { column }: SortKey,
): TypeError {
  const names = columns.map(({ name }) => JSON.stringify(name)).join(", ");
  return new TypeError(
    `Cannot sort as the column must be one of ${names}: received ${
      JSON.stringify(column)
    }`,
  );
}

/** Takes rows and keeps the first of them in an order, without ever holding many more. */
export class FirstRows<Row> {
  readonly #order: (a: Row, b: Row) => number;
  readonly #count: number;
  #rows: Row[] = [];
  /** The last of those that were kept, once there are as many: what comes behind it is none of the first. */
  #last: Row | undefined;

  /** @param count How many to keep; `undefined` for all. */
  constructor(order: (a: Row, b: Row) => number, count: number | undefined) {
    this.#order = order;
    this.#count = count ?? Infinity;
  }

  /** What comes behind this is none of the first; `undefined` as long as all may be. */
  get last(): Row | undefined {
    return this.#last;
  }

  add(row: Row): void {
    if (this.#last !== undefined && this.#order(row, this.#last) > 0) return;
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.#count + 1024) this.#cut();
  }

  /** The rows that were kept, in order. */
  finish(): Row[] {
    this.#cut();
    return this.#rows;
  }

  #cut(): void {
    this.#rows.sort(this.#order);
    if (this.#rows.length < this.#count) return;
    this.#rows.length = this.#count;
    this.#last = this.#rows.at(-1);
  }
}
