import * as util from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { nativeSizes } from "../src/binary/native_sizes.ts";
import { Record, record } from "../src/binary/record.ts";
import type { Cursor, FieldsOf, FieldType } from "../src/binary/record.ts";
import { View } from "../src/memory/view.ts";
import { load, SCALARS, store } from "./record_oracle.ts";
import { seededBytes } from "./temporary.ts";
import { rounds } from "./effort.ts";

afterEach(() => vi.restoreAllMocks());

function shared(byteLength: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(byteLength));
}

/** Some shared bytes, random for a seed. */
function filled(byteLength: number, seed: number): Uint8Array {
  const bytes = shared(byteLength);
  bytes.set(seededBytes(byteLength, seed));
  return bytes;
}

describe("record()", () => {
  test("lays fields out one behind the other", () => {
    const layout = record({
      id: "u32",
      kind: "u8",
      value: "f64be",
      name: "char[3]",
      marks: "i16[2]",
      raw: "bytes[5]",
    });
    expect([layout.size, layout.alignment]).toEqual([25, 1]);
    expect(
      layout.fields.map(({ name, type, offset, byteLength, count }) =>
        [name, type, offset, byteLength, count].join(" ")
      ),
    ).toEqual([
      "id u32le 0 4 1",
      "kind u8 4 1 1",
      "value f64be 5 8 1",
      "name char[3] 13 3 1",
      "marks i16le[2] 16 4 2",
      "raw bytes[5] 20 5 1",
    ]);
  });

  test("aligns as C does if asked to, with a gap behind the last field", () => {
    const layout = record({ a: "u8", b: "f64", c: "char[3]", d: "u16" }, {
      align: true,
    });
    expect(layout.fields.map(({ offset }) => offset)).toEqual([0, 8, 16, 20]);
    expect([layout.size, layout.alignment]).toEqual([24, 8]);
  });

  test("takes offsets, over other fields too, and goes on behind them", () => {
    const layout = record({
      word: "u32",
      low: { type: "u16", offset: 0 },
      high: "u16",
      far: { type: "u8", offset: 9 },
    });
    expect(layout.fields.map(({ offset }) => offset)).toEqual([0, 0, 2, 9]);
    expect(layout.size).toBe(10);
    const cursor = layout.cursor(shared(10));
    cursor.word = 0x1234_5678;
    expect([cursor.low, cursor.high]).toEqual([0x5678, 0x1234]);
  });

  test("ends behind the furthest field, not the last", () => {
    const layout = record({
      far: { type: "u32", offset: 4 },
      near: { type: "u8", offset: 0 },
    });
    expect(layout.size).toBe(8);
  });

  test("takes a size with room behind the fields", () => {
    expect(record({ a: "u8" }, { size: 32 }).size).toBe(32);
    expect(record({ a: "u32" }, { size: 8, align: true }).size).toBe(8);
  });

  test("takes the byte order of numbers that name none from `endian`", () => {
    const layout = record({ a: "u16", b: "u16le", c: "u16be", d: "u16[1]" }, {
      endian: "big",
    });
    const bytes = Uint8Array.of(1, 2, 1, 2, 1, 2, 1, 2);
    expect(layout.cursor(bytes).toObject())
      .toEqual({ a: 0x102, b: 0x201, c: 0x102, d: [0x102] });
  });

  test("tells where the fields of a record in the record lie", () => {
    const inner = record({ x: "u8", y: "u32" }, { align: true });
    const outer = record({ a: "u8", inner, b: "u8" }, { align: true });
    expect(outer.fields.map(({ offset, type }) => [offset, type]))
      .toEqual([[0, "u8"], [4, "record"], [12, "u8"]]);
    expect([outer.size, outer.alignment]).toEqual([16, 4]);
    expect(outer.fields[1]?.layout).toBe(inner);
  });

  test.each(
    [
      ["u33", "u33"],
      ["u8 with a byte order", "u8le"],
      ["bool with a byte order", "bool[2]be"],
      ["char without length", "char"],
      ["bytes with a byte order", "bytesbe[4]"],
      ["an array of nothing", "u8[0]"],
      ["a length with a zero in front", "u8[04]"],
      ["a negative length", "u8[-1]"],
      ["no whole length", "u8[1.5]"],
      ["two lengths", "u8[2][2]"],
      ["white space", " u8"],
      ["capitals", "U8"],
      ["f8", "f8"],
      ["a name of Object.prototype", "constructor"],
      ["nothing", ""],
      ["null", null],
      ["undefined", undefined],
      ["a number", 8],
      ["an object", {}],
      ["an object without type", { offset: 4 }],
      ["an object of the wrong type", { type: { type: "u8" } }],
    ] as const,
  )("throws TypeError on a field that is %s", (_what, type) => {
    expect(() => record({ a: type as "u8" })).toThrow(
      /^Cannot lay out field "a" as its type must be one of /,
    );
    expect(() => record({ a: type as "u8" })).toThrow(TypeError);
  });

  test.each([
    "toObject",
    "toJSON",
    "advance",
    "assign",
    "bytesOf",
    "_place",
    "_parts",
    "_plan",
    "__proto__",
  ])("throws TypeError on a field named %s, which cursors have", (name) => {
    const fields = Object.fromEntries([[name, "u8"]]);
    expect(() => record(fields as { a: "u8" })).toThrow(TypeError);
    expect(() => record(fields as { a: "u8" })).toThrow(
      `Cannot lay out field "${name}" as every cursor has a member of that name`,
    );
  });

  test("throws TypeError on names that are numbers, which lose their order", () => {
    expect(() => record({ b: "u8", 0: "u8" })).toThrow(
      'Cannot lay out field "0" as its name must not be a number',
    );
  });

  test("takes names that objects have, and those of other members", () => {
    const names = [
      ...["constructor", "toString", "hasOwnProperty", "valueOf", "then"],
      ...["index", "count", "next", "at", "value", "length", "current", ""],
    ];
    const fields = Object.fromEntries(
      names.map((name): [string, "u8"] => [name, "u8"]),
    );
    const layout = record(fields);
    const bytes = Uint8Array.from(names, (_, i) => i + 1);
    const cursor = layout.cursor(bytes);
    expect(names.map((name) => cursor[name])).toEqual([...bytes]);
    expect(Object.values(cursor.toObject())).toEqual([...bytes]);
    Object.assign(cursor, { constructor: 99 });
    expect(bytes[0]).toBe(99);
  });

  test.each(
    [
      [{ endian: "middle" }, TypeError, '"endian"'],
      [{ align: 8 }, TypeError, '"align"'],
      [{ size: 7 }, RangeError, "its size must be from 8"],
      [{ size: 8.5 }, RangeError, "its size must be"],
      [{ size: "8" }, RangeError, "its size must be"],
      [{ size: 2 ** 30 + 8 }, RangeError, "its size must be"],
      [{ size: 12, align: true }, RangeError, "a multiple of 8"],
    ] as const,
  )("throws on options %o", (options, type, text) => {
    const wrong = () => record({ a: "u64" }, options as { size: number });
    expect(wrong).toThrow(type);
    expect(wrong).toThrow(text);
  });

  test("throws where there are no fields, or a record is too long", () => {
    expect(() => record({})).toThrow("it must have a field");
    expect(() => record(null as never)).toThrow("its fields must be an object");
    expect(() => record("u8" as never)).toThrow(TypeError);
    expect(() => record({ a: "bytes[2000000000]" })).toThrow(RangeError);
    for (const offset of [-1, 0.5, NaN, "4"]) {
      const placed = { type: "u8", offset: offset as number } as const;
      expect(() => record({ a: placed })).toThrow("its offset must be");
    }
  });
});

