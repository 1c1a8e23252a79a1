/**
 * Parameters of `find` on shards.
 *
 * @module
 */
import { boolean, closed, integer, optional } from "../shape.ts";
import {
  PATTERNS,
  type PlainPattern,
  plainSearch,
  SEARCH,
  searchJobOf,
  type SearchParameters,
} from "./search.ts";
import type { OperationParameters } from "./types.ts";

/** What to find. Plain data. */
export interface FindParameters extends SearchParameters {
  readonly patterns: readonly PlainPattern[];
  /** Matches at most, the first of the file. */
  readonly maxCount?: number | undefined;
  /** Offset of a match behind which to go on. */
  readonly resumeFrom?: number | undefined;
  /** Whether only the number of matches is asked for. */
  readonly counts?: boolean | undefined;
}

const SHAPE = closed<FindParameters>({
  patterns: PATTERNS,
  ...SEARCH,
  maxCount: optional(integer(1)),
  resumeFrom: optional(integer(0)),
  counts: optional(boolean),
});

/** Checks and cuts. */
export const FIND: OperationParameters<FindParameters> = {
  check: (value, at) => {
    const { patterns, maxCount, resumeFrom, counts, ...search } = SHAPE(
      value,
      at,
    );
    searchJobOf(patterns, search);
    return {
      patterns,
      ...plainSearch(search),
      ...maxCount !== undefined && { maxCount },
      ...resumeFrom !== undefined && { resumeFrom },
      ...counts && { counts },
    };
  },
  // A match's own offset is where a search from the left comes by in any case.
  span: ({ start = 0, end = Infinity, resumeFrom = 0 }) => ({
    start: Math.max(start, resumeFrom),
    end,
  }),
};
