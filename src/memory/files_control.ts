/**
 * What the threads that work on many small files share: how far they are, and whether to stop.
 *
 * @module
 */

const ABORT_CELL = 0;
const BYTES_CELL = 1;
const CELLS_BYTES = 16;

/** The cells of one call, in shared memory of their own: each thread has an arena to itself. */
export class FilesControl {
  /** What crosses the threads. */
  readonly buffer: SharedArrayBuffer;
  readonly #flags: Int32Array<SharedArrayBuffer>;
  readonly #counts: BigInt64Array<SharedArrayBuffer>;

  /** @param buffer Of another thread's; new cells if absent. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(CELLS_BYTES);
    this.#flags = new Int32Array(this.buffer);
    this.#counts = new BigInt64Array(this.buffer);
  }

  /** Asks all threads to stop before their next piece of a file. */
  abort(): void {
    // SAFETY: the flag only ever goes from 0 to 1, and nothing is read because of it.
    Atomics.store(this.#flags, ABORT_CELL, 1);
  }

  /** Whether {@link abort} was called, in any thread. */
  get aborted(): boolean {
    return Atomics.load(this.#flags, ABORT_CELL) !== 0;
  }

  /** Counts bytes that were scanned. */
  addBytes(byteLength: number): void {
    // SAFETY: a counter for people; no bytes are handed over by it.
    Atomics.add(this.#counts, BYTES_CELL, BigInt(byteLength));
  }

  /** Bytes that all threads have scanned. */
  get bytesDone(): number {
    return Number(Atomics.load(this.#counts, BYTES_CELL));
  }
}
