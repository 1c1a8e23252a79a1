/**
 * A lock that many threads hold to read, or one to write.
 *
 * ```text
 * gate       the writer that writes, or waits for the readers to leave (see cell.ts)
 * reader 0   the number of a reader, 0 if the place is free
 * reader 1   ...
 * ```
 *
 * A reader puts its number into a place and then looks at the gate; a writer takes the gate and then looks
 * at the places. Atomics put all of these in one order, so at least one of two sees the other: the reader
 * leaves again, or the writer waits. Whoever waits for a writer waits at the gate, which a writer takes
 * whatever readers there are, so readers that come and go cannot keep it away.
 *
 * Each reader has a place rather than a share in a count, so that one that died can be told and cleared
 * away. A writer that died stays in the gate: readers that find out go in past it, each told so, until
 * the next writer takes the gate over.
 *
 * @module
 */
import { LockCell, ownerIn } from "./cell.ts";
import { checkCells, checkLockOptions, type LockOptions } from "./checks.ts";
import { callHolding, callHoldingAsync, LockGuard } from "./guard.ts";
import { type LockOwner, threadOwner } from "./owners.ts";
import { ReaderPlaces } from "./reader_places.ts";
import { type LockSteps, waitFor, waitForAsync } from "./wait.ts";
import { heldAlready, type LockSetup, notHeld } from "./mutex.ts";

/** How many can read at a time, if not said: with the gate, the cells fill two cache lines. */
const READERS = 31;

/**
 * A lock that many threads hold to read, or one to write; over cells that are 0 to begin with.
 *
 * Writers come first: as soon as one waits, no new reader gets in; so readers wait as long as there are
 * writers. A thread holds the lock once, either way: one that reads cannot begin to write.
 *
 * A thread that dies while it holds the lock does not hang the others, as with a {@link Mutex}. After a
 * writer died, `ownerDied` is true for all who get the lock until another writer had it, which is the one
 * to repair; readers may look, at what may be half changed. Readers that died leave no trace.
 *
 * @example
 * ```ts
 * import { RwLock } from "sabmap";
 *
 * const counts = new Float64Array(new SharedArrayBuffer(80));
 * const lock = new RwLock(
 *   new Int32Array(new SharedArrayBuffer(4 * RwLock.cellCount())),
 * );
 * lock.withWriteLock(() => counts.fill(1));
 * const sum = lock.withReadLock(() => counts.reduce((all, one) => all + one));
 * ```
 */
export class RwLock {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #gate: LockCell;
  readonly #owner: LockOwner;
  readonly #places: ReaderPlaces;
  /** What this thread holds the lock by, by the index of its cell: the gate's or that of a place. */
  readonly #guards: Map<number, LockGuard> = new Map();
  /** The last writer that was found to have died; the dead stay dead. */
  #deadWriter = 0;

  /**
   * Sees a lock. All threads that use it give the same count of readers.
   *
   * @param cells The shared cells that hold it.
   * @param index Index in `cells` of its first cell.
   * @param options.readers How many can read at a time; 31 if not given. One more waits for a place.
   * @throws {TypeError} If `cells` is no `Int32Array` of shared memory.
   * @throws {RangeError} If the count is not allowed, or the cells are too few.
   */
  constructor(
    cells: Int32Array<SharedArrayBuffer>,
    index = 0,
    options: LockSetup & { readonly readers?: number } = {},
  ) {
    const { readers = READERS, owner = threadOwner() } = options;
    checkCells(cells, index, RwLock.cellCount(readers), "a RwLock");
    this.#cells = cells;
    this.#owner = owner;
    this.#gate = new LockCell(cells, index, owner);
    this.#places = new ReaderPlaces(cells, index + 1, readers, owner);
  }

  /**
   * Counts the cells that a lock for so many readers takes.
   *
   * @throws {RangeError} If it is not 1 to 1,024.
   */
  static cellCount(readers: number = READERS): number {
    if (!Number.isInteger(readers) || readers < 1 || readers > 1024) {
      throw new RangeError(
        `Cannot make a RwLock as its readers must be an integer from 1 to 1024: received ${readers}`,
      );
    }
    return 1 + readers;
  }