describe("a number", () => {
  const places = { numRuns: rounds(300) };
  const names = Object.keys(SCALARS) as (keyof typeof SCALARS)[];

  test.each(names)("%s is loaded and stored as DataView does", (name) => {
    fc.assert(
      fc.property(
        fc.record({
          littleEndian: fc.boolean(),
          offset: fc.nat(9),
          rest: fc.nat(9),
          shift: fc.nat(9),
          index: fc.nat(3),
          seed: fc.nat(),
        }),
        (choice) => expectAsDataView(choice, name),
      ),
      places,
    );
  });

  function expectAsDataView(
    { littleEndian, offset, rest, shift, index, seed }: {
      littleEndian: boolean;
      offset: number;
      rest: number;
      shift: number;
      index: number;
      seed: number;
    },
    name: keyof typeof SCALARS,
  ): void {
    const { byteLength } = SCALARS[name];
    const size = offset + byteLength + rest;
    const layout = record({ field: { type: name, offset } }, {
      size,
      endian: littleEndian ? "little" : "big",
    });
    const bytes = filled(shift + 4 * size + 3, seed);
    const view = new DataView(bytes.buffer);
    const at = shift + index * size + offset;
    const current = layout.over(bytes, shift, { count: 4 }).at(index);
    const value = load(view, name, at, littleEndian);
    expect(current.field).toEqual(value);
    const expected = bytes.slice();
    const other = load(new DataView(filled(8, seed + 1).buffer), name, 0, true);
    store(new DataView(expected.buffer), name, at, other, littleEndian);
    current.field = other as never;
    expect(current.field).toEqual(other);
    // Bytes of a NaN may differ.
    if (other === other) expect(bytes).toEqual(Uint8Array.from(expected));
  }

  test.each(
    [
      ["u8", [0, 255], [-1, 256], [0.5, NaN, Infinity, 1n, "1", null, true]],
      ["i8", [-128, 127], [-129, 128], [0.5, undefined]],
      ["u16", [0, 65535], [-1, 65536], [0.5, {}]],
      ["i16", [-32768, 32767], [-32769, 32768], [1n]],
      ["u32", [0, 2 ** 32 - 1], [-1, 2 ** 32], [1n, "1"]],
      ["i32", [-(2 ** 31), 2 ** 31 - 1], [-(2 ** 31) - 1, 2 ** 31], [NaN]],
      ["u64", [0n, 2n ** 64n - 1n], [-1n, 2n ** 64n], [1, "1", null]],
      ["i64", [-(2n ** 63n), 2n ** 63n - 1n], [-(2n ** 63n) - 1n, 2n ** 63n], [
        1,
      ]],
      ["f16", [65504, -Infinity, 2 ** -24], [65520, -65520, 1e300], [1n, "1"]],
      ["f32", [1.5, Infinity, -0], [3.5e38, -1e300], [1n, null]],
      ["f64", [1e308, -Infinity, -0], [], [1n, "1", undefined]],
      ["bool", [true, false], [], [1, 0, "", null]],
    ] as const,
  )(
    "%s takes what fits and refuses the rest",
    (name, fitting, large, wrong) => {
      for (const shift of [0, 1]) {
        const bytes = filled(64, 5);
        const cursor = record({ a: name as FieldType }).cursor(
          bytes,
          shift,
        ) as {
          a: unknown;
          assign(values: object): void;
        };
        for (const value of fitting) {
          cursor.a = value;
          expect(cursor.a).toBe(value);
        }
        const before = bytes.slice();
        for (
          const [values, type] of [[large, RangeError], [
            wrong,
            TypeError,
          ]] as const
        ) {
          for (const value of values) {
            expect(() => cursor.a = value, `${value}`).toThrow(type);
            expect(() => cursor.assign({ a: value })).toThrow(type);
          }
        }
        expect(bytes.slice()).toEqual(before);
      }
    },
  );

  test("of 16 and 32 bits is rounded", () => {
    const cursor = record({ a: "f32", b: "f16" }).cursor(shared(6));
    cursor.a = 0.1;
    cursor.b = 0.1;
    expect([cursor.a, cursor.b]).toEqual([Math.fround(0.1), 0.0999755859375]);
  });

  test("is NaN if NaN was stored", () => {
    for (const shift of [0, 1]) {
      const cursor = record({ a: "f64", b: "f32", c: "f16" })
        .cursor(shared(16), shift);
      cursor.assign({ a: NaN, b: NaN, c: NaN });
      expect(cursor.toObject()).toEqual({ a: NaN, b: NaN, c: NaN });
    }
  });

  test("bool is true for all bytes but 0", () => {
    const records = record({ a: "bool" }).over(Uint8Array.of(0, 1, 2, 255));
    const values = [];
    for (const { a } of records) values.push(a);
    expect(values).toEqual([false, true, true, true]);
  });

  test("tells in its error what it takes", () => {
    const cursor = record({ a: "u8" }).cursor(shared(1));
    expect(() => cursor.a = 300).toThrow(
      "Cannot store a value as u8 takes an integer from 0 to 255: received 300",
    );
  });
});

