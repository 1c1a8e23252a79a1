/**
 * Asking a non-blocking file again.
 *
 * @module
 */

/** Turns of the event loop before a wait becomes a pause: a reader that keeps up needs few. */
const TURNS = 100;
const PAUSE_MS = 2;

/** Waits between the attempts at one operation, longer when there have been many. */
export class Retry {
  readonly #signal: AbortSignal | undefined;
  #attempts = 0;

  /**
   * @param signal Ends the waiting: {@link Retry.wait} then throws its reason.
   */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Forgets the attempts, as one has succeeded. */
  reset(): void {
    this.#attempts = 0;
  }

  /** Waits until the next attempt is due. */
  async wait(): Promise<void> {
    const pauseMs = this.#attempts++ < TURNS ? 0 : PAUSE_MS;
    await new Promise((resolve) =>
      pauseMs === 0 ? setImmediate(resolve) : setTimeout(resolve, pauseMs)
    );
    this.#signal?.throwIfAborted();
  }
}

/** Tells whether an error of the runtime carries this errno. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error &&
    (error as Error & { code?: unknown }).code === code;
}
