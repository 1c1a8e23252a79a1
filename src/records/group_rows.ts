/**
 * The rows of many groups, made one by one when somebody goes through them.
 *
 * Ten million groups take a few bytes each besides those of their table: where they lie, and by what they are
 * ordered. A list of values for each would take 300.
 *
 * @module
 */
import { ENTRY_HEADER_BYTES } from "../kernels/records_layout.ts";
import type { Operand } from "./expression/operand.ts";
import { compareKeys, isText, KeyNumbers } from "./group_order.ts";
import { keyValues } from "./keys.ts";
import type { GroupReader } from "./merge_groups.ts";
import {
  columnOrder,
  nearestNumber,
  type RecordRow,
  rowOrder,
} from "./order.ts";
import type { RecordColumn, RecordValue, SortKey } from "./query.ts";
import { sortStable } from "./sort_stable.ts";

/** A column of the output, and how its value is made of a group. */
export interface OutputColumn extends RecordColumn {
  value(group: GroupReader): RecordValue;
}

/** How rows are made, and in which order. */
export interface RowMaker {
  /** Those of keys come first. */
  readonly columns: readonly OutputColumn[];
  readonly keyTypes: readonly Operand["type"][];
  /** The columns whose integers are bigints, whatever their value. */
  readonly wide: readonly number[];
  readonly sort: SortKey | undefined;
}

/** Rows that can be gone through more than once. */
export interface RowList extends Iterable<RecordRow> {
  readonly length: number;
}

/** Makes the row of the group that a reader is at. */
export function makeRow(
  group: GroupReader,
  { columns, keyTypes, wide }: RowMaker,
): RecordRow {
  const row = keyValues(group, keyTypes);
  for (let i = keyTypes.length; i < columns.length; i++) {
    // `!`: there are as many.
    row.push(columns[i]!.value(group));
  }
  for (const i of wide) {
    const value = row[i];
    if (typeof value === "number") row[i] = BigInt(value);
  }
  return row;
}

/** Groups are gathered, put in order, and read. */
export class GroupRows implements RowList {
  readonly #maker: RowMaker;
  /** Of their keys: byte offsets in a memory of 4 GiB at most. */
  #places = new Uint32Array(1024);
  #count = 0;
  #reader: GroupReader | undefined;
  #order: Uint32Array | undefined;

  constructor(maker: RowMaker) {
    this.#maker = maker;
  }

  /** How many there are. */
  get length(): number {
    return this.#count;
  }

  /** Takes a group. They all have one reader, which is moved from one to the next. */
  add(group: GroupReader): void {
    this.#reader = group;
    if (this.#count === this.#places.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[this.#count++] = group.keyAddress;
  }

  *[Symbol.iterator](): Generator<RecordRow, void, void> {
    const order = this.#order ??= this.#sorted();
    for (let i = 0; i < order.length; i++) {
      // `!` here and below: these are indices of the groups.
      yield this.#row(order[i]!);
    }
  }

  #row(index: number): RecordRow {
    return makeRow(this.#move(index), this.#maker);
  }

  /** Goes to a group. */
  #move(index: number): GroupReader {
    const reader = this.#reader;
    if (reader === undefined) throw new Error("Bug: there is no group");
    const key = this.#places[index]!;
    const cells = key - reader.cellBytes;
    const keyBytes = reader.view.getUint32(
      cells - ENTRY_HEADER_BYTES + 4,
      true,
    );
    reader.move(key, keyBytes, cells);
    return reader;
  }

