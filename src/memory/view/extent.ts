/**
 * Which bytes a view shows, and as what: a place, a format, a shape and strides.
 *
 * Extents never change. What is contiguous and what can be cast follows CPython's `memoryobject.c`.
 *
 * @module
 */
import { type ElementFormat, isByteFormat } from "./format.ts";
import { requireInteger } from "./integer.ts";
import type { ViewOwner } from "./owner.ts";

/** As Python's. */
const DIMENSIONS_MAX = 64;

/** Parts of an {@link Extent}. */
export interface ExtentParts {
  /** The whole buffer. */
  readonly data: DataView;
  /** Offset in the buffer of the element whose indices are all 0, in bytes. */
  readonly byteOffset: number;
  readonly format: ElementFormat;
  /** Elements in each dimension. */
  readonly shape: readonly number[];
  /** Bytes from an element to the next in each dimension; may be negative. */
  readonly strides: readonly number[];
  readonly readonly: boolean;
  /** Is told of each view of these bytes. */
  readonly owner: ViewOwner | undefined;
}

/** Bytes of a buffer as elements in any number of dimensions. */
export class Extent implements ExtentParts {
  readonly data: DataView;
  readonly byteOffset: number;
  readonly format: ElementFormat;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly readonly: boolean;
  readonly owner: ViewOwner | undefined;

  constructor(parts: ExtentParts) {
    this.data = parts.data;
    this.byteOffset = parts.byteOffset;
    this.format = parts.format;
    this.shape = parts.shape;
    this.strides = parts.strides;
    this.readonly = parts.readonly;
    this.owner = parts.owner;
  }

  /** Bytes of an element. */
  get itemSize(): number {
    return this.format.type.byteLength;
  }

  /** Elements in all dimensions together; 1 if there are no dimensions. */
  get count(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  /** Bytes of all elements together. */
  get byteLength(): number {
    return this.count * this.itemSize;
  }

  /** Whether elements lie one after the other with the last index running fastest. */
  get isContiguousC(): boolean {
    return isContiguous(this, this.shape.length - 1, -1);
  }

  /** Whether elements lie one after the other with the first index running fastest. */
  get isContiguousF(): boolean {
    return isContiguous(this, 0, 1);
  }

  /** A similar extent. */
  with(changes: Omit<Partial<ExtentParts>, "data">): Extent {
    return new Extent({
      data: this.data,
      byteOffset: changes.byteOffset ?? this.byteOffset,
      format: changes.format ?? this.format,
      shape: changes.shape ?? this.shape,
      strides: changes.strides ?? this.strides,
      readonly: changes.readonly ?? this.readonly,
      owner: changes.owner ?? this.owner,
    });
  }
}

/** @param first The dimension that should run fastest. @param step To the next slower one. */
function isContiguous(extent: Extent, first: number, step: 1 | -1): boolean {
  const { shape, strides, itemSize } = extent;
  // Python asks for the right stride even of no elements, if there is one dimension.
  if (shape.length > 1 && shape.includes(0)) return true;
  let expected = itemSize;
  for (let k = first; k >= 0 && k < shape.length; k += step) {
    const length = shape[k] ?? 0;
    if (length !== 1 && strides[k] !== expected) return false;
    expected *= length;
  }
  return true;
}

/**
 * Bytes as elements in one dimension.
 *
 * @throws {TypeError} If the elements do not fill the bytes.
 */
export function extentOf(
  bytes: Uint8Array,
  format: ElementFormat,
  rest: Pick<ExtentParts, "readonly" | "owner">,
): Extent {
  return new Extent({
    ...rest,
    data: new DataView(bytes.buffer),
    byteOffset: bytes.byteOffset,
    format,
    shape: [countElements(bytes.byteLength, format)],
    strides: [format.type.byteLength],
  });
}

function countElements(byteLength: number, format: ElementFormat): number {
  const count = byteLength / format.type.byteLength;
  if (Number.isInteger(count)) return count;
  throw new TypeError(
    `Cannot view bytes as "${format.text}" as their count must be a multiple of ` +
      `${format.type.byteLength}: received ${byteLength}`,
  );
}

/**
 * The same bytes as other elements, and in other dimensions.
 *
 * @param shape Elements in each dimension; all in one dimension if it is absent.
 * @throws {TypeError} If the bytes are not contiguous, neither format is one of bytes, dimensions
 * become other dimensions, or the elements do not fill the bytes exactly.
 * @throws {RangeError} If a length is not positive, or there are too many of them.
 */
export function castExtent(
  extent: Extent,
  format: ElementFormat,
  shape: readonly number[] | undefined,
): Extent {
  requireCastable(extent, format, shape);
  const { byteLength } = extent;
  const count = countElements(byteLength, format);
  if (shape === undefined) {
    const strides = [format.type.byteLength];
    return extent.with({ format, shape: [count], strides });
  }
  checkShape(shape);
  const strides = stridesOf(shape, format.type.byteLength);
  const cast = extent.with({ format, shape: [...shape], strides });
  if (cast.byteLength === byteLength) return cast;
  throw new TypeError(
    `Cannot cast to the shape [${
      shape.join(", ")
    }] of "${format.text}" as it ` +
      `has ${cast.byteLength} bytes: received ${byteLength}`,
  );
}

function requireCastable(
  extent: Extent,
  format: ElementFormat,
  shape: readonly number[] | undefined,
): void {
  const dimensions = extent.shape.length;
  const to = shape?.length ?? 1;
  if (!extent.isContiguousC) {
    throw new TypeError("Cannot cast a view as its bytes are not contiguous");
  }
  if (!isByteFormat(extent.format) && !isByteFormat(format)) {
    throw new TypeError(
      `Cannot cast "${extent.format.text}" to "${format.text}" as one of them must be ` +
        `of bytes: cast to "B" in between`,
    );
  }
  if (dimensions !== 1 && to !== 1) {
    throw new TypeError(
      `Cannot cast a view of ${dimensions} dimensions as its new shape must have 1: received ${to}`,
    );
  }
  if ((shape !== undefined || dimensions !== 1) && extent.shape.includes(0)) {
    throw new TypeError("Cannot cast a view to a shape as it has no elements");
  }
}

function checkShape(shape: readonly number[]): void {
  if (shape.length > DIMENSIONS_MAX) {
    throw new RangeError(
      `Cannot cast to a shape as it must have at most ${DIMENSIONS_MAX} dimensions: received ${shape.length}`,
    );
  }
  for (const length of shape) {
    requireInteger(length, "Cannot cast to a shape as a length");
    if (length <= 0) {
      throw new RangeError(
        `Cannot cast to a shape as its lengths must be positive: received ${length}`,
      );
    }
  }
}

/** Strides of elements that lie one after the other, the last index running fastest. */
function stridesOf(shape: readonly number[], itemSize: number): number[] {
  const strides: number[] = [];
  let stride = itemSize;
  for (const length of shape.toReversed()) {
    strides.unshift(stride);
    stride *= length;
  }
  return strides;
}
