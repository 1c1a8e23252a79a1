/**
 * The command when none is named: what a file is made of.
 *
 * @module
 */
import type { Command } from "commander";
import type { ProfileResult } from "../runs.ts";
import { nearestCommand } from "./commands.ts";
import { type CliIo, UsageError } from "./io.ts";
import { nameOnLine, toPath } from "./names.ts";
import { checkCommonOptions, type RawCommonOptions } from "./options.ts";
import { type CommandContext, forEachFile, withProgress } from "./run.ts";
import { painter } from "./paint.ts";
import {
  bytesPerSecond,
  groupDigits,
  showPercent,
  showRate,
  showShortSize,
  showSize,
  sparkline,
} from "./units.ts";

/** Bits per byte that random bytes have. */
const ENTROPY_MAX = 8;
const PICTURE_COLUMNS = 64;
const LABEL_COLUMNS = 10;

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE...\n       process COMMAND [options] ...")
    .description(
      "Tells what a file is made of: size, BLAKE3, lines, byte classes, and how its entropy varies. " +
        "All cores work on the same bytes at once.",
    )
    .argument(
      "[files...]",
      'files to profile; "-" is standard input, ./hash a file named like a command',
    )
    .addHelpText(
      "after",
      `
Sizes are whole numbers of bytes, or of KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (1024).
Exit codes: 0 done, 1 a negative result, 2 wrong usage or failure, 130 interrupted.

Examples:
  process big.data --workers 8
  process --json big.data
  process hash --algo sha256,blake3 *.iso
  process hash --help`,
    );
}

/** Profiles and prints. */
export async function run(
  names: readonly string[],
  raw: RawCommonOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  let printed = 0;
  return await forEachFile(names, io, options, async (name, context) => {
    const result = await profile(name, context, name === names[0]);
    const separator = printed++ > 0 ? "\n" : "";
    await io.stdout.write(
      options.json
        ? jsonLine(name, result)
        : separator + describe(name, result, context),
    );
  });
}

async function profile(
  name: string,
  context: CommandContext,
  isFirst: boolean,
): Promise<ProfileResult> {
  const { profileFile } = await import("../runs.ts");
  try {
    return await withProgress(
      context,
      (options) => profileFile(toPath(name), options),
    );
  } catch (error) {
    throw isFirst && isMissing(error) && /^[a-z-]+$/i.test(name)
      ? unknownCommand(name)
      : error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error &&
    (error as Error & { code?: unknown }).code === "ENOENT";
}

/** A bare word that is no file was probably meant to be a command, and the rest its arguments. */
function unknownCommand(word: string): UsageError {
  const near = nearestCommand(word);
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  return new UsageError(
    `no such file or directory, and no command of that name${hint}`,
    { file: word, code: "ENOENT" },
  );
}

function jsonLine(name: string, result: ProfileResult): string {
  const {
    byteLength,
    blake3,
    lines,
    classes,
    entropy,
    regionBytes,
    regions,
    stats,
  } = result;
  const { io, workers, elapsedMs } = stats;
  return JSON.stringify({
    file: name,
    byteLength,
    blake3,
    lines,
    classes,
    entropy,
    regionBytes,
    regions,
    io,
    workers,
    seconds: elapsedMs / 1000,
    bytesPerSecond: bytesPerSecond(byteLength, elapsedMs),
  }) + "\n";
}

function describe(
  name: string,
  result: ProfileResult,
  { io, options }: CommandContext,
): string {
  const { byteLength, stats } = result;
  const paint = painter(io, options);
  const seconds = (stats.elapsedMs / 1000).toFixed(3);
  const rows: readonly (readonly [label: string, text: string])[] = [
    ["size", showSize(byteLength)],
    ["blake3", result.blake3],
    ["lines", groupDigits(result.lines)],
    ["bytes", describeClasses(result)],
    ["entropy", describeEntropy(result, io.stdout.columns ?? 80)],
    [
      "mode",
      `${stats.io}, ${describeWorkers(stats.workers)}, ${stats.backend}`,
    ],
    ["time", `${seconds} s, ${showRate(byteLength, stats.elapsedMs)}`],
  ];
  const lines = rows.map(([label, text]) =>
    `  ${paint.dim(label.padEnd(LABEL_COLUMNS))}${text}\n`
  );
  return `${paint.bold(nameOnLine(name))}\n${lines.join("")}`;
}

function describeClasses({ classes, byteLength }: ProfileResult): string {
  const { nul, text, high, other } = classes;
  const named: readonly (readonly [string, number])[] = [
    ["NUL", nul],
    ["text", text],
    ["high", high],
    ["other", other],
  ];
  return named.map(([name, count]) =>
    `${name} ${showPercent(count, byteLength)}`
  ).join(", ");
}

/** Two lines: the figure, and how it varies from the file's beginning to its end. */
function describeEntropy(
  { entropy, regions, regionBytes }: ProfileResult,
  columns: number,
): string {
  const figure = `${entropy.toFixed(3)} of ${ENTROPY_MAX} bits per byte`;
  if (regions.length < 2) return figure;
  const indent = " ".repeat(2 + LABEL_COLUMNS);
  const bars = Math.max(1, Math.min(PICTURE_COLUMNS, columns - indent.length));
  return `${figure}, by ${showShortSize(regionBytes)}:\n${indent}${
    sparkline(regions, ENTROPY_MAX, bars)
  }`;
}

function describeWorkers(count: number): string {
  return count === 0
    ? "no workers"
    : count === 1
    ? "1 worker"
    : `${count} workers`;
}
