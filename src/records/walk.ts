/**
 * The way through the records of a segment, good and bad.
 *
 * A record that cannot be told apart from the next ends the way, but for two: one that is too long is
 * over at its delimiter, wherever that is, and one with a wrong checksum where its length says. A length that is
 * none ends the run.
 *
 * @module
 */
import {
  type FramedRecord,
  type RecordFraming,
  type RecordRange,
  type Records,
} from "../binary/framing.ts";
import {
  type FramingDescription,
  framingFrom,
} from "../binary/framing/description.ts";
import { RECORD_BYTES_DEFAULT } from "../binary/framing/options.ts";
import type { LengthPrefixedRecord } from "../binary/length_prefixed.ts";
import { ErrorCode, SabmapError } from "../errors.ts";
import type { RangeView } from "../job.ts";
import type { RecordSource } from "./query.ts";
import type { Row } from "./row.ts";
import type { BoundFields } from "./scope.ts";
import { addBad, badFields, type Tally } from "./tally.ts";

/** How a way ends before the segment does. */
export interface WalkOptions {
  readonly source: RecordSource;
  readonly row: Row;
  readonly fields: BoundFields;
  /** Whether the first bad record ends it. */
  readonly stops: boolean;
}

/** Framings that delimited records have states for: see `ReaderState`. */
const STATE_QUOTED_BEHIND = 1;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Goes through segments. One for each worker. */
export class RecordWalker {
  readonly #row: Row;
  readonly #fields: BoundFields;
  readonly #stops: boolean;
  readonly #recordsFrom: number;
  readonly #framing: RecordFraming;
  readonly #isPrefixed: boolean;
  /** Bytes of a line at most, where records are lines without quotes; else 0. */
  readonly #lineBytesMax: number;

  constructor({ source, row, fields, stops }: WalkOptions) {
    this.#row = row;
    this.#fields = fields;
    this.#stops = stops;
    this.#recordsFrom = source.fields.kind === "delimited"
      ? source.fields.recordsFrom
      : 0;
    this.#framing = framingFrom(source.framing);
    this.#isPrefixed = source.framing.kind === "lengthPrefixed";
    this.#lineBytesMax = lineBytesMax(source);
  }

  /**
   * Shows the records that start in a segment, one after the other, in the row.
   *
   * @param tally Where records, and bad ones, are counted.
   * @param visit Takes the row's record; the row says if that fails. False if no more are wanted.
   */
  walk(range: RangeView, tally: Tally, visit: () => boolean): void {
    const passed = this.#walkLines(range, tally, visit);
    if (passed === range.byteLength) return;
    let records: Records<FramedRecord> = passed === 0
      ? range.records(this.#framing)
      : this.#framing.records(restOf(range, passed));
    for (;;) {
      try {
        this.#walkOn(records, tally, visit);
        return;
      } catch (error) {
        const resumed = this.#resume(range, error, tally);
        if (resumed === undefined) return;
        records = resumed;
      }
    }
  }

  /**
   * Goes through whole lines in one look at each byte, where {@link RecordWalker.#walkOn} takes two: one for the
   * newline, one for the fields.
   *
   * The first lines of the file, which may be no records, lines that the segment does not have as a whole, and
   * those that are too long, are left to that.
   *
   * @returns How many bytes of the segment that took; all of them if nothing is left to do.
   */
  #walkLines(range: RangeView, tally: Tally, visit: () => boolean): number {
    const { text } = this.#fields;
    const { offset, byteLength, address } = range;
    const isFirst = offset === 0 || offset < this.#recordsFrom;
    if (text === undefined || this.#lineBytesMax === 0 || isFirst) return 0;
    const row = this.#row, lineBytesMax = this.#lineBytesMax;
    const end = address + byteLength;
    let start = this.#firstLine(range);
    if (start < 0) return 0;
    text.beginLines(start);
    while (start < end) {
      const newline = text.splitLine(start, end);
      if (newline < 0 || newline - start > lineBytesMax) {
        row.failure = undefined;
        break;
      }
      row.recordAddress = start;
      const bytes = row.byteLength;
      const place = offset + (start - address);
      start = newline + 1;
      if (bytes === 0) continue;
      const goesOn = row.failure !== undefined || visit();
      if (row.failure === undefined) tally.records++;
      else if (
        !this.#noteFailure({ offset: place, byteLength: bytes }, tally)
      ) {
        return byteLength;
      }
      if (!goesOn) return byteLength;
    }
    return Math.min(start - address, byteLength);
  }

  /** Address of the first record; -1 if it is left to the framing to tell. */
  #firstLine(range: RangeView): number {
    // The byte in front tells whether a line starts here.
    const { before, byteLength, address } = range;
    if (before < 1) return -1;
    const { bytes } = this.#row;
    const end = address + byteLength;
    for (let at = address - 1; at < end; at++) {
      if (bytes[at] === NEWLINE) return at + 1;
    }
    return end;
  }