describe("a number goes through a typed array", () => {
  const fields = {
    a: "u16",
    b: "i16",
    c: "u32",
    d: "i32",
    e: "f32",
    f: "f64",
    g: "u64",
    h: "i64",
    i: "f16",
  } as const;

  /** How many times the fields of records were loaded and stored through a DataView. */
  function countViews(
    byteOffset: number,
    options: { endian?: "little" | "big"; size: number; align?: boolean },
  ): number {
    let calls = 0;
    const prototype = DataView.prototype;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (!/^[gs]et/.test(name)) continue;
      const method = prototype[name as "getInt8"];
      vi.spyOn(prototype, name as "getInt8").mockImplementation(
        function (this: DataView, ...args) {
          calls++;
          return method.apply(this, args);
        },
      );
    }
    for (
      const current of record(fields, options).over(shared(200), byteOffset, {
        count: 2,
      })
    ) {
      current.assign(current.toObject());
    }
    return calls;
  }

  test("if it is aligned in every record and in the machine's order", () => {
    expect(countViews(0, { align: true, size: 56 })).toBe(0);
    expect(countViews(64, { align: true, size: 56 })).toBe(0);
  });

  test.each(
    [
      ["the range starts at an odd address", 1, { align: true, size: 56 }],
      ["the order is another", 0, { align: true, size: 56, endian: "big" }],
      ["every second record is at an odd address", 0, { size: 57 }],
    ] as const,
  )("not if %s", (_why, byteOffset, options) => {
    // 9 fields of 2 records, loaded and stored.
    expect(countViews(byteOffset, options)).toBe(36);
  });

  test("if its own offset makes up for that of the range", () => {
    const get = vi.spyOn(DataView.prototype, "getFloat64");
    const layout = record({ a: "u32", b: "f64" }, { size: 16 });
    const bytes = shared(40);
    layout.cursor(bytes, 4).b = 1.5;
    expect(layout.cursor(bytes, 4).b).toBe(1.5);
    expect(new Float64Array(bytes.buffer)[1]).toBe(1.5);
    expect(get).not.toHaveBeenCalled();
  });
});

describe("char[n]", () => {
  const layout = record({ before: "u8", text: "char[8]", behind: "u8" });

  test.each(
    [
      ["", ""],
      ["gold", "676f6c64"],
      ["12345678", "3132333435363738"],
      ["é€", "c3a9e282ac"],
      ["🙂🙂", "f09f9982f09f9982"],
      ["\ufeffa", "efbbbf61"],
    ] as const,
  )("stores %o as UTF-8 with NULs behind, and loads it", (text, hex) => {
    const bytes = filled(10, 3).fill(0xff);
    const cursor = layout.cursor(bytes);
    cursor.text = text;
    const stored = Buffer.from(bytes.slice()).toString("hex");
    expect(stored).toBe(`ff${hex.padEnd(16, "0")}ff`);
    expect(cursor.text).toBe(text);
  });

  test("ends at the first NUL, whatever is behind", () => {
    const cursor = layout.cursor(Uint8Array.from(
      [9, 0x61, 0x62, 0, 0x63, 0, 0xff, 0xff, 0xff, 9],
    ));
    expect(cursor.text).toBe("ab");
    cursor.bytesOf("text").set([0xc3, 0xa9, 0, 0xe9]);
    expect(cursor.text).toBe("é");
  });

  test("loads U+FFFD for what is no UTF-8", () => {
    const cursor = layout.cursor(new Uint8Array(10).fill(0xe9));
    expect(cursor.text).toBe("\ufffd".repeat(8));
  });

  test("refuses text that does not fit or could not be loaded, and stores nothing", () => {
    const bytes = filled(10, 4);
    const before = bytes.slice();
    const cursor = layout.cursor(bytes);
    for (const text of ["123456789", "€€€"]) {
      expect(() => cursor.text = text).toThrow(RangeError);
      expect(() => cursor.text = text).toThrow("at most 8 bytes of UTF-8");
      expect(() => cursor.assign({ before: 0, text })).toThrow(RangeError);
    }
    for (const text of ["a\0b", "\ud800"]) {
      expect(() => cursor.text = text).toThrow(RangeError);
      expect(() => cursor.text = text).toThrow("without NUL");
    }
    for (const value of [1, null, undefined, new Uint8Array(2)]) {
      expect(() => cursor.text = value as never).toThrow(TypeError);
    }
    expect(bytes.slice()).toEqual(before);
  });
});

