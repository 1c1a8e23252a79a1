/**
 * One cell that one owner at a time has: all of a mutex, and the writer's part of a reader/writer lock.
 *
 * ```text
 * 0               nobody has it
 * id              the owner with that number has it
 * id | WAITERS    the same, and somebody may sleep until the cell changes
 * ```
 *
 * An owner that died leaves its number there. Whoever finds that out takes the cell over by exchanging
 * that very number for its own, so that one of several gets it; and knows by it that what the lock
 * guards may be half changed.
 *
 * @module
 */
import type { LockSteps } from "./wait.ts";
import type { LockOwner } from "./owners.ts";

/** Set beside the owner's number. */
export const WAITERS: number = 1 << 31;

/** How often to look again before going to sleep: a short critical section ends meanwhile. */
const SPINS = 100;

/** The number of the owner that a cell shows, 0 if none. */
export function ownerIn(seen: number): number {
  return seen & ~WAITERS;
}

/** A cell as one thread sees it. */
export class LockCell {
  readonly cells: Int32Array<SharedArrayBuffer>;
  readonly index: number;
  readonly owner: LockOwner;

  constructor(
    cells: Int32Array<SharedArrayBuffer>,
    index: number,
    owner: LockOwner,
  ) {
    this.cells = cells;
    this.index = index;
    this.owner = owner;
  }

  get seen(): number {
    return Atomics.load(this.cells, this.index);
  }

  /** Whether the calling thread has it. */
  get isOwn(): boolean {
    return ownerIn(this.seen) === this.owner.id;
  }

  /** Takes the cell if nobody has it. @param mark {@link WAITERS} if others may sleep. */
  take(mark = 0): boolean {
    // SAFETY: the exchange lets one thread in; all that the one before stored is seen after it.
    return this.#exchange(0, this.owner.id | mark);
  }

  /** Takes the cell over if its owner has died. @returns The number of that owner; 0 if it was not taken. */
  takeOver(): number {
    const seen = this.seen;
    const other = ownerIn(seen);
    if (other === 0 || this.owner.isAlive(other)) return 0;
    // SAFETY: as in `take`; of several that know of the death, one exchange succeeds.
    const taken = this.#exchange(seen, this.owner.id | (seen & WAITERS));
    return taken ? other : 0;
  }

  /**
   * Takes the cell, however long that takes.
   *
   * @returns The number of the owner that died with it, 0 if it was free.
   */
  *steps(): LockSteps<number> {
    for (let i = 0; i < SPINS; i++) {
      if (this.seen === 0 && this.take()) return 0;
    }
    for (let suspicious = false, mark = 0;;) {
      if (this.take(mark)) return 0;
      const died = suspicious ? this.takeOver() : 0;
      if (died !== 0) return died;
      const seen = this.announceWaiter();
      if (seen === 0) continue;
      suspicious = yield { index: this.index, seen };
      // Others may sleep as well, and only whoever has the cell can wake them.
      mark = WAITERS;
    }
  }

  /** Marks the cell so that a change of it wakes its waiters. @returns What to wait on; 0 if it is free. */
  announceWaiter(): number {
    for (;;) {
      const seen = this.seen;
      if (seen === 0 || (seen & WAITERS) !== 0) return seen;
      if (this.#exchange(seen, seen | WAITERS)) return seen | WAITERS;
    }
  }

  /**
   * Gives the cell free, which the calling thread has, and wakes waiters.
   *
   * @param wake How many.
   * @param left What to leave in the cell: the number of an owner that died, if the caller gives up.
   */
  release(wake: number, left = 0): void {
    // SAFETY: others only ever add the mark to a cell that this thread has, so the second try succeeds.
    if (this.#exchange(this.owner.id, left)) return;
    if (!this.#exchange(this.owner.id | WAITERS, left)) {
      throw new Error("Bug: a lock was released by a thread without it");
    }
    Atomics.notify(this.cells, this.index, wake);
  }

  #exchange(expected: number, value: number): boolean {
    return Atomics.compareExchange(
      this.cells,
      this.index,
      expected,
      value,
    ) === expected;
  }
}