  #walkOn(
    records: Records<FramedRecord>,
    tally: Tally,
    visit: () => boolean,
  ): void {
    const row = this.#row;
    const record = records.current;
    const { text, byteLengthMin } = this.#fields;
    while (records.advance()) {
      this.#place(record);
      if (text !== undefined) {
        if (record.offset < this.#recordsFrom) continue;
        if (record.offset === 0) this.#passMark();
        if (row.byteLength === 0 && !this.#isPrefixed) continue;
        text.split();
      } else if (row.byteLength < byteLengthMin) {
        row.fail(`it must have ${byteLengthMin} bytes`, `${row.byteLength}`);
      }
      const goesOn = row.failure !== undefined || visit();
      if (row.failure === undefined) tally.records++;
      else if (!this.#noteFailure(record, tally)) return;
      if (!goesOn) return;
    }
  }

  #place(record: FramedRecord): void {
    const row = this.#row;
    row.recordAddress = record.address;
    if (!this.#isPrefixed) {
      row.address = row.recordAddress;
      row.byteLength = record.byteLength;
      return;
    }
    // The framing is one of such records.
    const prefixed = record as LengthPrefixedRecord;
    row.address = prefixed.payloadAddress;
    row.byteLength = prefixed.payloadByteLength;
  }

  /** Passes the mark that may be in front of text. */
  #passMark(): void {
    const row = this.#row;
    const { bytes, address } = row;
    if (row.byteLength < BYTE_ORDER_MARK.length) return;
    if (!BYTE_ORDER_MARK.every((byte, i) => bytes[address + i] === byte)) {
      return;
    }
    row.address += BYTE_ORDER_MARK.length;
    row.byteLength -= BYTE_ORDER_MARK.length;
  }

  /** @returns False if that ends the way. */
  #noteFailure(
    record: Pick<FramedRecord, "offset" | "byteLength">,
    tally: Tally,
  ): boolean {
    const row = this.#row;
    if (row.failure !== undefined) {
      addBad(tally, badFields(record, row.failure));
    }
    row.failure = undefined;
    return !this.#stops;
  }

  /** Notes a record that the framing cannot tell apart. @returns The records behind it, if they can be found. */
  #resume(
    range: RangeView,
    error: unknown,
    tally: Tally,
  ): Records<FramedRecord> | undefined {
    if (!(error instanceof SabmapError) || error.range === undefined) {
      throw error;
    }
    const { code, message: reason } = error;
    const { start: offset, end } = error.range;
    const { description } = this.#framing;
    const isChecksum = code === ErrorCode.Checksum;
    // Behind a length that is none, nothing says where records are; one that the file's end cuts off is the last.
    const isLast = code === ErrorCode.RecordTruncated;
    if (description.kind === "lengthPrefixed" && !isChecksum && !isLast) {
      throw error;
    }
    addBad(tally, { offset, byteLength: end - offset, code, reason });
    if (this.#stops) return undefined;
    if (isChecksum) return this.#behindChecksum(range, offset);
    return code === ErrorCode.RecordTooLong
      ? this.#behindTooLong(range, offset, description)
      : undefined;
  }

  #behindChecksum(range: RangeView, offset: number): Records<FramedRecord> {
    const unchecked = framingFrom(withoutChecksum(this.#framing.description));
    const records = unchecked.records(range, offset);
    records.advance();
    return this.#framing.records(range, offset + records.current.byteLength);
  }

  /** The rest of the segment, taken for one that starts within the record. */
  #behindTooLong(
    range: RangeView,
    offset: number,
    description: FramingDescription,
  ): Records<FramedRecord> {
    const passed = offset + 1 - range.offset;
    const entry = entryBehind(range, passed, description);
    return this.#framing.records(restOf(range, passed), entry);
  }
}

/** A segment without its first bytes, taken for one that starts behind them. */
function restOf(
  range: RangeView & Pick<RecordRange, "search">,
  passed: number,
): RecordRange {
  return {
    offset: range.offset + passed,
    byteLength: range.byteLength - passed,
    address: range.address + passed,
    bytes: range.bytes.subarray(passed),
    before: range.before + passed,
    after: range.after,
    extend: (byteCount) => range.extend(byteCount),
    search: range.search,
  };
}

/** Bytes of a line at most; 0 where records are told apart by more than newlines, or fields by carriage returns. */
function lineBytesMax({ framing, fields }: RecordSource): number {
  if (framing.kind !== "delimited" || fields.kind !== "delimited") return 0;
  const { delimiter, options: { quote, crlf, maxRecordBytes } } = framing;
  const isPlain = (delimiter === NEWLINE || delimiter === "\n") &&
    quote === undefined && crlf === true &&
    fields.quote < 0 && fields.delimiter !== CARRIAGE_RETURN;
  return isPlain ? maxRecordBytes ?? RECORD_BYTES_DEFAULT : 0;
}

/** The state of a reader behind the first byte of a record: see `ReaderState`. */
function entryBehind(
  range: RangeView,
  passed: number,
  description: FramingDescription,
): number | undefined {
  if (description.kind !== "delimited") return undefined;
  const { delimiter, options: { quote } } = description;
  if (quote === undefined) return undefined;
  const delimiterBytes = typeof delimiter === "number"
    ? 1
    : new TextEncoder().encode(delimiter).length;
  const quoteByte = typeof quote === "number" ? quote : quote.charCodeAt(0);
  const isQuoted = range.bytes[passed - 1] === quoteByte;
  return isQuoted ? delimiterBytes + STATE_QUOTED_BEHIND : delimiterBytes;
}

function withoutChecksum(description: FramingDescription): FramingDescription {
  if (description.kind !== "lengthPrefixed") return description;
  const { checksum: _, ...options } = description.options;
  return { ...description, options };
}