describe("bytes[n]", () => {
  const layout = record({ before: "u8", raw: "bytes[4]", behind: "u8" });

  test("is a view of the bytes where they lie, and stays there", () => {
    const bytes = filled(12, 1);
    const records = layout.over(bytes);
    const { raw } = records.at(1);
    records.at(0);
    expect([raw.buffer === bytes.buffer, raw.byteOffset]).toEqual([true, 7]);
    raw[0] = 77;
    expect(bytes[7]).toBe(77);
  });

  test("takes up to n bytes, with zeros behind fewer", () => {
    const bytes = new Uint8Array(6).fill(9);
    const cursor = layout.cursor(bytes);
    cursor.raw = Uint8Array.of(1, 2);
    expect([...bytes]).toEqual([9, 1, 2, 0, 0, 9]);
    cursor.raw = Uint8Array.of(1, 2, 3, 4);
    expect([...bytes]).toEqual([9, 1, 2, 3, 4, 9]);
    cursor.raw = cursor.raw.subarray(1);
    expect([...bytes]).toEqual([9, 2, 3, 4, 0, 9]);
    expect(() => cursor.raw = new Uint8Array(5)).toThrow(RangeError);
    expect(() => cursor.raw = [1, 2] as never).toThrow(TypeError);
    expect([...bytes]).toEqual([9, 2, 3, 4, 0, 9]);
  });
});

describe("an array", () => {
  const layout = record({ before: "u16", marks: "i16[3]", big: "u64[2]" });

  test("follows its cursor", () => {
    const records = layout.over(filled(72, 6));
    const { marks } = records.current;
    const loaded = [];
    while (records.advance()) loaded.push(...marks);
    const view = new DataView(filled(72, 6).buffer);
    const expected = [2, 4, 6, 26, 28, 30, 50, 52, 54];
    expect(loaded).toEqual(expected.map((at) => view.getInt16(at, true)));
  });

  test("finds elements from both ends", () => {
    const { marks } = layout.cursor(filled(24, 7));
    const values = marks.toArray();
    expect(marks.length).toBe(3);
    expect([0, 1, 2, -3, -2, -1].map((i) => marks.at(i)))
      .toEqual([...values, ...values]);
    for (const index of [3, -4, 0.5, NaN, Infinity]) {
      expect(() => marks.at(index)).toThrow(
        'Cannot find an element of "marks" as its index must be from -3 to 2',
      );
      expect(() => marks.set(index, 0)).toThrow(RangeError);
    }
  });

  test("stores elements, one or all", () => {
    const bytes = filled(24, 8);
    const expected = new DataView(bytes.slice().buffer);
    const { marks, big } = layout.cursor(bytes);
    marks.set(1, -5);
    marks.set(-1, 7);
    big.assign([1n, 2n]);
    expected.setInt16(4, -5, true);
    expected.setInt16(6, 7, true);
    expected.setBigUint64(8, 1n, true);
    expected.setBigUint64(16, 2n, true);
    expect(bytes.slice()).toEqual(new Uint8Array(expected.buffer));
    marks.assign(Int16Array.of(1, 2, 3));
    expect(marks.toArray()).toEqual([1, 2, 3]);
  });

  test("stores all or nothing", () => {
    const bytes = filled(24, 9);
    const before = bytes.slice();
    const { marks } = layout.cursor(bytes);
    for (const values of [[1, 2], [1, 2, 3, 4], [1, 2, 32768]]) {
      expect(() => marks.assign(values)).toThrow(RangeError);
    }
    for (const values of [[1, 2, "3"], [1, , 3], "123", null, undefined, 5]) {
      expect(() => marks.assign(values as never)).toThrow(TypeError);
    }
    expect(() => marks.set(0, 32768)).toThrow(RangeError);
    expect(() => marks.set(0, "1" as never)).toThrow(TypeError);
    expect(bytes.slice()).toEqual(before);
  });

  test("cannot be stored by =", () => {
    const cursor = layout.cursor(shared(24));
    const store = () => (cursor as { marks: unknown }).marks = [1, 2, 3];
    expect(store).toThrow(TypeError);
    expect(store).toThrow('"marks"');
  });
});

