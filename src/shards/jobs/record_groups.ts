/**
 * Groups of records, shard by shard.
 *
 * @module
 */
import { type CellLayout, layOutCells } from "../../records/cells.ts";
import { groupsResult, shapeOf } from "../../records/groups_result.ts";
import type { RecordsPartial } from "../../jobs/records.ts";
import { workerResults } from "../../job.ts";
import type { GatheredGroups } from "../../records/scan.ts";
import {
  countsOf,
  emptyTally,
  mergeTallies,
  stopAtBad,
  type Tally,
} from "../../records/tally.ts";
import { array, integer, list, object, wrongValue } from "../shape.ts";
import { canonicalTable, isTable } from "./canonical_groups.ts";
import type { RecordShards, ShardQuery } from "./record_shards.ts";
import { TALLY } from "./record_tally.ts";
import { scanRange } from "./scan_range.ts";

/** Groups of neighbouring shards. */
export interface GroupsState {
  readonly tally: Tally;
  /** For each input, the most digits behind the point that it had. */
  readonly decimals: readonly number[];
  /** Tables of groups, in any order. */
  readonly tables: readonly Uint8Array[];
}

/** Groups and joins. */
export const groupShards: RecordShards<GroupsState> = {
  async run(work, { query, source }) {
    const { partial, lanes } = await scanRange(work, "records", query, source);
    // The casts here: the job is ours.
    const { tally, tables } = partial as RecordsPartial;
    stopAtBad(tally, query.onBad);
    const gathered = workerResults(lanes) as GatheredGroups[];
    return {
      tally,
      decimals: mostDigits(gathered.map(({ decimals }) => decimals)),
      tables: [...tables, ...gathered.flatMap(({ tables }) => tables)],
    };
  },
  empty: ({ start }) => ({
    tally: emptyTally(start),
    decimals: [],
    tables: [],
  }),
  write: ({ tally, decimals, tables }, query) => ({
    tally,
    decimals,
    table: canonicalTable(tables, layoutOf(query), query.query.seed),
  }),
  read: readState,
  join: (states) => ({
    tally: states.map(({ tally }) => tally).reduce(mergeTallies),
    decimals: mostDigits(states.map(({ decimals }) => decimals)),
    tables: states.flatMap(({ tables }) => tables),
  }),
  finish({ tally, decimals, tables }, { query }) {
    stopAtBad(tally, query.onBad);
    const found = { tables, decimals: [decimals], tally };
    const { columns, rows } = groupsResult(query, found);
    return { columns, rows, counts: countsOf(tally) };
  },
};

/** For each input, the most of all lists. */
function mostDigits(lists: readonly (readonly number[])[]): number[] {
  const most: number[] = [];
  for (const decimals of lists) {
    decimals.forEach((digits, i) => most[i] = Math.max(most[i] ?? 0, digits));
  }
  return most;
}

function layoutOf({ query }: ShardQuery): CellLayout {
  const { output } = query;
  if (output.kind !== "groups") throw new Error("Bug: rows are no groups");
  return layOutCells(output.aggregates, shapeOf(query, output).inputTypes);
}

/** More digits behind the point than these are not told apart. */
const DIGITS_MAX = 1000;

const BODY = object<{ tally: Tally; decimals: number[]; table: Uint8Array }>({
  tally: TALLY,
  decimals: list(integer(0, DIGITS_MAX)),
  table: array(Uint8Array),
});

function readState(body: unknown, query: ShardQuery): GroupsState {
  const { tally, decimals, table } = BODY(body, "body.found");
  const { inputs, cellCount } = layoutOf(query);
  if (decimals.length > inputs.length) {
    throw wrongValue("body.found.decimals", "of the inputs", decimals);
  }
  if (!isTable(table, cellCount)) {
    throw wrongValue("body.found.table", "a table of groups", "other bytes");
  }
  return { tally, decimals, tables: table.length === 0 ? [] : [table] };
}
