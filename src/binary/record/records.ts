/**
 * The records of a range, one after the other or in any order.
 *
 * @module
 */
import { received } from "../received.ts";
import { here, type Place } from "./place.ts";

/** Which bytes records lie in. */
export interface RecordsExtent {
  /** Offset of the first record in the bytes that were given. */
  readonly byteOffset: number;
  /** Bytes of a record. */
  readonly size: number;
  /** How many records there are. */
  readonly count: number;
}

const NO_POSITION = new Int32Array(0);

/**
 * The records of a range, of which one is current.
 *
 * There is one cursor, which moves: what has to outlive the next step is copied with `toObject()`. Nothing
 * is allocated for a record.
 *
 * A loop over {@link advance} is the fastest; `for (const record of records)` does the same, from the
 * first record on.
 *
 * @example
 * ```ts
 * import { record } from "sabmap";
 *
 * const sample = record({ time: "f64", value: "f64" });
 * const records = sample.over(new Uint8Array(64));
 * let sum = 0;
 * for (const { value } of records) sum += value;
 * records.at(3).value = sum;
 * ```
 */
export class LayoutRecords<Current> implements Iterable<Current> {
  /** The cursor. It is at no record before the first {@link advance}, and its fields throw until then. */
  declare readonly current: Current;
  /** How many records there are. */
  declare readonly count: number;
  readonly #place: Place;
  readonly #position: Int32Array = NO_POSITION;
  readonly #size: number = 0;
  readonly #byteOffset: number = 0;
  /** Position of the last record; that in front of the first if there are none. */
  readonly #last: number = 0;

  /** Not to be called: `layout.over()` makes them. */
  constructor(current: Current, place: Place, extent: RecordsExtent) {
    const { byteOffset, size, count } = extent;
    this.current = current;
    this.count = count;
    this.#place = place;
    this.#position = place.position;
    this.#size = size;
    this.#byteOffset = byteOffset;
    this.#last = ((count - 1) * size) | 0;
  }

  /**
   * Goes to the next record, at first to the first.
   *
   * @returns False if there is none. The cursor stays at the last record then.
   */
  advance(): boolean {
    const position = this.#position;
    const from = position[0]!;
    if (from === this.#last) return false;
    // It wraps at 2**31, and is unsigned where it is used.
    position[0] = (from + this.#size) | 0;
    return true;
  }

  /**
   * Goes to a record.
   *
   * @param index Which, `0 <= index < count`.
   * @returns The cursor.
   * @throws {RangeError} If there is no such record. The cursor stays where it is.
   */
  at(index: number): Current {
    if (index >>> 0 !== index || index >= this.count) {
      throw indexError(index, this.count);
    }
    this.#position[0] = Math.imul(index, this.#size);
    return this.current;
  }

  /** Which record is current; -1 if none is. */
  get index(): number {
    const position = this.#position[0]!;
    return position === -this.#size ? -1 : (position >>> 0) / this.#size;
  }

  /**
   * Offset of the current record in the bytes that were given to `over()`.
   *
   * @throws {RangeError} If no record is current.
   */
  get byteOffset(): number {
    return this.#byteOffset + (here(this.#place) >>> 0);
  }

  /** Goes through all records from the first on. */
  [Symbol.iterator](): Iterator<Current, undefined> {
    this.#position[0] = -this.#size;
    // It keeps the contract of iterators with each result that it gives.
    return new RecordIterator(this) as unknown as Iterator<Current, undefined>;
  }
}

function indexError(index: number, count: number): RangeError {
  return new RangeError(
    `Cannot go to a record as its index must be below ${count}, their count: received ${
      received(index)
    }`,
  );
}

/** Is its own result, so that nothing is allocated for a record. */
class RecordIterator<Current> {
  readonly #records: LayoutRecords<Current>;
  value: Current | undefined;
  done: boolean = false;

  constructor(records: LayoutRecords<Current>) {
    this.#records = records;
    this.value = records.current;
  }

  next(): this {
    if (!this.#records.advance()) {
      this.done = true;
      this.value = undefined;
    }
    return this;
  }
}