describe("a record in the record", () => {
  const inner = record({ x: "u16be", pair: "u8[2]" });
  const layout = record({ id: "u8", at: inner, again: inner, text: "char[3]" });

  test("is loaded and stored in its place", () => {
    const bytes = shared(24);
    const records = layout.over(bytes);
    const cursor = records.at(1);
    cursor.at.x = 0x102;
    cursor.again.x = 0x304;
    cursor.again.pair.set(1, 9);
    expect([...bytes.subarray(12)])
      .toEqual([0, 1, 2, 0, 0, 3, 4, 0, 9, 0, 0, 0]);
    expect(records.at(0).at.x).toBe(0);
    expect(records.at(1).again.toObject()).toEqual({ x: 0x304, pair: [0, 9] });
  });

  test("keeps its own byte order and alignment", () => {
    const aligned = record({ a: "u8", b: "u32" }, {
      align: true,
      endian: "big",
    });
    const outer = record({ a: "u8", aligned, b: "u16" });
    expect(outer.fields.map(({ offset }) => offset)).toEqual([0, 1, 9]);
    const cursor = outer.cursor(shared(11));
    cursor.aligned.b = 1;
    cursor.b = 1;
    expect([...cursor.bytesOf()]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
    expect([...cursor.aligned.bytesOf("b")]).toEqual([0, 0, 0, 1]);
    expect(cursor.aligned.bytesOf().byteOffset).toBe(1);
  });

  test("is stored with the others, or nothing is", () => {
    const bytes = filled(12, 2);
    const cursor = layout.cursor(bytes);
    cursor.assign({ id: 1, at: { x: 5 }, again: { pair: [3, 4] } });
    expect(cursor.toObject()).toMatchObject({
      id: 1,
      at: { x: 5 },
      again: { pair: [3, 4] },
    });
    const before = bytes.slice();
    const wrong = [
      { id: 7, at: { x: 65536 } },
      { id: 7, at: { y: 5 } },
      { id: 7, again: { pair: [3, 400] } },
      { id: 7, at: 5 },
      { id: 7, nothing: 5 },
      { id: 7, text: "long" },
    ];
    for (const values of wrong) {
      expect(() => cursor.assign(values as { id: number }))
        .toThrow(/TypeError|RangeError|Cannot/);
    }
    expect(() => cursor.at.assign({ x: -1 })).toThrow(RangeError);
    expect(() => cursor.assign(null as never)).toThrow(TypeError);
    expect(bytes.slice()).toEqual(before);
    const store = () => (cursor as { at: unknown }).at = { x: 1 };
    expect(store).toThrow(TypeError);
  });
});

describe("a cursor", () => {
  const layout = record({
    id: "u32",
    name: "char[4]",
    raw: "bytes[2]",
    marks: "u8[2]",
    at: record({ x: "i32" }),
  });

  test("gives a copy that stays as it is", () => {
    const bytes = filled(16, 11);
    const cursor = layout.cursor(bytes);
    cursor.name = "abcd";
    const copy = cursor.toObject();
    const text = JSON.stringify({ ...copy, raw: [...copy.raw] });
    bytes.fill(0);
    expect(JSON.stringify({ ...copy, raw: [...copy.raw] })).toBe(text);
    expect(copy.raw.buffer).toBeInstanceOf(ArrayBuffer);
    expect(Object.keys(copy)).toEqual(["id", "name", "raw", "marks", "at"]);
  });

  test("is its values in JSON and in the console", () => {
    const bytes = shared(32);
    const plain = record({ id: "u32", at: record({ x: "i8[2]" }) });
    const cursor = plain.cursor(bytes);
    cursor.id = 7;
    expect(JSON.stringify(cursor)).toBe('{"id":7,"at":{"x":[0,0]}}');
    expect(Object.keys(cursor)).toEqual([]);
    const { current } = plain.over(bytes, 0, { count: 1 });
    const { Deno } = globalThis as unknown as {
      Deno?: { inspect(value: unknown): string };
    };
    const show = Deno?.inspect ?? util.inspect;
    expect(show(cursor).replace(/[\s,]+/g, " ")).toBe(
      "{ id: 7 at: { x: [ 0 0 ] } }",
    );
    expect(show(current)).toBe("{}");
  });

  test("gives the bytes of a field and of the record, where they lie", () => {
    const bytes = filled(40, 12);
    const records = layout.over(bytes, 8);
    const cursor = records.at(1);
    const raw = cursor.bytesOf("raw");
    const whole = cursor.bytesOf();
    expect([raw.byteOffset, raw.length]).toEqual([8 + 16 + 8, 2]);
    expect([whole.byteOffset, whole.length]).toEqual([24, 16]);
    expect(cursor.bytesOf("at").length).toBe(4);
    expect(() => cursor.bytesOf("nothing" as "raw")).toThrow(
      'its name must be one of id name raw marks at: received "nothing"',
    );
    whole[0] = 200;
    expect(bytes[24]).toBe(200);
  });

  test("sees what others store into the same memory", () => {
    const bytes = shared(16);
    const [left, right] = [layout.cursor(bytes), layout.cursor(bytes.buffer)];
    left.id = 5;
    left.at.x = -3;
    expect([right.id, right.at.x]).toEqual([5, -3]);
  });

  test.each(
    [
      ["Uint8Array", (buffer: ArrayBuffer) => new Uint8Array(buffer)],
      ["ArrayBuffer", (buffer: ArrayBuffer) => buffer],
      ["DataView", (buffer: ArrayBuffer) => new DataView(buffer)],
      ["Float64Array", (buffer: ArrayBuffer) => new Float64Array(buffer)],
      ["View", (buffer: ArrayBuffer) => new View(buffer)],
      ["Buffer", (buffer: ArrayBuffer) => Buffer.from(buffer)],
    ] as const,
  )("is over a %s", (_name, sourceOf) => {
    const buffer = new ArrayBuffer(16);
    layout.cursor(sourceOf(buffer)).id = 9;
    expect(new DataView(buffer).getUint32(0, true)).toBe(9);
  });

  test("throws where the source holds no bytes", () => {
    expect(() => layout.cursor([1, 2] as never)).toThrow(TypeError);
    expect(() => layout.over(undefined as never)).toThrow(TypeError);
  });
});

test("cursors are of one class wherever numbers are aligned alike, as engines want it", () => {
  const bytes = shared(128);
  /** How many classes the cursors over ranges at these offsets have. */
  const classes = (
    layout: { cursor(bytes: Uint8Array, byteOffset: number): object },
    offsets: readonly number[],
  ) => {
    const cursors = offsets.map((offset) => layout.cursor(bytes, offset));
    return new Set(cursors.map((cursor) => Object.getPrototypeOf(cursor))).size;
  };
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 9, 17];
  expect(classes(record({ a: "u8", b: "f64" }), all)).toBe(1);
  expect(classes(record({ a: "u32", b: "f64" }), all)).toBe(4);
  expect(classes(record({ a: "u32", b: "f64" }, { size: 16 }), all)).toBe(8);
  expect(classes(record({ a: "char[3]", b: "u16[4]" }), all)).toBe(1);
  const inner = record({ x: "u16" });
  expect(classes(record({ inner, again: inner }), all)).toBe(2);
});

/** What has records to go through. */
interface Advancing {
  advance(): boolean;
  readonly current: { advance(): boolean };
}

