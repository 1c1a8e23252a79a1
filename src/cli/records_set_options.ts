/**
 * The options of `process records --set`, apart from what carries them out: most calls do not need that.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "./io.ts";

/** Options of `--set`, as they were given. */
export interface RawSetOptions {
  readonly set?: readonly string[];
  readonly wrap?: boolean;
  readonly dryRun?: boolean;
  readonly show?: string;
  readonly durability?: string;
  readonly keepUndo?: boolean;
  readonly breakLinks?: boolean;
  readonly anyDevice?: boolean;
}

/** Options that mean nothing without `--set`. */
const SET_ONLY = {
  wrap: "--wrap",
  dryRun: "--dry-run",
  show: "--show",
  durability: "--durability",
  keepUndo: "--keep-undo",
  breakLinks: "--break-links",
  anyDevice: "--any-device",
} as const;

/** Options of questions, which an update does not answer. */
const QUESTIONS = {
  select: "--select",
  agg: "--agg",
  of: "--of",
  groupBy: "--group-by",
  sort: "--sort",
  top: "--top",
  head: "--head",
  csv: "--csv",
  decimals: "--decimals",
} as const;

/** Declares the options. */
export function configureSet(command: Command): void {
  command
    .option(
      "--set <field=expr>",
      "change a field in place; all are computed from the old values; repeatable",
      (text: string, previous: readonly string[] = []) => [...previous, text],
    )
    .option(
      "--wrap",
      "let whole numbers that get out of range start again at the other end",
    )
    .option("--dry-run", "show what --set would change, and change nothing")
    .option("--show <n>", "most edits that --dry-run shows (default: 20)")
    .option(
      "--durability <mode>",
      "journal, copy, none, or auto, as for process patch (default: auto)",
    )
    .option("--keep-undo", 'keep the change for "process undo"')
    .option(
      "--break-links",
      "let a copy replace a file whose other names keep the old bytes",
    )
    .option("--any-device", "as for process recover");
}

/**
 * Tells whether fields are to be set.
 *
 * @throws {UsageError} If other options do not go with that.
 */
export function asksToSet(
  raw:
    & RawSetOptions
    & Readonly<Partial<Record<keyof typeof QUESTIONS, unknown>>>,
): boolean {
  const isAsked = raw.set !== undefined;
  const others: Readonly<Record<string, string>> = isAsked
    ? QUESTIONS
    : SET_ONLY;
  const given = raw as Readonly<Record<string, unknown>>;
  for (const [key, flag] of Object.entries(others)) {
    if (given[key] === undefined || given[key] === false) continue;
    throw new UsageError(
      isAsked
        ? `Cannot use --set with ${flag}`
        : `Cannot use ${flag} without --set`,
    );
  }
  return isAsked;
}
