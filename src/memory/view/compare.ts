/**
 * Elements by value, as Python compares them.
 *
 * @module
 */
import type { ElementValue } from "../../binary/element.ts";
import type { Extent } from "./extent.ts";
import { load, rowsOf } from "./rows.ts";
import { asTypedArray } from "./typed_array.ts";

/** Whether two extents have the same shape and hold equal values, element by element. */
export function areEqual(left: Extent, right: Extent): boolean {
  if (!haveEqualShapes(left.shape, right.shape)) return false;
  const leftArray = asTypedArray(left);
  const rightArray = asTypedArray(right);
  return leftArray !== undefined && rightArray !== undefined
    ? haveEqualValues(leftArray, rightArray)
    : haveEqualElements(left, right);
}

/** Dimensions behind one without elements do not count. */
function haveEqualShapes(
  left: readonly number[],
  right: readonly number[],
): boolean {
  if (left.length !== right.length) return false;
  const empty = left.indexOf(0);
  return left.every((length, k) =>
    length === right[k] || (empty >= 0 && k > empty)
  );
}

function haveEqualValues(
  left: ArrayLike<number | bigint>,
  right: ArrayLike<number | bigint>,
): boolean {
  for (let i = 0; i < left.length; i++) {
    // deno-lint-ignore eqeqeq -- as in `isEqual`
    if (left[i] != right[i]) return false;
  }
  return true;
}

function haveEqualElements(left: Extent, right: Extent): boolean {
  const lefts = rowsOf(left);
  const rights = rowsOf(right);
  return lefts.offsets.every((leftOffset, row) => {
    const rightOffset = rights.offsets[row] ?? 0;
    for (let i = 0; i < lefts.length; i++) {
      const value = load(left, leftOffset + i * lefts.stride);
      const other = load(right, rightOffset + i * rights.stride);
      if (!isEqual(value, other)) return false;
    }
    return true;
  });
}

/**
 * Whether two elements are equal as Python has it: numbers of any kind by what they are worth, bytes
 * (`c`, one of them) only to bytes, as many, NaN to nothing.
 */
export function isEqual(left: ElementValue, right: ElementValue): boolean {
  if (left instanceof Uint8Array || right instanceof Uint8Array) {
    return left instanceof Uint8Array && right instanceof Uint8Array &&
      left.length === right.length && left[0] === right[0];
  }
  // deno-lint-ignore eqeqeq -- compares a bigint with a number without rounding either
  return left == right;
}
