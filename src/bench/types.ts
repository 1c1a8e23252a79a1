/**
 * What a measurement is asked for and what it tells.
 *
 * @module
 */
import type { IoMode, Progress } from "../options.ts";
import type { RunTrace } from "../trace/types.ts";

/** What is done to the bytes while their way into memory is measured. */
export const BENCH_OPERATIONS = [
  "count",
  "blake3",
  "crc32",
  "find",
  "records",
] as const;

/** One of {@link BENCH_OPERATIONS}. */
export type BenchOperation = (typeof BENCH_OPERATIONS)[number];

/**
 * A way to get a file's bytes into memory:
 *
 * - `chunked`: one thread, `for await` over a stream of the file, as the runtime's own manual has it;
 * - `readinto`: one thread, reads of 1 MiB into one buffer that is used again and again;
 * - `preload`, `map`, `stream`: workers of this library (see {@link IoMode}).
 */
export type BenchStrategy = "chunked" | "readinto" | IoMode;

/** Options of {@link benchFile}. */
export interface BenchOptions {
  /** Defaults to `"count"`: lines. */
  readonly operation?: BenchOperation | undefined;
  /** What `find` looks for, at least one byte. Defaults to the 8 bytes in the middle of the file. */
  readonly pattern?: Uint8Array | undefined;
  /** With how many workers, each 1 to 512, in rising order. Defaults to 1, 2, 4 and so on up to the cores, cold also twice the cores. */
  readonly workers?: readonly number[] | undefined;
  /** How often each strategy is timed, 1 to 1,000. Defaults to 5. */
  readonly runs?: number | undefined;
  /** Drops the file from the page cache before each run. Defaults to false: the file is read through instead. */
  readonly cold?: boolean | undefined;
  /** What the order of the runs depends on, from 0 to 2**32 - 1. Defaults to a random one. */
  readonly seed?: number | undefined;
  /** As in `RunOptions`. */
  readonly segmentBytes?: number | undefined;
  /** Ends the measurement; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each run, with the bytes of all runs. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with remarks that are no errors. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Figures of several runs. */
export interface BenchSpread {
  /** The middle one; the mean of the middle two. */
  readonly median: number;
  /** The smallest. */
  readonly min: number;
  /** The largest. */
  readonly max: number;
}

/** What was measured of one strategy with so many workers. */
export interface BenchFigures {
  /** From the call to the result, workers started in it. */
  readonly seconds: BenchSpread;
  /** At the median time. */
  readonly bytesPerSecond: number;
  /** How many times as fast as `chunked`; the median over rounds. */
  readonly overChunked: number | undefined;
  /** How many times as fast as the same strategy with one worker; `undefined` for single-threaded ones. */
  readonly overOneWorker: number | undefined;
  /** Resident memory that a run took on top of what the process had, the median; `undefined` where the system does not tell. */
  readonly peakBytes: number | undefined;
  /** Processor time of all threads, the median; `undefined` where the runtime does not tell. */
  readonly cpuSeconds: number | undefined;
}

/** One strategy with so many workers. */
export interface BenchRow {
  /** How the bytes came into memory. */
  readonly strategy: BenchStrategy;
  /** Workers that were asked for; 0 for single-threaded strategies. */
  readonly workers: number;
  /** Workers that there were: a small file has not got enough segments for many. */
  readonly threads: number;
  /** Why there are no figures; `undefined` where there are. */
  readonly unavailable: string | undefined;
  /** `undefined` if the strategy is not available. */
  readonly figures: BenchFigures | undefined;
  /** What the threads did in one more run, which is in no figure; `undefined` if the strategy is not available. */
  readonly trace: RunTrace | undefined;
}

/** What a strategy would do with more workers. */
export interface BenchModelPoint {
  /** Each on a core of its own. */
  readonly workers: number;
  /** From the call to the result. */
  readonly seconds: number;
  /** At that time. */
  readonly bytesPerSecond: number;
  /** How many times as fast as the one worker that was measured. */
  readonly overOneWorker: number;
}

/**
 * What a strategy would do on machines with more cores than this one: calculated, not measured.
 *
 * `seconds = fixed + (one worker's seconds - fixed) * (1 + growth * (workers - 1)) / workers`
 */
export interface BenchModel {
  /** How the bytes come into memory. */
  readonly strategy: BenchStrategy;
  /** The most workers of which each had a core; the model is made from them and from one. */
  readonly measuredWorkers: number;
  /** What more workers do not shorten, as the trace shows it: opening, starting threads, waiting for others, ending. */
  readonly fixedSeconds: number;
  /** By which share of one worker's work each further worker lengthens the work in all, at least 0: memory and caches are shared. */
  readonly growth: number;
  /** By rising counts of workers, each with enough of the file to work on. */
  readonly points: readonly BenchModelPoint[];
}

/** Where it was measured. */
export interface BenchMachine {
  /** Name and version of the runtime. */
  readonly runtime: string;
  /** As it names itself. */
  readonly processor: string;
  /** Threads that can run at once. */
  readonly cores: number;
  /** Memory in all; `undefined` where the runtime does not tell (Deno without `--allow-sys`). */
  readonly memoryBytes: number | undefined;
  /** Kernel, version if that is told, and architecture. */
  readonly system: string;
}

/** Result of {@link benchFile}. */
export interface BenchResult {
  /** Path of the file as text. */
  readonly file: string;
  /** Bytes of the file. */
  readonly byteLength: number;
  /** What was done to the bytes. */
  readonly operation: BenchOperation;
  /** What all strategies have found, such as the count of lines. */
  readonly found: string;
  /** How often each strategy was timed. */
  readonly runs: number;
  /** What the order of the runs depended on. */
  readonly seed: number;
  /** Where the file's bytes were when a run began. */
  readonly cache: "warm" | "cold" | "larger than memory";
  /** Where it was measured. */
  readonly machine: BenchMachine;
  /** When the measurement began: ISO 8601. */
  readonly date: string;
  /** Remarks that belong to the figures, as `onNote` heard them. */
  readonly notes: readonly string[];
  /** In the order of the strategies, then of the workers. */
  readonly rows: readonly BenchRow[];
  /**
   * What more cores would give. Empty unless the file was in the page cache, and one worker and one for
   * each of several cores were measured.
   */
  readonly models: readonly BenchModel[];
}
