/**
 * Mutual exclusion of threads, also of several processes that map one file.
 *
 * @module
 */
import { LockCell, ownerIn } from "./cell.ts";
import { checkCells, checkLockOptions, type LockOptions } from "./checks.ts";
import { callHolding, callHoldingAsync, LockGuard } from "./guard.ts";
import { type LockOwner, threadOwner } from "./owners.ts";
import { waitFor, waitForAsync } from "./wait.ts";

/** Who uses a lock. */
export interface LockSetup {
  /** The calling thread, as one that can die; {@link threadOwner} if not given. */
  readonly owner?: LockOwner | undefined;
}

/**
 * A lock that one thread at a time holds: one `Int32` cell of shared memory, 0 to begin with.
 *
 * Each thread makes a `Mutex` of its own over the same cell. The cell may lie in a file that several
 * processes map with `access: "write"`: those of one machine exclude each other as well.
 *
 * A thread that dies while it holds the lock does not hang the others: where its death can be known (see
 * {@link threadOwner}), the next one gets the lock, and is told so by `ownerDied`. Finding out takes it
 * 5 ms or so. A thread that was told to end and goes on is not dead: Deno (2.9) never ends one in a loop
 * or in a wait without end, whose lock others get only when it is marked dead in {@link LockOwners}.
 *
 * Taking a lock that is free takes about 50 ns. A thread of the same process is woken when the lock
 * becomes free; one of another process looks again, after 10 ms at most. No order is kept among those
 * who wait.
 *
 * @example
 * ```ts
 * import { Mutex } from "sabmap";
 *
 * // The first cell is the lock; the others are equal when nobody holds it.
 * const cells = new Int32Array(new SharedArrayBuffer(12));
 * const mutex = new Mutex(cells);
 * mutex.withLock(({ ownerDied }) => {
 *   if (ownerDied) cells[2] = cells[1]!;
 *   cells[1]! += 1;
 *   cells[2]! += 1;
 * });
 * ```
 */
export class Mutex {
  /** How many cells one takes. */
  static readonly CELLS: number = 1;
  /** How many bytes of shared memory one takes. */
  static readonly BYTES: number = 4;

  readonly #cell: LockCell;
  /** What the last `lock` gave, until it is unlocked. */
  #guard: LockGuard | undefined;

  /**
   * Sees a lock.
   *
   * @param cells The shared cells that hold it.
   * @param index Index in `cells` of its cell.
   * @throws {TypeError} If `cells` is no `Int32Array` of shared memory.
   * @throws {RangeError} If there is no such cell.
   */
  constructor(
    cells: Int32Array<SharedArrayBuffer>,
    index = 0,
    { owner = threadOwner() }: LockSetup = {},
  ) {
    checkCells(cells, index, Mutex.CELLS, "a Mutex");
    this.#cell = new LockCell(cells, index, owner);
  }

  /** Number of the owner that holds the lock, 0 if none does. It may be dead. */
  get holder(): number {
    return ownerIn(this.#cell.seen);
  }

  /** Whether the calling thread holds the lock. */
  get held(): boolean {
    return this.#cell.isOwn;
  }

  /**
   * Takes the lock; sleeps while another thread holds it.
   *
   * @throws {TypeError} If the calling thread holds it already: it would wait for itself.
   * @throws {SabmapError} `ERR_LOCKED` if it does not become free in time.
   * @throws {RangeError} If `timeoutMs` is no time to wait.
   */
  lock(options: LockOptions = {}): LockGuard {
    checkLockOptions(options);
    if (this.#cell.take()) return this.#hold(0);
    this.#refuseRecursion();
    return this.#hold(
      waitFor(this.#cell.cells, this.#cell.steps(), options),
    );
  }

  /**
   * Takes the lock, while the event loop of the thread goes on.
   *
   * Unlike {@link lock}, it waits where the calling thread holds the lock: another task of its does.
   *
   * @throws {SabmapError} `ERR_LOCKED` if it does not become free in time.
   * @throws {RangeError} If `timeoutMs` is no time to wait.
   */
  async lockAsync(options: LockOptions = {}): Promise<LockGuard> {
    checkLockOptions(options);
    if (this.#cell.take()) return this.#hold(0);
    return this.#hold(
      await waitForAsync(this.#cell.cells, this.#cell.steps(), options),
    );
  }

  /**
   * Takes the lock if no living thread holds it.
   *
   * @returns `undefined` if one does.
   * @throws {TypeError} If the calling thread does.
   */
  tryLock(): LockGuard | undefined {
    if (this.#cell.take()) return this.#hold(0);
    this.#refuseRecursion();
    const died = this.#cell.takeOver();
    return died === 0 ? undefined : this.#hold(died);
  }

  /**
   * Gives the lock free.
   *
   * @throws {TypeError} If the calling thread does not hold it.
   */
  unlock(): void {
    if (!this.held) throw notHeld("Mutex", this.holder);
    this.#guard = undefined;
    this.#cell.release(1);
  }

  /**
   * Calls a function while holding the lock.
   *
   * @param action Must be done when it returns: for one that goes on, see {@link withLockAsync}.
   * @returns What it returned.
   * @throws As {@link lock}, and what `action` throws.
   */
  withLock<Result>(
    action: (guard: LockGuard) => Result,
    options: LockOptions = {},
  ): Result {
    return callHolding(this.lock(options), action);
  }

  /** As {@link withLock} for a function that is done when its promise settles; taken by {@link lockAsync}. */
  async withLockAsync<Result>(
    action: (guard: LockGuard) => Result | Promise<Result>,
    options: LockOptions = {},
  ): Promise<Result> {
    return await callHoldingAsync(await this.lockAsync(options), action);
  }

  #hold(died: number): LockGuard {
    return this.#guard = new LockGuard(died !== 0, (guard) => {
      if (this.#guard === guard) this.unlock();
    });
  }

  #refuseRecursion(): void {
    if (this.held) throw heldAlready("Mutex");
  }
}

/** What a thread gets that would wait for itself. */
export function heldAlready(what: string): TypeError {
  return new TypeError(
    `Cannot lock a ${what} as the calling thread must not hold it already`,
  );
}

/** What a thread gets that unlocks what it does not hold. */
export function notHeld(what: string, holder: number): TypeError {
  return new TypeError(
    `Cannot unlock a ${what} as the calling thread must hold it: ` +
      (holder === 0 ? "nobody does" : `owner ${holder} does`),
  );
}
