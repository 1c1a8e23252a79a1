/**
 * Matches, shard by shard.
 *
 * @module
 */
import type { ByteRange } from "../../errors.ts";
import type { Chain } from "../../find/chain.ts";
import { countedChain } from "../../find/chain.ts";
import type { SearchJobOptions } from "../../find/search_job.ts";
import type { MatchBatch } from "../../find_in_file.ts";
import type { FindPartial } from "../../jobs/find.ts";
import { streamJob } from "../../stream_job.ts";
import type { FindParameters } from "../parameters/find.ts";
import { searchJobOf } from "../parameters/search.ts";
import { array, object, optional, wrongValue } from "../shape.ts";
import type { ShardedJob, ShardWork } from "../sharded_job.ts";
import {
  CandidateGatherer,
  type Candidates,
  takeMatches,
} from "./candidates.ts";
import { countOfChain, joinAllChains, readChain, scanChain } from "./chains.ts";
import { expectationOf } from "./scan_range.ts";

/** What was found: matches, or how many there are. */
export interface FindResult {
  /** How many there are. */
  readonly count: number;
  /** In file order; none where only the count was asked for. */
  readonly batches: readonly MatchBatch[];
}

/** Candidates of neighbouring shards, in file order; or their count. */
type State = { readonly chain: Chain } | { readonly lists: Candidates[] };

/** Finds and joins. */
export const findShards: ShardedJob<FindParameters, State, FindResult> = {
  async run(work, parameters) {
    const job = jobOf(parameters);
    return countsOnly(parameters)
      ? { chain: await scanChain(work, job) }
      : { lists: [await scanCandidates(work, job, parameters)] };
  },
  empty: (_range, parameters) =>
    countsOnly(parameters) ? { chain: countedChain(0) } : { lists: [] },
  write: (state) => state,
  read: readState,
  join: (states) =>
    states.every((state) => "chain" in state)
      ? { chain: joinAllChains(states.map(({ chain }) => chain)) }
      : {
        lists: states.flatMap((state) => "lists" in state ? state.lists : []),
      },
  finish(state, parameters) {
    const job = jobOf(parameters);
    if ("chain" in state) {
      return { count: countOfChain(state.chain, job), batches: [] };
    }
    const { maxCount = Infinity, resumeFrom: behind = -1 } = parameters;
    const batches = takeMatches(state.lists, job, { maxCount, behind });
    const count = batches.reduce((sum, { offsets }) => sum + offsets.length, 0);
    return { count, batches: parameters.counts ? [] : batches };
  },
};

function jobOf(
  { patterns, resumeFrom = 0, start = 0, ...search }: FindParameters,
): SearchJobOptions {
  const from = Math.max(start, resumeFrom);
  return searchJobOf(patterns, { ...search, start: from });
}

/** Whether the job that only counts will do: not where the count depends on where the search stops or goes on. */
function countsOnly(
  { counts, maxCount, resumeFrom }: FindParameters,
): boolean {
  return counts === true && maxCount === undefined && resumeFrom === undefined;
}

async function scanCandidates(
  { path, range, source, options }: ShardWork,
  job: SearchJobOptions,
  { maxCount = Infinity, resumeFrom: behind = -1 }: FindParameters,
): Promise<Candidates> {
  const gatherer = new CandidateGatherer(job, range, { maxCount, behind });
  const partials = streamJob<FindPartial>({
    path,
    job: "find",
    jobOptions: job,
    options,
    range,
    readOn: true,
    expect: expectationOf(source),
  });
  for await (const { sections } of partials) {
    for (const section of sections) gatherer.add(section);
    if (gatherer.isFull) break;
  }
  return gatherer.take();
}

const LIST = object<Candidates>({
  offsets: array(Float64Array),
  patterns: optional(array(Uint16Array)),
});

function readState(
  body: unknown,
  parameters: FindParameters,
  range: ByteRange,
): State {
  const { chain, lists } = (body ?? {}) as { chain?: unknown; lists?: unknown };
  if (countsOnly(parameters)) return { chain: readChain(chain) };
  if (!Array.isArray(lists)) throw wrongValue("body.lists", "a list", lists);
  const { length } = parameters.patterns;
  return {
    lists: lists.map((list) => {
      const candidates = LIST(list, "body.lists");
      checkCandidates(candidates, length, range);
      return candidates;
    }),
  };
}

/** @throws {SabmapError} `ERR_BAD_SHARD` if they are not in file order, or of other patterns. */
function checkCandidates(
  { offsets, patterns }: Candidates,
  patternCount: number,
  { start, end }: ByteRange,
): void {
  let last = start;
  const inOrder = offsets.every((offset) => {
    const isNext = offset >= last && offset < end && Number.isInteger(offset);
    last = offset;
    return isNext;
  });
  const isNamed = patterns === undefined
    ? patternCount === 1
    : patterns.length === offsets.length &&
      patterns.every((pattern) => pattern < patternCount);
  if (inOrder && isNamed) return;
  throw wrongValue("body.lists", "matches in file order", "others");
}
