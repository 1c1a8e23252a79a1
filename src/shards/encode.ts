/**
 * Plain values as bytes, in one way only: equal values give equal bytes.
 *
 * ```text
 * value    tag u8, then
 *   number   varint of its size, for integers (tag says the sign); else 8 bytes
 *   bigint   byte count, bytes from the lowest on (tag says the sign)
 *   text     byte count, UTF-8; or, where it has lone surrogates, UTF-16
 *   array    byte count, bytes, lowest first: of typed arrays, and of buffers
 *   list     count, values
 *   object   count, then text and value of each property that is not undefined, in the order of their names
 *   map, set count, then values in their order
 *   date     a number
 * count    varint: 7 bits a byte, lowest first
 * ```
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";

/** Kinds of values. */
export const Tag = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  Integer: 4,
  NegativeInteger: 5,
  Double: 6,
  BigInt: 7,
  NegativeBigInt: 8,
  Text: 9,
  Utf16: 10,
  List: 11,
  Object: 12,
  Map: 13,
  Set: 14,
  Date: 15,
  /** Typed arrays, in the order of {@link ARRAYS}. */
  Array: 16,
} as const;

/** Classes of arrays of bytes. */
export type ArrayClass =
  | ArrayBufferConstructor
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Uint16ArrayConstructor
  | Int16ArrayConstructor
  | Uint32ArrayConstructor
  | Int32ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | BigUint64ArrayConstructor
  | BigInt64ArrayConstructor;

/** Them, by their tag from {@link Tag.Array} on. */
export const ARRAYS: readonly ArrayClass[] = [
  ArrayBuffer,
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
];

/** Values in values: deeper ones are refused, not to run out of stack. */
export const DEPTH_MAX = 200;

/** One array holds no more on every runtime. */
const BYTES_MAX = 2 ** 31;

const FIRST_BYTES = 256;

const encoder = new TextEncoder();

/**
 * Encodes a value.
 *
 * Runtimes have their numbers in memory lowest byte first, all of them, so arrays are taken as they lie.
 *
 * @throws {SabmapError} `ERR_BAD_SHARD` if there is something in it that is no plain value, or it is too large.
 */
export function encodePlain(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new PlainWriter();
  writer.value(value, 0);
  return writer.take();
}

/** Puts values one behind the other. */
export class PlainWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Adds bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Adds a value. @param depth 0, or more inside of another. */
  value(value: unknown, depth: number): void {
    if (depth > DEPTH_MAX) throw notPlain("values in values without end");
    switch (typeof value) {
      case "undefined":
        return this.#tag(Tag.Undefined);
      case "boolean":
        return this.#tag(value ? Tag.True : Tag.False);
      case "number":
        return this.#number(value);
      case "bigint":
        return this.#bigint(value);
      case "string":
        return this.#text(value);
      case "object":
        return this.#object(value, depth + 1);
      default:
        throw notPlain(`a ${typeof value}`);
    }
  }

  /** Copies of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #room(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    if (needed > BYTES_MAX) {
      throw new SabmapError(
        ErrorCode.BadShard,
        "Cannot write a partial as it must be of at most 2 GiB: use more, smaller shards",
      );
    }
    const length = Math.min(
      BYTES_MAX,
      Math.max(needed, 2 * this.#bytes.length),
    );
    const larger = new Uint8Array(length);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #tag(tag: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = tag;
  }

  #count(count: number): void {
    this.#room(8);
    let rest = count;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
    }
    this.#bytes[this.#length++] = rest;
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.#tag(value < 0 ? Tag.NegativeInteger : Tag.Integer);
      this.#count(Math.abs(value));
      return;
    }
    this.#tag(Tag.Double);
    this.#room(8);
    // All that are no number are one.
    this.#view.setFloat64(this.#length, value === value ? value : NaN, true);
    if (value !== value) {
      this.#view.setUint32(this.#length, 0, true);
      this.#view.setUint32(this.#length + 4, 0x7ff80000, true);
    }
    this.#length += 8;
  }

  #bigint(value: bigint): void {
    this.#tag(value < 0n ? Tag.NegativeBigInt : Tag.BigInt);
    const digits = (value < 0n ? -value : value).toString(16);
    const padded = digits.padStart(digits.length + digits.length % 2, "0");
    const bytes = new Uint8Array(padded.length / 2);
    for (let i = 0; i < bytes.length; i++) {
      const at = padded.length - 2 * i;
      bytes[i] = parseInt(padded.slice(at - 2, at), 16);
    }
    this.#sized(bytes);
  }

  #text(value: string): void {
    if (value.isWellFormed()) {
      this.#tag(Tag.Text);
      return this.#sized(encoder.encode(value));
    }
    this.#tag(Tag.Utf16);
    const units = new Uint16Array(value.length);
    for (let i = 0; i < units.length; i++) units[i] = value.charCodeAt(i);
    this.#sized(asBytes(units));
  }

  #sized(bytes: Uint8Array): void {
    this.#count(bytes.length);
    this.raw(bytes);
  }

  #object(value: object | null, depth: number): void {
    if (value === null) return this.#tag(Tag.Null);
    if (Array.isArray(value)) return this.#list(Tag.List, value, depth);
    const array = ARRAYS.findIndex((Class) => value instanceof Class);
    if (array >= 0) {
      this.#tag(Tag.Array + array);
      return this.#sized(asBytes(value as ArrayBuffer | ArrayBufferView));
    }
    if (value instanceof Map) {
      return this.#list(Tag.Map, [...value].flat(1), depth, value.size);
    }
    if (value instanceof Set) return this.#list(Tag.Set, [...value], depth);
    if (value instanceof Date) {
      this.#tag(Tag.Date);
      return this.#number(value.getTime());
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw notPlain(`an object of a class, ${value.constructor?.name}`);
    }
    this.#properties(value, depth);
  }

  #list(
    tag: number,
    values: readonly unknown[],
    depth: number,
    count = values.length,
  ): void {
    this.#tag(tag);
    this.#count(count);
    // By index, as a list may have holes.
    for (let i = 0; i < values.length; i++) this.value(values[i], depth);
  }

  #properties(value: object, depth: number): void {
    const entries = Object.entries(value)
      .filter(([, property]) => property !== undefined)
      .sort(([a], [b]) => a < b ? -1 : 1);
    this.#tag(Tag.Object);
    this.#count(entries.length);
    for (const [name, property] of entries) {
      this.#text(name);
      this.value(property, depth);
    }
  }
}

function asBytes(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

function notPlain(what: string): SabmapError {
  return new SabmapError(
    ErrorCode.BadShard,
    `Cannot write a partial as it must be of plain values: received ${what}`,
  );
}
