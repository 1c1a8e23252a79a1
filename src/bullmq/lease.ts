/**
 * The lease of a worker on a shard, kept by its own clock.
 *
 * A worker that is cut off hears nothing of it: BullMQ tells that a lock is lost only when the connection is back.
 * So each renewal that the server has confirmed moves a deadline on, and past three quarters of the lock's time
 * without one the work is aborted, before anyone else can have begun it. (Lock of 4 s, link cut for 11 s: the old
 * worker stopped after 3.0 s, the new one began after 5.0, on all three runtimes.)
 *
 * A process that was suspended as a whole can still be late. Then its completion is refused, as it has not got the
 * lock any more, and a partial that it leaves behind has a name that says what is in it.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";

/** Which share of the lock's time may pass without a renewal. */
const DEADLINE_SHARE = 0.75;

/** The right to work on one shard. */
export class Lease {
  readonly #deadlineMs: number;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins a lease.
   *
   * @param lockMs How long the lock holds from when it is taken or renewed.
   * @param ageMs How long ago it was asked for.
   */
  constructor(lockMs: number, ageMs: number) {
    this.#deadlineMs = DEADLINE_SHARE * lockMs;
    this.#rearm(this.#deadlineMs - ageMs);
  }

  /** Aborted when the lease is lost. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The server has renewed the lock. Too late, if the lease is lost already: the work was stopped. */
  renewed(): void {
    if (!this.signal.aborted) this.#rearm(this.#deadlineMs);
  }

  /** Ends the work. */
  lose(reason: string): void {
    clearTimeout(this.#timer);
    this.#controller.abort(new SabmapError(ErrorCode.LeaseLost, reason));
  }

  /** The work is done: nothing is watched any more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #rearm(ms: number): void {
    clearTimeout(this.#timer);
    const seconds = groupDigits(this.#deadlineMs / 1000);
    this.#timer = setTimeout(
      () => this.lose(`the queue did not answer for ${seconds} s`),
      Math.max(0, ms),
    );
  }
}
