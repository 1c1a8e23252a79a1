/**
 * One side of the measurement.
 *
 * @module
 */
import type { RunTrace } from "../trace/types.ts";
import type { BenchStrategy } from "./types.ts";

/** What one run has found. */
export interface Outcome {
  /** The same for all contenders. */
  readonly found: string;
  /** Workers that there were; 0 where the calling thread did the work. */
  readonly threads: number;
}

/** A strategy with so many workers. */
export interface Contender {
  readonly strategy: BenchStrategy;
  /** 0 for single-threaded strategies. */
  readonly workers: number;
  /**
   * Goes through the file once.
   *
   * @param onTrace Gets what the threads did, where it is wanted.
   * @throws {UnavailableError} If the strategy cannot be had here.
   */
  run(onTrace?: (trace: RunTrace) => void): Promise<Outcome>;
}

/** A strategy cannot be had on this machine or runtime. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/** How a contender is called in messages and as a task of tinybench. */
export function contenderName(
  { strategy, workers }: Pick<Contender, "strategy" | "workers">,
): string {
  if (workers === 0) return strategy;
  return `${strategy} with ${workers} worker${workers === 1 ? "" : "s"}`;
}
