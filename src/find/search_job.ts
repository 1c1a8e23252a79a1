/**
 * What the jobs that search have in common: their options, and how a segment is searched.
 *
 * @module
 */
import type { Framing, RangeView, WorkerContext } from "../job.ts";
import { scratchTaker } from "../jobs/scratch.ts";
import { literalScratchBytes, LiteralSearcher } from "./literal_searcher.ts";
import { canOverlap } from "./overlap.ts";
import { type BytePattern, isLiteral, longestBytes } from "./pattern.ts";
import { type Searcher, SearchMode, type SearchSpan } from "./searcher.ts";
import { setScratchBytes, SetSearcher } from "./set_searcher.ts";

/** Options of the jobs `find` and `countMatches`. Plain data. */
export interface SearchJobOptions {
  readonly patterns: readonly BytePattern[];
  /** Whether every pattern counts at every place, rather than disjoint matches from the left. */
  readonly overlapping: boolean;
  /** Offsets in the file between which matches must lie. */
  readonly start: number;
  readonly end: number;
}

/** What a worker has. */
export interface SearchState {
  readonly searcher: Searcher;
  readonly options: SearchJobOptions;
  /** Whether the matches of a segment depend on those in front of it. */
  readonly chained: boolean;
  readonly longestBytes: number;
}

/** A segment's part of the search, as places in the arena. */
export interface SegmentSpan extends SearchSpan {
  /** Offset in the file of `from`. */
  readonly offset: number;
}

/** So much is read behind a segment: whatever starts in it can be seen as a whole. */
export function searchFraming({ patterns }: SearchJobOptions): Framing {
  // One byte more than that, so that no segment's bytes end where a memory of 4 GiB does.
  return { before: 0, after: longestBytes(patterns) };
}

/** Scratch that a worker takes. */
export function searchScratchBytes({ patterns }: SearchJobOptions): number {
  const needle = literalOf(patterns);
  return needle === undefined
    ? setScratchBytes(patterns)
    : literalScratchBytes(needle.length);
}

/** Gets a worker ready. */
export function startSearch(
  options: SearchJobOptions,
  worker: WorkerContext,
): SearchState {
  const { patterns, overlapping } = options;
  const take = scratchTaker(worker.scratch);
  const needle = literalOf(patterns);
  return {
    searcher: needle === undefined
      ? new SetSearcher(worker, take, patterns)
      : new LiteralSearcher(worker, take, needle),
    options,
    chained: !overlapping && canOverlap(patterns),
    longestBytes: longestBytes(patterns),
  };
}

function literalOf(patterns: readonly BytePattern[]): Uint8Array | undefined {
  const [only] = patterns;
  return patterns.length === 1 && only !== undefined && isLiteral(only)
    ? only.values
    : undefined;
}

/**
 * Makes the part of a segment readable in which matches may lie.
 *
 * @returns `undefined` if none of them can start in this segment.
 */
export function spanOf(
  range: RangeView,
  { options, longestBytes }: SearchState,
): SegmentSpan | undefined {
  const { address, offset, byteLength } = range;
  const offsetStart = Math.max(offset, options.start);
  const offsetStop = Math.min(offset + byteLength, options.end);
  if (offsetStart >= offsetStop) return undefined;
  const behind = range.extend(longestBytes);
  const offsetEnd = Math.min(offset + byteLength + behind, options.end);
  return {
    offset: offsetStart,
    from: address + offsetStart - offset,
    stop: address + offsetStop - offset,
    end: address + offsetEnd - offset,
  };
}

/** Whether matches in front of a segment may reach into it and decide which of its own count. */
export function isOpen(span: SegmentSpan, state: SearchState): boolean {
  return state.chained && span.offset > state.options.start;
}

/** The mode of a search whose beginning is known. */
export function modeOf({ options }: SearchState): SearchMode {
  return options.overlapping ? SearchMode.All : SearchMode.Disjoint;
}
