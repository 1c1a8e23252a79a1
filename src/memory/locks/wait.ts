/**
 * Waiting for a lock.
 *
 * Every wait is short and looks again, because a change may come without a wake-up: from another process
 * that maps the same file (the lists of waiters are the runtime's, one in each process), or never, from a
 * thread that died.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../../errors.ts";
import type { LockOptions } from "./checks.ts";

/** What a lock waits for: that a cell shows something else than what was seen. */
export interface Sleep {
  readonly index: number;
  readonly seen: number;
}

/**
 * The steps of taking a lock, the same whether a thread sleeps or an event loop goes on.
 *
 * They yield what to wait for, and are told whether it is time to ask whether the holder is alive. An
 * error that is thrown into them ends them, after they have undone what they did.
 */
export type LockSteps<Result> = Generator<Sleep, Result, boolean>;

/** The first wait, and the longest, to which waits double. */
const SLEEP_MS_MIN = 0.1;
const SLEEP_MS_MAX = 10;

/** After so long, a holder that died is possible. */
const SUSPECT_MS = 5;

/**
 * Takes a lock, and sleeps meanwhile.
 *
 * @throws {SabmapError} `ERR_LOCKED` if that is not done in time.
 */
export function waitFor<Result>(
  cells: Int32Array<SharedArrayBuffer>,
  steps: LockSteps<Result>,
  options: LockOptions,
): Result {
  const patience = new Patience(options);
  try {
    let step = steps.next(false);
    while (!step.done) {
      const { index, seen } = step.value;
      Atomics.wait(cells, index, seen, patience.nextSleep());
      step = patience.next(steps);
    }
    return step.value;
  } catch (error) {
    throw steps.throw(error);
  }
}

/** As {@link waitFor}, while the event loop of the thread goes on. */
export async function waitForAsync<Result>(
  cells: Int32Array<SharedArrayBuffer>,
  steps: LockSteps<Result>,
  options: LockOptions,
): Promise<Result> {
  const patience = new Patience(options);
  try {
    let step = steps.next(false);
    while (!step.done) {
      await sleepAsync(cells, step.value, patience.nextSleep());
      step = patience.next(steps);
    }
    return step.value;
  } catch (error) {
    throw steps.throw(error);
  }
}

/** How long one may still wait. */
class Patience {
  readonly #timeoutMs: number;
  readonly #started: number = performance.now();
  #sleepMs = SLEEP_MS_MIN;

  constructor({ timeoutMs = Infinity }: LockOptions) {
    this.#timeoutMs = timeoutMs;
  }

  /** How long to sleep now; 0 if the time is up. */
  nextSleep(): number {
    const sleepMs = this.#sleepMs;
    this.#sleepMs = Math.min(2 * sleepMs, SLEEP_MS_MAX);
    return Math.max(Math.min(sleepMs, this.#timeoutMs - this.#waitedMs()), 0);
  }

  /** Goes on after a sleep: for the last time if the time is up, when no holder may be dead unnoticed. */
  next<Result>(steps: LockSteps<Result>): IteratorResult<Sleep, Result> {
    const waitedMs = this.#waitedMs();
    const timeIsUp = waitedMs >= this.#timeoutMs;
    const step = steps.next(timeIsUp || waitedMs >= SUSPECT_MS);
    if (step.done || !timeIsUp) return step;
    throw new SabmapError(
      ErrorCode.Locked,
      `the lock did not become free within ${this.#timeoutMs} ms`,
    );
  }

  #waitedMs(): number {
    return performance.now() - this.#started;
  }
}

/** `Atomics.waitAsync`, which not every engine's types and versions have. */
type WaitAsync = (
  cells: Int32Array<SharedArrayBuffer>,
  index: number,
  value: number,
  timeoutMs: number,
) => { readonly value: Promise<string> | string };

/** Sleeps until the cell changes or the time is up, whichever is first. */
async function sleepAsync(
  cells: Int32Array<SharedArrayBuffer>,
  { index, seen }: Sleep,
  sleepMs: number,
): Promise<void> {
  const waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync;
  // The timer keeps a process from ending, which a wait for a cell does not.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, sleepMs);
  });
  const changed = waitAsync?.(cells, index, seen, sleepMs).value;
  await (changed === undefined ? timeUp : Promise.race([changed, timeUp]));
  clearTimeout(timer);
}