  /** How the calling thread holds the lock; to read: by this object. */
  get held(): "read" | "write" | undefined {
    if (this.#gate.isOwn) return "write";
    return this.#heldPlace() === undefined ? undefined : "read";
  }

  /**
   * Takes the lock for reading; sleeps while a writer has it or waits for it.
   *
   * @throws {TypeError} If the calling thread holds it already: it might wait for itself.
   * @throws {SabmapError} `ERR_LOCKED` if it does not become free in time.
   * @throws {RangeError} If `timeoutMs` is no time to wait.
   */
  lockRead(options: LockOptions = {}): LockGuard {
    checkLockOptions(options);
    this.#refuseRecursion();
    const entered = this.#enter(false) ??
      waitFor(this.#cells, this.#readSteps(), options);
    return this.#hold(entered);
  }

  /**
   * Takes the lock for reading, while the event loop of the thread goes on.
   *
   * Unlike {@link lockRead}, it waits where another task of the thread writes, and reads with one that reads.
   *
   * @throws {SabmapError} `ERR_LOCKED` if it does not become free in time.
   * @throws {RangeError} If `timeoutMs` is no time to wait.
   */
  async lockReadAsync(options: LockOptions = {}): Promise<LockGuard> {
    checkLockOptions(options);
    const steps = this.#readSteps();
    return this.#hold(await waitForAsync(this.#cells, steps, options));
  }

  /** Takes the lock for reading if nobody alive writes. @returns `undefined` if one does. @throws As {@link lockRead}. */
  tryLockRead(): LockGuard | undefined {
    this.#refuseRecursion();
    const entered = this.#enter(true);
    return entered === undefined ? undefined : this.#hold(entered);
  }

  /**
   * Takes the lock for writing; sleeps while another thread holds it.
   *
   * @throws {TypeError} If the calling thread holds it already: it would wait for itself.
   * @throws {SabmapError} `ERR_LOCKED` if it does not become free in time.
   * @throws {RangeError} If `timeoutMs` is no time to wait.
   */
  lockWrite(options: LockOptions = {}): LockGuard {
    checkLockOptions(options);
    this.#refuseRecursion();
    const taken = this.#gate.take();
    if (taken && this.#places.clear(false) === undefined) {
      return this.#hold({ index: this.#gate.index, died: 0 });
    }
    const steps = this.#writeSteps(taken);
    return this.#hold(waitFor(this.#cells, steps, options));
  }

  /**
   * Takes the lock for writing, while the event loop of the thread goes on.
   *
   * Unlike {@link lockWrite}, it waits where another task of the thread holds the lock.
   *
   * @throws {SabmapError} `ERR_LOCKED` if it does not become free in time.
   * @throws {RangeError} If `timeoutMs` is no time to wait.
   */
  async lockWriteAsync(options: LockOptions = {}): Promise<LockGuard> {
    checkLockOptions(options);
    const steps = this.#writeSteps(this.#gate.take());
    return this.#hold(await waitForAsync(this.#cells, steps, options));
  }

  /** Takes the lock for writing if nobody alive holds it. @returns `undefined` if one does. @throws As {@link lockWrite}. */
  tryLockWrite(): LockGuard | undefined {
    this.#refuseRecursion();
    const free = this.#gate.take();
    const died = free ? 0 : this.#gate.takeOver();
    if (!free && died === 0) return undefined;
    if (this.#places.clear(true) === undefined) {
      return this.#hold({ index: this.#gate.index, died });
    }
    this.#gate.release(Infinity, died);
    return undefined;
  }

  /**
   * Gives the lock free, which the calling thread holds either way.
   *
   * @throws {TypeError} If it does not.
   */
  unlock(): void {
    this.#release(this.#heldPlace() ?? this.#gate.index);
  }

  /** As `Mutex.withLock`, holding the lock for reading. */
  withReadLock<Result>(
    action: (guard: LockGuard) => Result,
    options: LockOptions = {},
  ): Result {
    return callHolding(this.lockRead(options), action);
  }

  /** As `Mutex.withLockAsync`, holding the lock for reading. */
  async withReadLockAsync<Result>(
    action: (guard: LockGuard) => Result | Promise<Result>,
    options: LockOptions = {},
  ): Promise<Result> {
    return await callHoldingAsync(await this.lockReadAsync(options), action);
  }

  /** As `Mutex.withLock`, holding the lock for writing. */
  withWriteLock<Result>(
    action: (guard: LockGuard) => Result,
    options: LockOptions = {},
  ): Result {
    return callHolding(this.lockWrite(options), action);
  }

  /** As `Mutex.withLockAsync`, holding the lock for writing. */
  async withWriteLockAsync<Result>(
    action: (guard: LockGuard) => Result | Promise<Result>,
    options: LockOptions = {},
  ): Promise<Result> {
    return await callHoldingAsync(await this.lockWriteAsync(options), action);
  }

  *#readSteps(): LockSteps<Entered> {
    for (let suspicious = false;;) {
      const entered = this.#enter(suspicious);
      if (entered !== undefined) return entered;
      const seen = this.#gate.announceWaiter();
      const sleep = seen === 0
        ? this.#places.fullness
        : { index: this.#gate.index, seen };
      // Otherwise what was in the way is gone.
      if (sleep !== undefined) suspicious = yield sleep;
    }
  }

  /** Goes in to read. @param suspicious Whether to ask if who is in the way is alive. */
  #enter(suspicious: boolean): Entered | undefined {
    const writer = ownerIn(this.#gate.seen);
    if (suspicious && writer !== 0 && !this.#owner.isAlive(writer)) {
      this.#deadWriter = writer;
    }
    const isOpen = writer === 0 || writer === this.#deadWriter;
    const index = isOpen ? this.#places.take(suspicious) : -1;
    if (index < 0) return undefined;
    // SAFETY: this thread stored its number and looks at the gate then; a writer does it the other way
    // round. So either it is seen here, or this thread is seen by it.
    if (ownerIn(this.#gate.seen) === writer) return { index, died: writer };
    this.#leave(index);
    return undefined;
  }

  /** @param taken Whether the gate is the calling thread's already. */
  *#writeSteps(taken: boolean): LockSteps<Entered> {
    const died = taken ? 0 : yield* this.#gate.steps();
    try {
      for (let suspicious = false;;) {
        const reader = this.#places.clear(suspicious);
        if (reader === undefined) return { index: this.#gate.index, died };
        suspicious = yield reader;
      }
    } catch (error) {
      // The next writer is to hear of the death, too.
      this.#gate.release(Infinity, died);
      throw error;
    }
  }

  #hold({ index, died }: Entered): LockGuard {
    const guard = new LockGuard(died !== 0, (released) => {
      if (this.#guards.get(index) === released) this.#release(index);
    });
    this.#guards.set(index, guard);
    return guard;
  }

  #release(index: number): void {
    const holder = ownerIn(Atomics.load(this.#cells, index));
    if (holder !== this.#owner.id) throw notHeld("RwLock", holder);
    this.#guards.delete(index);
    // Readers as well as writers wait at the gate.
    if (index === this.#gate.index) this.#gate.release(Infinity);
    else this.#leave(index);
  }

  #leave(index: number): void {
    this.#places.leave(index);
    // SAFETY: a writer takes the gate before it looks at the places, so one that saw this reader is seen.
    if (this.#gate.seen !== 0) Atomics.notify(this.#cells, index);
  }

  /** @returns Index of the cell by which this object reads. */
  #heldPlace(): number | undefined {
    for (const index of this.#guards.keys()) {
      if (index !== this.#gate.index) return index;
    }
    return undefined;
  }

  #refuseRecursion(): void {
    if (this.held !== undefined) throw heldAlready("RwLock");
  }
}

/** By what a thread holds the lock, and what it found there. */
interface Entered {
  /** Index of the cell that shows its number. */
  readonly index: number;
  /** The number of a writer that died with the lock, 0 if none did. */
  readonly died: number;
}
