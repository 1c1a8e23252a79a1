import { describe, expect, test, vi } from "vitest";
import type { BytesSource } from "../src/binary/bytes.ts";
import type { ElementValue } from "../src/binary/element.ts";
import { View } from "../src/memory/view.ts";
import { nativeSizes } from "../src/binary/native_sizes.ts";
import { Struct } from "../src/binary/struct.ts";
import {
  calcsize,
  iterUnpack,
  pack,
  packInto,
  unpack,
  unpackFrom,
} from "../src/binary/struct_functions.ts";
import {
  decode,
  type Decoded,
  type Encoded,
  fromHex,
  testAgainstPython,
} from "./python_oracle.ts";
import { seededBytes } from "./temporary.ts";

/** [operation, format, argument..., result], the result `null` where Python raises. */
type StructCase = [string, string, ...Encoded[]];

/** Whether native formats have the sizes of the machine that made the committed cases. */
const asCommitted = nativeSizes().long === 8;

describe("Struct agrees with Python", () => {
  testAgainstPython<StructCase>(
    { name: "struct_cases", committed: 4000, fresh: 1500, asCommitted },
    expectAsPython,
  );
});

function expectAsPython(one: StructCase, index: number, where = ""): void {
  const [operation, format] = one;
  if (!asCommitted && !/^[=<>!]/.test(format)) return;
  const expected = one.at(-1) ?? null;
  const received = outcome(one, index);
  const same = expected === null
    ? received instanceof TypeError || received instanceof RangeError
    : isSame(received, decode(expected as Encoded));
  if (same) return;
  expect.fail(
    `${where} ${JSON.stringify(one)}: ${operation} gives ${show(received)}`,
  );
}

/** What our side returns or throws. */
function outcome(one: StructCase, index: number): unknown {
  try {
    return act(one, index);
  } catch (error) {
    return error;
  }
}

function act([operation, format, ...args]: StructCase, index: number): unknown {
  const asNumbers = index % 2 === 0;
  switch (operation) {
    case "calcsize":
      return calcsize(format);
    case "pack":
      return pack(format, ...valuesOf(args[0], asNumbers));
    case "unpack":
      return unpack(format, inSource(args[0], index));
    case "unpack_from":
      return unpackFrom(format, inSource(args[0], index), args[1] as never);
    case "iter_unpack":
      return [...iterUnpack(format, inSource(args[0], index))];
    default:
      return packInto_(format, args, index);
  }
}

/** Packs into one of all kinds of targets; a refused call must leave its bytes as they were. */
function packInto_(format: string, args: Encoded[], index: number): unknown {
  const [before, offset, values] = args;
  const target = inSource(before, index);
  try {
    packInto(
      format,
      target,
      offset as never,
      ...valuesOf(values, index % 2 === 0),
    );
  } catch (error) {
    expect(copyOf(target)).toEqual(bytesOf(before));
    throw error;
  }
  return copyOf(target);
}

/** Arguments, whose integers come as numbers where those are exact, or as bigints. */
function valuesOf(
  list: Encoded | undefined,
  asNumbers: boolean,
): ElementValue[] {
  const values = decode(list ?? []) as Decoded[];
  // Values of wrong types are among them on purpose.
  return values.map((value) =>
    asNumbers && typeof value === "bigint" &&
      Number.isSafeInteger(Number(value))
      ? Number(value)
      : value
  ) as ElementValue[];
}

function bytesOf(encoded: Encoded | undefined): Uint8Array {
  return fromHex(String(encoded).slice(1));
}

/** Bytes in each kind of source in turn, and not at its start. */
function inSource(encoded: Encoded | undefined, index: number): BytesSource {
  const bytes = bytesOf(encoded);
  const { length } = bytes;
  const shared = new SharedArrayBuffer(length + 16);
  const middle = new Uint8Array(shared, 3, length);
  middle.set(bytes);
  const kinds: (() => BytesSource)[] = [
    () => bytes,
    () => middle,
    () => new DataView(shared, 3, length),
    () => Buffer.concat([Buffer.alloc(5), bytes]).subarray(5),
    () => bytes.buffer,
    () => {
      const whole = new SharedArrayBuffer(length);
      new Uint8Array(whole).set(bytes);
      return whole;
    },
    () => new Int8Array(shared, 3, length),
    () => ({ toUint8View: () => middle, readonly: false }),
  ];
  return kinds[index % kinds.length]!();
}

