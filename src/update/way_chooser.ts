/**
 * How the segments of an update come to the job, as one thread finds out while it goes.
 *
 * @module
 */

/**
 * - `read`: into the slot, compared with what they were, and written where they differ.
 * - `loads`: mapped, pages brought in as loads need them. A page that is stored into costs a fault.
 * - `stores`: mapped, pages brought in for stores, which tells the kernel that all of them change.
 */
export type Way = "read" | "loads" | "stores";

/** What was seen of some segments. */
export interface Seen {
  readonly way: Way;
  readonly byteLength: number;
  /** From before they came until the job and the writing were done. */
  readonly elapsedMs: number;
  /** Pages, and how many of them changed; 0 and 0 where nobody looked. */
  readonly pages: number;
  readonly pagesChanged: number;
}

/** So much is looked at before anything is decided: whole huge pages. */
const LOOK_BYTES = 2 * 1024 ** 2;

/** And so much at a time is tried in two ways. */
const TRIAL_BYTES = 4 * 1024 ** 2;

/** Of each way. The better one counts: the other may have met with code that is not compiled, or another process. */
const TRIALS = 2;

/** Faults are cheaper than reading where at most one page in so many changes. */
const FEW_PAGES = 4;

/** Pages are brought in for stores where at most one in so many does not change: it will be written back as well. */
const MOST_PAGES = 8;

/**
 * Chooses the way.
 *
 * To read, keep, compare and write takes as long whatever the pages are. What a mapping takes depends on what the
 * page cache has: +1 on a word of every 32 bytes of 1 GiB took two threads of C 0.06 s where it has pages of 2 MiB, as
 * of a file that was just written, 0.2 where it has small ones, as of one that was read, and 0.07 to 0.09 with `pread`
 * and `pwrite` (EPYC, 2 cores, Linux 6.18, 2026-11-22). So both are tried where most pages change.
 */
export class WayChooser {
  readonly #mayRead: boolean;
  #mayStore: boolean;
  #pages = 0;
  #pagesChanged = 0;
  #lookedBytes = 0;
  /** Milliseconds for a byte, of each trial. */
  readonly #trials = { read: [] as number[], stores: [] as number[] };

  /**
   * @param mayRead Whether segments may be read; they are mapped from the start otherwise.
   * @param mayStore Whether pages may be brought in for stores.
   */
  constructor({ mayRead, mayStore }: { mayRead: boolean; mayStore: boolean }) {
    this.#mayRead = mayRead;
    this.#mayStore = mayStore;
  }

  /** Whether it is still to be seen how many pages change. */
  get looks(): boolean {
    return this.#lookedBytes < LOOK_BYTES;
  }

  /** The way of the next segments. */
  get way(): Way {
    const first = this.#mayRead ? "read" : "loads";
    if (this.looks) return this.#mayRead || !this.#mayStore ? first : "stores";
    if (this.#pagesChanged * FEW_PAGES <= this.#pages) return "loads";
    const unchanged = this.#pages - this.#pagesChanged;
    if (!this.#mayStore || unchanged * MOST_PAGES > this.#pages) return first;
    if (!this.#mayRead) return "stores";
    const { read, stores } = this.#trials;
    if (stores.length > read.length) return "read";
    if (stores.length < TRIALS) return "stores";
    return Math.min(...stores) < Math.min(...read) ? "stores" : "read";
  }

  /** How many bytes at most go that way before it is asked again. */
  get byteLengthMax(): number {
    if (this.looks) return LOOK_BYTES;
    return this.#isTrying ? TRIAL_BYTES : Infinity;
  }

  /** Takes note of what was seen. */
  note({ way, byteLength, elapsedMs, pages, pagesChanged }: Seen): void {
    if (this.looks) {
      this.#lookedBytes += byteLength;
      this.#pages += pages;
      this.#pagesChanged += pagesChanged;
    } else if (way !== "loads" && this.#isTrying) {
      this.#trials[way].push(elapsedMs / byteLength);
    }
  }

  /** Gives up on bringing pages in for stores. */
  refuseStores(): void {
    this.#mayStore = false;
  }

  get #isTrying(): boolean {
    return this.#mayRead && this.#mayStore && this.#trials.read.length < TRIALS;
  }
}
