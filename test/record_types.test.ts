import { describe, expectTypeOf, test } from "vitest";
import {
  type FixedArray,
  type LayoutRecords,
  type ReadonlyFixedArray,
  Record,
  record,
  type RecordObject,
} from "../src/binary/record.ts";
import type { ReadonlyBytes } from "../src/memory/shared_file/types.ts";
import { View } from "../src/memory/view.ts";

const Point = record({ x: "f32", y: "f32be" });
const Sample = record({
  id: "u32",
  total: "u64",
  valid: "bool",
  name: "char[8]",
  raw: "bytes[3]",
  marks: "u16be[4]",
  sums: "i64[2]",
  flags: "bool[2]",
  at: Point,
  placed: { type: "i8", offset: 80 },
  placedAt: { type: Point, offset: 84 },
});
const bytes = new Uint8Array(new SharedArrayBuffer(Sample.size));

describe("the types of a cursor follow from the literal", () => {
  const cursor = Sample.cursor(bytes);

  test("for fields that are one value", () => {
    expectTypeOf(cursor.id).toEqualTypeOf<number>();
    expectTypeOf(cursor.total).toEqualTypeOf<bigint>();
    expectTypeOf(cursor.valid).toEqualTypeOf<boolean>();
    expectTypeOf(cursor.name).toEqualTypeOf<string>();
    expectTypeOf(cursor.raw).toEqualTypeOf<Uint8Array>();
    expectTypeOf(cursor.placed).toEqualTypeOf<number>();
  });

  test("for arrays and nested records", () => {
    expectTypeOf(cursor.marks).toEqualTypeOf<FixedArray<number>>();
    expectTypeOf(cursor.sums).toEqualTypeOf<FixedArray<bigint>>();
    expectTypeOf(cursor.flags).toEqualTypeOf<FixedArray<boolean>>();
    expectTypeOf(cursor.at.x).toEqualTypeOf<number>();
    expectTypeOf(cursor.placedAt.y).toEqualTypeOf<number>();
  });

  test("for stores", () => {
    cursor.id = 3;
    cursor.at.x = 4;
    cursor.assign({ id: 3, marks: new Uint16Array(4), at: { x: 4 } });
    // @ts-expect-error: no bigint
    expectTypeOf(() => cursor.id = 3n).toBeFunction();
    // @ts-expect-error: an array is stored by its own members
    expectTypeOf(() => cursor.marks = [1, 2, 3, 4]).toBeFunction();
    // @ts-expect-error: so is a record
    expectTypeOf(() => cursor.at = { x: 1, y: 2 }).toBeFunction();
    // @ts-expect-error: no text
    expectTypeOf(() => cursor.assign({ id: "3" })).toBeFunction();
    // @ts-expect-error: no such field
    expectTypeOf(() => cursor.assign({ idd: 3 })).toBeFunction();
    // @ts-expect-error: no such field
    expectTypeOf(() => cursor.bytesOf("idd")).toBeFunction();
    // @ts-expect-error: no such field
    expectTypeOf(cursor.idd).toBeAny();
  });

  test("for copies", () => {
    expectTypeOf(cursor.toObject()).toEqualTypeOf<{
      id: number;
      total: bigint;
      valid: boolean;
      name: string;
      raw: Uint8Array<ArrayBuffer>;
      marks: number[];
      sums: bigint[];
      flags: boolean[];
      at: { x: number; y: number };
      placed: number;
      placedAt: { x: number; y: number };
    }>();
    expectTypeOf<RecordObject<{ x: "f32" }>>()
      .toEqualTypeOf<{ x: number }>();
  });

  test("for records", () => {
    const records = Sample.over(bytes);
    expectTypeOf(records).toExtend<LayoutRecords<typeof cursor>>();
    for (const { id } of records) expectTypeOf(id).toEqualTypeOf<number>();
    records.at(0).id = 3;
  });
});

