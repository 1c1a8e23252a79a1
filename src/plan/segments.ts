/**
 * Where the segments of a file lie. Pure arithmetic: nothing is stored.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import type { Plan } from "../plan.ts";

/**
 * Counts the segments of a range, each of which one worker will claim.
 *
 * Segments come in file order, do not overlap, and together cover `range`. Every
 * segment but the last is `segmentBytes` long and starts at a multiple of it.
 *
 * Allocates nothing: segment `i` is computed when it is claimed, not stored.
 *
 * @param range Bytes of the file, `0 <= start <= end <= 2**53 - 1`; `start` a multiple of `segmentBytes`.
 * @param segmentBytes Length of a segment, a power of two >= 64 KiB.
 * @returns How many segments there are; 0 when `range` is empty.
 */
export function countSegments(range: ByteRange, segmentBytes: number): number {
  return Math.ceil((range.end - range.start) / segmentBytes);
}

/** How a file is cut into segments. */
export type Cut = Pick<Plan, "segmentBytes" | "unitBytes" | "origin" | "end">;

/** Bytes of the file in segment `index`. */
export function segmentRange(index: number, cut: Cut): ByteRange {
  const { segmentBytes, unitBytes, origin, end = Infinity } = cut;
  if (unitBytes === undefined) {
    const start = origin + index * segmentBytes;
    return { start, end: Math.min(start + segmentBytes, end) };
  }
  const unitSegments = Math.ceil(unitBytes / segmentBytes);
  const unitStart = origin + Math.floor(index / unitSegments) * unitBytes;
  const start = unitStart + (index % unitSegments) * segmentBytes;
  const unitEnd = unitStart + unitBytes;
  return { start, end: Math.min(start + segmentBytes, unitEnd, end) };
}
