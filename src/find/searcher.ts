/**
 * What a worker searches segments with.
 *
 * @module
 */

/** Which matches a search gives. At one place, the longest pattern comes before shorter ones, then the first given. */
export const SearchMode = {
  /** From the left, each the first behind the end of the one before. */
  Disjoint: 0,
  /** One at each place where a pattern fits, so that they may overlap. */
  Each: 1,
  /** Every pattern at every place where it fits. */
  All: 2,
} as const;

/** One of {@link SearchMode}. */
export type SearchMode = typeof SearchMode[keyof typeof SearchMode];

/** Bytes of the arena to be searched; places are byte offsets in the arena. */
export interface SearchSpan {
  /** First place at which a match may start. */
  readonly from: number;
  /** Behind the last place at which one may start. */
  readonly stop: number;
  /** Behind the last byte that a match may have. */
  readonly end: number;
}

/** Searches for one set of patterns in one arena. */
export interface Searcher {
  /** `u32[]` where a search leaves the distances from `from` at which matches start, in order. */
  readonly starts: Uint32Array;
  /** `u16[]` where it leaves their patterns; `undefined` if there is only one. */
  readonly patterns: Uint16Array | undefined;
  /**
   * Finds matches until there is no room for more.
   *
   * @returns How many.
   */
  search(span: SearchSpan, mode: SearchMode): number;
  /** Where the last search stopped: the place to go on from. At or past `stop` when it was done. */
  readonly resume: number;
  /** Bytes of a pattern. */
  byteLength(pattern: number): number;
  /**
   * Counts the disjoint matches, where no two can overlap anyway; `undefined` if that is no faster than to search.
   */
  count?(span: SearchSpan): number;
}

/** Matches that one search leaves at most. */
export const BATCH_MATCHES: number = 16 * 1024;

/** Bytes of one span, because distances are `u32`. */
export const SPAN_BYTES_MAX: number = 2 ** 32 - 1;
