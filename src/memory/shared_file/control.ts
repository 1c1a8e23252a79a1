/**
 * The cells through which the threads of one SharedFile know of each other.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../../errors.ts";
import { sharedBuffer } from "../arena.ts";
import { CELLS, SEARCH_SLOTS } from "./window.ts";

/** Attached threads while the file is open; negative once it is closed. */
const HOLDERS = 0;

/** Added to the holders when the file is closed, far more than there can be threads. */
const CLOSED = -(2 ** 30);

/** One cell for each search slot: 1 while a thread searches with it. */
const FIRST_SLOT = 1;

/** The cells in one memory. */
export class Control {
  readonly #cells: Int32Array<SharedArrayBuffer>;

  constructor(memory: WebAssembly.Memory) {
    this.#cells = new Int32Array(
      sharedBuffer(memory),
      CELLS.byteOffset,
      FIRST_SLOT + SEARCH_SLOTS,
    );
  }

  /** Whether the thread that opened the file has closed it. */
  get closed(): boolean {
    return Atomics.load(this.#cells, HOLDERS) < 0;
  }

  /** How many have attached and not closed. */
  get attached(): number {
    const holders = Atomics.load(this.#cells, HOLDERS);
    return holders < 0 ? holders - CLOSED : holders;
  }

  /** Counts one more thread. @returns False if the file is closed. */
  attach(): boolean {
    for (;;) {
      const holders = Atomics.load(this.#cells, HOLDERS);
      if (holders < 0) return false;
      // SAFETY: closing takes the count below zero, so none is added to a closed file.
      if (
        Atomics.compareExchange(this.#cells, HOLDERS, holders, holders + 1) ===
          holders
      ) return true;
    }
  }

  /** Counts one thread less. */
  detach(): void {
    Atomics.sub(this.#cells, HOLDERS, 1);
  }

  /** Closes the file for all threads. Called once. */
  close(): void {
    Atomics.add(this.#cells, HOLDERS, CLOSED);
  }

  /** Closes the file if no thread has attached. @returns Whether it is closed now. */
  closeUnlessAttached(): boolean {
    return Atomics.compareExchange(this.#cells, HOLDERS, 0, CLOSED) === 0;
  }

  /** Takes back {@link closeUnlessAttached}. */
  reopen(): void {
    Atomics.store(this.#cells, HOLDERS, 0);
  }

  /**
   * Takes a search slot for this thread.
   *
   * @throws {SabmapError} `EAGAIN` if all are taken.
   */
  claimSlot(): number {
    for (let slot = 0; slot < SEARCH_SLOTS; slot++) {
      // SAFETY: one thread alone sees the 0 that it turns into 1, and the room is its own until then.
      if (
        Atomics.compareExchange(this.#cells, FIRST_SLOT + slot, 0, 1) === 0
      ) return slot;
    }
    throw new SabmapError(
      "EAGAIN",
      `${SEARCH_SLOTS} threads search this file at this moment, or ended while they did`,
    );
  }

  /** Gives a slot of {@link claimSlot} back. */
  releaseSlot(slot: number): void {
    Atomics.store(this.#cells, FIRST_SLOT + slot, 0);
  }
}

/** The error of a SharedFile that is closed. */
export function closedError(): SabmapError {
  return new SabmapError(ErrorCode.Closed, "the SharedFile is closed");
}