describe("over()", () => {
  const layout = record({ a: "u16", b: "u8" });

  /** Offsets of all records in a range. */
  function starts(...args: Parameters<typeof layout.over>): number[] {
    const records = layout.over(...args);
    const offsets = [];
    while (records.advance()) offsets.push(records.byteOffset);
    return offsets;
  }

  test("goes through whole records, from an offset or up to a count", () => {
    const bytes = new Uint8Array(12);
    expect(starts(bytes)).toEqual([0, 3, 6, 9]);
    expect(starts(bytes, 3)).toEqual([3, 6, 9]);
    expect(starts(bytes, 12)).toEqual([]);
    expect(starts(bytes, 1, { count: 3 })).toEqual([1, 4, 7]);
    expect(starts(bytes, 1, { count: 0 })).toEqual([]);
    expect(starts(bytes.subarray(6))).toEqual([0, 3]);
    expect(starts(new Uint8Array(0))).toEqual([]);
  });

  test("throws RangeError where bytes would be left over or missing", () => {
    const bytes = new Uint8Array(11);
    expect(() => layout.over(bytes)).toThrow(
      "Cannot find records of 3 bytes as the bytes must be a multiple of that, or their count be given: received 11 bytes",
    );
    expect(() => layout.over(bytes, 0, { count: 4 })).toThrow(RangeError);
    for (const count of [-1, 0.5, NaN, "1"]) {
      const options = { count: count as number };
      expect(() => layout.over(bytes, 0, options)).toThrow(RangeError);
    }
    for (const offset of [-1, 12, 0.5, NaN, "1"]) {
      const options = { count: 0 };
      expect(() => layout.over(bytes, offset as number, options))
        .toThrow("their offset must be from 0 to 11");
    }
    expect(() => layout.cursor(bytes, 9)).toThrow(RangeError);
    expect(layout.cursor(bytes, 8).b).toBe(0);
  });

  test.each([
    ["records", (records: Advancing) => records.advance()],
    ["their cursor", (records: Advancing) => records.current.advance()],
  ])("advance by %s to the last one and stay there", (_what, advance) => {
    const records = layout.over(Uint8Array.of(1, 0, 1, 2, 0, 2));
    expect(records.index).toBe(-1);
    expect([advance(records), records.index, records.current.b])
      .toEqual([true, 0, 1]);
    expect([advance(records), records.index, records.current.b])
      .toEqual([true, 1, 2]);
    for (let i = 0; i < 3; i++) {
      expect([advance(records), records.index, records.current.b])
        .toEqual([false, 1, 2]);
    }
    expect(records.count).toBe(2);
  });

  test("have one cursor with the records that are nested in them", () => {
    const outer = record({ a: "u8", inner: layout });
    const { current } = outer.over(Uint8Array.from({ length: 8 }, (_, i) => i));
    expect([current.advance(), current.a, current.inner.b])
      .toEqual([true, 0, 3]);
    expect([current.inner.advance(), current.a, current.inner.b])
      .toEqual([true, 4, 7]);
    expect([current.advance(), current.inner.advance(), current.a])
      .toEqual([false, false, 4]);
    // One that was made for a single record is at it.
    expect(layout.cursor(new Uint8Array(9)).advance()).toBe(false);
  });

  test("goes to any record", () => {
    const records = layout.over(filled(30, 1));
    for (const index of [9, 0, 4, 4, 8]) {
      const current = records.at(index);
      expect(current).toBe(records.current);
      expect([records.index, records.byteOffset]).toEqual([index, 3 * index]);
      expect(current.b).toBe(seededBytes(30, 1)[3 * index + 2]);
    }
    for (const index of [-1, 10, 0.5, NaN, 2 ** 32, Infinity, "1"]) {
      expect(() => records.at(index as number)).toThrow(RangeError);
    }
    expect(records.index).toBe(8);
    expect(() => layout.over(new Uint8Array(0)).at(0)).toThrow(RangeError);
  });

  test("can be gone through with for, again and again, with one cursor", () => {
    const records = layout.over(filled(30, 2));
    records.at(5);
    for (let round = 0; round < 2; round++) {
      const indices = [];
      for (const current of records) {
        expect(current).toBe(records.current);
        indices.push(records.index);
        if (indices.length === 4 && round === 0) break;
      }
      expect(indices).toEqual([...Array(round === 0 ? 4 : 10).keys()]);
    }
    for (const _ of layout.over(new Uint8Array(0))) expect.fail("no record");
  });

  test("gives results of iteration as other iterators do", () => {
    const iterator = layout.over(new Uint8Array(3))[Symbol.iterator]();
    expect(iterator.next().done).toBe(false);
    const { done, value } = iterator.next();
    expect([done, value]).toEqual([true, undefined]);
    expect(iterator.next().done).toBe(true);
  });

  test("has cursors of its own in each call", () => {
    const bytes = filled(30, 3);
    const pairs = [];
    const [outer, inner] = [layout.over(bytes), layout.over(bytes)];
    for (const left of outer) {
      for (const right of inner) pairs.push(left.b * 256 + right.b);
    }
    const values = [...Array(10).keys()].map((i) => bytes[3 * i + 2]!);
    expect(pairs).toEqual(
      values.flatMap((left) => values.map((right) => left * 256 + right)),
    );
  });
});

