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
import {
  addShardOptions,
  asksForShard,
  type RawShardOptions,
  workOnShard,
} from "./shard_options.ts";
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
      'files or URLs to profile; "-" is standard input, ./hash a file named like a command',
    );
  addShardOptions(command);
  command
    .addHelpText(
      "after",
      `
Sizes are whole numbers of bytes, or of KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (1024).
Exit codes: 0 done, 1 a negative result, 2 wrong usage or failure, 130 interrupted.

Files on other machines: https://..., and s3://BUCKET/KEY with the credentials of AWS_ACCESS_KEY_ID or ~/.aws.

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
  raw: RawCommonOptions & RawShardOptions,
  io: CliIo,
): Promise<number> {
  if (asksForShard(raw)) return await workOnShard("profile", names, raw, io);
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
  const { profileFile } = await import("../operations.ts");
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
  const { io, workers, elapsedMs } = result.stats;
  return profileJson(name, result, {
    io,
    workers,
    seconds: elapsedMs / 1000,
    bytesPerSecond: bytesPerSecond(result.byteLength, elapsedMs),
  });
}

/** What a file is made of. */
export type ProfileContent = Omit<ProfileResult, "file" | "stats">;

/** A line of JSON. @param how What there is to tell of how it was found. */
export function profileJson(
  name: string,
  content: ProfileContent,
  how: object,
): string {
  const { byteLength, blake3, lines, classes } = content;
  const { entropy, regionBytes, regions } = content;
  return JSON.stringify({
    file: name,
    byteLength,
    blake3,
    lines,
    classes,
    entropy,
    regionBytes,
    regions,
    ...how,
  }) + "\n";
}

type Row = readonly [label: string, text: string];

function describe(
  name: string,
  result: ProfileResult,
  context: CommandContext,
): string {
  const { byteLength, stats } = result;
  const seconds = (stats.elapsedMs / 1000).toFixed(3);
  const how: readonly Row[] = [
    [
      "mode",
      `${stats.io}, ${describeWorkers(stats.workers)}, ${stats.backend}`,
    ],
    ["time", `${seconds} s, ${showRate(byteLength, stats.elapsedMs)}`],
  ];
  return profileText(name, result, how, context);
}

/** Lines for people. @param how What there is to tell of how it was found. */
export function profileText(
  name: string,
  content: ProfileContent,
  how: readonly Row[],
  { io, options }: Pick<CommandContext, "io" | "options">,
): string {
  const paint = painter(io, options);
  const rows: readonly Row[] = [
    ["size", showSize(content.byteLength)],
    ["blake3", content.blake3],
    ["lines", groupDigits(content.lines)],
    ["bytes", describeClasses(content)],
    ["entropy", describeEntropy(content, io.stdout.columns ?? 80)],
    ...how,
  ];
  const lines = rows.map(([label, text]) =>
    `  ${paint.dim(label.padEnd(LABEL_COLUMNS))}${text}\n`
  );
  return `${paint.bold(nameOnLine(name))}\n${lines.join("")}`;
}

function describeClasses({ classes, byteLength }: ProfileContent): string {
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
  { entropy, regions, regionBytes }: ProfileContent,
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
