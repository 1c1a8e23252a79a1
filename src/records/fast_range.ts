/**
 * Part of a segment as a segment, for what a fast path leaves to the general one.
 *
 * @module
 */
import type {
  FramedRecord,
  RecordFraming,
  RecordRange,
  Records,
  SearchKernels,
} from "../binary/framing.ts";
import type { RangeView } from "../job.ts";

/** A range as the engine gives it: it knows the kernels of its searches. */
export type SearchableRange = RangeView & Pick<RecordRange, "search">;

/** The records that start in a part of a segment. The part starts where a record does. */
export class PartRange implements SearchableRange {
  readonly index: number;
  readonly offset: number;
  readonly byteLength: number;
  readonly address: number;
  readonly before: number;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly #whole: SearchableRange;
  /** Bytes of the segment behind the part. */
  readonly #behind: number;

  /**
   * @param start Address of the first byte.
   * @param end Address behind the last, at most that of the segment's end.
   */
  constructor(whole: SearchableRange, start: number, end: number) {
    const passed = start - whole.address;
    this.index = whole.index;
    this.offset = whole.offset + passed;
    this.byteLength = end - start;
    this.address = start;
    this.before = whole.before + passed;
    this.bytes = whole.bytes.subarray(passed, end - whole.address);
    this.#whole = whole;
    this.#behind = whole.byteLength - passed - this.byteLength;
  }

  get search(): SearchKernels | undefined {
    return this.#whole.search;
  }

  get after(): number {
    return this.#behind + this.#whole.after;
  }

  extend(byteCount: number): number {
    return this.#behind + this.#whole.extend(byteCount - this.#behind);
  }

  /** Only with its framing, as the general path asks. */
  records(framing?: unknown): never;
  records(framing: RecordFraming): Records<FramedRecord> {
    return framing.records(this);
  }

  writableRecords(): never {
    throw new Error("Bug: a part of a segment is asked for cursors");
  }

  lines(): never {
    throw new Error("Bug: a part of a segment is asked for lines");
  }
}
