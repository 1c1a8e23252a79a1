/**
 * The cells in which the readers of a lock put their numbers.
 *
 * @module
 */
import type { LockOwner } from "./owners.ts";
import type { Sleep } from "./wait.ts";

/** The cells of readers. */
export class ReaderPlaces {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #first: number;
  readonly #count: number;
  readonly #owner: LockOwner;

  constructor(
    cells: Int32Array<SharedArrayBuffer>,
    first: number,
    count: number,
    owner: LockOwner,
  ) {
    this.#cells = cells;
    this.#first = first;
    this.#count = count;
    this.#owner = owner;
  }

  /**
   * Puts the calling thread's number into a place.
   *
   * @param suspicious Whether to take that of a reader that died, if none is free.
   * @returns Index of its cell, -1 if there is none.
   */
  take(suspicious: boolean): number {
    const { id } = this.#owner;
    for (let i = 0; i < this.#count; i++) {
      // Each begins at another one, so that readers do not all fight for the first.
      const index = this.#first + (id + i) % this.#count;
      if (this.#exchange(index, 0, id)) return index;
    }
    return suspicious && this.#clearDead() ? this.take(false) : -1;
  }

  /** Clears away all readers that died. @returns Whether there was one. */
  #clearDead(): boolean {
    let cleared = false;
    for (let i = 0; i < this.#count; i++) {
      const seen = Atomics.load(this.#cells, this.#first + i);
      if (seen === 0 || this.#owner.isAlive(seen)) continue;
      this.#exchange(this.#first + i, seen, 0);
      cleared = true;
    }
    return cleared;
  }

  /** Takes the calling thread's number out of a place. */
  leave(index: number): void {
    Atomics.store(this.#cells, index, 0);
  }

  /**
   * Looks for a reader.
   *
   * @param suspicious Whether to clear those away that died.
   * @returns Its cell, to wait for; `undefined` if there is none.
   */
  clear(suspicious: boolean): Sleep | undefined {
    const end = this.#first + this.#count;
    for (let index = this.#first; index < end; index++) {
      const seen = Atomics.load(this.#cells, index);
      if (seen === 0) continue;
      if (!suspicious || this.#owner.isAlive(seen)) return { index, seen };
      // Fails only if another thread has done it.
      this.#exchange(index, seen, 0);
    }
    return undefined;
  }

  /** A place to wait for, as all are taken; `undefined` if they are not. */
  get fullness(): Sleep | undefined {
    for (let i = 0; i < this.#count; i++) {
      if (Atomics.load(this.#cells, this.#first + i) === 0) return undefined;
    }
    const seen = Atomics.load(this.#cells, this.#first);
    return { index: this.#first, seen };
  }

  #exchange(index: number, expected: number, value: number): boolean {
    return Atomics.compareExchange(this.#cells, index, expected, value) ===
      expected;
  }
}
