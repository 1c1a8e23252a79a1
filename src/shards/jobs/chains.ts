/**
 * Counts of matches, shard by shard.
 *
 * @module
 */
import type { ByteRange } from "../../errors.ts";
import {
  type Chain,
  type ChainStep,
  countedChain,
  joinChains,
  stepAt,
  withoutRepeats,
} from "../../find/chain.ts";
import { longestBytes, PATTERN_BYTES_MAX } from "../../find/pattern.ts";
import type { SearchJobOptions } from "../../find/search_job.ts";
import { integer, list, number, object, wrongValue } from "../shape.ts";
import type { ShardWork } from "../sharded_job.ts";
import { scanRange } from "./scan_range.ts";

/** Counts matches that start in a shard, for each way in which one in front of it may reach into it. */
export async function scanChain(
  work: ShardWork,
  options: SearchJobOptions,
): Promise<Chain> {
  const { partial } = await scanRange(work, "countMatches", options);
  // The one cast: the job is ours.
  const chain = partial as Chain | undefined ?? countedChain(0);
  return normalChain(chain, work.range, longestBytes(options.patterns));
}

/**
 * The one form of all chains that say the same of a shard.
 *
 * How segments lie leaves two traces: steps for entries that no match can reach from in front of the shard, and exits
 * inside of it, which are all the same to what is behind.
 */
export function normalChain(
  chain: Chain,
  { start, end }: ByteRange,
  longest: number,
): Chain {
  const steps: ChainStep[] = [];
  let entryMin = -1;
  for (const { upTo, count, exit } of chain) {
    if (entryMin >= start + longest - 1) break;
    const inside = exit >= 0 && exit <= end;
    steps.push({ upTo, count, exit: inside ? end : exit });
    entryMin = upTo;
  }
  // `!`: a chain has a step.
  const last = steps.pop()!;
  return withoutRepeats([...steps, { ...last, upTo: Infinity }]);
}

/** Joins those of neighbours. */
export function joinAllChains(chains: readonly Chain[]): Chain {
  return chains.reduce(joinChains, countedChain(0));
}

/** How many matches there are from the start of the search on. */
export function countOfChain(
  chain: Chain,
  { start }: Pick<SearchJobOptions, "start">,
): number {
  return stepAt(chain, start).count;
}

const STEPS = list(
  object<ChainStep>({ upTo: number, count: integer(0), exit: integer(-1) }),
  // Each of them is for a place at which a match may begin that one in front decides about.
  PATTERN_BYTES_MAX + 1,
);

/** @throws {SabmapError} `ERR_BAD_SHARD` if it is no chain. */
export function readChain(value: unknown): Chain {
  const steps = STEPS(value, "body.chain");
  const isRising = steps.every(({ upTo }, i) =>
    upTo > (steps[i - 1]?.upTo ?? -1)
  );
  if (isRising && steps.at(-1)?.upTo === Infinity) return steps;
  throw wrongValue("body.chain", "steps that rise without end", value);
}
