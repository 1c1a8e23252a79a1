/**
 * What parameters of `count` and `find` have in common.
 *
 * @module
 */
import { type FindPattern, PATTERNS_MAX } from "../../find/pattern.ts";
import type { SearchJobOptions } from "../../find/search_job.ts";
import { searchJobOptions } from "../../find/search_options.ts";
import {
  boolean,
  closed,
  either,
  integer,
  list,
  optional,
  type Shape,
  text,
} from "../shape.ts";

/** A pattern as it was written, so that results can name it. */
export type PlainPattern = { readonly text: string } | { readonly hex: string };

/** What to search for. Plain data. */
export interface SearchParameters {
  readonly ignoreCase?: boolean | undefined;
  readonly overlapping?: boolean | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** Of a pattern of 64 KiB: digits, with blanks between bytes. */
const HEX_LENGTH_MAX = 4 * 65_536;

/** Checks patterns. */
export const PATTERNS: Shape<PlainPattern[]> = list(
  either<PlainPattern, PlainPattern>(
    closed<{ readonly text: string }>({ text: text(65_536) }),
    closed<{ readonly hex: string }>({ hex: text(HEX_LENGTH_MAX) }),
    "{ text } or { hex }",
  ),
  PATTERNS_MAX,
);

/** Checks the rest. */
export const SEARCH: {
  readonly [Name in keyof SearchParameters]-?: Shape<SearchParameters[Name]>;
} = {
  ignoreCase: optional(boolean),
  overlapping: optional(boolean),
  start: optional(integer(0)),
  end: optional(integer(0)),
};

/** Leaves out what is the default, so that the same search has one form. */
export function plainSearch(
  { ignoreCase, overlapping, start, end }: SearchParameters,
): SearchParameters {
  return {
    ...ignoreCase && { ignoreCase },
    ...overlapping && { overlapping },
    ...start && { start },
    ...end !== undefined && { end },
  };
}

/** Patterns as the library takes them. */
export function findPatterns(patterns: readonly PlainPattern[]): FindPattern[] {
  return patterns.map((pattern) =>
    "hex" in pattern ? pattern : textPattern(pattern.text)
  );
}

/** Bytes of what a pattern fits. */
export function byteLengthPlain(pattern: PlainPattern): number {
  if ("hex" in pattern) return pattern.hex.replace(/\s/g, "").length / 2;
  const text = textPattern(pattern.text);
  return typeof text === "string"
    ? new TextEncoder().encode(text).length
    : text.length;
}

/** Text that is no UTF-8 keeps its odd bytes as lone surrogates U+DC80 to U+DCFF, as names on the command line do. */
function textPattern(written: string): string | Uint8Array {
  if (written.isWellFormed()) return written;
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (const character of written) {
    const unit = character.charCodeAt(0);
    const isByte = character.length === 1 && unit >= 0xdc80 && unit <= 0xdcff;
    if (isByte) bytes.push(unit - 0xdc00);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/**
 * The options of the jobs that search.
 *
 * @throws {TypeError|RangeError} If they are wrong.
 */
export function searchJobOf(
  patterns: readonly PlainPattern[],
  { ignoreCase, overlapping, start, end }: SearchParameters,
): SearchJobOptions {
  const how = { ignoreCase, overlapping, start, end };
  return searchJobOptions(findPatterns(patterns), how);
}