function copyOf(source: BytesSource): Uint8Array {
  const bytes = "toUint8View" in source
    ? source.toUint8View()
    : ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return Uint8Array.from(bytes);
}

/** Whether a value of ours is that of Python; integers may be numbers or bigints. */
function isSame(ours: unknown, python: Decoded): boolean {
  if (typeof python === "bigint") {
    return typeof ours === "bigint"
      ? ours === python
      : Number.isSafeInteger(ours) && BigInt(ours as number) === python;
  }
  if (Array.isArray(python) || python instanceof Uint8Array) {
    const list = ours as ArrayLike<unknown>;
    if (Array.isArray(python) !== Array.isArray(ours)) return false;
    if (list.length !== python.length) return false;
    return Array.from(python).every((value, i) =>
      isSame(
        list[i],
        typeof value === "number" && !Array.isArray(python)
          ? BigInt(value)
          : value,
      )
    );
  }
  return Object.is(ours, python);
}

function show(value: unknown): string {
  if (value instanceof Error) return String(value);
  return JSON.stringify(
    value,
    (_, one) => typeof one === "bigint" ? `${one}n` : one,
  );
}

const LITTLE = new Uint8Array([1, 0, 0, 0, 2, 0, 3, 255]);

describe("Struct", () => {
  test("has the format and the size", () => {
    const struct = new Struct("<IIdQ8x");
    expect([struct.format, struct.size]).toEqual(["<IIdQ8x", 32]);
  });

  test("gives bigints for 8 bytes, numbers for fewer, whatever the code", () => {
    const types = (format: string) =>
      unpack(format, new Uint8Array(calcsize(format))).map((one) => typeof one);
    expect(types("<bBhHiIlLefd")).toEqual(Array(11).fill("number"));
    expect(types("<qQ")).toEqual(["bigint", "bigint"]);
    expect(types("@qQ")).toEqual(["bigint", "bigint"]);
    const { long, pointer } = nativeSizes();
    const typeOf = (size: number) => size === 8 ? "bigint" : "number";
    expect(types("@lLnNP")).toEqual([
      typeOf(long),
      typeOf(long),
      typeOf(pointer),
      typeOf(pointer),
      typeOf(pointer),
    ]);
    expect(types("?")).toEqual(["boolean"]);
  });

  test("reads every number of values, written out or in runs", () => {
    for (let count = 0; count <= 20; count++) {
      const values = Array.from({ length: count }, (_, i) => i + 1);
      const bytes = Uint8Array.from(values);
      expect(unpack(`${count}B`, bytes)).toEqual(values);
      expect(unpack("B".repeat(count), bytes)).toEqual(values);
      expect(pack("B".repeat(count), ...values)).toEqual(bytes);
    }
  });

  test.each(["<", ">"])(
    "reads every code at every place, order %s",
    (order) => {
      const codes = [..."bBhHiIqQefd?"];
      for (let place = 0; place < 10; place++) {
        for (const code of codes) {
          const format = `${order}${"x".repeat(place)}${
            "B".repeat(place)
          }${code}`;
          const value = "qQ".includes(code) ? 77n : code === "?" ? true : 77;
          const filler = Array.from({ length: place }, (_, i) => i);
          const bytes = pack(format, ...filler, value);
          expect(unpack(format, bytes), format).toEqual([...filler, value]);
          expect(bytes.subarray(0, place), format).toEqual(
            new Uint8Array(place),
          );
        }
      }
    },
  );

  test("gives byte strings as copies in private memory", () => {
    for (const length of [1, 4, 31, 32, 33, 100]) {
      const shared = new Uint8Array(new SharedArrayBuffer(length)).fill(7);
      const copies = [
        unpack(`${length}s`, shared)[0],
        unpack(`${length + 1}p`, Uint8Array.of(length, ...shared))[0],
        unpack("c", shared.subarray(0, 1))[0],
      ] as Uint8Array[];
      const expected = copies.map((copy) => Uint8Array.from(copy));
      expect(expected[0]).toEqual(Uint8Array.from(shared));
      shared.fill(9);
      expect(copies).toEqual(expected);
      expect(copies.map(({ buffer }) => buffer instanceof ArrayBuffer))
        .toEqual([true, true, true]);
    }
  });

  test("packs into fresh bytes, short and long", () => {
    for (const size of [0, 1, 1023, 1024, 1025, 5000]) {
      const struct = new Struct(`${size}s`);
      const ones = struct.pack(new Uint8Array(size).fill(1));
      const empty = struct.pack(new Uint8Array(0));
      expect(ones).toEqual(new Uint8Array(size).fill(1));
      expect(empty).toEqual(new Uint8Array(size));
      expect(ones.buffer.byteLength).toBe(size);
    }
  });

  test("leaves nothing of a record before in pad bytes and gaps", () => {
    pack("100s", new Uint8Array(100).fill(255));
    expect(pack("@b3xq40xb", 1, 2n, 3)).toEqual(
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 2, ...new Uint8Array(47), 3),
    );
  });

  test("packInto() makes pad bytes 0 and touches nothing around the record", () => {
    const target = new Uint8Array(64).fill(255);
    new Struct("<B2xB40xB").packInto(target, 5, 1, 2, 3);
    const record = [1, 0, 0, 2, ...new Uint8Array(40), 3];
    const around = Array(14).fill(255);
    expect([...target]).toEqual([...Array(5).fill(255), ...record, ...around]);
  });

  test("cuts byte strings and fills them up, Pascal's up to 255", () => {
    const long = new Uint8Array(400).fill(7);
    expect(pack("3s", long)).toEqual(Uint8Array.of(7, 7, 7));
    expect(pack("3p", long)).toEqual(Uint8Array.of(2, 7, 7));
    expect(pack("1p", long)).toEqual(Uint8Array.of(0));
    expect(pack("0s0p", long, long)).toEqual(new Uint8Array(0));
    expect(unpack("0s0p", new Uint8Array(0)))
      .toEqual([new Uint8Array(0), new Uint8Array(0)]);
    const pascal = pack("300p", long);
    expect([pascal[0], pascal[255], pascal[299]]).toEqual([255, 7, 7]);
    expect(unpack("300p", pascal)).toEqual([new Uint8Array(255).fill(7)]);
    expect(unpack("3p", Uint8Array.of(200, 1, 2)))
      .toEqual([Uint8Array.of(1, 2)]);
  });

  test("takes integers as numbers, bigints and booleans", () => {
    for (const code of "bBhHiIlLqQ") {
      const format = `<${code}`;
      expect(pack(format, 1n)).toEqual(pack(format, 1));
      expect(pack(format, true)).toEqual(pack(format, 1));
      expect(pack(format, -0)).toEqual(pack(format, 0));
    }
    expect(pack("<d", 2n ** 60n)).toEqual(pack("<d", 2 ** 60));
    expect(pack("<q", -(2 ** 63))).toEqual(pack("<q", -(2n ** 63n)));
  });

  test("native floats that are too large become infinite, as in C", () => {
    expect(unpack("f", pack("f", 1e39))).toEqual([Infinity]);
    expect(() => pack("=f", 1e39)).toThrow(RangeError);
    expect(() => pack("f", 2n ** 1024n)).toThrow(RangeError);
    expect(() => pack("e", 65520)).toThrow(RangeError);
  });

  test("writes one NaN", () => {
    const hex = (format: string) =>
      Buffer.from(pack(format, NaN)).toString("hex");
    expect([hex(">e"), hex(">f"), hex(">d")])
      .toEqual(["7e00", "7fc00000", "7ff8000000000000"]);
    const negative = unpack(">d", fromHex("fff8000000000001"))[0];
    expect(pack(">d", negative)).toEqual(pack(">d", NaN));
    expect(pack(">2d", NaN, negative).length).toBe(16);
  });
});

