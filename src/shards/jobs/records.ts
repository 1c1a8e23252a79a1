/**
 * Questions about records, shard by shard.
 *
 * @module
 */
import { badRecordError } from "../../records/tally.ts";
import { ErrorCode, SabmapError } from "../../errors.ts";
import type { BadRecord } from "../../records/query.ts";
import type { Header } from "../../records/header.ts";
import type { RecordsParameters } from "../parameters/records.ts";
import { integer, list, object, optional, text } from "../shape.ts";
import type { ShardedFile, ShardedJob } from "../sharded_job.ts";
import { groupShards, type GroupsState } from "./record_groups.ts";
import { kindOf, openQuery, readableQuery } from "./record_query.ts";
import type {
  RecordKind,
  RecordShards,
  RecordsResult,
} from "./record_shards.ts";
import { rowShards } from "./record_rows.ts";
import { sortedShards, type SortedState } from "./record_sorted.ts";
import { BAD_RECORD, firstBad } from "./record_tally.ts";

export type { RecordsResult } from "./record_shards.ts";

/** What is known of neighbouring shards; `undefined` where they have no bytes. */
interface Known {
  /** The line of names at the beginning of the file, where there is one: whoever joins does not see the file. */
  readonly header: Header | undefined;
  /** What was found; that of the kind of question. */
  readonly found: unknown;
  /** The first bad record of them, where one ends the run and there is nothing to show. */
  readonly bad: BadRecord | undefined;
}

// The casts: what one of them has made goes back to the same only, by the kind of the question.
const KINDS: Readonly<Record<RecordKind, RecordShards<unknown>>> = {
  groups: groupShards as RecordShards<unknown>,
  rows: rowShards as RecordShards<unknown>,
  sorted: sortedShards as RecordShards<unknown>,
};

/** Asks and joins. */
export const recordsShards: ShardedJob<
  RecordsParameters,
  Known | undefined,
  RecordsResult
> = {
  async run(work, parameters) {
    const query = await openQuery(work, parameters);
    const { kind, header } = query;
    const found = await KINDS[kind].run(work, query);
    if (kind === "rows") return { header, found, bad: undefined };
    const { tally } = found as GroupsState | SortedState;
    const bad = firstBad(tally, query.query.onBad);
    return { header, found: bad ? undefined : found, bad };
  },
  empty: () => undefined,
  write(known, parameters) {
    if (known === undefined) return {};
    const { header, found, bad } = known;
    if (bad !== undefined) return { header, bad };
    const query = readableQuery(parameters, header);
    return { header, found: KINDS[query.kind].write(found, query) };
  },
  read: readKnown,
  join(states, parameters) {
    const all = states.flatMap((state) => state ?? []);
    const [first] = all;
    if (first === undefined) return undefined;
    const failed = all.find(({ bad }) => bad !== undefined);
    if (failed !== undefined) return failed;
    const founds = all.map(({ found }) => found);
    const found = KINDS[kindOf(parameters)].join(founds);
    return { ...first, found };
  },
  finish: finishRecords,
};

const HEADER = object<Header>({
  names: list(text(2 ** 20), 65_536),
  end: integer(0),
});

const BODY = object<{
  header: Header | undefined;
  bad: BadRecord | undefined;
  found: unknown;
}>({
  header: optional(HEADER),
  bad: optional(BAD_RECORD),
  found: (value: unknown) => value,
});

function readKnown(
  body: unknown,
  parameters: RecordsParameters,
  { start, end }: { start: number; end: number },
): Known | undefined {
  if (start === end) return undefined;
  const { header, bad, found } = BODY(body, "body");
  if (bad !== undefined) return { header, bad, found: undefined };
  const query = readableQuery(parameters, header);
  return { header, bad, found: KINDS[query.kind].read(found, query) };
}

function finishRecords(
  known: Known | undefined,
  parameters: RecordsParameters,
  { file }: ShardedFile,
): RecordsResult {
  if (known?.bad !== undefined) throw badRecordError(known.bad);
  const header = known?.header ?? headerOfNothing(parameters, file);
  const query = readableQuery(parameters, header);
  const shards = KINDS[query.kind];
  const found = known === undefined
    ? shards.empty({ start: 0, end: 0 })
    : known.found;
  return shards.finish(found, query);
}

/** The header of an empty file, as reading it would have it. */
function headerOfNothing(
  { header, names }: RecordsParameters,
  file: string,
): Header | undefined {
  if (header !== true) return undefined;
  if (names !== undefined) return { names, end: 0 };
  throw new SabmapError(
    ErrorCode.BadRecord,
    "Cannot read the names of fields as there must be a line that is not empty: received none",
    { file },
  );
}
