/**
 * Bytes as elements: what `memoryview` is to Python.
 *
 * @module
 */
import { asBytes, type BytesSource } from "../binary/bytes.ts";
import type { ElementValue } from "../binary/element.ts";
import { received } from "../received.ts";
import { assign } from "./view/assign.ts";
import { areEqual } from "./view/compare.ts";
import { castExtent, Extent, extentOf } from "./view/extent.ts";
import { elementFormat, formatOf } from "./view/format.ts";
import { hex } from "./view/hex.ts";
import { ElementIterator } from "./view/iterate.ts";
import { lineView } from "./view/line_view.ts";
import type { ViewOwner } from "./view/owner.ts";
import { asRun, gather, gatherF, list, load, store } from "./view/rows.ts";
import { finder } from "./view/search.ts";
import { locate, sliceExtent, sliceOf, subExtent } from "./view/slicing.ts";
import { asTypedArray, whyNotTyped } from "./view/typed_array.ts";
import { typedViews, type ViewClass } from "./view/typed_views.ts";
import type {
  ArrayOfRank,
  ElementOf,
  TypedArrayOf,
  WithoutStores,
} from "./view/types.ts";

/** How {@link View.over} shows bytes. */
export interface ViewOptions<Format extends string = "B"> {
  /** Defaults to `B`. */
  readonly format?: Format | undefined;
  /** Whether elements cannot be stored to through the view. Defaults to false. */
  readonly readonly?: boolean | undefined;
  /** Is told of this view and of all that are derived from it. */
  readonly owner?: ViewOwner | undefined;
}

/** A view of any format and any number of dimensions. */
export type AnyView = View<string, number>;

/** Order in which `toBytes()` gives elements: the last index running fastest (`C`), the first (`F`), or as they lie (`A`). */
export type ElementOrder = "C" | "F" | "A";

/**
 * Bytes as elements of one format, in any number of dimensions. Copies nothing.
 *
 * A view shows bytes of a buffer, shared or not, where they lie. Slices, casts and sub-views are views
 * of the same bytes. What Python's memoryview does, this does, with its rules; beyond that, elements
 * may lie anywhere and in either byte order (`cast(">I")`), sub-views and slices of several dimensions
 * can be assigned, and a search that finds nothing gives -1.
 *
 * A view is held until it is released, which its owner notices: a SharedFile cannot be resized before.
 * Each derived view counts by itself, also one in the middle of a chain of calls.
 *
 * Elements that lie one after the other, in the machine's byte order and aligned, are read as fast as
 * from a typed array. There is no hash, as no collection of the language asks for one.
 *
 * @typeParam Format Says what elements are: `View<"I">` has numbers, `View<"q">` bigints.
 * @typeParam Rank How many dimensions there are, if that is known.
 *
 * @example
 * ```ts
 * import { View } from "sabmap";
 *
 * using view = new View(new Uint8Array([0, 0, 1, 2, 3, 4]));
 * view.cast(">H").toArray(); // [0, 258, 772]
 * view.slice(undefined, undefined, -2).hex(":"); // "04:02:00"
 * view.cast("B", [2, 3]).at(1, -1); // 4
 * ```
 */
export class View<Format extends string = "B", Rank extends number = 1> {
  /** Subclasses for extents of several sorts. */
  static readonly #classes = {
    ...typedViews(View, (view) => view.#use()),
    line: lineView(View, (view) => view.#use()),
    any: class NdView extends View<string, number> {},
  };

  /** `undefined` once the view has been released. */
  #extent: Extent | undefined;

  /**
   * Shows bytes.
   *
   * @param bytes A buffer, or a view of one, all of which is shown; read-only if it is a read-only View.
   * @param format An element's code, behind `@`, `=`, `<`, `>` or `!` where that is not native.
   * @throws {TypeError} If the format is unknown, the elements do not fill the bytes, or there are none.
   */
  constructor(bytes: BytesSource, format?: Format);
  constructor(bytes: BytesSource | Extent, format: string = "B") {
    const extent = bytes instanceof Extent ? bytes : View.#read(bytes, format);
    // SAFETY: a subclass whose elements are of this format; `this` is dropped unused.
    if (new.target === View) return View.#of(extent) as unknown as this;
    extent.owner?.retain(this);
    this.#extent = extent;
  }

  /**
   * Shows bytes that somebody owns, or that are not to be stored to.
   *
   * @throws {TypeError} As the constructor does.
   */
  static over<Format extends string = "B">(
    bytes: BytesSource,
    options: ViewOptions<Format> = {},
  ): View<Format> {
    const { format = "B", readonly = false, owner } = options;
    const extent = View.#read(bytes, format);
    return View.#of(
      extent.with({
        readonly: readonly || extent.readonly,
        owner,
      }),
    );
  }

