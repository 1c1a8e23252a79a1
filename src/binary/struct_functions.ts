/**
 * The methods of {@link Struct} as functions that take the format first, as Python has them.
 *
 * Formats are compiled once: those last used are kept.
 *
 * @module
 */
import type { BytesSource } from "./bytes.ts";
import type { ElementValue } from "./element.ts";
import { Struct } from "./struct.ts";
import type { StructValues } from "./struct_values.ts";

/** Formats that are kept; one more and all are dropped, as in Python. */
const KEPT_MAX = 100;

const kept = new Map<string, unknown>();

function compiled<Text extends string>(format: Text): Struct<Text> {
  // What is kept under a format was made from it.
  return (kept.get(format) ?? compile(format)) as Struct<Text>;
}

function compile(format: string): Struct {
  const struct = new Struct(format);
  if (kept.size === KEPT_MAX) kept.clear();
  kept.set(format, struct);
  return struct;
}

/**
 * Writes values into fresh bytes.
 *
 * @example
 * ```ts
 * import { pack } from "sabmap";
 *
 * pack(">BHI", 1, 500, 70_000); // 01 01 f4 00 01 11 70
 * ```
 *
 * @throws {TypeError} If the format is none, the values are too few or too many, or one is of the wrong kind.
 * @throws {RangeError} If a value does not fit its code.
 * @see {@link Struct.pack}
 */
export function pack(
  format: string,
  ...values: ElementValue[]
): Uint8Array<ArrayBuffer> {
  return compiled(format).pack(...values);
}

/**
 * Writes values into bytes that are there. A call that throws has written nothing.
 *
 * @param offset Where in `target` the record starts, in bytes; a negative one counts from the end.
 * @throws {TypeError} As {@link pack}, and if the target is read-only.
 * @throws {RangeError} As {@link pack}, and if the record is not within `target`.
 * @see {@link Struct.packInto}
 */
export function packInto(
  format: string,
  target: BytesSource,
  offset: number,
  ...values: ElementValue[]
): void {
  compiled(format).packInto(target, offset, ...values);
}

/**
 * Reads the values of a record.
 *
 * @param source As long as a record.
 * @throws {TypeError} If the format is none.
 * @throws {RangeError} If `source` is not as long as a record.
 * @see {@link Struct.unpack}
 */
export function unpack<Text extends string>(
  format: Text,
  source: BytesSource,
): StructValues<Text> {
  return compiled(format).unpack(source);
}

/**
 * Reads the values of a record that lies somewhere in `source`.
 *
 * @param offset Where it starts, in bytes; a negative one counts from the end.
 * @throws {TypeError} If the format is none.
 * @throws {RangeError} If the record is not within `source`.
 * @see {@link Struct.unpackFrom}
 */
export function unpackFrom<Text extends string>(
  format: Text,
  source: BytesSource,
  offset = 0,
): StructValues<Text> {
  return compiled(format).unpackFrom(source, offset);
}

/**
 * Reads one record after another, each when it is asked for.
 *
 * @param source As long as a whole number of records.
 * @throws {TypeError} If the format is none.
 * @throws {RangeError} If `source` is no whole number of records, or a record has no bytes.
 * @see {@link Struct.iterUnpack}
 */
export function iterUnpack<Text extends string>(
  format: Text,
  source: BytesSource,
): IterableIterator<StructValues<Text>> {
  return compiled(format).iterUnpack(source);
}

/**
 * Bytes of a record.
 *
 * @throws {TypeError} If the format is none.
 * @throws {RangeError} If they are 2**53 or more.
 */
export function calcsize(format: string): number {
  return compiled(format).size;
}
