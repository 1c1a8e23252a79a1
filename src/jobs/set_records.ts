/**
 * The job that sets fields of records.
 *
 * @module
 */
import { framingFrom } from "../binary/framing/description.ts";
import { type ErrorCode, SabmapError } from "../errors.ts";
import { defineJob, type Job } from "../job.ts";
import {
  emptyCounts,
  mergeCounts,
  type SetCounts,
  type SetQuery,
} from "../records/set_query.ts";
import { SetScan, setScratchBytes } from "../records/set_scan.ts";
import { stopAtBad } from "../records/tally.ts";

/** What one worker keeps. */
export interface SetState {
  readonly scan: SetScan;
  readonly query: SetQuery;
}

/** What neighbouring segments give. */
export interface SetPartial {
  readonly counts: SetCounts;
  readonly limits: Pick<SetQuery, "onBad" | "shown">;
}

/** Carries a {@link SetQuery} out. */
export const setRecordsJob: Job<SetQuery, SetState, SetPartial, SetCounts> =
  defineJob({
    name: "setRecords",
    access: "update",
    framing: ({ source }: SetQuery) => framingFrom(source.framing),
    scratchBytes: ({ source }: SetQuery) => setScratchBytes(source),
    start: (query: SetQuery, worker): SetState => ({
      scan: new SetScan(query, worker),
      query,
    }),
    scan: (range, { scan, query }: SetState): SetPartial => ({
      counts: scan.scan(range),
      limits: { onBad: query.onBad, shown: query.shown },
    }),
    merge: ({ counts, limits }: SetPartial, right: SetPartial): SetPartial => ({
      counts: checked(
        mergeCounts(counts, right.counts, limits.shown),
        limits.onBad,
      ),
      limits,
    }),
    finish: (partial: SetPartial | undefined, _file, _lanes, { onBad }) =>
      checked(partial?.counts ?? emptyCounts(0), onBad),
  });

/**
 * Ends the run at the first record of the file that cannot be read, where it is to, or whose values do not fit.
 *
 * Only counts that begin with the file tell which that is: see {@link stopAtBad}.
 *
 * @throws {SabmapError} If there is one.
 */
function checked(counts: SetCounts, onBad: SetQuery["onBad"]): SetCounts {
  const { tally, failure } = counts;
  if (failure === undefined) {
    stopAtBad(tally, onBad);
    return counts;
  }
  // Bad records behind it may be known from other segments.
  const [first] = tally.bad;
  if (first !== undefined && first.offset < failure.offset) {
    stopAtBad(tally, onBad);
  }
  if (tally.offset !== 0) return counts;
  const { offset, byteLength, code, reason } = failure;
  const range = { start: offset, end: offset + byteLength };
  throw new SabmapError(code as ErrorCode, reason, { range });
}
