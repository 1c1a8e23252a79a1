/**
 * Runs of queries, and their results as callers see them.
 *
 * @module
 */
import { checkPath } from "../check_path.ts";
import { runJob } from "../engine.ts";
import type { RecordsPartial } from "../jobs/records.ts";
import type { RunOptions, RunStats } from "../options.ts";
import { type FilePath, pathText } from "../platform/files.ts";
import type {
  RecordCounts,
  RecordRows,
  RecordStatsResult,
} from "../record_stats.ts";
import { streamJob } from "../stream_job.ts";
import type { GroupsResult } from "./groups_result.ts";
import type { RecordOptions } from "./options.ts";
import { FirstRows, type RecordRow, rowOrder } from "./order.ts";
import { type PreparedQuery, prepareQuery } from "./prepare.ts";
import type { RecordColumn } from "./query.ts";
import { readValues } from "./read_values.ts";
import type { RowChunk } from "./row_scan.ts";
import { emptyTally, mergeTallies, stopAtBad, type Tally } from "./tally.ts";

/** As `recordStats` of the library. */
export async function recordStats(
  path: FilePath | URL,
  options: RecordOptions,
): Promise<RecordStatsResult> {
  const file = checkPath(path);
  const prepared = prepareQuery(file, options, "values");
  const { result, stats } = prepared.query.output.kind === "groups"
    ? await runGroups(file, prepared, options)
    : await collectRows(file, prepared, options);
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
  const prepared = prepareQuery(file, options, format);
  const { output, sort } = prepared.query;
  if (output.kind === "groups" || sort !== undefined) {
    throw new TypeError(
      `Cannot give rows as they are found as "aggregates", "of", "groupBy", "sort" and "top" must be left out: received one of them`,
    );
  }
  const found = streamRows(file, prepared, options);
  for await (const { tally, chunk } of found) {
    const { bytes, count: rowCount } = chunk;
    yield { bytes, rowCount, counts: countsOf(tally) };
  }
}

/** As `recordColumns` of the library. */
export function recordColumns(
  path: FilePath | URL,
  options: RecordOptions,
): readonly RecordColumn[] {
  return prepareQuery(checkPath(path), options, "values").columns;
}

function countsOf({ records, matched, badCount, bad }: Tally): RecordCounts {
  return { records, matched, badCount, bad };
}

/** What a run needs of the options. */
interface Answer {
  readonly result: GroupsResult;
  readonly stats: RunStats | undefined;
}

async function runGroups(
  file: FilePath,
  { query }: PreparedQuery,
  options: RunOptions,
): Promise<Answer> {
  const job = { builtin: "records" } as const;
  return await runJob(file, job, query, options);
}

async function collectRows(
  file: FilePath,
  prepared: PreparedQuery,
  options: RunOptions,
): Promise<Answer> {
  const { query: { sort, top }, columns } = prepared;
  const types = columns.map(({ type }) => type);
  const kept = new FirstRows<RecordRow>(rowOrder(columns, sort, 0), top);
  let rows: RecordRow[] = [];
  let tally = emptyTally(0);
  const found = streamRows(file, prepared, options);
  let next = await found.next();
  for (; !next.done; next = await found.next()) {
    ({ tally } = next.value);
    for (const row of readValues(next.value.chunk.bytes, types)) {
      if (sort === undefined) rows.push(row);
      else kept.add(row);
    }
  }
  if (sort !== undefined) rows = kept.finish();
  return { result: { columns, rows, tally }, stats: next.value };
}

/** Rows that were found, and what was counted up to there. */
interface FoundRows {
  readonly chunk: RowChunk;
  readonly tally: Tally;
}

/** Yields rows in file order. @returns How the run was carried out; `undefined` if it had not to go on to the end. */
async function* streamRows(
  file: FilePath,
  { query }: PreparedQuery,
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
  const { offset, bad } = chunk.tally;
  return {
    count,
    tally: {
      offset,
      records,
      matched: count,
      badCount,
      bad: bad.slice(0, badCount),
    },
    bytes: chunk.bytes.subarray(0, end),
    marks: undefined,
  };
}
