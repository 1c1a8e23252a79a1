/**
 * Matches of shards before it is known which of them count.
 *
 * Disjoint matches depend on what was matched before. So a shard keeps all that may count, overlapping ones too, up
 * to a gap that no match from in front of it can reach across; from there on its own are certain. Whoever goes
 * through the lists of all shards in file order, and leaves out each that starts before the end of the one before,
 * has what a search from the left finds. (jobs/find.ts does so for segments; here the lists are put into the one
 * form that does not tell of segments.)
 *
 * @module
 */
import type { ByteRange } from "../../errors.ts";
import { canOverlap } from "../../find/overlap.ts";
import { longestBytes } from "../../find/pattern.ts";
import type { SearchJobOptions } from "../../find/search_job.ts";
import type { MatchBatch } from "../../find_in_file.ts";
import type { FoundSection } from "../../jobs/find.ts";

/** In file order. Plain data. */
export interface Candidates {
  /** Offsets in the file. */
  readonly offsets: Float64Array;
  /** For each its pattern's index; `undefined` if there is one pattern only. */
  readonly patterns?: Uint16Array | undefined;
}

/** Which matches are wanted. */
export interface WantedMatches {
  /** How many, from the first on. */
  readonly maxCount: number;
  /** Those that start here or before are left out; -1 for none. */
  readonly behind: number;
}

const FIRST_COUNT = 1024;

/** Gathers the candidates of one shard. */
export class CandidateGatherer {
  readonly #lengths: readonly number[];
  readonly #wanted: WantedMatches;
  readonly #list = new GrowingList();
  /** Whether matches are taken from the left, or all count. */
  readonly #disjoint: boolean;
  /** Whether what comes may depend on matches in front of the shard. */
  #open: boolean;
  /** Where the matches that may count, or that do, end. */
  #covered: number;
  #certain = 0;

  constructor(
    job: SearchJobOptions,
    range: ByteRange,
    wanted: WantedMatches,
  ) {
    const { patterns, overlapping, start } = job;
    this.#lengths = patterns.map(({ values }) => values.length);
    this.#wanted = wanted;
    this.#disjoint = !overlapping;
    this.#open = !overlapping && canOverlap(patterns) && range.start > start;
    this.#covered = this.#open ? range.start + longestBytes(patterns) - 1 : 0;
  }

  /** Whether no more can be wanted. */
  get isFull(): boolean {
    return this.#certain >= this.#wanted.maxCount;
  }

  /** Takes what a segment gives, in file order. */
  add({ offset: base, starts, patterns }: FoundSection): void {
    for (let i = 0; i < starts.length && !this.isFull; i++) {
      // `!` here and below: there are as many.
      const pattern = patterns === undefined ? 0 : patterns[i]!;
      const offset = base + starts[i]!;
      const isKept = this.#see(offset, offset + this.#lengths[pattern]!);
      if (isKept) this.#list.push(offset, pattern);
    }
  }

  /** @returns Whether it may count. */
  #see(offset: number, end: number): boolean {
    if (this.#open && offset >= this.#covered) this.#open = false;
    if (this.#open) {
      if (end > this.#covered) this.#covered = end;
      return true;
    }
    if (this.#disjoint) {
      if (offset < this.#covered) return false;
      this.#covered = end;
    }
    if (offset > this.#wanted.behind) this.#certain++;
    return true;
  }

  take(): Candidates {
    return this.#list.take(this.#lengths.length > 1);
  }
}

/** Leaves out what overlaps a match that was taken, from the lists of all shards. */
export function takeMatches(
  lists: readonly Candidates[],
  { patterns, overlapping }: SearchJobOptions,
  { maxCount, behind }: WantedMatches,
): MatchBatch[] {
  const lengths = patterns.map(({ values }) => values.length);
  const batches: MatchBatch[] = [];
  let left = maxCount;
  let covered = 0;
  for (const { offsets, patterns: indexes } of lists) {
    const taken = new GrowingList();
    for (let i = 0; i < offsets.length && left > 0; i++) {
      const offset = offsets[i]!;
      const pattern = indexes === undefined ? 0 : indexes[i]!;
      if (!overlapping) {
        if (offset < covered) continue;
        covered = offset + lengths[pattern]!;
      }
      if (offset <= behind) continue;
      taken.push(offset, pattern);
      left--;
    }
    const { offsets: found, patterns } = taken.take(lengths.length > 1);
    if (found.length > 0) batches.push({ offsets: found, patterns });
  }
  return batches;
}

/** Offsets and patterns, one after the other. */
class GrowingList {
  #offsets = new Float64Array(FIRST_COUNT);
  #patterns = new Uint16Array(FIRST_COUNT);
  #count = 0;

  push(offset: number, pattern: number): void {
    const count = this.#count++;
    if (count === this.#offsets.length) this.#grow(2 * count);
    this.#offsets[count] = offset;
    this.#patterns[count] = pattern;
  }

  #grow(length: number): void {
    const offsets = new Float64Array(length);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const patterns = new Uint16Array(length);
    patterns.set(this.#patterns);
    this.#patterns = patterns;
  }

  take(hasPatterns: boolean): {
    offsets: Float64Array;
    patterns: Uint16Array | undefined;
  } {
    return {
      offsets: this.#offsets.slice(0, this.#count),
      patterns: hasPatterns ? this.#patterns.slice(0, this.#count) : undefined,
    };
  }
}