describe("a cursor has no stores in its type", () => {
  test("if it is asked to have none", () => {
    const cursor = Sample.cursor(bytes, 0, { readonly: true });
    expectTypeOf(cursor.marks).toEqualTypeOf<ReadonlyFixedArray<number>>();
    expectTypeOf(cursor.id).toEqualTypeOf<number>();
    // @ts-expect-error: read-only
    expectTypeOf(() => cursor.id = 3).toBeFunction();
    // @ts-expect-error: read-only
    expectTypeOf(() => cursor.at.x = 3).toBeFunction();
    // @ts-expect-error: read-only
    expectTypeOf(() => cursor.assign({ id: 3 })).toBeFunction();
    const readonly = Math.random() < 2;
    const perhaps = Sample.cursor(bytes, 0, { readonly });
    // @ts-expect-error: perhaps read-only
    expectTypeOf(() => perhaps.id = 3).toBeFunction();
  });

  test("if its source has none", () => {
    const cursor = Sample.cursor(bytes as ReadonlyBytes);
    // @ts-expect-error: read-only
    expectTypeOf(() => cursor.id = 3).toBeFunction();
  });

  test("and has them over whatever can be stored into", () => {
    Sample.cursor(bytes.buffer).id = 1;
    Sample.cursor(new ArrayBuffer(Sample.size)).id = 1;
    Sample.cursor(new DataView(bytes.buffer)).id = 1;
    Sample.cursor(new BigInt64Array(20)).id = 1;
    Sample.cursor(new View(bytes)).id = 1;
  });
});

describe("record() refuses in its types", () => {
  test("texts that are no type", () => {
    // @ts-expect-error: no such number
    expectTypeOf(() => record({ a: "u33" })).toBeFunction();
    // @ts-expect-error: a byte has no order
    expectTypeOf(() => record({ a: "u8be" })).toBeFunction();
    // @ts-expect-error: no length
    expectTypeOf(() => record({ a: "char" })).toBeFunction();
    // @ts-expect-error: of text
    expectTypeOf(() => record({ a: "u8[n]" })).toBeFunction();
  });

  test("names of members of cursors", () => {
    // @ts-expect-error: a member
    expectTypeOf(() => record({ assign: "u32" })).toBeFunction();
    // @ts-expect-error: a member
    expectTypeOf(() => record({ id: "u32", toObject: "u32" })).toBeFunction();
  });
});

describe("Record.fromStruct() tells the types", () => {
  test("of literals", () => {
    const names = ["id", "marks", "tag", "label", "ok", "one"] as const;
    const layout = Record.fromStruct("<I3q 4c0i8x5s?1d", names);
    const cursor = layout.cursor(new Uint8Array(layout.size));
    expectTypeOf(cursor.id).toEqualTypeOf<number>();
    expectTypeOf(cursor.marks).toEqualTypeOf<FixedArray<bigint>>();
    expectTypeOf(cursor.tag).toEqualTypeOf<Uint8Array>();
    expectTypeOf(cursor.label).toEqualTypeOf<Uint8Array>();
    expectTypeOf(cursor.ok).toEqualTypeOf<boolean>();
    expectTypeOf(cursor.one).toEqualTypeOf<number>();
    // @ts-expect-error: no such field
    expectTypeOf(cursor.two).toBeAny();
  });

  test("of native formats, whose sizes differ", () => {
    const cursor = Record.fromStruct("lp", ["long", "text"])
      .cursor(new Uint8Array(16));
    expectTypeOf(cursor.long).toEqualTypeOf<number | bigint>();
    expectTypeOf(cursor.text).toEqualTypeOf<Uint8Array>();
  });

  test("of no literals: there is a value, and it can be stored", () => {
    const format: string = "<I";
    const cursor = Record.fromStruct(format, ["id"]).cursor(new Uint8Array(4));
    expectTypeOf(cursor["id"]).toEqualTypeOf<unknown>();
    cursor["id"] = 3;
    expectTypeOf(cursor.bytesOf("id")).toEqualTypeOf<Uint8Array>();
  });

  test("and leaves TypeScript's own Record alone", () => {
    const counts: Record<string, number> = { a: 1 };
    expectTypeOf(counts["a"]).toEqualTypeOf<number | undefined>();
  });
});
