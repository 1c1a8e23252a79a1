/**
 * What is counted besides the answer: records, and those that cannot be read.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import type { RecordCounts } from "../record_stats.ts";
import type { BadRecord, OnBad } from "./query.ts";
import type { RowFailure } from "./row.ts";

/** Bad records that are kept with their offsets; others are only counted. */
export const BAD_RECORDS_MAX = 1000;

/** Counts of neighbouring segments. Plain data. */
export interface Tally {
  /** Offset of the first segment: it is the start of the file or not. */
  readonly offset: number;
  /** Records that could be read. */
  records: number;
  /** Records for which the condition holds. */
  matched: number;
  /** Records that could not be read. */
  badCount: number;
  /** The first of them. */
  bad: readonly BadRecord[];
}

/** Nothing counted yet. */
export function emptyTally(offset: number): Tally {
  return { offset, records: 0, matched: 0, badCount: 0, bad: [] };
}

/** Joins those of two neighbours, `left` in front. */
export function mergeTallies(left: Tally, right: Tally): Tally {
  return {
    offset: left.offset,
    records: left.records + right.records,
    matched: left.matched + right.matched,
    badCount: left.badCount + right.badCount,
    bad: left.bad.length >= BAD_RECORDS_MAX || right.badCount === 0
      ? left.bad
      : [...left.bad, ...right.bad].slice(0, BAD_RECORDS_MAX),
  };
}

/** Notes a bad record. */
export function addBad(tally: Tally, record: BadRecord): void {
  tally.badCount++;
  if (tally.bad.length < BAD_RECORDS_MAX) tally.bad = [...tally.bad, record];
}

/** A record whose fields cannot be read. */
export function badFields(
  { offset, byteLength }: Pick<BadRecord, "offset" | "byteLength">,
  { rule, received }: RowFailure,
): BadRecord {
  return {
    offset,
    byteLength,
    code: ErrorCode.BadRecord,
    reason: `Cannot read the record at offset ${
      groupDigits(offset)
    } as ${rule}: received ${received}`,
  };
}

/**
 * Ends the run at the first bad record of the file, if it is to.
 *
 * To be asked of counts that begin with the file: others may have bad records in front of them. So the same
 * record is named whatever the workers have come to.
 *
 * @throws {SabmapError} If there is one.
 */
export function stopAtBad(tally: Tally, onBad: OnBad): void {
  const [first] = tally.bad;
  if (onBad !== "stop" || tally.offset !== 0 || first === undefined) return;
  throw badRecordError(first);
}

/** The error that a bad record ends a run with. */
export function badRecordError(
  { offset, byteLength, reason, code }: BadRecord,
): SabmapError {
  const range = { start: offset, end: offset + byteLength };
  return new SabmapError(code as ErrorCode, reason, { range });
}

/** What was seen of rows up to the end of one of them. */
export interface SeenRows {
  /** Rows. */
  readonly count: number;
  /** Records that could be read, and that could not. */
  readonly records: number;
  readonly badCount: number;
}

/** Counts of the first rows, of which all count. */
export function tallyOfRows(
  { offset, bad }: Tally,
  { count, records, badCount }: SeenRows,
): Tally {
  return {
    offset,
    records,
    matched: count,
    badCount,
    bad: bad.slice(0, badCount),
  };
}

/** Counts as callers see them. */
export function countsOf(
  { records, matched, badCount, bad }: Tally,
): RecordCounts {
  return { records, matched, badCount, bad };
}
