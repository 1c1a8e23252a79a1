/**
 * Runs of queries, and their results as callers see them.
 *
 * @module
 */
import { checkPath } from "../check_path.ts";
import { runOwnJob } from "../engine.ts";
import type { RecordsPartial } from "../jobs/records.ts";
import type { BuiltinJobName } from "../jobs/registry.ts";
import type { SortedRows } from "../jobs/sorted_records.ts";
import type { RunOptions, RunOutcome, RunStats } from "../options.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import type {
  RecordResult,
  RecordRows,
  RecordStatsResult,
} from "../record_stats.ts";
import { streamJob } from "../stream_job.ts";
import type { GroupsResult } from "./groups_result.ts";
import type { RecordOptions } from "./options.ts";
import { columnOrder, type RecordRow } from "./order.ts";
import { type PreparedQuery, prepareQuery } from "./prepare.ts";
import { type PreparedRun, prepareRun } from "./prepare_stream.ts";
import type { RecordColumn } from "./query.ts";
import { readValues } from "./read_values.ts";
import type { RowChunk } from "./row_scan.ts";
import { sortedPieces } from "./sorted_rows.ts";
import {
  countsOf,
  emptyTally,
  mergeTallies,
  stopAtBad,
  type Tally,
  tallyOfRows,
} from "./tally.ts";

/** As `recordStats` of the library. */
export async function recordStats(
  path: FilePath | URL,
  options: RecordOptions,
): Promise<RecordStatsResult> {
  const result = await recordResult(path, options);
  return { ...result, rows: [...result.rows] };
}

/** As `recordResult` of the library. */
export async function recordResult(
  path: FilePath | URL,
  options: RecordOptions,
): Promise<RecordResult> {
  const file = checkPath(path);
  const prepared = await prepareRun(file, options, "values");
  const { result, stats } = await answer(file, prepared, options);
  const { columns, rows, tally } = result;
  return { file: pathText(file), columns, rows, ...countsOf(tally), stats };
}

/** As `recordRows` of the library. */
export async function* recordRows(
  path: FilePath | URL,
  format: "csv" | "json",
  options: RecordOptions,
): AsyncGenerator<RecordRows, void, void> {
  const file = checkPath(path);
  refuseUnwritten(options);
  const prepared = await prepareRun(file, options, format);
  const { columns } = prepared;
  const rows = isSorted(prepared)
    ? sortedRows(file, prepared, options)
    : foundRows(file, prepared, options);
  let next = await rows.next();
  for (; !next.done; next = await rows.next()) {
    const { bytes, rowCount, tally } = next.value;
    yield { bytes, rowCount, columns, counts: countsOf(tally) };
  }
}

/** @throws {TypeError} If rows are none, or not written by those who find them. */
function refuseUnwritten(options: RecordOptions): void {
  const { aggregates, of, groupBy, sort, head } = options;
  const isGrouped = [aggregates, of, groupBy].some((one) => one !== undefined);
  if (!isGrouped && (sort === undefined || head === undefined)) return;
  throw new TypeError(
    `Cannot give rows as text as "aggregates", "of" and "groupBy", and "head" beside "sort", must be left out: received one of them`,
  );
}

/** As `recordColumns` of the library. */
export function recordColumns(
  path: FilePath | URL,
  options: RecordOptions,
): readonly RecordColumn[] {
  return prepareQuery(checkPath(path), options, "values").columns;
}

/** What a run gives. */
interface Answer {
  readonly result: GroupsResult;
  readonly stats: RunStats | undefined;
}

/** Some rows as text, and what was counted up to there. */
interface TextRows {
  readonly bytes: Uint8Array;
  readonly rowCount: number;
  readonly tally: Tally;
}

/** Rows in their order. @returns How the run was carried out; `undefined` if it had not to go on to the end. */
type RowStream = AsyncGenerator<TextRows, RunStats | undefined, void>;

async function answer(
  file: FilePath,
  prepared: PreparedRun,
  options: RunOptions,
): Promise<Answer> {
  const { query } = prepared;
  if (query.output.kind === "groups") {
    const query = { ...prepared.query, lendsTables: true };
    const lending = { ...prepared, query };
    return await runWhole("records", file, lending, options);
  }
  return isSorted(prepared)
    ? await collect(prepared, sortedRows(file, prepared, options))
    : await collect(prepared, foundRows(file, prepared, options));
}

