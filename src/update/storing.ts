/**
 * A file that is mapped to be changed: pages are brought in for loads or for stores, as its first segments show.
 *
 * @module
 */
import type { Filler } from "../engine/fill.ts";
import type { MapFiller } from "../engine/map_filler.ts";
import type { ByteRange } from "../errors.ts";
import { HUGE_PAGE_BYTES } from "../memory/arena.ts";
import { PAGE_BYTES } from "../kernels/difference.ts";
import type { ChangeTracker, TrackedFiller, TrackedRange } from "./changes.ts";

/** So much is looked at, by each thread, before anything is decided. */
const LOOK_BYTES = HUGE_PAGE_BYTES;

/** Pages are brought in for stores where at most one in so many does not change: it will be written back as well. */
const MOST_PAGES = 8;

/**
 * Makes a filler that learns how to bring pages in.
 *
 * For loads, a page that is stored into costs a fault of its own. For stores, all of them are told to change.
 *
 * @param tracker Tells, as `bytesChanged`, how many pages had changes, since nobody counts the bytes.
 * @param mayStore Whether pages may be brought in for stores before any is stored into, which fills holes.
 */
export function storing(
  map: MapFiller,
  tracker: ChangeTracker,
  mayStore: boolean,
): Required<TrackedFiller> {
  const filler = new StoringFiller(map, tracker, mayStore);
  return { filler, changes: filler.changes };
}

class StoringFiller implements Filler {
  readonly changes: ChangeTracker;
  readonly #map: MapFiller;
  readonly #tracker: ChangeTracker;
  #mayStore: boolean;
  /** Whether the claim is looked at, page by page. */
  #looks = false;
  #lookedBytes = 0;

  constructor(map: MapFiller, tracker: ChangeTracker, mayStore: boolean) {
    this.#map = map;
    this.#tracker = tracker;
    this.#mayStore = mayStore;
    this.changes = {
      bytesChanged: 0,
      // What is mapped is followed by nobody.
      follow: (filler) => filler,
      begin: (range) => this.#begin(range),
      end: (range) => this.#end(range),
      close: () => tracker.close(),
    };
  }

  claimBytesMax(): number {
    return this.#lookedBytes < LOOK_BYTES ? LOOK_BYTES : Infinity;
  }

  addressIn(slot: number, start: number): number {
    return this.#map.addressIn(slot, start);
  }

  fillClaim(range: ByteRange, slot: number): number | undefined {
    this.#looks = this.#lookedBytes < LOOK_BYTES;
    if (this.#mayStore && (this.#looks || this.#changesMost())) {
      const address = this.#map.fillForStores(range, slot);
      if (address !== undefined) return address;
      // The file was cut off, or the disk is full: whoever loads is told so, and not killed.
      this.#mayStore = false;
    }
    return this.#map.fillClaim(range, slot);
  }

  fill(range: ByteRange, address: number): void {
    this.#map.fill(range, address);
  }

  fillMore(): void {
    this.#map.fillMore();
  }

  close(): void {
    this.#map.close();
  }

  #changesMost(): boolean {
    const pages = Math.ceil(this.#lookedBytes / PAGE_BYTES);
    return (pages - this.#tracker.bytesChanged) * MOST_PAGES <= pages;
  }

  #begin(range: TrackedRange): void {
    if (this.#looks) this.#tracker.begin(range);
  }

  #end(range: TrackedRange): undefined {
    if (!this.#looks) return;
    this.#tracker.end(range);
    this.#lookedBytes += range.byteLength;
  }
}
