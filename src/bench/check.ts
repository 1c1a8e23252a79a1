/**
 * From options to what is measured.
 *
 * @module
 */
import { groupDigits, SabmapError } from "../errors.ts";
import { checkSegmentBytes, checkWorkers, WORKERS_MAX } from "../plan.ts";
import { openReader, statPath } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { cpuCount } from "../platform/platform.ts";
import { RECORD_BYTES } from "./sink.ts";
import {
  BENCH_OPERATIONS,
  type BenchOperation,
  type BenchOptions,
} from "./types.ts";

/** Options, checked, with their defaults. */
export interface CheckedOptions {
  readonly operation: BenchOperation;
  readonly workers: readonly number[];
  readonly runs: number;
  readonly cold: boolean;
  readonly seed: number;
}

const RUNS_DEFAULT = 5;
const RUNS_MAX = 1000;
const SEED_END = 2 ** 32;

/** Files below this tell how long workers take to start, and little else. */
const TELLING_BYTES = 16 * 1024 ** 2;

/** @throws {RangeError} If an option is out of bounds. */
export function checkBenchOptions(options: BenchOptions): CheckedOptions {
  const { operation = "count", runs = RUNS_DEFAULT } = options;
  const { seed = Math.floor(Math.random() * SEED_END) } = options;
  if (!BENCH_OPERATIONS.includes(operation)) {
    throw new RangeError(
      `Cannot measure as the operation must be one of ${
        BENCH_OPERATIONS.join(", ")
      }: received "${operation}"`,
    );
  }
  requireInteger(runs, 1, RUNS_MAX, "number of runs");
  requireInteger(seed, 0, SEED_END - 1, "seed");
  if (options.segmentBytes !== undefined) {
    checkSegmentBytes(options.segmentBytes);
  }
  if (options.pattern?.byteLength === 0) {
    throw new RangeError(
      "Cannot measure as the pattern must have at least one byte: received none",
    );
  }
  const cold = options.cold === true;
  const workers = checkWorkerCounts(options.workers ?? defaultWorkers(cold));
  return { operation, workers, runs, cold, seed };
}

function requireInteger(
  value: number,
  min: number,
  max: number,
  what: string,
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot measure as the ${what} must be an integer from ${min} to ${max}: received ${value}`,
  );
}

function checkWorkerCounts(counts: readonly number[]): readonly number[] {
  const rises = counts.every((count, index) =>
    checkWorkers(count) > (counts[index - 1] ?? 0)
  );
  if (rises && counts.length > 0) return counts;
  throw new RangeError(
    `Cannot measure as counts of workers must rise: received "${
      counts.join(",")
    }"`,
  );
}

/**
 * 1, 2, 4 and so on, and all cores. Where a worker waits for the disk it leaves its core to another, so twice
 * as many may pay: between nothing and a fifth on one disk (bench/cold.ts, 2-core Xeon, 2026-11-21).
 */
function defaultWorkers(cold: boolean): number[] {
  const cores = cpuCount();
  const counts: number[] = [];
  for (let count = 1; count < cores; count *= 2) counts.push(count);
  counts.push(cores);
  if (cold) counts.push(Math.min(2 * cores, WORKERS_MAX));
  return [...new Set(counts)];
}

/**
 * Looks at the file.
 *
 * @returns Its size.
 * @throws {RangeError} If it has no bytes, or no whole records for `records`.
 * @throws {SabmapError} If it cannot be read, or is no regular file.
 */
export function checkBenchFile(
  path: FilePath,
  operation: BenchOperation,
): number {
  if (path === "-") {
    throw new RangeError(
      `Cannot measure standard input as each strategy reads the file anew: received "-"`,
    );
  }
  const { kind, byteLength } = statPath(path);
  const file = pathText(path);
  if (kind === "directory") {
    throw new SabmapError("EISDIR", "is a directory", { file });
  }
  if (kind === "stream" || byteLength === 0) {
    throw new RangeError(
      `Cannot measure as it must be a regular file with bytes in it: received ${
        kind === "stream" ? "a stream" : "0 bytes"
      }`,
    );
  }
  if (operation === "records" && byteLength % RECORD_BYTES !== 0) {
    throw new RangeError(
      `Cannot measure "records" as the file must hold whole records of ${RECORD_BYTES} bytes: received ${
        groupDigits(byteLength)
      } bytes`,
    );
  }
  openReader(path).close();
  return byteLength;
}

/** Says what a reader of the figures has to know. */
export function noteLimits(
  byteLength: number,
  workers: readonly number[],
  note: (text: string) => void,
): void {
  if (byteLength < TELLING_BYTES) {
    note(
      `the file has ${
        groupDigits(byteLength)
      } bytes: times are those of starting workers more than of reading; from 64 MiB on they tell of reading`,
    );
  }
  const cores = cpuCount();
  const most = workers.at(-1) ?? 1;
  if (most > cores) {
    note(
      `${most} workers share ${cores} core${cores === 1 ? "" : "s"}`,
    );
  }
}