describe("Struct refuses", () => {
  const calls: [string, () => unknown, typeof TypeError, string][] = [
    [
      "too few values",
      () => pack("<IH", 1),
      TypeError,
      'Cannot pack "<IH" as it takes 2 values: received 1',
    ],
    [
      "too many values",
      () => pack("3x", 1),
      TypeError,
      'Cannot pack "3x" as it takes 0 values: received 1',
    ],
    [
      "an integer out of range",
      () => pack("<IH", 1, 70_000),
      RangeError,
      'Cannot write value 1 as "H" takes an integer from 0 to 65535: received 70000',
    ],
    [
      "a fraction",
      () => pack("3B", 1, 2, 2.5),
      TypeError,
      'Cannot write value 2 as "B" takes an integer: received 2.5',
    ],
    [
      "text as bytes",
      () => pack("I4s", 1, "text" as never),
      TypeError,
      'Cannot write value 1 as "s" takes a Uint8Array (text must be encoded): received "text"',
    ],
    [
      "a float that is too large",
      () => pack("<f", 1e39),
      RangeError,
      'Cannot write value 0 as "f" takes a number that 32 bits can hold: received 1e+39',
    ],
    [
      "two bytes as one",
      () => pack("c", Uint8Array.of(1, 2)),
      RangeError,
      'Cannot write value 0 as "c" takes a Uint8Array of 1: received Uint8Array of 2 bytes',
    ],
    [
      "bytes that are too long",
      () => unpack("<I", new Uint8Array(1200)),
      RangeError,
      'Cannot unpack "<I" as the bytes must be 4 bytes: received 1,200 bytes',
    ],
    [
      "bytes that end within the record",
      () => unpackFrom("<I", LITTLE, 5),
      RangeError,
      'Cannot unpack "<I" at 5 as its 4 bytes must be within the bytes: received 8 bytes',
    ],
    [
      "an offset before the start",
      () => unpackFrom("<I", LITTLE, -9),
      RangeError,
      'Cannot unpack "<I" at -9 as its 4 bytes must be within the bytes: received 8 bytes',
    ],
    [
      "an offset that is none",
      () => packInto("<I", LITTLE, 0.5, 1),
      TypeError,
      "Cannot pack as an offset must be an integer: received 0.5",
    ],
    [
      "a part of a record",
      () => iterUnpack("<I", new Uint8Array(1)),
      RangeError,
      'Cannot iterate "<I" as the bytes must be a multiple of 4 bytes: received 1 byte',
    ],
    [
      "records of nothing",
      () => iterUnpack("", new Uint8Array(0)),
      RangeError,
      'Cannot iterate as a record must have bytes: received ""',
    ],
    [
      "what holds no bytes",
      () => unpack("<I", [1, 2, 3, 4] as never),
      TypeError,
      "Cannot use bytes as they must be a buffer or a view of one: received Array",
    ],
    [
      "to write into a read-only view",
      () => packInto("B", { readonly: true, toUint8View: () => LITTLE }, 0, 1),
      TypeError,
      "Cannot write as the bytes are read-only: received a read-only view",
    ],
  ];
  test.each(calls)("%s", (_, call, type, text) => {
    const error = outcomeOf(call);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toBe(text);
  });

  test("a record that no memory can hold, without trying", () => {
    const struct = new Struct("9007199254740991B");
    expect(struct.size).toBe(2 ** 53 - 1);
    expect(() => struct.unpack(LITTLE)).toThrow(RangeError);
    expect(() => struct.pack(1)).toThrow(TypeError);
  });
});

function outcomeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

describe("a View", () => {
  const bytes = Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0);

  test("is read and written where its bytes lie", () => {
    const view = new View(bytes.slice()).slice(2, 6);
    expect(unpack("<2H", view)).toEqual([2, 3]);
    expect([...iterUnpack("<H", view.cast("H"))]).toEqual([[2], [3]]);
    packInto("<H", view, -2, 9);
    expect(view.toBytes()).toEqual(Uint8Array.of(2, 0, 9, 0));
  });

  test("is refused if it has holes, and as a target if it is read-only", () => {
    const view = new View(bytes);
    expect(() => unpack("<2H", view.slice(0, 8, 2))).toThrow(TypeError);
    expect(() => packInto("<H", view.toReadonly(), 0, 9)).toThrow(TypeError);
    expect(unpack("<4H", view.toReadonly())).toEqual([1, 2, 3, 4]);
  });
});

/** `ArrayBuffer`, of which not all engines' types know that it can be resized. */
const Resizable = ArrayBuffer as unknown as new (
  byteLength: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(byteLength: number): void };

describe("iterUnpack()", () => {
  test("reads a record when it is asked for", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const records = iterUnpack("B", bytes);
    expect(records.next().value).toEqual([1]);
    bytes[1] = 20;
    expect([...records]).toEqual([[20], [3]]);
    expect(records.next()).toEqual({ value: undefined, done: true });
  });

  test("gives a fresh list each time", () => {
    const [first, second] = iterUnpack("B", Uint8Array.of(1, 2));
    expect([first, second]).toEqual([[1], [2]]);
  });

  test("gives 64-bit integers as unpackFrom() does, wherever they lie", () => {
    const formats = ["<IIdQ8x", "<qQ", "<QqQB7x", "<2Q", "<I4xq", "<Iq", "<QH"];
    const others = [">IIQ", "@iQ", "=BQ", "@3qi0q", "<4B4x6Q", "<9QI4x"];
    const bytes = seededBytes(4096, 8);
    for (const format of [...formats, ...others]) {
      const size = calcsize(format);
      for (const start of [0, 1, 4, 8]) {
        const part = bytes.subarray(start, start + 40 * size);
        const expected = Array.from(
          { length: 40 },
          (_, i) => unpackFrom(format, bytes, start + i * size),
        );
        expect([...iterUnpack(format, part)]).toEqual(expected);
      }
    }
  });

  test("sees that its buffer has shrunk or was taken away", () => {
    for (const format of ["<QI4x", "<2Q"]) {
      const shrinking = new Resizable(64, { maxByteLength: 64 });
      const shrunk = iterUnpack(format, new DataView(shrinking));
      expect(shrunk.next().value).toEqual(
        format === "<2Q" ? [0n, 0n] : [0n, 0],
      );
      shrinking.resize(20);
      expect(() => shrunk.next()).toThrow();
      const buffer = new ArrayBuffer(64);
      const gone = iterUnpack(format, new Uint8Array(buffer));
      structuredClone(buffer, { transfer: [buffer] });
      expect(() => gone.next()).toThrow(TypeError);
    }
  });

  test("checks when it is called, not at the first record", () => {
    expect(() => iterUnpack("<I", new Uint8Array(5))).toThrow(RangeError);
  });
});