  static #of<Format extends string, Rank extends number>(
    extent: Extent,
  ): View<Format, Rank> {
    const Class = View.#classFor(extent);
    // The constructor takes extents too, which is nobody else's concern; and the class says nothing of
    // format and rank.
    const view: AnyView = new Class(extent as unknown as Uint8Array);
    return view as unknown as View<Format, Rank>;
  }

  static #classFor(extent: Extent): ViewClass {
    const { format, shape } = extent;
    if (shape.length !== 1) return View.#classes.any;
    return format.kind !== undefined && whyNotTyped(extent) === undefined
      ? View.#classes[format.kind]
      : View.#classes.line;
  }

  /** The extent of anything that holds bytes, as elements of a format. */
  static #read(bytes: BytesSource, format: string): Extent {
    const run = asBytes(bytes);
    const { readonly = false, owner } = bytes instanceof View
      ? bytes.#use()
      : { readonly: "readonly" in bytes && bytes.readonly };
    return extentOf(run, elementFormat(format), { readonly, owner });
  }

  /** The extent of anything that holds bytes, as the elements that it holds. */
  static #asItIs(source: AnyView | BytesSource): Extent {
    if (source instanceof View) return source.#use();
    return extentOf(asBytes(source), formatOf(source), UNOWNED);
  }

  #use(): Extent {
    if (this.#extent !== undefined) return this.#extent;
    throw new TypeError("Cannot use a view as it has been released");
  }

  /** Bytes of all elements together: `nbytes` of Python. */
  get byteLength(): number {
    return this.#use().byteLength;
  }

  /** Bytes of one element. */
  get itemSize(): number {
    return this.#use().itemSize;
  }

  /** The format as it was given. */
  get format(): Format {
    // It was given as one, or is "B", which the types have as default.
    return this.#use().format.text as Format;
  }

  /** How many dimensions there are. */
  get ndim(): Rank {
    // The types have counted them, or know none.
    return this.#use().shape.length as Rank;
  }

  /** Elements in each dimension. */
  get shape(): readonly number[] {
    return Object.freeze(this.#use().shape);
  }

  /** Bytes from an element to the next in each dimension. */
  get strides(): readonly number[] {
    return Object.freeze(this.#use().strides);
  }

  /**
   * Elements of the first dimension: what `len()` says in Python.
   *
   * @throws {TypeError} If there are no dimensions.
   */
  get length(): number {
    const length = this.#use().shape[0];
    if (length !== undefined) return length;
    throw new TypeError("Cannot count elements as there are no dimensions");
  }

  /** Whether elements cannot be stored to. */
  get readonly(): boolean {
    return this.#use().readonly;
  }

  /** Whether elements lie one after the other, in either order of dimensions. */
  get contiguous(): boolean {
    return this.cContiguous || this.fContiguous;
  }

  /** Whether elements lie one after the other, the last index running fastest. */
  get cContiguous(): boolean {
    return this.#use().isContiguousC;
  }

  /** Whether elements lie one after the other, the first index running fastest. */
  get fContiguous(): boolean {
    return this.#use().isContiguousF;
  }

  /** The buffer under the view, all of it: `obj` of Python. */
  get buffer(): ArrayBufferLike {
    return this.#use().data.buffer;
  }

  /** Whether {@link View.release} was called. The only member to be asked then. */
  get released(): boolean {
    return this.#extent === undefined;
  }

  /**
   * Reads an element.
   *
   * @param indices One for each dimension; negative ones count from the end.
   * @throws {TypeError} If an index is not an integer, or there are too few or too many.
   * @throws {RangeError} If an index is out of bounds.
   */
  at(...indices: number[]): ElementOf<Format> {
    const extent = this.#use();
    // The format says what is read.
    return load(extent, locate(extent, indices)) as ElementOf<Format>;
  }

  /**
   * Stores an element. Nothing is stored if it fails.
   *
   * @param index An index, or one for each dimension; negative ones count from the end.
   * @param value As Python takes it: integers may be booleans, numbers or bigints in all formats.
   * @throws {TypeError} If the view is read-only, an index or the value is of the wrong kind.
   * @throws {RangeError} If an index is out of bounds, or the value does not fit.
   */
  set(index: number | readonly number[], value: ElementOf<Format>): void {
    const extent = this.#writable();
    const indices = typeof index === "object" ? index : [index];
    store(extent, locate(extent, indices), value);
  }

  #writable(): Extent {
    const extent = this.#use();
    if (!extent.readonly) return extent;
    throw new TypeError("Cannot store to a view as it is read-only");
  }

  /**
   * Goes over the elements.
   *
   * @throws {TypeError} If there is not one dimension; or if the view is released before the end.
   */
  [Symbol.iterator](): IterableIterator<ElementOf<Format>> {
    const { count } = this.#requireOneDimension();
    let index = 0;
    return new ElementIterator(() =>
      index < count
        ? { value: this.at(index++), done: false }
        : { value: undefined, done: true }
    );
  }

  #requireOneDimension(): Extent {
    const extent = this.#use();
    if (extent.shape.length === 1) return extent;
    throw new TypeError(
      `Cannot go over elements as a view must have 1 dimension: received ${extent.shape.length}`,
    );
  }

  /**
   * Gives every `step`th element, of the first dimension if there are several, as a view.
   *
   * @param start Bounds as Python's: negative ones count from the end, those too large are cut.
   * @param step Negative to go back. Defaults to 1.
   * @throws {TypeError} If a bound is not an integer, or there are no dimensions.
   * @throws {RangeError} If `step` is 0.
   */
  slice(start?: number, end?: number, step?: number): View<Format, Rank> {
    return View.#of(sliceExtent(this.#use(), start, end, step));
  }

  /**
   * Gives what is left when the first indices are fixed, as a view: a row of a table.
   *
   * @throws {TypeError} If an index is not an integer, or there are more than dimensions.
   * @throws {RangeError} If an index is out of bounds.
   */
  subview(...indices: number[]): View<Format, number> {
    return View.#of(subExtent(this.#use(), indices));
  }

  /**
   * Gives the same bytes as other elements: a view.
   *
   * @param format As for the constructor. It, or that of this view, must be `B`, `b` or `c`.
   * @param shape Elements in each dimension, the last running fastest. One dimension if it is absent.
   * @throws {TypeError} If the bytes are not C-contiguous, both formats are of more than bytes, several
   * dimensions would become several others, or the elements do not fill the bytes exactly.
   * @throws {RangeError} If a length is not positive, or there are more than 64.
   */
  cast<To extends string>(format: To): View<To>;
  /** The same, in the dimensions of a shape. */
  cast<To extends string, const Shape extends readonly number[]>(
    format: To,
    shape: Shape,
  ): View<To, Shape["length"]>;
  cast(format: string, shape?: readonly number[]): AnyView {
    return View.#of(castExtent(this.#use(), elementFormat(format), shape));
  }

  /** Gives the same elements as a view that cannot be stored to. */
  toReadonly(): View<Format, Rank> {
    return View.#of(this.#use().with({ readonly: true }));
  }

  /**
   * Stores many elements: `view[start:end:step] = source` of Python. The two may overlap.
   *
   * @param source As many elements of the same format, as a View or as what the language has: a
   * `Uint32Array` holds `I`, a buffer or `DataView` holds `B`.
   * @param start Bounds as for {@link View.slice}.
   * @throws {TypeError} If the view is read-only, or formats differ.
   * @throws {RangeError} If shapes differ, or `step` is 0.
   */
  setSlice(
    source: AnyView | BytesSource,
    start?: number,
    end?: number,
    step?: number,
  ): void {
    const target = sliceExtent(this.#writable(), start, end, step);
    assign(target, View.#asItIs(source), source instanceof View);
  }

  /**
   * Copies the elements.
   *
   * @param order Which index runs fastest: the last (`C`, default), or the first (`F`).
   * @throws {RangeError} If there is no such order.
   */
  toBytes(order: ElementOrder = "C"): Uint8Array<ArrayBuffer> {
    const extent = this.#use();
    if (order === "F") return gatherF(extent);
    // No slice of what lies in C order lies in F order alone.
    if (order === "C" || order === "A") return gather(extent);
    throw new RangeError(
      `Cannot copy elements as their order must be "C", "F" or "A": received ${
        received(order)
      }`,
    );
  }

  /** Lists the elements, one level of arrays for each dimension; without dimensions, the one element. */
  toArray(): ArrayOfRank<ElementOf<Format>, Rank> {
    // Format and rank say what comes.
    return list(this.#use()) as ArrayOfRank<ElementOf<Format>, Rank>;
  }

  /**
   * Writes the bytes as lower-case hexadecimal digits, the last index running fastest.
   *
   * @param separator One ASCII character between groups of bytes; none if it is absent.
   * @param bytesPerSeparator Bytes of a group, counted from the right, or from the left if negative;
   * with 0 there are no separators.
   * @throws {TypeError} If a parameter is of the wrong type.
   * @throws {RangeError} If `separator` is not one ASCII character.
   */
  hex(separator?: string, bytesPerSeparator: number = 1): string {
    const extent = this.#use();
    const bytes = extent.isContiguousC ? asRun(extent) : gather(extent);
    return hex(bytes, separator, bytesPerSeparator);
  }

  /**
   * Says whether another view or buffer has the same shape and equal elements.
   *
   * Formats may differ: numbers are compared by what they are worth, bigints and halves with others
   * too; NaN equals nothing, and `c` only `c`.
   *
   * @param other What is not a View has one dimension, and elements as for {@link View.setSlice}.
   */
  equals(other: AnyView | BytesSource): boolean {
    return areEqual(this.#use(), View.#asItIs(other));
  }

  /**
   * Finds the first element that equals a value, as {@link View.equals} compares.
   *
   * @param start Bounds as for {@link View.slice}.
   * @returns Its index; -1 if there is none, where Python throws.
   * @throws {TypeError} If there is not one dimension.
   */
  indexOf(value: ElementValue, start?: number, end?: number): number {
    const extent = this.#requireOneDimension();
    const { start: first, length } = sliceOf(this.length, start, end);
    return length === 0 ? -1 : finder(extent, value, first + length)(first);
  }

  /** Says whether an element equals a value. NaN is not found. @throws {TypeError} As `indexOf()`. */
  includes(value: ElementValue): boolean {
    return this.indexOf(value) >= 0;
  }

  /** Counts the elements that equal a value. @throws {TypeError} As `indexOf()`. */
  count(value: ElementValue): number {
    const find = finder(this.#requireOneDimension(), value, this.length);
    let count = 0;
    for (let i = find(0); i >= 0; i = find(i + 1)) count++;
    return count;
  }

  /**
   * Gives the elements as a typed array over the same bytes, several dimensions as one in C order.
   *
   * It lives on when the view is released. A read-only view gives one only as a type without stores,
   * which every view gives.
   *
   * @throws {TypeError} If the view is read-only; or if no typed array shows these elements, as they
   * are not contiguous, not aligned, not in the machine's byte order, or of `c`, `?` or `e`.
   */
  asTyped(): TypedArrayOf<Format>;
  /** The same as a type without stores, which read-only views give as well. */
  asTyped(options: {
    readonly readonly: true;
  }): WithoutStores<TypedArrayOf<Format>>;
  asTyped(options?: { readonly readonly: true }): unknown {
    const extent = this.#use();
    if (extent.readonly && options?.readonly !== true) {
      throw new TypeError(
        "Cannot give a typed array as the view is read-only: pass { readonly: true } for one whose type has no stores",
      );
    }
    const array = asTypedArray(extent);
    if (array !== undefined) return array;
    throw new TypeError(
      `Cannot give a typed array as ${whyNotTyped(extent)}`,
    );
  }

  /**
   * Gives the bytes as an array over the same memory, for functions that take bytes. Copies nothing.
   *
   * Nothing keeps it from being stored to, even if the view is read-only.
   *
   * @throws {TypeError} If the elements are not C-contiguous.
   */
  toUint8View(): Uint8Array {
    const extent = this.#use();
    if (extent.isContiguousC) return asRun(extent);
    throw new TypeError(
      "Cannot give the bytes of a view as its elements are not contiguous",
    );
  }

  /**
   * Ends the view: its owner is told, and later use of it is an error. Others of the same bytes stay.
   *
   * Does nothing when called again. The buffer stays in memory for as long as the view is referred to.
   */
  release(): void {
    const extent = this.#extent;
    this.#extent = undefined;
    extent?.owner?.release(this);
  }

  /** As {@link View.release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }
}

const UNOWNED = { readonly: true, owner: undefined } as const;