/** Runs a job that has its result at the end. */
async function runWhole<Result>(
  job: BuiltinJobName,
  path: FilePath,
  { query: jobOptions, source }: PreparedRun,
  options: RunOptions,
): Promise<RunOutcome<Result>> {
  const internals = { source };
  return await runOwnJob({
    path,
    job: { builtin: job },
    jobOptions,
    options,
    internals,
  });
}

/** Whether workers sort the rows: of the first ones of a file, they do not know which those are. */
function isSorted({ query: { output, sort } }: PreparedQuery): boolean {
  return output.kind === "rows" && sort !== undefined &&
    output.head === undefined;
}

/** Collects rows as values, and sorts those that are not. */
async function collect(
  prepared: PreparedQuery,
  stream: RowStream,
): Promise<Answer> {
  const { query: { sort, top }, columns } = prepared;
  const types = columns.map(({ type }) => type);
  let rows: RecordRow[] = [];
  let tally = emptyTally(0);
  let next = await stream.next();
  for (; !next.done; next = await stream.next()) {
    ({ tally } = next.value);
    for (const row of readValues(next.value.bytes, types)) rows.push(row);
  }
  if (sort !== undefined && !isSorted(prepared)) {
    rows = rows.sort(columnOrder(columns, sort)).slice(0, top);
  }
  return { result: { columns, rows, tally }, stats: next.value };
}

/** Yields rows in the order of the query. */
async function* sortedRows(
  file: FilePath,
  prepared: PreparedRun,
  options: RunOptions,
): RowStream {
  const outcome = await runWhole<SortedRows>(
    "sortedRecords",
    file,
    prepared,
    options,
  );
  const { result, stats } = outcome;
  for (const piece of sortedPieces(result, prepared.query)) {
    yield { ...piece, tally: result.tally };
  }
  return stats;
}

/** Yields rows as they are found; at least one piece, which may have none. */
async function* foundRows(
  file: FilePath,
  prepared: PreparedRun,
  options: RunOptions,
): RowStream {
  const found = streamRows(file, prepared, options);
  let isEmpty = true;
  let next = await found.next();
  for (; !next.done; next = await found.next()) {
    const { tally, chunk: { bytes, count: rowCount } } = next.value;
    isEmpty = false;
    yield { bytes, rowCount, tally };
  }
  if (isEmpty) {
    yield { bytes: new Uint8Array(0), rowCount: 0, tally: emptyTally(0) };
  }
  return next.value;
}

/** Rows that were found, and what was counted up to there. */
interface FoundRows {
  readonly chunk: RowChunk;
  readonly tally: Tally;
}

/** Yields rows in file order. @returns How the run was carried out; `undefined` if it had not to go on to the end. */
async function* streamRows(
  file: FilePath,
  { query, source }: PreparedRun,
  options: RunOptions,
): AsyncGenerator<FoundRows, RunStats | undefined, void> {
  const { output } = query;
  let left = output.kind === "rows" ? output.head ?? Infinity : Infinity;
  let tally = emptyTally(0);
  const run = streamJob<RecordsPartial>({
    path: file,
    job: "records",
    jobOptions: query,
    options,
    source,
  });
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    for (const rows of next.value.rows) {
      const chunk = firstRows(rows, left);
      left -= chunk.count;
      tally = mergeTallies(tally, chunk.tally);
      yield { chunk, tally };
      stopAtBad(tally, query.onBad);
      if (left > 0) continue;
      await run.return(undefined as never);
      return undefined;
    }
  }
  return next.value;
}

/** The first rows of a chunk, and what was seen up to the last of them. */
function firstRows(chunk: RowChunk, count: number): RowChunk {
  if (count > chunk.count) return chunk;
  const mark = chunk.marks?.[count - 1];
  const { end = 0, records = 0, badCount = 0 } = mark ?? {};
  return {
    count,
    tally: tallyOfRows(chunk.tally, { count, records, badCount }),
    bytes: chunk.bytes.subarray(0, end),
    marks: undefined,
  };
}