describe("a cursor never leaves its range", () => {
  const kinds: FieldType[] = ["u8", "u16", "u32be", "f64", "bool", "f16"];
  const fields: [string, FieldType][] = [
    ...kinds.map((kind): [string, FieldType] => [kind, kind]),
    ["text", "char[3]"],
    ["raw", "bytes[2]"],
    ["array", "u16[2]"],
  ];

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "at an offset of %i: fields throw in front of the first record and where there is none",
    (shift) => {
      const bytes = filled(200, 21);
      const before = bytes.slice();
      for (const [name, type] of fields) {
        for (const size of [8, 9, 16]) {
          for (const count of [0, 2]) {
            const layout = record({ [name]: { type, offset: 0 } }, { size });
            const { current } = layout.over(bytes, 64 + shift, { count });
            const values: object = layout.cursor(bytes, 30).toObject();
            expect(() => current.toObject(), type).toThrow(
              "Cannot use a record as the cursor is at none",
            );
            expect(() => current.assign(values), type).toThrow(RangeError);
            expect(() => current.bytesOf(), type).toThrow(RangeError);
          }
        }
      }
      const records = record({ a: "u8" }).over(bytes, 64 + shift, { count: 0 });
      expect(() => records.byteOffset).toThrow(RangeError);
      expect([records.index, records.advance()]).toEqual([-1, false]);
      expect(bytes.slice()).toEqual(before);
    },
  );

  test("whatever is stored at its ends", () => {
    fc.assert(
      fc.property(
        fc.subarray(fields, { minLength: 1 }),
        fc.nat(9),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(9),
        (chosen, shift, count, rest) => {
          const types = Object.fromEntries(chosen);
          const size = record(types).size + rest;
          const layout = record(types, { size });
          const bytes = new Uint8Array(count * size + 20).fill(0xaa);
          const ones = layout.cursor(new Uint8Array(size).fill(1)).toObject();
          for (const current of layout.over(bytes, shift, { count })) {
            current.assign(ones);
          }
          const end = shift + count * size;
          expect(bytes.subarray(0, shift).every((byte) => byte === 0xaa))
            .toBe(true);
          expect(bytes.subarray(end).every((byte) => byte === 0xaa))
            .toBe(true);
          for (let i = 0; i < count; i++) {
            const start = shift + i * size;
            const padding = bytes.subarray(start + size - rest, start + size);
            expect(padding.every((byte) => byte === 0xaa)).toBe(true);
          }
        },
      ),
    );
  });
});

describe("a read-only cursor", () => {
  const inner = record({ x: "u8" });
  const layout = record({
    a: "u32",
    t: "char[2]",
    r: "bytes[2]",
    m: "u8[2]",
    inner,
  });

  test.each(
    [
      [
        "if asked for",
        (bytes: Uint8Array) => layout.cursor(bytes, 0, { readonly: true }),
      ],
      [
        "over a read-only View",
        (bytes: Uint8Array) => layout.cursor(new View(bytes).toReadonly()),
      ],
      [
        "of records",
        (bytes: Uint8Array) => layout.over(bytes, 0, { readonly: true }).at(0),
      ],
    ] as const,
  )("%s loads and refuses to store", (_how, cursorOf) => {
    const bytes = filled(11, 2);
    const before = bytes.slice();
    const cursor = cursorOf(bytes) as Cursor<FieldsOf<typeof layout>>;
    expect(cursor.toObject()).toEqual(layout.cursor(before).toObject());
    const stores = [
      () => cursor.a = 1,
      () => cursor.t = "a",
      () => cursor.r = new Uint8Array(1),
      () => cursor.m.set(0, 1),
      () => cursor.m.assign([1, 2]),
      () => cursor.inner.x = 1,
      () => cursor.inner.assign({ x: 1 }),
      () => cursor.assign({ a: 1 }),
      () => cursor.assign({ inner: { x: 1 } }),
    ];
    for (const store of stores) {
      expect(store).toThrow(TypeError);
      expect(store).toThrow("as its cursor is read-only");
    }
    expect(bytes.slice()).toEqual(before);
  });

  test("does not make others of its layout read-only", () => {
    const bytes = shared(11);
    layout.cursor(bytes, 0, { readonly: true });
    layout.cursor(bytes).a = 5;
    expect(layout.cursor(bytes, 0, { readonly: true }).a).toBe(5);
    expect(() =>
      layout.cursor(new View(bytes).toReadonly(), 0, { readonly: false }).a = 1
    )
      .toThrow(TypeError);
  });
});

describe("past 2 GiB", () => {
  const memory = new WebAssembly.Memory({
    initial: 65_536,
    maximum: 65_536,
    shared: true,
  });
  const layout = record({
    id: "u32",
    big: "u64be",
    value: "f64",
    text: "char[4]",
    marks: "u16[2]",
    x: "u8",
  }, { size: 32 });
  const places = [0, 2 ** 26 - 1, 2 ** 26, 2 ** 26 + 1, 2 ** 27 - 2];

  test.each([0, 4, 5])(
    "records at offset %i are where they should be",
    (shift) => {
      const count = 2 ** 27 - 1;
      const records = layout.over(memory.buffer, shift, { count });
      for (const index of places) {
        const at = shift + index * 32;
        const view = new DataView(memory.buffer, at, 32);
        for (let i = 0; i < 32; i++) view.setUint8(i, 0);
        records.at(index).assign({
          id: 7,
          big: 8n,
          value: 1.5,
          text: "abc",
          marks: [1, 2],
          x: 3,
        });
        expect([
          view.getUint32(0, true),
          view.getBigUint64(4),
          view.getFloat64(12, true),
          view.getUint8(20),
          view.getUint16(26, true),
          view.getUint8(28),
        ]).toEqual([7, 8n, 1.5, 97, 2, 3]);
        expect(records.current.toObject()).toEqual({
          id: 7,
          big: 8n,
          value: 1.5,
          text: "abc",
          marks: [1, 2],
          x: 3,
        });
        expect([records.index, records.byteOffset]).toEqual([index, at]);
        expect(records.current.bytesOf().byteOffset).toBe(at);
      }
    },
  );

  test.each(Object.keys(SCALARS) as (keyof typeof SCALARS)[])(
    "%s is loaded and stored in its place",
    (name) => {
      const view = new DataView(memory.buffer);
      const value = load(new DataView(filled(8, 9).buffer), name, 0, true);
      for (const shift of [0, 5]) {
        const one = record({ field: { type: name, offset: 16 } }, { size: 32 });
        const count = 2 ** 27 - 1;
        const records = one.over(memory.buffer, shift, { count });
        for (const index of places) {
          const at = shift + 32 * index + 16;
          store(view, name, at, value, true);
          const { current } = records;
          expect(records.at(index).field).toBe(value);
          view.setBigUint64(at, 0n);
          current.field = value as never;
          expect(load(view, name, at, true)).toBe(value);
        }
      }
    },
  );

  test("advance() and at() step over the boundary and end", () => {
    const records = layout.over(memory.buffer, 0, { count: 2 ** 27 - 1 });
    records.at(2 ** 26 - 2);
    const indices = [];
    for (let i = 0; i < 4; i++) {
      records.advance();
      indices.push(records.index - 2 ** 26);
    }
    expect(indices).toEqual([-1, 0, 1, 2]);
    records.at(2 ** 27 - 3);
    expect([records.advance(), records.advance()]).toEqual([true, false]);
    expect(records.index).toBe(2 ** 27 - 2);
  });

  test("ranges that positions cannot count are refused", () => {
    const one = record({ a: "u8" });
    expect(() => layout.over(memory.buffer)).toThrow(RangeError);
    expect(() => one.over(memory.buffer)).toThrow(RangeError);
    const records = one.over(memory.buffer, 1);
    records.at(2 ** 32 - 2).a = 9;
    expect(new Uint8Array(memory.buffer, 2 ** 32 - 1)[0]).toBe(9);
    expect([records.index, records.advance()]).toEqual([2 ** 32 - 2, false]);
  });
});

