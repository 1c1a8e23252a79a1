/**
 * The job that gives records in an order: all of them, or the first.
 *
 * Partials are blocks of sorted rows. Where only the first are wanted, blocks that hold more than twice as many are
 * joined to one that holds no more than those.
 *
 * @module
 */
import { framingFrom } from "../binary/framing/description.ts";
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import {
  defineJob,
  type FileInfo,
  type Job,
  type RangeView,
  type WorkerContext,
} from "../job.ts";
import { scratchBytesOf } from "../records/bind.ts";
import { joinBlocks } from "../records/block_merge.ts";
import type { RecordQuery } from "../records/query.ts";
import { SortScan, tailSignOf } from "../records/sort_scan.ts";
import { blockBytes, type SortedBlock } from "../records/sorted_block.ts";
import {
  emptyTally,
  mergeTallies,
  stopAtBad,
  type Tally,
} from "../records/tally.ts";

/** Blocks are not joined for fewer rows than this beyond the wanted ones. */
const SLACK_ROWS = 4096;

/** What one worker keeps. */
export interface SortedState {
  readonly scan: SortScan;
  readonly query: RecordQuery;
}

/** What neighbouring segments give. */
export interface SortedPartial {
  readonly tally: Tally;
  /** In file order. */
  readonly blocks: SortedBlock[];
  /** Rows of all blocks. */
  readonly count: number;
  /** Bytes of all blocks. */
  readonly byteLength: number;
  /** Of the query, for joins. */
  readonly limits: SortLimits;
}

/** What joins need of a query. */
interface SortLimits extends Pick<RecordQuery, "onBad" | "top" | "sortBytes"> {
  readonly tailSign: number;
}

/** All rows, in blocks that are in file order. */
export interface SortedRows {
  readonly tally: Tally;
  readonly blocks: readonly SortedBlock[];
}

/** Answers a {@link RecordQuery} of rows with an order. */
export const sortedRecordsJob: Job<
  RecordQuery,
  SortedState,
  SortedPartial,
  SortedRows
> = defineJob({
  name: "sortedRecords",
  framing: ({ source }: RecordQuery) => framingFrom(source.framing),
  skipsCutRecords: ({ onBad }: RecordQuery) => onBad !== "stop",
  scratchBytes: scratchBytesOf,
  start: startSort,
  scan: scanSorted,
  merge: mergeSorted,
  finish: finishSorted,
});

function startSort(query: RecordQuery, worker: WorkerContext): SortedState {
  const { output } = query;
  if (output.kind !== "rows") throw new Error("Bug: groups are no rows");
  return { scan: new SortScan(query, output, worker), query };
}

function scanSorted(
  range: RangeView,
  { scan, query }: SortedState,
): SortedPartial {
  const { onBad, top, sortBytes, sort } = query;
  const tally = emptyTally(range.offset);
  const block = scan.scan(range, tally);
  return {
    tally,
    blocks: block.count === 0 ? [] : [block],
    count: block.count,
    byteLength: blockBytes(block),
    limits: { onBad, top, sortBytes, tailSign: tailSignOf(sort) },
  };
}

function mergeSorted(left: SortedPartial, right: SortedPartial): SortedPartial {
  const { limits } = left;
  const tally = mergeTallies(left.tally, right.tally);
  stopAtBad(tally, limits.onBad);
  // The left one is over, and may have many blocks.
  for (const block of right.blocks) left.blocks.push(block);
  const merged: SortedPartial = {
    tally,
    blocks: left.blocks,
    count: left.count + right.count,
    byteLength: left.byteLength + right.byteLength,
    limits,
  };
  return checkBytes(shorten(merged));
}

/** Joins the blocks, where they hold many more rows than are wanted. */
function shorten(partial: SortedPartial): SortedPartial {
  const { blocks, count, limits } = partial;
  const { top = Infinity, tailSign } = limits;
  if (count < 2 * top + SLACK_ROWS) return partial;
  const block = joinBlocks(blocks, top, tailSign);
  return {
    ...partial,
    blocks: [block],
    count: block.count,
    byteLength: blockBytes(block),
  };
}

function checkBytes(partial: SortedPartial): SortedPartial {
  const { byteLength, limits: { sortBytes } } = partial;
  if (byteLength <= sortBytes) return partial;
  throw new SabmapError(
    ErrorCode.SortTooLarge,
    `Cannot sort rows as they must take at most ${
      groupDigits(sortBytes)
    } bytes, unless only the top ones are asked for: received more`,
  );
}

function finishSorted(
  partial: SortedPartial | undefined,
  _file: FileInfo,
  _lanes: Readonly<Record<string, unknown>>,
  query: RecordQuery,
): SortedRows {
  if (partial === undefined) return { tally: emptyTally(0), blocks: [] };
  const { tally, blocks } = partial;
  stopAtBad(tally, query.onBad);
  return { tally, blocks };
}
