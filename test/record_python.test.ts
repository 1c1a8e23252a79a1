import { describe, expect } from "vitest";
import { nativeSizes } from "../src/binary/native_sizes.ts";
import { Record, record } from "../src/binary/record.ts";
import type {
  AnyRecordLayout,
  FieldSpec,
  RecordLayout,
} from "../src/binary/record.ts";
import {
  decode,
  type Decoded,
  type Encoded,
  fromHex,
  testAgainstPython,
} from "./python_oracle.ts";

/** [endian, align, fields] */
type PythonRecord = [string, boolean, (string | PythonRecord)[]];
type LayoutCase = ["layout", PythonRecord, number, number[], string, Encoded[]];
type StructCase = ["struct", string, string, Encoded[]];
type RecordCase = LayoutCase | StructCase;

/** Whether native formats have the sizes of the machine that made the committed cases. */
const asCommitted = nativeSizes().long === 8;

describe("record() agrees with ctypes and struct", () => {
  testAgainstPython<RecordCase>(
    { name: "record_cases", committed: 1500, fresh: 700, asCommitted },
    expectAsPython,
  );
});

function expectAsPython(one: RecordCase, index: number, where = ""): void {
  const told = `${where} ${JSON.stringify(one)}`;
  if (one[0] === "struct") {
    const [, format, bytes, values] = one;
    if (!asCommitted && !/^[=<>!]/.test(format)) return;
    const names = values[0] instanceof Array
      ? values[0].map((_, i) => `f${i}`)
      : [];
    const layout = Record.fromStruct(format, names);
    expectSameBytes(layout, bytes, values, index, told);
  } else {
    const [, shape, size, offsets, bytes, values] = one;
    const layout = layoutOf(shape);
    expect([layout.size, layout.fields.map(({ offset }) => offset)], told)
      .toEqual([size, offsets]);
    expectSameBytes(layout, bytes, values, index, told);
  }
}

function layoutOf([endian, align, types]: PythonRecord): RecordLayout<Loose> {
  const fields = types.map((type, i): [string, FieldSpec] => [
    `f${i}`,
    // The generator knows our types only.
    type instanceof Array ? layoutOf(type) : type as "u8",
  ]);
  return record(Object.fromEntries(fields), {
    endian: endian === "big" ? "big" : "little",
    align,
  });
}

type Loose = { readonly [name: string]: FieldSpec };

/** Loads the values from the bytes, and stores them into others, at an offset that depends on `index`. */
function expectSameBytes(
  layout: RecordLayout<Loose>,
  hex: string,
  encoded: readonly Encoded[],
  index: number,
  told: string,
): void {
  const bytes = fromHex(hex.slice(1));
  const shift = index % 9;
  const loaded = new Uint8Array(new SharedArrayBuffer(bytes.length + 16));
  const stored = new Uint8Array(new ArrayBuffer(bytes.length + 16)).fill(0);
  loaded.set(bytes, shift);
  const target = stored.subarray(shift, shift + bytes.length);
  const source = loaded.subarray(shift, shift + bytes.length);
  const targets = layout.over(target);
  let i = 0;
  for (const current of layout.over(source)) {
    const values = encoded[i++]!;
    expect(plain(current.toObject()), told).toEqual(
      plain(objectOf(layout, decode(values))),
    );
    storeAll(targets.at(i - 1), current.toObject(), index % 2 === 0);
  }
  expect(i, told).toBe(encoded.length);
  expect(target, told).toEqual(bytes);
  expect(stored.fill(0, shift, shift + bytes.length), told).toEqual(
    new Uint8Array(bytes.length + 16),
  );
}

/** Stores a whole record at once, or field by field. */
function storeAll(
  cursor: { assign(values: object): void; [name: string]: unknown },
  values: object,
  atOnce: boolean,
): void {
  if (atOnce) return cursor.assign(values);
  for (const [name, value] of Object.entries(values)) {
    const part = cursor[name];
    if (hasAssign(part)) part.assign(value);
    else cursor[name] = value;
  }
}

function hasAssign(part: unknown): part is { assign(values: object): void } {
  return typeof part === "object" && part !== null && "assign" in part;
}

/** The values of a record under the names of its fields. */
function objectOf(layout: AnyRecordLayout, values: Decoded): object {
  if (!(values instanceof Array)) throw new Error("Bug: no record");
  return Object.fromEntries(
    layout.fields.map(({ name }, i) => [name, values[i]]),
  );
}

/**
 * The same with integers as text, because Python's are bigints here however short, and records in records as lists.
 */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (typeof value === "number") {
    // Python's floats and integers are told apart by the field.
    return Object.is(value, -0) ? "-0" : `${value}`;
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return [...value];
  return Object.values(value).map(plain);
}
