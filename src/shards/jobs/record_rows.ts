/**
 * Rows of records in file order, shard by shard.
 *
 * @module
 */
import type { RecordsPartial } from "../../jobs/records.ts";
import { columnOrder, type RecordRow } from "../../records/order.ts";
import { readValues } from "../../records/read_values.ts";
import type { RowChunk } from "../../records/row_scan.ts";
import {
  badRecordError,
  countsOf,
  emptyTally,
  mergeTallies,
  type Tally,
  tallyOfRows,
} from "../../records/tally.ts";
import { joinBytes } from "../../join_bytes.ts";
import { streamJob } from "../../stream_job.ts";
import {
  array,
  integer,
  list,
  object,
  optional,
  wrongValue,
} from "../shape.ts";
import type { ShardWork } from "../sharded_job.ts";
import type {
  RecordShards,
  RecordsResult,
  ShardQuery,
} from "./record_shards.ts";
import { firstBad, TALLY } from "./record_tally.ts";
import { expectationOf, tellExit } from "./scan_range.ts";

/** Rows of one shard. Plain data. */
interface RowList {
  readonly count: number;
  readonly tally: Tally;
  /** Each with a newline at its end. */
  readonly bytes: Uint8Array;
  /** Of each row, what there is up to its end: bytes, records, bad records. Only where the first few are wanted. */
  readonly marks?: Float64Array | undefined;
}

const MARK_NUMBERS = 3;

/** Rows of neighbouring shards, a list for each. */
export type RowsState = readonly RowList[];

/** Finds and joins. */
export const rowShards: RecordShards<RowsState> = {
  run: async (work, query) => [await scanRows(work, query)],
  empty: () => [],
  write: (lists) => lists,
  read: readLists,
  join: (states) => states.flat(),
  finish: finishRows,
};

async function scanRows(
  { path, range, source: fingerprint, options, entry, onExit }: ShardWork,
  { query, source }: ShardQuery,
): Promise<RowList> {
  const gatherer = new RowGatherer(range.start, headOf(query));
  let lanes = {};
  const partials = streamJob<RecordsPartial>({
    path,
    job: "records",
    jobOptions: query,
    options,
    range,
    entry,
    readOn: true,
    source,
    expect: expectationOf(fingerprint),
    onLanes: (found) => lanes = found,
  });
  for await (const { rows } of partials) {
    for (const chunk of rows) {
      if (gatherer.isFull) break;
      gatherer.add(chunk);
      // What is behind a record that ends the run is not shown.
      if (firstBad(chunk.tally, query.onBad) !== undefined) {
        return gatherer.take();
      }
    }
    // Not even the exit is told: whether it is known by now depends on how far the workers have come.
    if (gatherer.isFull) return gatherer.take();
  }
  tellExit(lanes, onExit);
  return gatherer.take();
}

function headOf({ output }: ShardQuery["query"]): number {
  return output.kind === "rows" ? output.head ?? Infinity : Infinity;
}

/** Joins the rows of segments. */
class RowGatherer {
  readonly #head: number;
  readonly #pieces: Uint8Array[] = [];
  readonly #marks: number[] = [];
  #tally: Tally;
  #byteLength = 0;
  #count = 0;

  constructor(offset: number, head: number) {
    this.#tally = emptyTally(offset);
    this.#head = head;
  }

  /** Whether no more rows can be wanted. */
  get isFull(): boolean {
    return this.#count >= this.#head;
  }

  add({ count, tally, bytes, marks }: RowChunk): void {
    const { records, badCount } = this.#tally;
    for (const mark of marks ?? []) {
      this.#marks.push(
        this.#byteLength + mark.end,
        records + mark.records,
        badCount + mark.badCount,
      );
    }
    this.#pieces.push(bytes);
    this.#byteLength += bytes.length;
    this.#count += count;
    this.#tally = mergeTallies(this.#tally, tally);
  }

  take(): RowList {
    const all: RowList = {
      count: this.#count,
      tally: this.#tally,
      bytes: joinBytes(this.#pieces),
      marks: this.#head < Infinity ? Float64Array.from(this.#marks) : undefined,
    };
    return firstRows(all, this.#head);
  }
}

/** The first rows of a list, and what was seen up to the last of them. */
function firstRows(rows: RowList, count: number): RowList {
  if (count > rows.count) return rows;
  const marks = (rows.marks ?? new Float64Array(0))
    .slice(0, MARK_NUMBERS * count);
  const [end = 0, records = 0, badCount = 0] = marks.slice(-MARK_NUMBERS);
  return {
    count,
    tally: tallyOfRows(rows.tally, { count, records, badCount }),
    bytes: rows.bytes.subarray(0, end),
    marks,
  };
}

function finishRows(lists: RowsState, query: ShardQuery): RecordsResult {
  const { columns } = query;
  const { onBad } = query.query;
  let left = headOf(query.query);
  let tally = emptyTally(0);
  let failure: Error | undefined;
  const pieces: Uint8Array[] = [];
  for (const list of lists) {
    const rows = firstRows(list, left);
    left -= rows.count;
    tally = mergeTallies(tally, rows.tally);
    pieces.push(rows.bytes);
    const bad = firstBad(tally, onBad);
    if (bad !== undefined) failure = badRecordError(bad);
    if (failure !== undefined || left === 0) break;
  }
  const counts = countsOf(tally);
  const sorted = sortedValues(pieces, query);
  if (sorted === undefined) return { columns, counts, pieces, failure };
  if (failure !== undefined) throw failure;
  return { columns, counts, rows: sorted };
}

/** The first rows of the file in another order; `undefined` where they stay in that of the file. */
function sortedValues(
  pieces: readonly Uint8Array[],
  { query: { sort, top }, columns }: ShardQuery,
): RecordRow[] | undefined {
  if (sort === undefined) return undefined;
  const types = columns.map(({ type }) => type);
  const rows = pieces.flatMap((bytes) => readValues(bytes, types));
  return rows.sort(columnOrder(columns, sort)).slice(0, top);
}

const LIST = object<RowList>({
  count: integer(0),
  tally: TALLY,
  bytes: array(Uint8Array),
  marks: optional(array(Float64Array)),
});

function readLists(body: unknown, { query }: ShardQuery): RowsState {
  const lists = list(LIST)(body, "body.found");
  const hasMarks = headOf(query) < Infinity;
  for (const { count, bytes, marks } of lists) {
    const isWhole = hasMarks
      ? marks !== undefined && areMarks(marks, count, bytes.length)
      : marks === undefined;
    if (!isWhole) throw wrongValue("body.found.marks", "of each row", marks);
  }
  return lists;
}

function areMarks(
  marks: Float64Array,
  count: number,
  byteLength: number,
): boolean {
  return marks.length === MARK_NUMBERS * count &&
    marks.every((mark, i) =>
      Number.isSafeInteger(mark) && mark >= (marks[i - MARK_NUMBERS] ?? 0) &&
      (i % MARK_NUMBERS !== 0 || mark <= byteLength)
    );
}
