/**
 * The seam between queries and what answers them: fast kernels for some, the general path for all.
 *
 * @module
 */
import type { RangeView, WorkerContext } from "../job.ts";
import { chooseFast } from "./fast_choice.ts";
import { GroupScan } from "./group_scan.ts";
import type { GroupTables } from "./merge_groups.ts";
import type { GroupsQuery, RecordQuery } from "./query.ts";
import type { Tally } from "./tally.ts";

/**
 * What a worker has gathered of groups. Plain data. Where the query lends tables, some are views of the arena, valid
 * until the run ends.
 */
export interface GatheredGroups extends GroupTables {
  /** For each input, the most digits behind the point that it had, or `NO_DECIMALS`. */
  readonly decimals: readonly number[];
}

/** Puts the records of segments into groups. One for each worker. */
export interface Scan {
  /** Takes the records that start in a segment. */
  scan(range: RangeView, tally: Tally): void;
  /** Hands over tables that were full, since it was asked last; nearly always none. */
  takeFull(): Uint8Array[];
  /** Hands over the rest. Called once, at the end. */
  end(): GatheredGroups;
}

/**
 * Makes the scan of a query: the fastest that can answer it. All of them give the same results.
 *
 * @param general Whether the general path is to be taken in any case: for tests and benchmarks.
 */
export function chooseScan(
  query: RecordQuery,
  output: GroupsQuery,
  worker: WorkerContext,
  general = false,
): Scan {
  const fast = general || isShifted(query)
    ? undefined
    : chooseFast(query, output, worker);
  return fast ?? new GroupScan(query, output, worker);
}

/** Whether records do not start at multiples of their length, which kernels count on. */
function isShifted({ source: { framing } }: RecordQuery): boolean {
  return framing.kind === "fixed" && (framing.options.skip ?? 0) > 0;
}