describe("Record.fromStruct()", () => {
  test("names the values of a format, an array for a count", () => {
    const layout = Record.fromStruct("<IIdQ8x", ["id", "kind", "value", "ts"]);
    expect(layout.size).toBe(32);
    expect(layout.fields.map(({ name, type, offset }) => [name, type, offset]))
      .toEqual([
        ["id", "u32le", 0],
        ["kind", "u32le", 4],
        ["value", "f64le", 8],
        ["ts", "u64le", 16],
      ]);
    const names = ["h", "s", "c", "cc", "B", "none", "p", "q"] as const;
    const format = ">x 3h 0i 4s c 2c 1B 0s 5p ?";
    const counts = Record.fromStruct(format, names);
    expect(counts.fields.map(({ type }) => type)).toEqual([
      ...["i16be[3]", "bytes[4]", "bytes[1]", "bytes[2]", "u8", "bytes[0]"],
      ...["pascal[5]", "bool"],
    ]);
  });

  test("takes numbers as long as the platform has them", () => {
    const sizes = nativeSizes();
    const layout = Record.fromStruct("@lLnNP", ["a", "b", "c", "d", "e"]);
    const [long, pointer] = [8 * sizes.long, 8 * sizes.pointer];
    expect(layout.fields.map(({ type }) => type.slice(0, 3))).toEqual([
      ...[`i${long}`, `u${long}`],
      ...[`i${pointer}`, `u${pointer}`, `u${pointer}`],
    ]);
  });

  test("aligns native formats, but leaves no gap behind them", () => {
    const layout = Record.fromStruct("@Bd?", ["a", "b", "c"]);
    expect(layout.fields.map(({ offset }) => offset)).toEqual([0, 8, 16]);
    expect([layout.size, layout.alignment]).toEqual([17, 8]);
    expect(Record.fromStruct("=Bd", ["a", "b"]).alignment).toBe(1);
  });

  test("stores Pascal strings behind their length", () => {
    const bytes = new Uint8Array(6).fill(9);
    const cursor = Record.fromStruct("B4pB", ["a", "p", "b"]).cursor(bytes);
    cursor.p = Uint8Array.of(1, 2);
    expect([...bytes]).toEqual([9, 2, 1, 2, 0, 9]);
    expect([...cursor.p]).toEqual([1, 2]);
    expect(() => cursor.p = new Uint8Array(4)).toThrow(RangeError);
    bytes[1] = 200;
    expect(cursor.p.length).toBe(3);
    expect(cursor.bytesOf("p").length).toBe(4);
    const long = Record.fromStruct("300p", ["p"]).cursor(new Uint8Array(300));
    long.p = new Uint8Array(255).fill(1);
    expect(long.p.length).toBe(255);
    expect(() => long.p = new Uint8Array(256)).toThrow(RangeError);
  });

  test("throws on names that do not fit", () => {
    const wrong: [string, unknown, string][] = [
      ["<II", ["a"], "it has 2 fields to be named: received 1 names"],
      ["<I4x", ["a", "b"], "received 2 names"],
      ["<II", ["a", "a"], 'names must differ: received "a" twice'],
      ["<I", ["assign"], "every cursor has a member"],
      ["<I", ["0"], "must not be a number"],
      ["<I", "a", "its names must be an array"],
      ["<I", [1], "its names must be an array"],
      ["<I", undefined, "its names must be an array"],
    ];
    for (const [format, names, text] of wrong) {
      const make = () => Record.fromStruct(format, names as string[]);
      expect(make).toThrow(TypeError);
      expect(make).toThrow(text);
    }
  });

  test("throws on formats that are none, or have no bytes", () => {
    expect(() => Record.fromStruct("<z", ["a"])).toThrow(TypeError);
    expect(() => Record.fromStruct("", [])).toThrow(RangeError);
    expect(() => Record.fromStruct("<0s", ["a"])).toThrow(RangeError);
    expect(() => Record.fromStruct("<2000000000s", ["a"])).toThrow(RangeError);
  });
});

test("many layouts at once do not disturb each other", () => {
  const bytes = filled(240, 30);
  const view = new DataView(bytes.buffer);
  const layouts = [...Array(40).keys()].map((i) =>
    record({ [`a${i}`]: "u16", [`b${i}`]: "f64" }, {
      size: 24,
      endian: i % 2 === 0 ? "little" : "big",
    })
  );
  layouts.forEach((layout, i) => {
    const loaded = [];
    for (const current of layout.over(bytes, i % 3, { count: 9 })) {
      loaded.push(current[`a${i}`], current[`b${i}`]);
    }
    const expected = [...Array(9).keys()].flatMap((index) => [
      view.getUint16(i % 3 + 24 * index, i % 2 === 0),
      view.getFloat64(i % 3 + 24 * index + 2, i % 2 === 0),
    ]);
    expect(loaded).toEqual(expected);
  });
});
