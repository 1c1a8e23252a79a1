/**
 * Which job of a worker is being worked on, and which ones wait for their turn.
 *
 * A worker takes one shard more than it can work on, while shards are short: what it takes Redis to note that a shard
 * is done and to give another, 1.6 ms, then passes while the next one is being scanned.
 *
 * @module
 */
import type { Runner } from "./runner.ts";

/**
 * Shards that took less are fetched ahead; a shard that had no turn for so long is given to others. Of longer ones
 * the queue's round trip is less than 0.4 %.
 */
export const FETCH_AHEAD_MS = 500;

type Waiter = (runner: Runner) => void;

/** Runners, each of which works for one job at a time; jobs get them in the order in which they came. */
export class Turns {
  readonly #idle: Runner[];
  readonly #waiting = new Set<Waiter>();

  constructor(runners: readonly Runner[]) {
    this.#idle = [...runners];
  }

  /**
   * Waits for a runner, which has to be given back.
   *
   * @param patienceMs How long to wait at most.
   * @returns `undefined` if none was free in that time.
   * @throws The reason of `signal` if that is aborted meanwhile.
   */
  async take(
    signal: AbortSignal,
    patienceMs: number,
  ): Promise<Runner | undefined> {
    signal.throwIfAborted();
    return this.#idle.pop() ?? await this.#wait(signal, patienceMs);
  }

  #wait(signal: AbortSignal, ms: number): Promise<Runner | undefined> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter = (runner) => {
        leave();
        resolve(runner);
      };
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        leave();
        resolve(undefined);
      }, ms);
      signal.addEventListener("abort", abort);
      this.#waiting.add(waiter);
    });
  }

  /** Gives a runner back, to the job that has waited longest. */
  give(runner: Runner): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#idle.push(runner);
    else first(runner);
  }
}
