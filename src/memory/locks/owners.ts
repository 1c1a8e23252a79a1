/**
 * Who holds locks: numbers for threads, and whether the thread behind a number may still run.
 *
 * A lock's cell shows its owner's number, so that another thread can find out that the owner died and
 * take the lock over. There are three kinds of numbers, of 31 bits:
 *
 * ```text
 * 1 ssssssss nnnnnnnnnnnnnnnnnnnnnn   a thread of the operating system: stamp, number
 * 0 1 ggggggggggggggggggg pppppppppp   a place in a LockOwners table: generation, place
 * 0 0 rrrrrrrrrrrrrrrrrrrrrrrrrrrrr   nothing is known of the thread: random
 * ```
 *
 * Of the first kind, every process that sees the thread in `/proc` finds out by itself. Of the second,
 * somebody says so who knows, a thread that started it. Of the third, nobody ever does.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../../errors.ts";
import {
  currentThread,
  hasThreadEnded,
  THREAD_NUMBER_BITS,
  THREAD_STAMP_BITS,
  type ThreadIdentity,
} from "../../platform/threads.ts";
import { checkCells } from "./checks.ts";

/** A thread that holds locks. */
export interface LockOwner {
  /** What a lock that it holds shows, `0 < id < 2**31`: differs for threads that run at the same time. */
  readonly id: number;
  /**
   * Whether the thread with a number may still run: true as well where that is not known.
   *
   * Once false, it stays so; and it is false only if the thread will never touch again what a lock guards.
   */
  isAlive(id: number): boolean;
}

const THREAD_KIND = 1 << 30;
const PLACE_KIND = 1 << 29;
const PLACE_BITS = 10;
const PLACES_MAX = 1 << PLACE_BITS;
const GENERATIONS = 1 << (29 - PLACE_BITS);

function idOfThread({ number, stamp }: ThreadIdentity): number {
  return THREAD_KIND | (stamp << THREAD_NUMBER_BITS) | number;
}

function threadOfId(id: number): ThreadIdentity {
  return {
    number: id & (2 ** THREAD_NUMBER_BITS - 1),
    stamp: (id >>> THREAD_NUMBER_BITS) & (2 ** THREAD_STAMP_BITS - 1),
  };
}

/** How long a thread that was found running is taken to run, in ms: to ask takes 15 to 30 us. */
const TRUST_MS = 2;

/** The thread that was asked about last. */
const asked = { id: 0, at: -Infinity };

/** True also for 0 and for numbers of other kinds, of which nothing is known. */
function isThreadAlive(id: number): boolean {
  if ((id & THREAD_KIND) === 0) return true;
  const now = performance.now();
  if (asked.id === id && now - asked.at < TRUST_MS) return true;
  if (hasThreadEnded(threadOfId(id))) return false;
  asked.id = id;
  asked.at = now;
  return true;
}

let own: LockOwner | undefined;

/**
 * The calling thread as an owner of locks, by what the operating system knows of it.
 *
 * On Linux, threads of all processes that see each other (of one PID namespace: not those of several
 * containers) find out when it has ended, however it did. Elsewhere, and on Deno without `--allow-all`,
 * nobody does: a lock that it holds when it dies stays held.
 *
 * @returns The same one at each call in a thread.
 */
export function threadOwner(): LockOwner {
  if (own !== undefined) return own;
  const thread = currentThread();
  const id = thread === undefined ? randomId() : idOfThread(thread);
  return own = { id, isAlive: isThreadAlive };
}

function randomId(): number {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return (bits & (PLACE_KIND - 1)) || 1;
}

const PlaceCell = {
  /**
   * `2 * generation`, one more while the place is taken. It only grows, so an exchange that succeeds hits
   * the owner that was meant.
   */
  State: 0,
  /** Number of the owner's thread; 0 if it is not known. Always 0 when the place is about to be taken. */
  Thread: 1,
  End: 2,
} as const;

/**
 * A table of the threads that use some locks, in cells beside the locks.
 *
 * It serves where the operating system says nothing of threads, or not enough: the thread that starts
 * others gives each a number, and says when it died.
 *
 * ```ts
 * // The thread that starts the others:
 * const owners = new LockOwners(cells, 0, { capacity: 8 });
 * const id = owners.assign();
 * worker.postMessage({ cells, id });
 * worker.on("exit", () => owners.markDead(id));
 *
 * // Each of the others:
 * const mutex = new Mutex(cells, LockOwners.cellCount(8), { owner: owners.adopt(id) });
 * ```
 *
 * A place is given again when its owner died or left; locks that it still holds are then found to be a
 * dead owner's, as their number has an older generation (of which there are 2^19).
 */
export class LockOwners {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #first: number;
  /** How many owners there can be at a time. */
  readonly capacity: number;

  /**
   * Sees a table. Cells that are all zero are an empty one.
   *
   * @param cells The shared cells that hold it.
   * @param index Index in `cells` of its first cell.
   * @param options.capacity How many owners there can be at a time, 1 to 1,024; 64 if not given.
   * @throws {TypeError} If `cells` is no `Int32Array` of shared memory.
   * @throws {RangeError} If the table does not lie in `cells`, or the capacity is not allowed.
   */
  constructor(
    cells: Int32Array<SharedArrayBuffer>,
    index = 0,
    options: { readonly capacity?: number } = {},
  ) {
    const { capacity = CAPACITY } = options;
    checkCells(cells, index, LockOwners.cellCount(capacity), "owners of locks");
    this.#cells = cells;
    this.#first = index;
    this.capacity = capacity;
  }

