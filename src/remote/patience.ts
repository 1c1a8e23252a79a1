/**
 * How long a server may keep silent.
 *
 * @module
 */
import { pause } from "../engine/promises.ts";
import { TransientError } from "./failures.ts";

/**
 * Guards the waits of one request: the whole of it ends with the run, or when a single wait takes too long.
 *
 * There is a wait for each piece of a body, thousands in a second, so one costs no timer and no listener.
 */
export class Patience {
  readonly #ms: number;
  readonly #host: string;
  readonly #stop = new AbortController();
  readonly #run: AbortSignal;
  readonly #onRunEnd = () => this.#end(this.#run.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the wait that is on has taken too long. */
  #deadline = 0;
  /** Ends the wait that is on. */
  #reject: ((reason: unknown) => void) | undefined;

  /** @param run Ends the request. */
  constructor(ms: number, run: AbortSignal, host: string) {
    this.#ms = ms;
    this.#run = run;
    this.#host = host;
    if (run.aborted) this.#onRunEnd();
    else run.addEventListener("abort", this.#onRunEnd, { once: true });
  }

  /** Aborted when the request is given up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Follows a promise of the request; one at a time.
   *
   * @throws {TransientError} If it takes too long.
   * @throws The reason of the run's signal once it is aborted.
   */
  during<T>(waiting: Promise<T>): Promise<T> {
    this.#deadline = performance.now() + this.#ms;
    this.#timer ??= setTimeout(this.#look, this.#ms);
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      const settle = <V>(then: (value: V) => void) => (value: V) => {
        this.#reject = undefined;
        then(value);
      };
      waiting.then(settle<T>(resolve), settle<unknown>(reject));
      if (this.signal.aborted) reject(this.signal.reason);
    });
  }

  /** Looks whether the wait that is on takes too long. Between two there is none to look at. */
  readonly #look = (): void => {
    const late = performance.now() - this.#deadline;
    if (this.#reject === undefined || late < 0) {
      const ms = this.#reject === undefined ? this.#ms : Math.ceil(-late);
      this.#timer = setTimeout(this.#look, ms);
      return;
    }
    const seconds = this.#ms / 1000;
    this.#end(
      new TransientError(`${this.#host} sent nothing for ${seconds} s`),
    );
  };

  /** Ends what is left of the request. Safe to repeat. */
  end(): void {
    this.#end(new TransientError("the request was given up"));
  }

  #end(reason: unknown): void {
    clearTimeout(this.#timer);
    this.#run.removeEventListener("abort", this.#onRunEnd);
    this.#reject?.(reason);
    this.#stop.abort(reason);
  }
}

/**
 * Waits before a request is made again: longer each time, and not at the same moment as others that failed with it.
 *
 * @param failures How many there were, from 1.
 */
export async function pauseBeforeRetry(
  failures: number,
  retryAfterMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const bound = Math.min(PAUSE_MS_FIRST * 2 ** (failures - 1), PAUSE_MS_MAX);
  const ms = Math.min(
    Math.max(bound / 2 + Math.random() * bound / 2, retryAfterMs ?? 0),
    PAUSE_MS_MAX,
  );
  await pause(ms, signal);
}

const PAUSE_MS_FIRST = 100;
const PAUSE_MS_MAX = 30_000;
