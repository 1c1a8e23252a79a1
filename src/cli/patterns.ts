/**
 * Patterns as users write them, for find and count.
 *
 * @module
 */
import type { Command } from "commander";
import type { FindPattern } from "../runs.ts";
import { UsageError } from "./io.ts";
import { encodeName } from "./names.ts";
import { parseOffset } from "./parse_size.ts";

/** Options that say what to look for, as the parser leaves them. */
export interface RawPatternOptions {
  /** Patterns in the order given, of both kinds; absent if there are none. */
  readonly patterns?: readonly GivenPattern[];
  readonly ignoreCase?: boolean;
  readonly overlapping?: boolean;
  readonly start?: string;
  readonly end?: string;
}

/** A pattern and how it was written. */
export interface GivenPattern {
  readonly text: string;
  readonly isHex: boolean;
}

/** Where to look, checked. */
export interface SearchedRange {
  readonly start: number | undefined;
  readonly end: number | undefined;
}

/** Declares an option that adds a pattern. Patterns of all such options are one list, in their order. */
export function addPatternOption(
  command: Command,
  flags: string,
  description: string,
  isHex: boolean,
): void {
  command.option(flags, description, (text: string) => {
    const { patterns = [] } = command.opts<RawPatternOptions>();
    command.setOptionValue("patterns", [...patterns, { text, isHex }]);
    return text;
  });
}

/** Declares what find and count have in common. */
export function addSearchOptions(command: Command): void {
  command
    .option("-i, --ignore-case", "ASCII letters of text stand for both cases")
    .option("--overlapping", "take a pattern at every place where it fits")
    .option(
      "--start <offset>",
      "where matches may start, such as 0x1f40 or 1MiB",
    )
    .option("--end <offset>", "where matches must have ended");
}

/** The pattern as the library takes it. */
export function toPattern({ text, isHex }: GivenPattern): FindPattern {
  if (isHex) return { hex: text };
  // Text that is no UTF-8 comes as it was typed.
  return text.isWellFormed() ? text : encodeName(text);
}

/**
 * Reads patterns.
 *
 * @throws {UsageError} If one is empty, or letters of bytes that are no text were to be ignored in case.
 */
export function toPatterns(
  given: readonly GivenPattern[],
  ignoreCase: boolean,
): FindPattern[] {
  return given.map((pattern) => {
    if (pattern.text.trim() === "" && (pattern.isHex || pattern.text === "")) {
      throw new UsageError("Cannot search for an empty pattern");
    }
    const result = toPattern(pattern);
    if (ignoreCase && result instanceof Uint8Array) {
      throw new UsageError(
        "Cannot use --ignore-case with a pattern that is not UTF-8",
      );
    }
    return result;
  });
}

/**
 * Lets the library check what is to be searched for, before any file is opened.
 *
 * @throws {RangeError} If it cannot be searched for.
 */
export async function checkPatterns(
  patterns: readonly FindPattern[],
): Promise<void> {
  const { findInFile } = await import("../find_in_file.ts");
  findInFile("-", patterns);
}

/** @throws {UsageError} If one of them is no offset. */
export function checkRange(
  { start, end }: RawPatternOptions,
): SearchedRange {
  return {
    start: start === undefined ? undefined : parseOffset(start, "--start"),
    end: end === undefined ? undefined : parseOffset(end, "--end"),
  };
}
