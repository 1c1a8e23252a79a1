/**
 * Counts of lines and matches, shard by shard.
 *
 * @module
 */
import { type Chain, countedChain } from "../../find/chain.ts";
import type { CountJobResult } from "../../jobs/count.ts";
import type { CountParameters } from "../parameters/count.ts";
import { searchJobOf } from "../parameters/search.ts";
import { integer, object } from "../shape.ts";
import type { ShardedJob } from "../sharded_job.ts";
import { countOfChain, joinAllChains, readChain, scanChain } from "./chains.ts";
import { scanRange } from "./scan_range.ts";

/** Counts and joins. Lines are a chain that does not depend on what is in front. */
export const countShards: ShardedJob<CountParameters, Chain, CountJobResult> = {
  async run(work, { match, ...search }) {
    if (match !== undefined) {
      return await scanChain(work, searchJobOf(match, search));
    }
    const { partial } = await scanRange(work, "count", {});
    // The one cast: the job is ours.
    return countedChain(partial as number);
  },
  empty: () => countedChain(0),
  write: (chain, { match }) =>
    match === undefined ? { lines: chain[0]?.count } : { chain },
  read: (body, { match }) =>
    match === undefined
      ? countedChain(LINES(body, "body").lines)
      : readChain((body as { chain?: unknown } | null)?.chain),
  join: joinAllChains,
  finish: (chain, { start = 0 }) => ({ count: countOfChain(chain, { start }) }),
};

const LINES = object<{ lines: number }>({ lines: integer(0) });
