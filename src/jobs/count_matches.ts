/**
 * The job that counts how often patterns occur.
 *
 * @module
 */
import { type Chain, countedChain, joinChains, stepAt } from "../find/chain.ts";
import { ChainBuilder } from "../find/chain_builder.ts";
import {
  isOpen,
  modeOf,
  searchFraming,
  type SearchJobOptions,
  searchScratchBytes,
  type SearchState,
  type SegmentSpan,
  spanOf,
  startSearch,
} from "../find/search_job.ts";
import { SearchMode } from "../find/searcher.ts";
import { defineJob, type Job, type RangeView } from "../job.ts";

/** How often patterns occur in a file. */
export interface CountMatchesJobResult {
  readonly count: number;
}

/** Places at which entries may meet before each group of them is searched for by itself. */
const PATIENCE = 4096;

/** Groups that are searched for one by one at most. */
const GROUPS_MAX = 8;

/** Counts matches, disjoint ones from the left or all. */
export const countMatchesJob: Job<
  SearchJobOptions,
  SearchState,
  Chain,
  CountMatchesJobResult
> = defineJob({
  name: "countMatches",
  framing: searchFraming,
  scratchBytes: searchScratchBytes,
  start: startSearch,
  scan: countInSegment,
  merge: joinChains,
  finish: (partial, _file, _lanes, { start }) => ({
    count: partial === undefined ? 0 : stepAt(partial, start).count,
  }),
});

function countInSegment(range: RangeView, state: SearchState): Chain {
  const span = spanOf(range, state);
  if (span === undefined) return countedChain(0);
  if (isOpen(span, state)) return countOpen(span, state);
  const { searcher, chained, options } = state;
  if (!chained && !options.overlapping && searcher.count !== undefined) {
    return countedChain(searcher.count(span));
  }
  const { count, at } = countFrom(span.from, span, state);
  const exit = chained && count > 0 ? toOffset(at, span) : -1;
  return [{ upTo: Infinity, count, exit }];
}

/** Counts from a place on where a search begins anew. @returns Also where the last match ends. */
function countFrom(
  from: number,
  span: SegmentSpan,
  state: SearchState,
): { count: number; at: number } {
  const { searcher } = state;
  const mode = modeOf(state);
  let count = 0, last = from;
  for (let at = from; at < span.stop;) {
    const found = searcher.search({ ...span, from: at }, mode);
    count += found;
    if (found > 0) {
      const pattern = searcher.patterns?.[found - 1] ?? 0;
      last = at + searcher.starts[found - 1]! + searcher.byteLength(pattern);
    }
    at = searcher.resume;
  }
  return { count, at: last };
}

/** Counts for every entry, until they have met; from there on once for all. */
function countOpen(span: SegmentSpan, state: SearchState): Chain {
  const { searcher, longestBytes } = state;
  const builder = new ChainBuilder(span.offset, span.offset + longestBytes - 1);
  let patience = PATIENCE;
  for (let at = span.from; at < span.stop;) {
    const found = searcher.search({ ...span, from: at }, SearchMode.Each);
    for (let i = 0; i < found; i++) {
      const start = toOffset(at + searcher.starts[i]!, span);
      const pattern = searcher.patterns?.[i] ?? 0;
      builder.add(start, start + searcher.byteLength(pattern));
      if (!builder.hasFewGroups(--patience > 0 ? 1 : GROUPS_MAX)) continue;
      builder.finish((offset) => {
        const rest = countFrom(offset - span.offset + span.from, span, state);
        return { count: rest.count, at: toOffset(rest.at, span) };
      });
      return builder.chain();
    }
    at = searcher.resume;
  }
  return builder.chain();
}

function toOffset(place: number, span: SegmentSpan): number {
  return span.offset + place - span.from;
}
