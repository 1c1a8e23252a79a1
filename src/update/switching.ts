/**
 * Reading and comparing segments, or mapping them: whichever is faster for the job, as its first segments show.
 *
 * To read, keep, compare and write costs 0.35 s of processor time a GiB where little of it changes, 0.55 where each
 * page does. A shared mapping costs 0.1 s, and 1 to 4 microseconds more for each page that is stored into: with large
 * folios in the page cache 0.45 s where each page is, without them over a second (Bun 1.4, two shared cores of a
 * Xeon, 2026-11-21). So few changed pages are left to a mapping.
 *
 * @module
 */
import type { Filler } from "../engine/fill.ts";
import type { ChangeTracker } from "./changes.ts";
import { PAGE_BYTES } from "../kernels/difference.ts";

/** Segments of a thread that are read before it decides. */
const LOOK_SEGMENTS = 4;

/** A mapping is faster where at most one page in so many changes. */
const FEW_PAGES = 4;

/** What a thread scans with. */
export interface TrackedFiller {
  readonly filler: Filler | undefined;
  readonly changes: ChangeTracker | undefined;
}

/**
 * Makes a filler that reads, and maps once it has seen that few pages change. It never goes back: a slot that
 * is mapped must not be read into.
 *
 * @param tracker Tells, as `bytesChanged`, how many pages had changes, since nobody counts the bytes.
 */
export function switching(
  read: Filler,
  map: Filler,
  tracker: ChangeTracker,
): Required<TrackedFiller> {
  const kept = tracker.follow(read) ?? read;
  let isMapped = false, segments = 0, pages = 0;
  const decide = (): boolean =>
    isMapped ||= segments >= LOOK_SEGMENTS &&
      tracker.bytesChanged * FEW_PAGES <= pages;
  const filler: Filler = {
    fill(range, address) {
      (decide() ? map : kept).fill(range, address);
      segments++;
      pages += Math.ceil((range.end - range.start) / PAGE_BYTES);
    },
    fillMore(range, address) {
      // A mapping has its neighbours from the start.
      if (!isMapped) kept.fillMore(range, address);
    },
    close() {
      read.close();
      map.close();
    },
  };
  const changes: ChangeTracker = {
    bytesChanged: 0,
    // It follows the reader already.
    follow: () => filler,
    begin: (range) => isMapped ? undefined : tracker.begin(range),
    end: (range) => isMapped ? undefined : tracker.end(range),
    close: () => tracker.close(),
  };
  return { filler, changes };
}