  /** The order of keys decides where that of the column does not; no two groups have one key. */
  #sorted(): Uint32Array {
    const { sort, keyTypes, columns } = this.#maker;
    if (this.#count < 2) return new Uint32Array(this.#count);
    const byKey = (a: number, b: number) => this.#compareKeys(a, b);
    if (sort === undefined) {
      const [type = "number"] = keyTypes;
      const numbers = this.#keyNumbers(
        new KeyNumbers(type, keyTypes.length < 2),
      );
      return sortStable(numbers, byKey);
    }
    const column = columns.findIndex(({ name }) => name === sort.column);
    return column < keyTypes.length
      ? this.#sortedByKey(column, sort)
      : this.#sortedByColumn(column, sort, byKey);
  }

  #keyNumbers(keys: KeyNumbers): Float64Array {
    const numbers = new Float64Array(this.#count);
    for (let i = 0; i < numbers.length; i++) keys.see(this.#move(i));
    for (let i = 0; i < numbers.length; i++) {
      numbers[i] = keys.of(this.#move(i));
    }
    return numbers;
  }

  /** @param sign -1 to have the greatest keys first. */
  #compareKeys(a: number, b: number, sign = 1): number {
    const { keyTypes } = this.#maker;
    const { keyAddress, keyBytes } = this.#move(a);
    const left = { keyAddress, keyBytes };
    const difference = compareKeys(left, this.#move(b), keyTypes);
    return difference === 0 ? this.#compareRows(a, b) : sign * difference;
  }

  /** Keys that differ in bytes that are no text. */
  #compareRows(a: number, b: number): number {
    const { columns, keyTypes } = this.#maker;
    const order = rowOrder(columns, undefined, keyTypes.length);
    return order(this.#row(a), this.#row(b));
  }

  /** By a key: as doubles if all of them are numbers, and by what texts begin with if none is. */
  #sortedByKey(column: number, sort: SortKey): Uint32Array {
    const { keyTypes } = this.#maker;
    const sign = sort.descending ? -1 : 1;
    const numbers = new Float64Array(this.#count);
    let numberCount = 0;
    for (let i = 0; i < numbers.length; i++) {
      const values = keyValues(this.#move(i), keyTypes);
      const number = nearestNumber(values[column] ?? null);
      if (number !== number) continue;
      numbers[i] = sign * number;
      numberCount++;
    }
    const byRow = this.#rowOrder(sort);
    if (numberCount === this.#count) return sortStable(numbers, byRow);
    const [type = "number", ...others] = keyTypes;
    if (numberCount > 0 || others.length > 0 || !isText(type)) {
      return this.#sortedByRows(sort);
    }
    const prefixes = this.#keyNumbers(new KeyNumbers(type, true));
    for (let i = 0; i < prefixes.length; i++) prefixes[i]! *= sign;
    const byKey = (a: number, b: number) => this.#compareKeys(a, b, sign);
    return sortStable(prefixes, byKey);
  }

  /** The order of the groups at two indices, as rows. */
  #rowOrder(sort: SortKey): (a: number, b: number) => number {
    const { columns, keyTypes } = this.#maker;
    const order = rowOrder(columns, sort, keyTypes.length);
    return (a, b) => order(this.#row(a), this.#row(b));
  }

  /** By an aggregate: as doubles if all of them are. */
  #sortedByColumn(
    column: number,
    sort: SortKey,
    byKey: (a: number, b: number) => number,
  ): Uint32Array {
    const sign = sort.descending ? -1 : 1;
    const numbers = new Float64Array(this.#count);
    for (let i = 0; i < numbers.length; i++) {
      const value = this.#maker.columns[column]!.value(this.#move(i));
      // Others have a rank or more digits, which whole rows are asked for.
      if (typeof value !== "number" || value !== value) {
        return this.#sortedByRows(sort);
      }
      numbers[i] = sign * value;
    }
    return sortStable(numbers, byKey);
  }

  /** In any order; takes the values of the column, each as a row. */
  #sortedByRows(sort: SortKey): Uint32Array {
    const { columns, keyTypes } = this.#maker;
    const index = columns.findIndex(({ name }) => name === sort.column);
    const values = Array.from(
      { length: this.#count },
      (_, i) => [this.#row(i)[index] ?? null],
    );
    const only = columns.slice(index, index + 1);
    const order = columnOrder(only, sort);
    const rest = rowOrder(columns, undefined, keyTypes.length);
    const compare = (a: number, b: number) =>
      order(values[a]!, values[b]!) || rest(this.#row(a), this.#row(b));
    return sortStable(new Float64Array(this.#count), compare);
  }
}
