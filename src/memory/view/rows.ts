/**
 * Elements of an extent row by row: copied out, copied in, listed.
 *
 * A row is what the last index runs over; rows come in C order. An extent without dimensions is one
 * row of one element.
 *
 * @module
 */
import type { ElementValue } from "../../binary/element.ts";
import type { Extent } from "./extent.ts";
import { asTypedArray } from "./typed_array.ts";
import type { NestedArray } from "./types.ts";

/** Where rows lie. */
export interface Rows {
  /** Offset in the buffer of the first element of each row. */
  readonly offsets: readonly number[];
  /** Elements of a row. */
  readonly length: number;
  /** Bytes from one element of a row to the next. */
  readonly stride: number;
}

/** The rows of an extent. */
export function rowsOf({ byteOffset, shape, strides, itemSize }: Extent): Rows {
  let offsets = [byteOffset];
  for (let k = 0; k < shape.length - 1; k++) {
    offsets = offsets.flatMap((offset) =>
      Array.from(
        { length: shape[k] ?? 0 },
        (_, i) => offset + i * (strides[k] ?? 0),
      )
    );
  }
  return {
    offsets,
    length: shape.at(-1) ?? 1,
    stride: strides.at(-1) ?? itemSize,
  };
}

/** Copies the elements out, the last index running fastest. */
export function gather(extent: Extent): Uint8Array<ArrayBuffer> {
  if (extent.isContiguousC) return new Uint8Array(asRun(extent));
  const { itemSize } = extent;
  const source = new Uint8Array(extent.data.buffer);
  const target = new Uint8Array(extent.byteLength);
  const { offsets, length, stride } = rowsOf(extent);
  let at = 0;
  for (const offset of offsets) {
    for (let i = 0; i < length; i++) {
      const from = offset + i * stride;
      for (let k = 0; k < itemSize; k++) target[at++] = source[from + k] ?? 0;
    }
  }
  return target;
}

/** Copies the elements out, the first index running fastest. */
export function gatherF(extent: Extent): Uint8Array<ArrayBuffer> {
  return gather(extent.with({
    shape: extent.shape.toReversed(),
    strides: extent.strides.toReversed(),
  }));
}

/** Copies elements in. @param bytes As many as the extent has, the last index running fastest. */
export function scatter(extent: Extent, bytes: Uint8Array): void {
  const target = new Uint8Array(extent.data.buffer);
  if (extent.isContiguousC) {
    target.set(bytes, extent.byteOffset);
    return;
  }
  const { itemSize } = extent;
  const { offsets, length, stride } = rowsOf(extent);
  let at = 0;
  for (const offset of offsets) {
    for (let i = 0; i < length; i++) {
      const to = offset + i * stride;
      for (let k = 0; k < itemSize; k++) target[to + k] = bytes[at++] ?? 0;
    }
  }
}

/** The bytes of a C-contiguous extent, not copied. */
export function asRun({ data, byteOffset, byteLength }: Extent): Uint8Array {
  return new Uint8Array(data.buffer, byteOffset, byteLength);
}

/** One element, by its offset in the buffer. */
export function load(extent: Extent, offset: number): ElementValue {
  const { type, littleEndian } = extent.format;
  return type.get(extent.data, offset, littleEndian);
}

/** Stores one element, by its offset in the buffer. @throws {TypeError|RangeError} If it does not fit. */
export function store(
  extent: Extent,
  offset: number,
  value: ElementValue,
): void {
  const { type, littleEndian } = extent.format;
  type.set(extent.data, offset, value, littleEndian);
}

/** All elements, one level of arrays for each dimension. */
export function list(extent: Extent): NestedArray<ElementValue> {
  const array = extent.shape.length === 1 ? asTypedArray(extent) : undefined;
  return array === undefined
    ? listFrom(extent, extent.byteOffset, 0)
    : Array.from<number | bigint>(array);
}

function listFrom(
  extent: Extent,
  offset: number,
  dimension: number,
): NestedArray<ElementValue> {
  const length = extent.shape[dimension];
  const stride = extent.strides[dimension];
  if (length === undefined || stride === undefined) return load(extent, offset);
  return Array.from(
    { length },
    (_, i) => listFrom(extent, offset + i * stride, dimension + 1),
  );
}