  /**
   * Counts the cells that a table takes.
   *
   * @throws {RangeError} If the capacity is not 1 to 1,024.
   */
  static cellCount(capacity: number = CAPACITY): number {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > PLACES_MAX) {
      throw new RangeError(
        `Cannot lay out owners of locks as their capacity must be an integer from 1 to ${PLACES_MAX}: received ${capacity}`,
      );
    }
    return capacity * PlaceCell.End;
  }

  /**
   * Gives the calling thread a place.
   *
   * @throws {SabmapError} `ERR_LOCKED` if all places are taken by owners that are not known to have died.
   */
  join(): LockOwner {
    return this.adopt(this.assign());
  }

  /**
   * Gives a place to a thread that will {@link adopt} it.
   *
   * Until it does, it counts as alive as long as the calling thread does.
   *
   * @returns The number of the owner.
   * @throws {SabmapError} As {@link join}.
   */
  assign(): number {
    for (let place = 0; place < this.capacity; place++) {
      const id = this.#claim(place);
      if (id !== 0) return id;
    }
    throw new SabmapError(
      ErrorCode.Locked,
      `all ${this.capacity} places for owners of locks are taken`,
    );
  }

  /** @returns The number of the place's new owner, 0 if it is taken. */
  #claim(place: number): number {
    const at = this.#first + place * PlaceCell.End;
    const state = this.#load(at + PlaceCell.State);
    const thread = this.#load(at + PlaceCell.Thread);
    const taken = (state & 1) !== 0;
    if (taken && isThreadAlive(thread)) return 0;
    const free = state & ~1;
    if (taken && !this.#exchange(at + PlaceCell.State, state, free)) return 0;
    // Or the new owner would look dead until its own thread's number is there.
    if (thread !== 0) this.#exchange(at + PlaceCell.Thread, thread, 0);
    const next = (free + 2) & STATE_MASK | 1;
    // SAFETY: only the caller whose exchange succeeds gets the place, and no other changes `Thread` now.
    if (!this.#exchange(at + PlaceCell.State, free, next)) return 0;
    this.#setThread(at);
    return idOfPlace(place, next);
  }

  /** Tells who can be asked whether the owner is alive: the calling thread. */
  #setThread(at: number): void {
    const { id } = threadOwner();
    const known = (id & THREAD_KIND) !== 0;
    Atomics.store(this.#cells, at + PlaceCell.Thread, known ? id : 0);
  }

  /**
   * Makes the calling thread the owner with a number that {@link assign} gave.
   *
   * @throws {RangeError} If the number is not that of an owner in this table who is alive.
   */
  adopt(id: number): LockOwner {
    const at = this.#placeOf(id);
    if (at < 0 || !this.#isTaken(at, id)) {
      throw new RangeError(
        `Cannot adopt an owner of locks as its number must be one that was assigned: received ${id}`,
      );
    }
    this.#setThread(at);
    return { id, isAlive: (other) => this.isAlive(other) };
  }

  /**
   * Says that an owner has died, or will hold no lock any more, and gives its place free.
   *
   * Others take over what it still holds from now on; so call it for a thread that was terminated when
   * it has ended, as far as the runtime tells. Does nothing if the owner is dead already.
   */
  markDead(id: number): void {
    const at = this.#placeOf(id);
    if (at < 0) return;
    const state = stateOfId(id);
    this.#exchange(at + PlaceCell.State, state, state & ~1);
  }

  /** As `LockOwner.isAlive`, for owners of this table and for threads that are in none. */
  isAlive(id: number): boolean {
    const at = this.#placeOf(id);
    if (at < 0) return isThreadAlive(id);
    const thread = this.#load(at + PlaceCell.Thread);
    return this.#isTaken(at, id) && isThreadAlive(thread);
  }

  /** @returns Index of the first cell of the owner's place, -1 if the number is of no owner in this table. */
  #placeOf(id: number): number {
    const place = id & (PLACES_MAX - 1);
    const isPlace = (id & THREAD_KIND) === 0 && (id & PLACE_KIND) !== 0;
    if (!isPlace || place >= this.capacity) return -1;
    return this.#first + place * PlaceCell.End;
  }

  #isTaken(at: number, id: number): boolean {
    return this.#load(at + PlaceCell.State) === stateOfId(id);
  }

  #load(index: number): number {
    return Atomics.load(this.#cells, index);
  }

  #exchange(index: number, expected: number, value: number): boolean {
    return Atomics.compareExchange(this.#cells, index, expected, value) ===
      expected;
  }
}

/** How many owners a table has places for, if not said. */
const CAPACITY = 64;

/** The bits of a state that count: those of a generation, and whether the place is taken. */
const STATE_MASK = 2 * GENERATIONS - 1;

/** What the state of the owner's place is as long as it has it. */
function stateOfId(id: number): number {
  return (((id & ~PLACE_KIND) >>> PLACE_BITS) << 1) | 1;
}

function idOfPlace(place: number, state: number): number {
  return PLACE_KIND | ((state >>> 1) << PLACE_BITS) | place;
}
