/**
 * Storing the elements of one extent into another.
 *
 * @module
 */
import type { Extent } from "./extent.ts";
import { isSameFormat } from "./format.ts";
import { asRun, gather, scatter } from "./rows.ts";

/**
 * Stores elements, which may overlap with those that they come from.
 *
 * @param strict Whether codes must be the same, so that `q` is not `l`, or only what elements are.
 * @throws {TypeError} If formats differ.
 * @throws {RangeError} If shapes differ.
 */
export function assign(target: Extent, source: Extent, strict: boolean): void {
  requireSameElements(target, source, strict);
  // Into a single run of bytes, `set()` copies as if by way of another place.
  const direct = target.isContiguousC && source.isContiguousC;
  scatter(target, direct ? asRun(source) : gather(source));
}

/** @throws {TypeError|RangeError} As {@link assign} does. */
function requireSameElements(
  target: Extent,
  source: Extent,
  strict: boolean,
): void {
  const alike = isSameFormat(target.format, source.format) ||
    (!strict && target.format.kind !== undefined &&
      target.format.kind === source.format.kind);
  if (!alike) {
    throw new TypeError(
      `Cannot store elements of "${target.format.text}" as the source must have the same format: ` +
        `received "${source.format.text}"`,
    );
  }
  if (target.shape.join() === source.shape.join()) return;
  throw new RangeError(
    `Cannot store elements of the shape [${
      target.shape.join(", ")
    }] as the source must have the same: ` +
      `received [${source.shape.join(", ")}]`,
  );
}
