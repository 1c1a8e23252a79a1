/**
 * The records of a delimited segment.
 *
 * @module
 */
import type { SabmapError } from "../../errors.ts";
import type { RecordRange } from "../framing.ts";
import { type ByteSearch, byteSearch } from "./byte_search.ts";
import { FramingCursor } from "./cursor.ts";
import { type Delimiter, ReaderState } from "./delimiter.ts";
import { tooLongError, truncatedError } from "./record_error.ts";

/** What a cursor has to know. */
export interface DelimitedLayout {
  readonly delimiter: Delimiter;
  readonly crlf: boolean;
  readonly maxRecordBytes: number;
  /** As the framing's. */
  readonly after: number;
  /** The entry of a segment without an index. `undefined` if there is none but the first segment's. */
  readonly defaultEntry: number | undefined;
}

/** The first bytes behind a segment that are asked for; each time after that, as many again. */
const EXTEND_BYTES = 4096;

const CARRIAGE_RETURN = 0x0d;

/** No delimiter was found; no byte is the quote. */
const NONE = -1;

/** Steps through the records of one segment. */
export class DelimitedCursor extends FramingCursor {
  readonly #layout: DelimitedLayout;
  readonly #delimiter: Uint8Array;
  readonly #first: number;
  readonly #quote: number;
  readonly #search: ByteSearch;
  /** Where the next record starts. */
  #next: number;
  /** Where a search that found nothing is to go on, and whether that is inside of quotes. */
  #resume = 0;
  #quoted = false;

  constructor(
    range: RecordRange,
    layout: DelimitedLayout,
    entry: number | undefined = layout.defaultEntry,
  ) {
    super(range, layout.after);
    const { bytes, quote } = layout.delimiter;
    this.#layout = layout;
    this.#delimiter = bytes;
    this.#first = bytes[0] ?? 0;
    this.#quote = quote;
    this.#search = byteSearch(this.window, this.addressOf(0), range.search);
    this.#next = range.offset === 0
      ? this.segmentStart
      : this.#firstStart(range, checkEntry(range, entry));
  }

  advance(): boolean {
    const start = this.#next;
    if (start >= this.segmentEnd) return false;
    const { maxRecordBytes, crlf } = this.#layout;
    const found = this.#findEnd(start);
    const end = found === NONE ? this.limit : found;
    if (end - start > maxRecordBytes) throw this.#tooLong(start);
    const strips = crlf && found > start &&
      this.window[found - 1] === CARRIAGE_RETURN;
    this.start = start;
    this.end = strips ? end - 1 : end;
    this.#next = end + this.#delimiter.length;
    return true;
  }

  /** Where the first record of the segment starts; at or behind its end if none does. */
  #firstStart(range: RecordRange, entry: number): number {
    const { delimiter } = this.#layout;
    const { segmentStart, segmentEnd } = this;
    const { length } = delimiter.bytes;
    this.#quoted = entry === ReaderState.quoted(delimiter);
    const lead = this.#quoted ? 0 : leadBytes(range, entry);
    // A delimiter that began in front. None of its bytes is a quote, so quotes there do not matter.
    for (let at = segmentStart - lead; at < segmentStart; at++) {
      if (this.#matching(at, segmentEnd) === length) return at + length;
    }
    const found = this.#find(segmentStart, segmentEnd);
    return found === NONE ? segmentEnd : found + length;
  }

  /** @returns Position of the record's delimiter; `NONE` if the file ends first, which is at `limit` then. */
  #findEnd(start: number): number {
    this.#quoted = false;
    let found = this.#find(start, this.limit);
    while (found === NONE && this.#readOn(start)) {
      found = this.#find(this.#resume, this.limit);
    }
    if (found !== NONE || !this.#quoted) return found;
    throw truncatedError(
      this.offsetOf(start),
      this.limit - start,
      "the end of its quotes must",
    );
  }

  /** Makes more readable for a record that has no end in what is. @returns False if the file ends. */
  #readOn(start: number): boolean {
    const { after, maxRecordBytes } = this.#layout;
    const { limit, segmentEnd } = this;
    // The last bytes may be the beginning of a delimiter.
    const known = limit - start - (this.#delimiter.length - 1);
    if (known > maxRecordBytes) throw this.#tooLong(start);
    // Less than `after`, or else `known` would have been too long.
    const wanted = Math.max(EXTEND_BYTES, 2 * (limit - segmentEnd));
    this.reach(segmentEnd + Math.min(after, wanted));
    return this.limit > limit;
  }

  /** Finds a delimiter that lies in `[from, to)` and counts. If there is none, `#resume` is where to go on. */
  #find(from: number, to: number): number {
    const search = this.#search, quote = this.#quote, first = this.#first;
    const { length } = this.#delimiter;
    for (let at = from;; at++) {
      if (this.#quoted) {
        at = search.findByte(at, to, quote);
        if (at === to) return this.#stop(to);
        this.#quoted = false;
        at++;
      }
      at = quote === NONE
        ? search.findByte(at, to, first)
        : search.findEither(at, to, quote, first);
      if (at === to) return this.#stop(to);
      if (this.window[at] === quote) {
        this.#quoted = true;
        continue;
      }
      const matching = length === 1 ? 1 : this.#matching(at, to);
      if (matching === length) return at;
      if (at + matching === to) return this.#stop(at);
    }
  }

  #stop(at: number): typeof NONE {
    this.#resume = at;
    return NONE;
  }

  /** How many bytes from `at` on are those of the delimiter, in front of `to`. */
  #matching(at: number, to: number): number {
    const delimiter = this.#delimiter;
    const length = Math.min(delimiter.length, to - at);
    let count = 0;
    while (count < length && this.window[at + count] === delimiter[count]) {
      count++;
    }
    return count;
  }

  #tooLong(start: number): SabmapError {
    const { maxRecordBytes } = this.#layout;
    return tooLongError(this.offsetOf(start), maxRecordBytes, "more");
  }
}

function checkEntry(range: RecordRange, entry: number | undefined): number {
  if (entry !== undefined) return entry;
  throw new Error(
    `Bug: the segment at ${range.offset} was given without its entry`,
  );
}

/** How many bytes in front of the segment a delimiter may have begun. */
function leadBytes({ offset, before }: RecordRange, entry: number): number {
  const lead = Math.min(entry, offset);
  if (lead <= before) return lead;
  throw new Error(
    `Bug: the segment at ${offset} was given ${before} of ${lead} bytes in front`,
  );
}
