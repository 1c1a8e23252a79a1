/**
 * Parameters of `count` on shards.
 *
 * @module
 */
import { closed, optional } from "../shape.ts";
import {
  PATTERNS,
  type PlainPattern,
  plainSearch,
  SEARCH,
  searchJobOf,
  type SearchParameters,
} from "./search.ts";
import type { OperationParameters } from "./types.ts";

/** What to count: lines, or matches. Plain data. */
export interface CountParameters extends SearchParameters {
  /** Patterns; absent for lines. */
  readonly match?: readonly PlainPattern[] | undefined;
}

const SHAPE = closed<CountParameters>({ match: optional(PATTERNS), ...SEARCH });

/** Checks and cuts. */
export const COUNT: OperationParameters<CountParameters> = {
  check: (value, at) => {
    const { match, ...search } = SHAPE(value, at);
    if (match === undefined) {
      checkUnused(search);
      return {};
    }
    searchJobOf(match, search);
    return { match, ...plainSearch(search) };
  },
  span: ({ start = 0, end = Infinity }) => ({ start, end }),
};

function checkUnused(search: SearchParameters): void {
  const [name] = Object.keys(search);
  if (name === undefined) return;
  throw new TypeError(
    `Cannot count lines with "${name}" as it needs "match": received one`,
  );
}
