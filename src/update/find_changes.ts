/**
 * Finding what a job has changed in a segment, by comparing it with what it was.
 *
 * @module
 */
import { type DifferenceKernels, PAGE_BYTES } from "../kernels/difference.ts";

/** Takes bytes that were changed: so many at an offset of the file, which were at `old` and are at `next` in the arena. */
export type TakeChange = (
  offset: number,
  byteLength: number,
  old: number,
  next: number,
) => void;

/**
 * Finds what differs in a range, in order.
 *
 * @param offset In the file.
 * @param old Address of what the bytes were.
 * @param next Address of what they are.
 * @returns How many bytes differ; or how many pages have bytes that do, where bytes are not counted.
 */
export type FindChanges = (
  offset: number,
  byteLength: number,
  old: number,
  next: number,
  take: TakeChange,
) => number;

/** Finds places: changed bytes with fewer than 16 others between them. */
export function placeFinder(kernels: DifferenceKernels): FindChanges {
  return (offset, byteLength, old, next, take) => {
    let changed = 0;
    for (let at = 0;;) {
      at += kernels.firstDifference(old + at, next + at, byteLength - at);
      if (at >= byteLength) return changed;
      const length = kernels.placeEnd(old + at, next + at, byteLength - at);
      changed += kernels.countDifferences(old + at, next + at, length);
      take(offset + at, length, old + at, next + at);
      at += length;
    }
  };
}

/**
 * Finds runs of pages that all have changes, from the first byte that differs in a run to the last: what is written
 * with one call.
 *
 * Runs that bridge a page without changes would take other processes' changes of it back; shorter ones would take
 * more calls.
 *
 * @param counts Whether to count the bytes that differ.
 */
export function pageFinder(
  kernels: DifferenceKernels,
  counts: boolean,
): FindChanges {
  return (offset, byteLength, old, next, take) => {
    let changed = 0;
    for (let at = 0;;) {
      at += kernels.firstDifference(old + at, next + at, byteLength - at);
      if (at >= byteLength) return changed;
      // The pages are those of the file.
      const pages = kernels.changedPagesEnd(
        old + at,
        next + at,
        byteLength - at,
        PAGE_BYTES - (offset + at) % PAGE_BYTES,
      );
      const length = kernels.differenceEnd(old + at, next + at, pages);
      changed += counts
        ? kernels.countDifferences(old + at, next + at, length)
        : Math.ceil(pages / PAGE_BYTES);
      take(offset + at, length, old + at, next + at);
      at += pages;
    }
  };
}
