/**
 * The job that finds where patterns occur. Its partials are the result: see find_in_file.ts.
 *
 * Disjoint matches depend on what was matched before. Where a match in front of a segment may reach into it,
 * the segment's first matches are therefore all that may count, overlapping ones too, up to a gap that no match
 * reaches across; from there on its own matches are certain. Whoever takes the partials in file order leaves
 * out each that starts before the end of the one before, and has what a search from the left finds.
 *
 * @module
 */
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
import { BATCH_MATCHES, type Searcher, SearchMode } from "../find/searcher.ts";
import {
  defineJob,
  type Job,
  type RangeView,
  type WorkerContext,
} from "../job.ts";

/** Matches of one segment, in file order. */
export interface FoundSection {
  /** Offset in the file that `starts` count from. */
  readonly offset: number;
  readonly starts: Uint32Array;
  /** `undefined` if there is one pattern only. */
  readonly patterns: Uint16Array | undefined;
}

/** What was found up to an offset. */
export interface FindPartial {
  /** Offset in the file behind the last segment. */
  readonly end: number;
  /** In file order; none for segments without matches. */
  readonly sections: readonly FoundSection[];
}

/** What a worker has. */
interface FindState extends SearchState {
  readonly found: MatchGatherer;
}

/** Finds. Has no result of its own: its partials are streamed. */
export const findJob: Job<
  SearchJobOptions,
  FindState,
  FindPartial,
  undefined
> = defineJob({
  name: "find",
  framing: searchFraming,
  scratchBytes: searchScratchBytes,
  start: startFind,
  scan: findInSegment,
  merge: (left, right) => ({
    end: right.end,
    sections: [...left.sections, ...right.sections],
  }),
  heldBytes: ({ sections }) =>
    sections.reduce((sum, { starts }) => sum + 6 * starts.length, 0),
  finish: () => undefined,
});

function startFind(
  options: SearchJobOptions,
  worker: WorkerContext,
): FindState {
  const state = startSearch(options, worker);
  return { ...state, found: new MatchGatherer(state.searcher) };
}

function findInSegment(range: RangeView, state: FindState): FindPartial {
  const span = spanOf(range, state);
  const end = range.offset + range.byteLength;
  if (span === undefined) return { end, sections: [] };
  const { found, searcher } = state;
  found.begin(span.from);
  const from = isOpen(span, state) ? findUntilGap(span, state) : span.from;
  const mode = modeOf(state);
  for (let at = from; at < span.stop;) {
    found.add(at, searcher.search({ ...span, from: at }, mode));
    at = searcher.resume;
  }
  return { end, sections: found.sections(span.offset) };
}

/** Finds all that may count. @returns The place of a gap that no match reaches across, or the segment's end. */
function findUntilGap(
  span: SegmentSpan,
  { searcher, longestBytes, found }: FindState,
): number {
  let covered = span.from + longestBytes - 1;
  for (let at = span.from; at < span.stop;) {
    const count = searcher.search({ ...span, from: at }, SearchMode.Each);
    for (let i = 0; i < count; i++) {
      // SAFETY: the search left so many.
      const place = at + searcher.starts[i]!;
      if (place >= covered) {
        found.add(at, i);
        return place;
      }
      const end = place + searcher.byteLength(searcher.patterns?.[i] ?? 0);
      if (end > covered) covered = end;
    }
    found.add(at, count);
    at = searcher.resume;
  }
  return span.stop;
}

/**
 * Gathers the matches of one segment after the other, in memory that a worker keeps: where there are many, making
 * it anew for each segment would leave more behind than engines clear away in time.
 */
class MatchGatherer {
  readonly #searcher: Searcher;
  #starts = new Uint32Array(BATCH_MATCHES);
  #patterns: Uint16Array | undefined;
  #from = 0;
  #count = 0;

  constructor(searcher: Searcher) {
    this.#searcher = searcher;
    if (searcher.patterns !== undefined) {
      this.#patterns = new Uint16Array(BATCH_MATCHES);
    }
  }

  /** Forgets what it has. Distances will count from place `from`. */
  begin(from: number): void {
    this.#from = from;
    this.#count = 0;
  }

  /** Takes the first `count` matches of a search from `place`. */
  add(place: number, count: number): void {
    const { starts, patterns } = this.#searcher;
    const distance = place - this.#from;
    this.#grow(this.#count + count);
    for (let i = 0; i < count; i++) {
      // SAFETY: the search left so many, and there is room for them.
      this.#starts[this.#count + i] = starts[i]! + distance;
    }
    if (patterns !== undefined) {
      this.#patterns?.set(patterns.subarray(0, count), this.#count);
    }
    this.#count += count;
  }

  #grow(count: number): void {
    if (count <= this.#starts.length) return;
    const length = Math.max(count, 2 * this.#starts.length);
    this.#starts = copyTo(new Uint32Array(length), this.#starts);
    if (this.#patterns === undefined) return;
    this.#patterns = copyTo(new Uint16Array(length), this.#patterns);
  }

  /** Copies of what was gathered, for the segment part at an offset in the file; none if there is nothing. */
  sections(offset: number): FoundSection[] {
    if (this.#count === 0) return [];
    return [{
      offset,
      starts: this.#starts.slice(0, this.#count),
      patterns: this.#patterns?.slice(0, this.#count),
    }];
  }
}

function copyTo<Values extends Uint32Array | Uint16Array>(
  target: Values,
  source: Values,
): Values {
  target.set(source);
  return target;
}
