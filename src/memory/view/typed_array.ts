/**
 * Typed arrays over the elements of an extent, where there are any.
 *
 * @module
 */
import type { Extent } from "./extent.ts";
import { TYPED_ARRAYS, type TypedKind, WITHOUT_ARRAY } from "./format.ts";
import type { TypedArray } from "./types.ts";

/** Why no typed array shows the elements of an extent; `undefined` if one does. */
export function whyNotTyped(extent: Extent): string | undefined {
  const { format, byteOffset, itemSize } = extent;
  if (format.kind === undefined) {
    return WITHOUT_ARRAY.includes(format.type.code)
      ? `no typed array has elements of "${format.text}"`
      : `"${format.text}" is not in the machine's byte order`;
  }
  if (!extent.isContiguousC) return "its elements are not contiguous";
  if (byteOffset % itemSize === 0) return undefined;
  return `its first byte must be at a multiple of ${itemSize} in its buffer: received ${byteOffset}`;
}

/** The typed array over the elements of an extent, in C order. @returns `undefined` where there is none. */
export function asTypedArray(extent: Extent): TypedArray | undefined {
  if (whyNotTyped(extent) !== undefined) return undefined;
  const { data, byteOffset, count } = extent;
  // `whyNotTyped` has seen it.
  const kind = extent.format.kind as TypedKind;
  return new TYPED_ARRAYS[kind](data.buffer, byteOffset, count);
}
