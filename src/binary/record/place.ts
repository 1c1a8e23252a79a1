/**
 * Where a cursor is: the bytes of a range, as arrays of every kind, and a position in them.
 *
 * @module
 */

/** Arrays of every kind over one range. */
interface Arrays {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  readonly i64: BigInt64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly view: DataView;
}

/** Stand for the arrays that no field of a layout goes through. */
const NONE: Arrays = {
  u8: new Uint8Array(0),
  i8: new Int8Array(0),
  u16: new Uint16Array(0),
  i16: new Int16Array(0),
  u32: new Uint32Array(0),
  i32: new Int32Array(0),
  u64: new BigUint64Array(0),
  i64: new BigInt64Array(0),
  f32: new Float32Array(0),
  f64: new Float64Array(0),
  view: new DataView(new ArrayBuffer(0)),
};

/** Name of a typed array's element. */
export type ArrayKind = Exclude<keyof Arrays, "view">;

/** Bytes of a buffer. */
export interface BufferRange {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/**
 * A range and the position of the current record in it.
 *
 * The arrays show the range and nothing else, so that no wrong index can reach a neighbour's bytes.
 * Those of longer elements start at the first byte that is aligned for them.
 *
 * One class for all layouts and one array of each kind: engines then know the shape of everything
 * that a field's code touches, however many layouts there are. All but the position is set once, because the
 * V8 of Node 20 takes what was never set twice for constant, and loads all else again in each step of a loop: it
 * holds the check for interrupts in between for something that stores.
 */
export class Place {
  /**
   * The position of the current record: bytes from the start of the range, negative past 2**31. In front of
   * the first record it is that of a record there, which no array and no view reaches.
   *
   * A number, not an array of one: the V8 of Node 20 loads three members of an array before it loads an element
   * (in cache, the fastest of some hundred passes: 1.6 ns a record rather than 2.2, but 1.3 rather than 0.6 on
   * Deno 2.9, where memory hides it; 2-core Xeon, 2026-11-21).
   */
  declare at: number;
  /** Bytes of a record. */
  declare readonly size: number;
  /** The position behind the last record. */
  declare readonly end: number;
  declare readonly view: DataView;
  declare readonly u8: Uint8Array;
  declare readonly i8: Int8Array;
  declare readonly u16: Uint16Array;
  declare readonly i16: Int16Array;
  declare readonly u32: Uint32Array;
  declare readonly i32: Int32Array;
  declare readonly u64: BigUint64Array;
  declare readonly i64: BigInt64Array;
  declare readonly f32: Float32Array;
  declare readonly f64: Float64Array;

  /**
   * @param range Whole records, at most {@link rangeBytesMax} bytes.
   * @param kinds The arrays that are needed; the others are left empty.
   */
  constructor(
    range: BufferRange,
    size: number,
    kinds: ReadonlySet<ArrayKind>,
  ) {
    const { buffer, byteOffset, byteLength } = range;
    this.at = -size;
    this.size = size;
    this.end = byteLength | 0;
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.u8 = kinds.has("u8") ? over(Uint8Array, range) : NONE.u8;
    this.i8 = kinds.has("i8") ? over(Int8Array, range) : NONE.i8;
    this.u16 = kinds.has("u16") ? over(Uint16Array, range) : NONE.u16;
    this.i16 = kinds.has("i16") ? over(Int16Array, range) : NONE.i16;
    this.u32 = kinds.has("u32") ? over(Uint32Array, range) : NONE.u32;
    this.i32 = kinds.has("i32") ? over(Int32Array, range) : NONE.i32;
    this.u64 = kinds.has("u64") ? over(BigUint64Array, range) : NONE.u64;
    this.i64 = kinds.has("i64") ? over(BigInt64Array, range) : NONE.i64;
    this.f32 = kinds.has("f32") ? over(Float32Array, range) : NONE.f32;
    this.f64 = kinds.has("f64") ? over(Float64Array, range) : NONE.f64;
  }
}

interface ArrayType<Result> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Result;
}

function over<Result>(type: ArrayType<Result>, range: BufferRange): Result {
  const elementBytes = type.BYTES_PER_ELEMENT;
  const lead = (elementBytes - range.byteOffset % elementBytes) % elementBytes;
  const length = Math.floor((range.byteLength - lead) / elementBytes);
  // An empty one starts where any is aligned.
  return length > 0
    ? new type(range.buffer, range.byteOffset + lead, length)
    : new type(range.buffer, 0, 0);
}

/** What has a place: a cursor. */
export interface Placed {
  readonly _place: Place;
}

/**
 * Goes to the next record, at first to the first: a method of cursors and of what they belong to.
 *
 * In one piece, as a method: as a call of a function that takes the place it took twice as long (Node 20.20 and
 * Deno 2.9: 6.3 ns a record rather than 3.2 to 4.2; 2-core Xeon, 2026-11-22).
 *
 * @returns False if there is none. The position stays at the last record then.
 */
export function advance(this: Placed): boolean {
  const place = this._place;
  const from = place.at;
  // It wraps at 2**31, and is unsigned where it is used.
  const next = (from + place.size) | 0;
  // Stored in any case, and taken back at the end: the position of each record waits for that of the one
  // before, and waited for the comparison too (Node 20.20: 2.4 ns a record rather than 1.6).
  place.at = next;
  if (next !== place.end) return true;
  place.at = from;
  return false;
}

/** The longest range: its positions have 32 bits, and the last of them stands for no record. */
export function rangeBytesMax(size: number): number {
  return 2 ** 32 - size;
}

/**
 * The position of the current record: signed, so that `>>> 0` is due when all is added to it.
 *
 * @throws {RangeError} If there is none.
 */
export function here(place: Place): number {
  if (isNowhere(place)) throw nowhere();
  return place.at;
}

/** Whether there is no current record. */
export function isNowhere(place: Place): boolean {
  return place.at === -place.size;
}

/** Why a field cannot be used when there is no current record. */
export function nowhere(): RangeError {
  return new RangeError(
    "Cannot use a record as the cursor is at none: it is in front of the first, or there are none",
  );
}
