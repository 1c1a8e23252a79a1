/**
 * The records of a range, one after the other or in any order.
 *
 * @module
 */
import { received } from "../../received.ts";
import { advance, here, type Place } from "./place.ts";

/**
 * The records of a range, of which one is current.
 *
 * There is one cursor, which moves: what has to outlive the next step is copied with `toObject()`. Nothing
 * is allocated for a record.
 *
 * The fastest loop has one object, the cursor: `const { current } = records; while (current.advance()) ...`.
 * `for (const record of records)` goes over the same, from the first record on.
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
  /**
   * Goes to the next record, at first to the first, as the cursor's own `advance()`.
   *
   * @returns False if there is none. The cursor stays at the last record then.
   */
  declare readonly advance: () => boolean;
  /** How many records there are. */
  declare readonly count: number;
  readonly #byteOffset: number;
  // No `#place`, which the V8 of Node 20 would load again for each record.
  declare private readonly _place: Place;

  /** Not to be called: `layout.over()` makes them. */
  constructor(current: Current, place: Place, byteOffset: number) {
    this.current = current;
    this.count = (place.end >>> 0) / place.size;
    this.#byteOffset = byteOffset;
    // Not listed, so that printing leaves the whole range out.
    Object.defineProperty(this, "_place", { value: place });
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
    this._place.at = Math.imul(index, this._place.size);
    return this.current;
  }

  /** Which record is current; -1 if none is. */
  get index(): number {
    const { at, size } = this._place;
    return at === -size ? -1 : (at >>> 0) / size;
  }

  /**
   * Offset of the current record in the bytes that were given to `over()`.
   *
   * @throws {RangeError} If no record is current.
   */
  get byteOffset(): number {
    return this.#byteOffset + (here(this._place) >>> 0);
  }

  /** Goes through all records from the first on. */
  [Symbol.iterator](): Iterator<Current, undefined> {
    this._place.at = -this._place.size;
    // It keeps the contract of iterators with each result that it gives.
    return new RecordIterator(this) as unknown as Iterator<Current, undefined>;
  }
}

Object.defineProperty(LayoutRecords.prototype, "advance", { value: advance });

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
