/**
 * Records of one length.
 *
 * @module
 */
import type { RecordFraming, RecordRange } from "./framing.ts";
import { CursorRecords, FramingCursor } from "./framing/cursor.ts";
import {
  checkWholeNumber,
  optionError,
  RECORD_BYTES_MAX,
} from "./framing/options.ts";
import { byteCount, truncatedError } from "./framing/record_error.ts";

/** What {@link fixed} does at the ends of the file. */
export interface FixedOptions {
  /** Bytes at the start of the file that are no records, such as a header. Defaults to 0. */
  readonly skip?: number | undefined;
  /** What to do with bytes at the end of the file that are less than a record. Defaults to `"error"`. */
  readonly rest?: "error" | "ignore" | undefined;
}

interface FixedLayout {
  readonly recordBytes: number;
  readonly skip: number;
  readonly ignoresRest: boolean;
}

/**
 * The framing of records that are all of one length.
 *
 * Bytes at the end of the file that are less than a record are an `ERR_RECORD_TRUNCATED`.
 *
 * @param recordBytes Bytes of a record, 1 to 512 MiB.
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {RangeError} If a number is out of bounds.
 *
 * @example
 * ```ts
 * import { fixed } from "sabmap";
 *
 * const framing = fixed(32);
 * console.log(framing.after); // 31: a record may start at the last byte of a segment
 * ```
 */
export function fixed(
  recordBytes: number,
  options: FixedOptions = {},
): RecordFraming {
  const { skip = 0, rest = "error" } = options;
  checkWholeNumber("recordBytes", recordBytes, 1, RECORD_BYTES_MAX);
  checkWholeNumber("skip", skip, 0, Number.MAX_SAFE_INTEGER);
  if (rest !== "error" && rest !== "ignore") {
    throw optionError("rest", '"error" or "ignore"', rest);
  }
  const layout = { recordBytes, skip, ignoresRest: rest === "ignore" };
  return {
    before: 0,
    after: recordBytes - 1,
    indexer: undefined,
    description: { kind: "fixed", recordBytes, options: { skip, rest } },
    records: (range) => new CursorRecords(new FixedCursor(range, layout)),
  };
}

class FixedCursor extends FramingCursor {
  readonly #layout: FixedLayout;
  #next: number;

  constructor(range: RecordRange, layout: FixedLayout) {
    super(range, layout.recordBytes - 1);
    const { recordBytes, skip } = layout;
    const index = Math.max(0, Math.ceil((range.offset - skip) / recordBytes));
    this.#layout = layout;
    this.#next = this.segmentStart + skip + index * recordBytes - range.offset;
  }

  advance(): boolean {
    const start = this.#next;
    if (start >= this.segmentEnd) return false;
    const end = start + this.#layout.recordBytes;
    if (end > this.limit && !this.reach(end)) return this.#endWith(start);
    this.start = start;
    this.end = this.#next = end;
    return true;
  }

  #endWith(start: number): false {
    const { ignoresRest, recordBytes } = this.#layout;
    if (ignoresRest) return false;
    throw truncatedError(
      this.offsetOf(start),
      this.limit - start,
      `its ${byteCount(recordBytes)} must`,
    );
  }
}
