/**
 * How to search, as callers of the library say it.
 *
 * @module
 */
import { type FindPattern, toBytePatterns } from "./pattern.ts";
import type { SearchJobOptions } from "./search_job.ts";

/** What matches of patterns count. */
export interface SearchOptions {
  /** Whether ASCII letters of text patterns stand for both cases. Defaults to false. */
  readonly ignoreCase?: boolean | undefined;
  /**
   * Whether matches may overlap: every pattern counts at every place where it fits. Otherwise matches are taken from
   * the left, each the first behind the end of the one before; at one place the longest pattern, and of equal ones
   * the first given. Defaults to false.
   */
  readonly overlapping?: boolean | undefined;
  /** Offset in the file at which the first match may start. Defaults to 0. */
  readonly start?: number | undefined;
  /** Offset in the file by which a match must end. Defaults to the end of the file. */
  readonly end?: number | undefined;
}

/**
 * Checks what is searched for, and how.
 *
 * @throws {TypeError} If a pattern or option is of the wrong type.
 * @throws {RangeError} If a pattern or option is out of range.
 */
export function searchJobOptions(
  patterns: FindPattern | readonly FindPattern[],
  options: SearchOptions,
): SearchJobOptions {
  const { start = 0, end = Number.MAX_SAFE_INTEGER } = options;
  const { ignoreCase = false, overlapping = false } = options;
  checkFlag("ignoreCase", ignoreCase);
  checkFlag("overlapping", overlapping);
  return {
    patterns: toBytePatterns(patterns, ignoreCase),
    overlapping,
    start: checkCount("start", start),
    end: checkCount("end", end),
  };
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new TypeError(
    `Cannot search as "${name}" must be true or false: received ${typeof value}`,
  );
}

/** @throws If `value` is no integer from 0 to 2**53 - 1. */
export function checkCount(name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot search as "${name}" must be a number: received ${typeof value}`,
    );
  }
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(
    `Cannot search as "${name}" must be an integer from 0 to 2**53 - 1: received ${value}`,
  );
}