describe("unpackFrom()", () => {
  test("sees what was stored and where a view was moved to, call after call", () => {
    const bytes = Uint8Array.of(1, 0, 2, 0);
    expect(unpackFrom("<H", bytes)).toEqual([1]);
    bytes[0] = 9;
    expect(unpackFrom("<H", bytes)).toEqual([9]);
    expect(unpackFrom("<H", bytes.subarray(2))).toEqual([2]);
    expect(unpackFrom("<H", bytes)).toEqual([9]);
  });

  test("sees that a buffer was resized or taken away", () => {
    const buffer = new Resizable(4, { maxByteLength: 8 });
    const bytes = new Uint8Array(buffer);
    expect(unpackFrom("B", bytes, -1)).toEqual([0]);
    buffer.resize(8);
    bytes[7] = 5;
    expect(unpackFrom("B", bytes, -1)).toEqual([5]);
    buffer.resize(2);
    expect(() => unpackFrom("B", bytes, 2)).toThrow(RangeError);
    structuredClone(buffer, { transfer: [buffer] });
    expect(() => unpackFrom("B", bytes)).toThrow(TypeError);
  });

  test("keeps no buffer alive after the caller's code has ended", async () => {
    const later = vi.spyOn(globalThis, "queueMicrotask");
    const bytes = new Uint8Array(4);
    unpackFrom("B", bytes);
    unpackFrom("B", new Uint8Array(4));
    unpackFrom("B", bytes);
    const before = later.mock.calls.length;
    await Promise.resolve();
    unpackFrom("B", bytes);
    const after = later.mock.calls.length;
    later.mockRestore();
    expect([before, after]).toEqual([1, 2]);
  });
});

test("types of values follow from a literal format", () => {
  const bytes = new Uint8Array(40);
  const [id, value, ts, name, on, ...words] = unpackFrom(
    "<I d\tQ 4s?3H2x",
    bytes,
  );
  const sum: number = id + value;
  const time: bigint = ts;
  const text: Uint8Array = name;
  const flag: boolean = on;
  const three: [number, number, number] = words;
  expect([sum, time, text.length, flag, three]).toEqual([0, 0n, 4, false, [
    0,
    0,
    0,
  ]]);
  const [long]: [number | bigint] = unpackFrom("l", bytes);
  const [size]: [number | bigint] = unpackFrom("@N", bytes);
  expect([Number(long), Number(size)]).toEqual([0, 0]);
  const many: number[] = unpack("100B", new Uint8Array(100));
  const twelve: { length: 12 } = unpackFrom("12B", bytes);
  const format: string = "B";
  const whatever: ElementValue[] = unpackFrom(format, bytes);
  const general: Struct = new Struct("<I");
  expect([many.length, twelve.length, whatever, general.size])
    .toEqual([100, 12, [0], 4]);
});

test("functions compile a format once, and keep the last ones only", () => {
  const map = vi.spyOn(Map.prototype, "set");
  calcsize("<77B");
  calcsize("<77B");
  const compiled = map.mock.calls.filter(([key]) => key === "<77B").length;
  for (let i = 0; i < 150; i++) expect(calcsize(`<${i}x`)).toBe(i);
  calcsize("<77B");
  const again = map.mock.calls.filter(([key]) => key === "<77B").length;
  map.mockRestore();
  expect([compiled, again]).toEqual([1, 2]);
});
