/**
 * Reading and comparing segments, or mapping them: whichever is faster for the job, as its first segments show.
 *
 * @module
 */
import type { Filler } from "../engine/fill.ts";
import type { MapFiller } from "../engine/map_filler.ts";
import type { ByteRange } from "../errors.ts";
import { GRANULE_BYTES } from "../memory/arena.ts";
import { PAGE_BYTES } from "../kernels/difference.ts";
import type { ChangeTracker, TrackedRange } from "./changes.ts";
import type { EditBlock } from "./edit_block.ts";
import type { Way, WayChooser } from "./way_chooser.ts";

/** What a thread scans with. */
export interface TrackedFiller {
  readonly filler: Filler | undefined;
  readonly changes: ChangeTracker | undefined;
}

/** What a thread has to choose between. */
export interface SwitchingParts {
  /** Absent where segments are to be mapped in any case. */
  readonly read: Filler | undefined;
  readonly map: MapFiller;
  /** Tells, as `bytesChanged`, how many pages had changes, since nobody counts the bytes. */
  readonly tracker: ChangeTracker;
  readonly chooser: WayChooser;
}

/** Makes a filler that reads or maps, claim by claim. */
export function switching(parts: SwitchingParts): Required<TrackedFiller> {
  const filler = new SwitchingFiller(parts);
  return { filler, changes: filler.changes };
}

class SwitchingFiller implements Filler {
  readonly changes: ChangeTracker;
  readonly #read: Filler | undefined;
  readonly #map: MapFiller;
  readonly #tracker: ChangeTracker;
  readonly #chooser: WayChooser;
  #way: Way = "read";
  /** Whether the claim is looked at, page by page. */
  #looks = false;
  /** Of the claim so far. */
  #byteLength = 0;
  #elapsedMs = 0;
  #pages = 0;
  #pagesChangedBefore = 0;
  #scanStarted = 0;

  constructor({ read, map, tracker, chooser }: SwitchingParts) {
    this.#read = read && (tracker.follow(read) ?? read);
    this.#map = map;
    this.#tracker = tracker;
    this.#chooser = chooser;
    this.changes = {
      bytesChanged: 0,
      // It follows the reader already.
      follow: () => this,
      begin: (range) => this.#begin(range),
      end: (range) => this.#end(range),
      close: () => tracker.close(),
    };
  }

  claimBytesMax(): number {
    this.#settle();
    return this.#chooser.byteLengthMax;
  }

  addressIn(slot: number, start: number): number {
    return this.#way === "read"
      ? slot + start % GRANULE_BYTES
      : this.#map.addressIn(slot, start);
  }

  fillClaim(range: ByteRange, slot: number): number | undefined {
    this.#looks = this.#chooser.looks;
    const started = performance.now();
    const address = this.#fillClaim(range, slot);
    this.#elapsedMs += performance.now() - started;
    return address;
  }

  fill(range: ByteRange, address: number): void {
    const started = performance.now();
    this.#read?.fill(range, address);
    this.#elapsedMs += performance.now() - started;
  }

  fillMore(range: ByteRange, address: number): void {
    // A mapping has its neighbours from the start.
    if (this.#way === "read") this.#read?.fillMore(range, address);
  }

  close(): void {
    this.#read?.close();
    this.#map.close();
  }

  #fillClaim(range: ByteRange, slot: number): number | undefined {
    this.#way = this.#chooser.way;
    if (this.#way === "stores") {
      const address = this.#map.fillForStores(range, slot);
      if (address !== undefined) return address;
      // The file was cut off, or the disk is full: whoever reads or writes is told so, and not killed.
      this.#chooser.refuseStores();
      this.#way = this.#chooser.way;
    }
    if (this.#way === "loads") return this.#map.fillClaim(range, slot);
    // What is read into a mapping would be in the file.
    this.#map.unmap();
    return undefined;
  }

  #begin(range: TrackedRange): void {
    this.#scanStarted = performance.now();
    if (this.#way === "read" || this.#looks) this.#tracker.begin(range);
  }

  #end(range: TrackedRange): EditBlock | undefined {
    const isTracked = this.#way === "read" || this.#looks;
    const block = isTracked ? this.#tracker.end(range) : undefined;
    this.#elapsedMs += performance.now() - this.#scanStarted;
    this.#byteLength += range.byteLength;
    this.#pages += Math.ceil(range.byteLength / PAGE_BYTES);
    return block;
  }

  /** Tells the chooser of the last claim. */
  #settle(): void {
    if (this.#byteLength === 0) return;
    const { bytesChanged } = this.#tracker;
    this.#chooser.note({
      way: this.#way,
      byteLength: this.#byteLength,
      elapsedMs: this.#elapsedMs,
      pages: this.#pages,
      pagesChanged: bytesChanged - this.#pagesChangedBefore,
    });
    this.#pagesChangedBefore = bytesChanged;
    this.#byteLength = this.#elapsedMs = this.#pages = 0;
  }
}
