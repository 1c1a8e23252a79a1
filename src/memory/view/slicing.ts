/**
 * Indices and slices of an extent, after CPython's `PySlice_AdjustIndices`.
 *
 * @module
 */
import type { Extent } from "./extent.ts";
import { requireInteger } from "./integer.ts";

/** Where a slice begins, how far it goes at a time, and how many it takes. */
export interface Slice {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/**
 * Bounds of a slice of `length` elements, as Python has them: negative ones count from the end, and
 * those beyond either end are moved to it.
 *
 * @throws {TypeError} If a bound is not an integer.
 * @throws {RangeError} If `step` is 0.
 */
export function sliceOf(
  length: number,
  start: number | undefined,
  end: number | undefined,
  step = 1,
): Slice {
  requireInteger(step, "Cannot slice a view as its step");
  if (step === 0) {
    throw new RangeError(
      "Cannot slice a view as its step must not be 0: received 0",
    );
  }
  // Going back, the least bound is in front of the first element, the greatest is the last element.
  const low = step < 0 ? -1 : 0;
  const high = length + low;
  const bound = (value: number) => {
    requireInteger(value, "Cannot slice a view as a bound");
    return Math.min(Math.max(value < 0 ? value + length : value, low), high);
  };
  const first = start === undefined ? (step < 0 ? high : low) : bound(start);
  const last = end === undefined ? (step < 0 ? low : high) : bound(end);
  const count = Math.max(0, Math.ceil((last - first) / step));
  return { start: first, step, length: count };
}

/**
 * A slice of the first dimension.
 *
 * @throws {TypeError} If there are no dimensions.
 */
export function sliceExtent(
  extent: Extent,
  start: number | undefined,
  end: number | undefined,
  step: number | undefined,
): Extent {
  const [length, ...lengths] = extent.shape;
  const [stride, ...strides] = extent.strides;
  if (length === undefined || stride === undefined) {
    throw new TypeError("Cannot slice a view as it has no dimensions");
  }
  const slice = sliceOf(length, start, end, step);
  return extent.with({
    // An empty slice stays inside of the bytes.
    byteOffset: extent.byteOffset +
      (slice.length > 0 ? slice.start * stride : 0),
    shape: [slice.length, ...lengths],
    strides: [stride * slice.step, ...strides],
  });
}

/**
 * What is left when the first indices are given: fewer dimensions.
 *
 * @throws {TypeError} If an index is not an integer, or there are more of them than dimensions.
 * @throws {RangeError} If an index is out of bounds.
 */
export function subExtent(extent: Extent, indices: readonly number[]): Extent {
  if (indices.length > extent.shape.length) throw wrongCount(extent, indices);
  return extent.with({
    byteOffset: offsetOf(extent, indices),
    shape: extent.shape.slice(indices.length),
    strides: extent.strides.slice(indices.length),
  });
}

/**
 * Offset in the buffer of one element.
 *
 * @throws {TypeError} If an index is not an integer, or there is not one for each dimension.
 * @throws {RangeError} If an index is out of bounds.
 */
export function locate(extent: Extent, indices: readonly number[]): number {
  if (indices.length !== extent.shape.length) {
    throw wrongCount(extent, indices);
  }
  return offsetOf(extent, indices);
}

function offsetOf(extent: Extent, indices: readonly number[]): number {
  const { shape, strides } = extent;
  let offset = extent.byteOffset;
  for (let k = 0; k < indices.length; k++) {
    // SAFETY: there are at most as many indices as dimensions, each of which has a stride.
    offset += checkIndex(indices[k], shape[k] as number, k) *
      (strides[k] as number);
  }
  return offset;
}

/** @returns The index, counted from the start. */
function checkIndex(
  index: number | undefined,
  length: number,
  dimension: number,
): number {
  requireInteger(index, "Cannot index a view as an index");
  const fromStart = index < 0 ? index + length : index;
  if (fromStart >= 0 && fromStart < length) return fromStart;
  throw new RangeError(
    `Cannot index dimension ${
      dimension + 1
    } of a view as it has ${length} elements: received ${index}`,
  );
}

function wrongCount(extent: Extent, indices: readonly number[]): TypeError {
  return new TypeError(
    `Cannot index a view as the count of indices must be ${extent.shape.length}: ` +
      `received ${indices.length}`,
  );
}
