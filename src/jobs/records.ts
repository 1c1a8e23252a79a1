/**
 * The job that answers questions about records.
 *
 * With aggregates, each worker puts the records of its segments into a table of groups, which it hands
 * over at the end; without, partials are the rows of their segments, which are taken in file order.
 *
 * @module
 */
import { framingFrom } from "../binary/framing/description.ts";
import {
  defineJob,
  type FileInfo,
  type Job,
  type RangeView,
  type WorkerContext,
  workerResults,
} from "../job.ts";
import { scratchBytesOf } from "../records/bind.ts";
import type { RecordQuery } from "../records/query.ts";
import {
  type GroupsResult,
  lazyGroupsResult,
} from "../records/groups_result.ts";
import { type RowChunk, RowScan } from "../records/row_scan.ts";
import { chooseScan, type GatheredGroups, type Scan } from "../records/scan.ts";
import {
  emptyTally,
  mergeTallies,
  stopAtBad,
  type Tally,
} from "../records/tally.ts";

/** What one worker keeps. */
export interface RecordsState {
  readonly groups: Scan | undefined;
  readonly rows: RowScan | undefined;
  readonly onBad: RecordQuery["onBad"];
}

/** What neighbouring segments give. */
export interface RecordsPartial {
  /** Where there are rows, each chunk has its own instead. */
  readonly tally: Tally;
  /** One for each segment, in file order; none where there are groups. */
  readonly rows: readonly RowChunk[];
  /** Tables of groups that were full. */
  readonly tables: readonly Uint8Array[];
  readonly onBad: RecordQuery["onBad"];
}

/** Answers a {@link RecordQuery}. */
export const recordsJob: Job<
  RecordQuery,
  RecordsState,
  RecordsPartial,
  GroupsResult
> = defineJob({
  name: "records",
  framing: ({ source }: RecordQuery) => framingFrom(source.framing),
  skipsCutRecords: ({ onBad }: RecordQuery) => onBad !== "stop",
  scratchBytes: scratchBytesOf,
  start: startRecords,
  scan: scanRecords,
  merge: mergePartials,
  end: ({ groups }: RecordsState) => groups?.end(),
  finish: finishGroups,
  heldBytes: ({ rows }: RecordsPartial) =>
    rows.reduce((sum, { bytes }) => sum + bytes.length, 0),
});

function startRecords(query: RecordQuery, worker: WorkerContext): RecordsState {
  const { output, onBad } = query;
  return output.kind === "groups"
    ? { groups: chooseScan(query, output, worker), rows: undefined, onBad }
    : { groups: undefined, rows: new RowScan(query, output, worker), onBad };
}

function scanRecords(
  range: RangeView,
  { groups, rows, onBad }: RecordsState,
): RecordsPartial {
  const tally = emptyTally(range.offset);
  groups?.scan(range, tally);
  return {
    tally,
    rows: rows === undefined ? [] : [rows.scan(range)],
    tables: groups?.takeFull() ?? [],
    onBad,
  };
}

function mergePartials(
  left: RecordsPartial,
  right: RecordsPartial,
): RecordsPartial {
  const tally = mergeTallies(left.tally, right.tally);
  const rows = [...left.rows, ...right.rows];
  stopAtBad(tally, left.onBad);
  const tables = right.tables.length === 0
    ? left.tables
    : [...left.tables, ...right.tables];
  return { tally, rows, tables, onBad: left.onBad };
}

function finishGroups(
  partial: RecordsPartial | undefined,
  _file: FileInfo,
  lanes: Readonly<Record<string, unknown>>,
  query: RecordQuery,
): GroupsResult {
  const tally = partial?.tally ?? emptyTally(0);
  stopAtBad(tally, query.onBad);
  // What `end` of this job gave, where there are groups.
  const gathered = workerResults(lanes) as GatheredGroups[];
  const tables = [
    ...partial?.tables ?? [],
    ...gathered.flatMap(({ tables }) => tables),
  ];
  const tenths = gathered.flatMap(({ tenths = [] }) => tenths);
  const decimals = gathered.map(({ decimals }) => decimals);
  return lazyGroupsResult(query, { tables, tenths, decimals, tally });
}
