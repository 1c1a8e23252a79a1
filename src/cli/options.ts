/**
 * The options that every command has.
 *
 * @module
 */
import type { Command } from "commander";
import type { IoMode, RunOptions } from "../runs.ts";
import { UsageError } from "./io.ts";
import { parseSize } from "./parse_size.ts";

/** The common options as the parser leaves them. */
export interface RawCommonOptions {
  readonly workers?: string;
  readonly io?: string;
  readonly segment?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress?: boolean;
  readonly color?: boolean;
  /** Name of the file. */
  readonly trace?: string;
  /** Takes the traces of all runs; given by the program where `trace` is asked for. */
  readonly onTrace?: RunOptions["onTrace"];
}

/** The common options, checked. */
export interface CommonOptions {
  readonly workers: number | undefined;
  readonly io: IoMode | "auto";
  readonly segmentBytes: number | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly color: boolean;
  readonly onTrace: RunOptions["onTrace"];
}

const WORKERS_MAX = 512;
const IO_MODES: readonly (IoMode | "auto")[] = [
  "auto",
  "map",
  "preload",
  "stream",
];
const SEGMENT_BYTES_MIN = 2 ** 16;
const SEGMENT_BYTES_MAX = 2 ** 30;

/** Declares the common options. */
export function addCommonOptions(command: Command): void {
  command
    .option(
      "--workers <n>",
      `worker threads, 1 to ${WORKERS_MAX} (default: cores)`,
    )
    .option(
      "--io <mode>",
      "how bytes are read: auto, map, preload or stream (default: auto)",
    )
    .option(
      "--segment <size>",
      "bytes that a worker claims at a time, such as 1MiB",
    )
    .option("--json", "one JSON object per result and line")
    .option("--quiet", "no notes and no progress on standard error")
    .option("--no-progress", "no progress bar")
    .option("--no-color", "no colours, as with NO_COLOR in the environment")
    .option(
      "--trace <file>",
      "write what each thread did, and when, for Perfetto or chrome://tracing",
    );
}

/**
 * Checks the common options.
 *
 * @throws {UsageError} If one of them is out of range.
 */
export function checkCommonOptions(raw: RawCommonOptions): CommonOptions {
  return {
    workers: raw.workers === undefined ? undefined : checkWorkers(raw.workers),
    io: checkIo(raw.io ?? "auto"),
    segmentBytes: raw.segment === undefined
      ? undefined
      : checkSegment(raw.segment),
    json: raw.json === true,
    quiet: raw.quiet === true,
    progress: raw.progress !== false,
    color: raw.color !== false,
    onTrace: raw.onTrace,
  };
}

function checkWorkers(text: string): number {
  return parseInteger(text, 1, WORKERS_MAX, "--workers");
}

/**
 * Reads a decimal integer.
 *
 * @param what The option, for the message.
 * @throws {UsageError} If `text` is no integer from `min` to `max`.
 */
export function parseInteger(
  text: string,
  min: number,
  max: number,
  what: string,
  others = "",
): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  const bound = max === Number.MAX_SAFE_INTEGER ? "2**53 - 1" : max;
  throw new UsageError(
    `Cannot use ${what} as it must be an integer from ${min} to ${bound}${others}: received "${text}"`,
  );
}

function checkIo(text: string): IoMode | "auto" {
  const mode = IO_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new UsageError(
    `Cannot use --io as it must be one of ${
      IO_MODES.join(", ")
    }: received "${text}"`,
  );
}

function checkSegment(text: string): number {
  const bytes = parseSize(text, "--segment");
  const isPowerOfTwo = Number.isInteger(Math.log2(bytes));
  if (
    isPowerOfTwo && bytes >= SEGMENT_BYTES_MIN && bytes <= SEGMENT_BYTES_MAX
  ) return bytes;
  throw new UsageError(
    `Cannot use --segment as it must be a power of two from 64KiB to 1GiB: received "${text}"`,
  );
}
