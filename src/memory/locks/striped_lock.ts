/**
 * Locks for many records in the space of a few.
 *
 * @module
 */
import { checkCells, type LockOptions } from "./checks.ts";
import { LockGuard } from "./guard.ts";
import { threadOwner } from "./owners.ts";
import { type LockSetup, Mutex } from "./mutex.ts";

/** Cells from one stripe to the next: a cache line of its own, so that threads do not slow each other. */
const STRIPE_CELLS = 16;

/** How many stripes there are, if not said. */
const STRIPES = 64;

/** Most stripes there can be. */
const STRIPES_MAX = 2 ** 20;

/**
 * A lock for each record of a file, in as many {@link Mutex}es as there are stripes.
 *
 * Which stripe a record has depends on its index and the count of stripes only, so all threads,
 * processes and versions agree on it; neighbours have different ones. Two records may share a stripe:
 * a thread that needs several at a time takes them by {@link lockAll}, which cannot wait for itself nor,
 * with another thread, for each other.
 *
 * @example
 * ```ts
 * import { StripedLock } from "sabmap";
 *
 * const accounts = new Float64Array(new SharedArrayBuffer(8000)).fill(100);
 * const locks = new StripedLock(
 *   new Int32Array(new SharedArrayBuffer(4 * StripedLock.cellCount())),
 * );
 * const guard = locks.lockAll([17, 4]);
 * accounts[17]! -= 5;
 * accounts[4]! += 5;
 * guard.unlock();
 * ```
 */
export class StripedLock {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #first: number;
  readonly #setup: LockSetup;
  /** Made when first used. */
  readonly #stripes: Mutex[] = [];
  /** How many stripes there are. */
  readonly stripes: number;

  /**
   * Sees the locks. All threads that use them give the same count of stripes.
   *
   * @param cells The shared cells that hold them, 0 to begin with.
   * @param index Index in `cells` of the first cell.
   * @param options.stripes How many, a power of two up to 2^20, and several times as many as threads; 64
   * if not given.
   * @throws {TypeError} If `cells` is no `Int32Array` of shared memory.
   * @throws {RangeError} If the count is not allowed, or the cells are too few.
   */
  constructor(
    cells: Int32Array<SharedArrayBuffer>,
    index = 0,
    options: LockSetup & { readonly stripes?: number } = {},
  ) {
    const { stripes = STRIPES, owner = threadOwner() } = options;
    const count = StripedLock.cellCount(stripes);
    checkCells(cells, index, count, "a StripedLock");
    this.#cells = cells;
    this.#first = index;
    this.#setup = { owner };
    this.stripes = stripes;
  }

  /**
   * Counts the cells that so many stripes take.
   *
   * @throws {RangeError} If that count is not allowed.
   */
  static cellCount(stripes: number = STRIPES): number {
    if (
      !(stripes >= 1 && stripes <= STRIPES_MAX) ||
      !Number.isInteger(Math.log2(stripes))
    ) {
      throw new RangeError(
        `Cannot make a StripedLock as its stripes must be a power of two from 1 to ${STRIPES_MAX}: received ${stripes}`,
      );
    }
    return stripes * STRIPE_CELLS;
  }

  /**
   * Tells the stripe of a record, `0 <= stripe < stripes`.
   *
   * @param record Index of the record, `0 <= record < 2**53`.
   * @throws {RangeError} If it is no index.
   */
  stripeOf(record: number): number {
    if (!Number.isSafeInteger(record) || record < 0) {
      throw new RangeError(
        `Cannot lock a record as its index must be an integer from 0 to 2**53 - 1: received ${record}`,
      );
    }
    const high = (record / 0x100000000) | 0;
    // Multiplying by the golden ratio spreads neighbours over the upper bits (Knuth, volume 3, 6.4).
    const mixed = Math.imul(
      (record | 0) ^ Math.imul(high, 0x85ebca6b),
      0x9e3779b1,
    );
    return this.stripes === 1 ? 0 : mixed >>> (32 - Math.log2(this.stripes));
  }

  /** Takes the lock of a record. @throws As `Mutex.lock`, and {RangeError} if `record` is no index. */
  lock(record: number, options: LockOptions = {}): LockGuard {
    return this.#mutexOf(record).lock(options);
  }

  /** As {@link lock}, while the event loop of the thread goes on. */
  lockAsync(record: number, options: LockOptions = {}): Promise<LockGuard> {
    return this.#mutexOf(record).lockAsync(options);
  }

  /** As `Mutex.tryLock`, for a record. */
  tryLock(record: number): LockGuard | undefined {
    return this.#mutexOf(record).tryLock();
  }

  /** Gives the lock of a record free. @throws {TypeError} If the calling thread does not hold it. */
  unlock(record: number): void {
    this.#mutexOf(record).unlock();
  }

  /** Whether the calling thread holds the lock of a record, or of one with the same stripe. */
  isHeld(record: number): boolean {
    return this.#mutexOf(record).held;
  }

  /** As `Mutex.withLock`, for a record. */
  withLock<Result>(
    record: number,
    action: (guard: LockGuard) => Result,
    options: LockOptions = {},
  ): Result {
    return this.#mutexOf(record).withLock(action, options);
  }

  /** As `Mutex.withLockAsync`, for a record. */
  withLockAsync<Result>(
    record: number,
    action: (guard: LockGuard) => Result | Promise<Result>,
    options: LockOptions = {},
  ): Promise<Result> {
    return this.#mutexOf(record).withLockAsync(action, options);
  }

  /**
   * Takes the locks of several records, in the order of their stripes, each stripe once.
   *
   * @param options.timeoutMs For each stripe.
   * @returns What holds all of them; its `ownerDied` is true if that of any is.
   * @throws As {@link lock}; none is held then.
   */
  lockAll(records: Iterable<number>, options: LockOptions = {}): LockGuard {
    const guards: LockGuard[] = [];
    try {
      for (const mutex of this.#mutexesOf(records)) {
        guards.push(mutex.lock(options));
      }
    } catch (error) {
      unlockAll(guards);
      throw error;
    }
    return joinGuards(guards);
  }

  /** As {@link lockAll}, while the event loop of the thread goes on. */
  async lockAllAsync(
    records: Iterable<number>,
    options: LockOptions = {},
  ): Promise<LockGuard> {
    const guards: LockGuard[] = [];
    try {
      for (const mutex of this.#mutexesOf(records)) {
        guards.push(await mutex.lockAsync(options));
      }
    } catch (error) {
      unlockAll(guards);
      throw error;
    }
    return joinGuards(guards);
  }

  #mutexesOf(records: Iterable<number>): Mutex[] {
    const stripes = new Set<number>();
    for (const record of records) stripes.add(this.stripeOf(record));
    return [...stripes].sort((left, right) => left - right).map((stripe) =>
      this.#mutexAt(stripe)
    );
  }

  #mutexOf(record: number): Mutex {
    return this.#mutexAt(this.stripeOf(record));
  }

  #mutexAt(stripe: number): Mutex {
    const index = this.#first + stripe * STRIPE_CELLS;
    return this.#stripes[stripe] ??= new Mutex(
      this.#cells,
      index,
      this.#setup,
    );
  }
}

function joinGuards(guards: readonly LockGuard[]): LockGuard {
  const ownerDied = guards.some((guard) => guard.ownerDied);
  return new LockGuard(ownerDied, () => unlockAll(guards));
}

function unlockAll(guards: readonly LockGuard[]): void {
  for (const guard of guards.toReversed()) guard.unlock();
}
