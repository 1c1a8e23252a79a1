/**
 * Rows of records in another order than that of the file, shard by shard.
 *
 * @module
 */
import type { SortedPartial } from "../../jobs/sorted_records.ts";
import { joinBlocks } from "../../records/block_merge.ts";
import type { ByteList } from "../../records/byte_lists.ts";
import { tailSignOf } from "../../records/sort_scan.ts";
import type { SortedBlock } from "../../records/sorted_block.ts";
import { sortedPieces } from "../../records/sorted_rows.ts";
import {
  countsOf,
  emptyTally,
  mergeTallies,
  stopAtBad,
  type Tally,
} from "../../records/tally.ts";
import {
  array,
  integer,
  object,
  optional,
  type Shape,
  wrongValue,
} from "../shape.ts";
import type { RecordShards } from "./record_shards.ts";
import { TALLY } from "./record_tally.ts";
import { scanRange } from "./scan_range.ts";

/** Rows of neighbouring shards. */
export interface SortedState {
  readonly tally: Tally;
  /** In file order. */
  readonly blocks: readonly SortedBlock[];
}

/** Sorts and joins. */
export const sortedShards: RecordShards<SortedState> = {
  async run(work, { query, source }) {
    const { partial } = await scanRange(work, "sortedRecords", query, source);
    // The one cast: the job is ours.
    const { tally, blocks } = partial as SortedPartial;
    stopAtBad(tally, query.onBad);
    return { tally, blocks };
  },
  empty: ({ start }) => ({ tally: emptyTally(start), blocks: [] }),
  write({ tally, blocks }, { query: { sort, top = Infinity } }) {
    const block = joinBlocks(blocks, top, tailSignOf(sort));
    return { tally, block };
  },
  read(body) {
    const { tally, block } = BODY(body, "body.found");
    return { tally, blocks: [block] };
  },
  join: (states) => ({
    tally: states.map(({ tally }) => tally).reduce(mergeTallies),
    blocks: states.flatMap(({ blocks }) => blocks),
  }),
  finish({ tally, blocks }, { query, columns }) {
    stopAtBad(tally, query.onBad);
    const pieces = [...sortedPieces({ tally, blocks }, query)];
    const counts = countsOf(tally);
    return { columns, counts, pieces: pieces.map(({ bytes }) => bytes) };
  },
};

const BYTE_LIST: Shape<ByteList> = object({
  ends: array(Uint32Array) as Shape<Uint32Array<ArrayBuffer>>,
  bytes: array(Uint8Array) as Shape<Uint8Array<ArrayBuffer>>,
});

// What was decoded has memory of its own, which is not shared.
const DOUBLES = array(Float64Array) as Shape<Float64Array<ArrayBuffer>>;

const BLOCK = object<SortedBlock>({
  count: integer(0),
  ranks: array(Uint8Array) as Shape<Uint8Array<ArrayBuffer>>,
  firsts: DOUBLES,
  seconds: optional(DOUBLES),
  tails: optional(BYTE_LIST),
  rows: BYTE_LIST,
});

const BODY = object<{ tally: Tally; block: SortedBlock }>({
  tally: TALLY,
  block: (value, at) => {
    const block = BLOCK(value, at);
    if (isBlock(block)) return block;
    throw wrongValue(at, "as many keys as rows", "others");
  },
});

function isBlock(
  { count, ranks, firsts, seconds, tails, rows }: SortedBlock,
): boolean {
  return [ranks, firsts, seconds].every((list) =>
    list === undefined || list.length === count
  ) && [tails, rows].every((list) => list === undefined || isList(list, count));
}

function isList({ ends, bytes }: ByteList, count: number): boolean {
  return ends.length === count && (ends.at(-1) ?? 0) === bytes.length &&
    ends.every((end, i) => end >= (ends[i - 1] ?? 0));
}
