/**
 * What the records of all framings have in common: a cursor over the bytes in and behind a segment.
 *
 * Positions are indices of `window`, which begins with the neighbour bytes in front of the segment. They
 * are small, unlike addresses, which may exceed 2**31, where engines leave the fast integers.
 *
 * @module
 */
import type { FramedRecord, RecordRange, Records } from "../framing.ts";
import { decodeRecord } from "./decode_record.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Steps through the records of one segment; is the current record. */
export abstract class FramingCursor implements FramedRecord {
  /** The segment, its neighbours, and behind them all that may become readable. */
  protected readonly window: Uint8Array<SharedArrayBuffer>;
  protected readonly segmentStart: number;
  protected readonly segmentEnd: number;
  /** End of what is readable. */
  protected limit: number;
  /** The current record: `[start, end)`. */
  protected start = 0;
  protected end = 0;
  readonly #range: RecordRange;
  /** Address of the window, and its offset in the file. */
  readonly #address: number;
  readonly #offset: number;

  /** @param after As the framing's. */
  constructor(range: RecordRange, after: number) {
    const { address, byteLength, bytes, before } = range;
    this.#range = range;
    this.#address = address - before;
    this.#offset = range.offset - before;
    this.segmentStart = before;
    this.segmentEnd = before + byteLength;
    this.limit = this.segmentEnd + range.after;
    // SAFETY: the slot around the segment is this worker's while it scans; `limit` keeps to the part
    // of it that the engine has filled.
    const end = Math.min(
      address + byteLength + Math.max(after, range.after),
      bytes.buffer.byteLength,
    );
    this.window = new Uint8Array(
      bytes.buffer,
      this.#address,
      end - this.#address,
    );
  }

  /** Goes to the next record, as `Records.advance`. */
  abstract advance(): boolean;

  get offset(): number {
    return this.#offset + this.start;
  }

  get address(): number {
    return this.#address + this.start;
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  get bytes(): Uint8Array<SharedArrayBuffer> {
    return this.window.subarray(this.start, this.end);
  }

  text(): string {
    return decodeRecord(this.window, this.start, this.end);
  }

  /** Offset in the file of a position. */
  protected offsetOf(position: number): number {
    return this.#offset + position;
  }

  /** Address in the arena of a position. */
  protected addressOf(position: number): number {
    return this.#address + position;
  }

  /**
   * Makes bytes behind the segment readable up to `end`.
   *
   * @returns Whether they are; otherwise `limit` is the end of the file.
   */
  protected reach(end: number): boolean {
    if (end <= this.limit) return true;
    const readable = this.#range.extend?.(end - this.segmentEnd);
    if (readable !== undefined) {
      this.limit = Math.min(this.segmentEnd + readable, this.window.length);
    }
    return end <= this.limit;
  }
}

/** The records that a cursor steps through. */
export class CursorRecords<Cursor extends FramingCursor>
  implements Records<Cursor> {
  readonly current: Cursor;

  constructor(cursor: Cursor) {
    this.current = cursor;
  }

  advance(): boolean {
    return this.current.advance();
  }

  [Symbol.iterator](): Iterator<Cursor, undefined> {
    const cursor = this.current;
    // One result for all, so that a step allocates nothing.
    const result: IteratorYieldResult<Cursor> = { done: false, value: cursor };
    return { next: () => cursor.advance() ? result : DONE };
  }
}
