/**
 * Measures on a file of one's own what ways of reading cost, and how many workers pay.
 *
 * @module
 */
import type {
  BenchOptions,
  BenchResult,
  BenchStrategy,
} from "./bench/types.ts";
import type { FilePath } from "./platform/file_path.ts";

export type * from "./bench/types.ts";

/**
 * Measures ways to get a file's bytes into memory: a stream of chunks and one reused buffer, both in one
 * thread, against this library's `preload`, `map` and `stream` with workers.
 *
 * All do the same work on the bytes, and their results are compared: a wrong one is an error. Runs are
 * interleaved in random order. Each strategy runs twice more than it is timed, once before and once with a trace.
 *
 * The package `tinybench` does the timing; it is loaded at the first call.
 *
 * @param path The file, a regular one with bytes in it.
 * @returns One row for each strategy and count of workers; those that cannot be had here say why.
 * @throws {RangeError} If an option is out of range, or the file cannot be measured.
 * @throws {SabmapError} If the file cannot be read; `ERR_WRONG_RESULT` if two strategies found different things.
 *
 * @example
 * ```ts
 * import { benchFile } from "sabmap";
 *
 * const { rows } = await benchFile("big.data", { operation: "blake3", workers: [1, 2] });
 * for (const { strategy, workers, figures } of rows) {
 *   console.log(strategy, workers, figures?.bytesPerSecond);
 * }
 * ```
 */
export async function benchFile(
  path: FilePath | URL,
  options: BenchOptions = {},
): Promise<BenchResult> {
  // Loaded here, with tinybench: nobody else needs them.
  const { runBench } = await import("./bench/run_bench.ts");
  return await runBench(path, options);
}

/** What a strategy does, in one line, for help texts and reports. */
export const STRATEGY_TEXTS: Readonly<Record<BenchStrategy, string>> = {
  chunked:
    "one thread, for await over a stream of the file as the runtime cuts it, on Deno and Node in chunks of 64 KiB",
  readinto: "one thread, reads of 1 MiB into one buffer, again and again",
  preload: "workers read the file into shared memory, ahead of their scan",
  map: "workers map the file over shared memory, segment by segment",
  stream:
    "workers read segment after segment, each into a slot of its own; the first is the calling thread",
};
