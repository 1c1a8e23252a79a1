/**
 * The command `process count`.
 *
 * @module
 */
import type { Command } from "commander";
import type { CountOptions } from "../runs.ts";
import { type CliIo, UsageError } from "./io.ts";
import { nameOnLine, toPath } from "./names.ts";
import { checkCommonOptions, type RawCommonOptions } from "./options.ts";
import {
  addPatternOption,
  addSearchOptions,
  checkPatterns,
  checkRange,
  type RawPatternOptions,
  toPatterns,
} from "./patterns.ts";
import { forEachFile, withProgress } from "./run.ts";
import {
  addShardOptions,
  asksForShard,
  type RawShardOptions,
  workOnShard,
} from "./shard_options.ts";

/** The options as the parser leaves them. */
export interface RawCountOptions
  extends RawCommonOptions, RawPatternOptions, RawShardOptions {}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE...")
    .description(
      "Counts the lines of files, as wc -l does: newlines, that is. Or how often patterns occur.",
    )
    .argument(
      "[files...]",
      'files or URLs to count; "-" is standard input',
    );
  addPatternOption(
    command,
    "--match <text>",
    "count this text instead of lines; repeatable",
    false,
  );
  addPatternOption(
    command,
    "--hex <bytes>",
    'count these bytes, such as "DE AD ?? 4?"; repeatable',
    true,
  );
  addSearchOptions(command);
  addShardOptions(command);
  command.addHelpText(
    "after",
    `
Matches are counted as process find finds them: from the left, without overlaps.

Examples:
  process count big.log
  process count --json logs/*.log
  process count --match error --match warning --ignore-case big.log
  zcat big.log.gz | process count -`,
  );
}

/** Counts and prints. */
export async function run(
  names: readonly string[],
  raw: RawCountOptions,
  io: CliIo,
): Promise<number> {
  if (asksForShard(raw)) return await workOnShard("count", names, raw, io);
  const options = checkCommonOptions(raw);
  const search = await checkSearch(raw);
  let total = 0;
  const code = await forEachFile(names, io, options, async (name, context) => {
    const { countFile } = await import("../operations.ts");
    const { count } = await withProgress(
      context,
      (runOptions) => countFile(toPath(name), { ...runOptions, ...search }),
    );
    total += count;
    await io.stdout.write(
      options.json
        ? `${JSON.stringify({ file: name, count })}\n`
        : countLine(count, name),
    );
  });
  if (names.length > 1 && !options.json) {
    await io.stdout.write(`${total} total\n`);
  }
  return code;
}

/** Checks what is counted. */
export async function checkSearch(
  raw: RawCountOptions,
): Promise<CountOptions> {
  const { patterns, ignoreCase = false, overlapping = false } = raw;
  if (patterns !== undefined) {
    const match = toPatterns(patterns, ignoreCase);
    await checkPatterns(match);
    return { match, ignoreCase, overlapping, ...checkRange(raw) };
  }
  for (const name of ["ignoreCase", "overlapping", "start", "end"] as const) {
    if (raw[name] === undefined) continue;
    const flag = name === "ignoreCase" ? "ignore-case" : name;
    throw new UsageError(
      `Cannot use --${flag} to count lines; it needs --match or --hex`,
    );
  }
  return {};
}

/** The line about a file. */
export function countLine(count: number, name: string): string {
  return name === "-" ? `${count}\n` : `${count} ${nameOnLine(name)}\n`;
}
