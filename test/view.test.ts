import { describe, expect, test } from "vitest";
import {
  elementType,
  type ElementValue,
  NATIVE_LITTLE_ENDIAN,
} from "../src/binary/element.ts";
import { ViewGroup } from "../src/memory/view/owner.ts";
import { type AnyView, View } from "../src/memory/view.ts";

const STANDARD_CODES = [..."cbB?hHiIlLqQefd"];
const NATIVE_CODES = [...STANDARD_CODES, ..."nNP"];
const FORMATS = [
  ...NATIVE_CODES,
  ...NATIVE_CODES.map((code) => `@${code}`),
  ...["=", "<", ">", "!"].flatMap((order) =>
    STANDARD_CODES.map((code) => order + code)
  ),
];
const LITTLE: Readonly<Record<string, boolean>> = {
  "<": true,
  ">": false,
  "!": false,
};

/** What a format says, found in another way than the view does. */
function elementOf(format: string) {
  const order = format.length > 1 ? format.charAt(0) : "@";
  const type = elementType(format.slice(-1), order === "@");
  return { type, little: LITTLE[order] ?? NATIVE_LITTLE_ENDIAN };
}

/** Bytes without a pattern. */
function noise(byteLength: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: byteLength },
    (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 23,
  );
}

/** A copy of bytes at an offset of a buffer, shared or not. */
function placed(
  bytes: Uint8Array,
  offset: number,
  shared = false,
): Uint8Array {
  const length = offset + bytes.length + 3;
  const buffer = shared
    ? new SharedArrayBuffer(length)
    : new ArrayBuffer(length);
  const target = new Uint8Array(buffer, offset, bytes.length);
  target.set(bytes);
  return target;
}

/** What an action returns, or the class of what it throws. */
function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return (error as Error).constructor;
  }
}

/** Values that fit, that nearly fit, and that are of other kinds. */
function valuesAround(byteLength: number): ElementValue[] {
  const bits = BigInt(8 * byteLength);
  const bounds = [0n, 1n << (bits - 1n), 1n << bits, -(1n << (bits - 1n))];
  const integers = bounds.flatMap((bound) => [bound - 1n, bound, bound + 1n]);
  const others: unknown[] = [
    ...[1.5, -0, 1e39, 3.4028235677973366e38, -3.4e38, 65520, 65519.9, 1e-50],
    ...[NaN, Infinity, -Infinity, true, false, 10n ** 400n],
    ...["1", null, undefined, {}, [1], new Uint8Array([9])],
    ...[new Uint8Array(2), new Uint8Array()],
  ];
  return [...integers, ...integers.map(Number), ...others] as ElementValue[];
}

describe("elements", () => {
  test("at() and iteration read what a DataView reads, in each format at each place", () => {
    const bytes = noise(48);
    const data = new DataView(bytes.buffer);
    for (const format of FORMATS) {
      const { type, little } = elementOf(format);
      const expected = Array.from(
        { length: bytes.length / type.byteLength },
        (_, i) => type.get(data, i * type.byteLength, little),
      );
      for (let offset = 0; offset < 9; offset++) {
        const view: AnyView = new View(
          placed(bytes, offset, offset % 2 === 0),
          format,
        );
        const what = `${format} at ${offset}`;
        expect(view.toArray(), what).toEqual(expected);
        expect([...view], what).toEqual(expected);
        expect(expected.map((_, i) => view.at(i)), what).toEqual(expected);
        const fromEnd = expected.map((_, i) => view.at(i - expected.length));
        expect(fromEnd, what).toEqual(expected);
      }
    }
  });

  test("set() takes and refuses the same values at each place, and stores nothing it refuses", () => {
    for (const format of FORMATS) {
      const { type, little } = elementOf(format);
      for (const value of valuesAround(type.byteLength)) {
        const expected = new Uint8Array(8).fill(7);
        const stored = outcome(() =>
          type.set(new DataView(expected.buffer), 0, value, little)
        );
        for (const [offset, index] of [[0, 0], [8, 0], [1, 0], [8, -1]]) {
          const bytes = placed(new Uint8Array(8).fill(7), offset ?? 0);
          const part = bytes.subarray(0, type.byteLength);
          const view: AnyView = new View(part, format);
          const what = `${format} at ${offset}: ${String(value)}`;
          expect(outcome(() => view.set(index ?? 0, value)), what).toBe(stored);
          expect([...bytes], what).toEqual([...expected]);
        }
      }
    }
  });

  test("at() and set() refuse what is no index, wherever elements lie", () => {
    const views: AnyView[] = [
      new View(new ArrayBuffer(16), "I"),
      new View(new ArrayBuffer(16), ">I"),
      new View(new Uint8Array(17).subarray(1), "I"),
      new View(new ArrayBuffer(32), "I").slice(undefined, undefined, 2),
    ];
    const wrong: readonly [unknown[], ErrorConstructor][] = [
      [[4], RangeError],
      [[-5], RangeError],
      [[2 ** 53], RangeError],
      [[0.5], TypeError],
      [[-0.5], TypeError],
      [[NaN], TypeError],
      [["0"], TypeError],
      [["length"], TypeError],
      [[undefined], TypeError],
      [[], TypeError],
      [[0, 0], TypeError],
    ];
    for (const view of views) {
      for (const [indices, expected] of wrong) {
        const list = indices as number[];
        expect(() => view.at(...list), `at ${indices}`).toThrow(expected);
        expect(() => view.set(list, 1), `set ${indices}`).toThrow(expected);
      }
      view.set([1], 5);
      view.set(-1, 6);
      expect(view.toArray()).toEqual([0, 5, 0, 6]);
    }
  });

  test("error texts say the rule and what was received", () => {
    const view = new View(new Uint8Array(4));
    expect(() => view.at(9)).toThrow(
      "Cannot index dimension 1 of a view as it has 4 elements: received 9",
    );
    expect(() => view.at(0, 1)).toThrow(
      "Cannot index a view as the count of indices must be 1: received 2",
    );
    expect(() => view.cast("2H")).toThrow(/must be one of .*: received "2H"$/);
    expect(() => view.slice(0, 3).cast("H")).toThrow(
      'Cannot view bytes as "H" as their count must be a multiple of 2: received 3',
    );
    expect(() => view.toReadonly().set(0, 1)).toThrow("it is read-only");
  });

  test("iteration has the methods of other iterators, and needs one dimension", () => {
    const iterator = new View(new Uint8Array([1, 2])).slice()
      [Symbol.iterator]();
    expect("map" in iterator).toBe("map" in [].values());
    expect(iterator[Symbol.iterator]()).toBe(iterator);
    expect([...iterator, ...iterator]).toEqual([1, 2]);
    const square: AnyView = new View(new Uint8Array(4)).cast("B", [2, 2]);
    expect(() => [...square]).toThrow(TypeError);
    expect(() => square.indexOf(0)).toThrow(TypeError);
    expect(() => square.count(0)).toThrow(TypeError);
  });
});

describe("bytes", () => {
  test("View() shows all that holds bytes, and only the part that a view of it shows", () => {
    const bytes = noise(24);
    const shared = placed(bytes, 0, true).buffer;
    const sources = [
      bytes.buffer,
      bytes,
      new DataView(bytes.buffer),
      new Float64Array(bytes.buffer),
      Buffer.from(bytes),
      new View(bytes, "Q"),
      { toUint8View: () => bytes },
    ];
    for (const source of sources) {
      expect(new View(source).toBytes()).toEqual(bytes);
    }
    expect(new View(shared).slice(0, 24).toBytes()).toEqual(bytes);
    expect(new View(bytes.subarray(3, 7)).toArray()).toEqual([
      ...bytes.subarray(3, 7),
    ]);
    const middle = new View(bytes).slice(8, 16);
    expect(new View(middle, "<Q").at(0)).toBe(
      new DataView(bytes.buffer).getBigUint64(8, true),
    );
    expect(middle.buffer).toBe(bytes.buffer);
    expect(() => new View("text" as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => new View(undefined as unknown as Uint8Array)).toThrow(
      TypeError,
    );
    expect(() => new View(new View(bytes).slice(0, 9, 2))).toThrow(TypeError);
  });

  test("views show the same bytes, whoever stores to them", () => {
    const bytes = new Uint8Array(16);
    const view = new View(bytes);
    const words = view.cast(">I");
    words.set(1, 0x01020304);
    view.slice(undefined, undefined, -1).set(0, 9);
    view.subview(0).set([], 8);
    bytes[1] = 7;
    expect(view.hex()).toBe("08070000010203040000000000000009");
    expect(words.toBytes()).not.toBe(bytes);
  });

  test("a view whose buffer was taken away or became shorter says so", () => {
    for (const format of ["I", ">I"]) {
      const buffer = new ArrayBuffer(16);
      const view: AnyView = new View(buffer, format);
      structuredClone(buffer, { transfer: [buffer] });
      expect(() => view.at(0), format).toThrow(TypeError);
      expect(() => view.set(0, 1), format).toThrow(TypeError);
      const resizable = new ArrayBuffer(16, { maxByteLength: 16 });
      const cut: AnyView = new View(resizable, format);
      resizable.resize(8);
      expect(() => cut.at(3), format).toThrow(RangeError);
      expect(() => cut.set(3, 1), format).toThrow(RangeError);
    }
  });

  test("toUint8View() gives the same memory, or refuses where bytes are not contiguous", () => {
    const view = new View(noise(16));
    const part = view.slice(4, 12).toUint8View();
    expect(part.buffer).toBe(view.buffer);
    expect([part.byteOffset, part.length]).toEqual([4, 8]);
    expect(view.cast("B", [4, 4]).subview(1).toUint8View().byteOffset).toBe(4);
    expect(() => view.slice(0, 8, 2).toUint8View()).toThrow(TypeError);
  });

  test("toBytes() gives both orders of several dimensions, also of slices", () => {
    const table = new View(noise(24)).cast("H", [3, 4]);
    const rows = table.slice(undefined, undefined, -2);
    const list = rows.toArray();
    expect(list).toEqual([table.toArray()[2], table.toArray()[0]]);
    const columns = [0, 1, 2, 3].flatMap((c) => list.map((row) => row[c]!));
    expect(new View(rows.toBytes("C"), "H").toArray()).toEqual(list.flat());
    expect(new View(rows.toBytes("F"), "H").toArray()).toEqual(columns);
    expect(() => rows.toBytes("X" as "C")).toThrow(RangeError);
  });

  test("hex() separates from either end", () => {
    const view = new View(new Uint8Array([1, 2, 3, 4, 5]));
    expect(view.hex()).toBe("0102030405");
    expect(view.hex(":")).toBe("01:02:03:04:05");
    expect(view.hex("-", 2)).toBe("01-0203-0405");
    expect(view.hex("-", -2)).toBe("0102-0304-05");
    expect(view.hex("-", 0)).toBe("0102030405");
    expect(() => view.hex("é")).toThrow(RangeError);
    expect(() => view.hex("ab")).toThrow(RangeError);
    expect(() => view.hex(":", 1.5)).toThrow(TypeError);
    expect(() => view.hex(1 as unknown as string)).toThrow(TypeError);
  });
});

describe("dimensions", () => {
  test("at(), subview() and slice() find their elements by shape and strides", () => {
    const cube = new View(noise(48)).cast("H", [2, 3, 4]);
    const list = cube.toArray();
    for (const [i, table] of list.entries()) {
      for (const [j, row] of table.entries()) {
        expect(cube.subview(i, j).toArray()).toEqual(row);
        for (const [k, value] of row.entries()) {
          expect(cube.at(i, j, k)).toBe(value);
          expect(cube.subview(i).at(j, k)).toBe(value);
          expect(cube.slice(undefined, undefined, -1).at(-1 - i, j - 3, k - 4))
            .toBe(value);
        }
      }
    }
    expect(cube.subview().shape).toEqual([2, 3, 4]);
    expect(cube.subview(1, 2, 3).toArray()).toBe(list[1]?.[2]?.[3]);
    expect(cube.subview(1, 2, 3).shape).toEqual([]);
    expect(() => cube.subview(0, 0, 0, 0)).toThrow(TypeError);
    expect(() => cube.subview(2)).toThrow(RangeError);
    expect([cube.length, cube.ndim, cube.byteLength]).toEqual([2, 3, 48]);
  });

  test("a view without dimensions is one element", () => {
    const one = new View(new Uint8Array([1, 2, 3, 4])).cast("<I", []);
    expect(one.at()).toBe(0x04030201);
    one.set([], 5);
    expect(one.toArray()).toBe(5);
    expect([one.ndim, one.byteLength, one.contiguous]).toEqual([0, 4, true]);
    expect(() => one.length).toThrow(TypeError);
    expect(() => one.slice()).toThrow(TypeError);
    expect(() => one.at(0)).toThrow(TypeError);
    expect(one.cast("B").toArray()).toEqual([5, 0, 0, 0]);
  });

  test("what a view says of itself cannot be changed", () => {
    const view = new View(new Uint8Array(6)).cast("B", [2, 3]);
    expect(() => (view.shape as number[])[0] = 9).toThrow(TypeError);
    expect(() => (view.strides as number[]).push(1)).toThrow(TypeError);
    expect(view.slice(1).shape).toEqual([1, 3]);
  });

  test("cast() keeps Python's rule that one of two formats is of bytes, in any byte order", () => {
    const view = new View(new Uint8Array(8));
    expect(view.cast(">I").cast("<b").cast("!H").toArray()).toEqual(
      new Array(4).fill(0),
    );
    expect(() => view.cast(">I").cast("<I")).toThrow(TypeError);
    expect(() => view.cast("n").cast("Q")).toThrow(TypeError);
    for (const format of ["=n", "<P", ">>I", "<", "", "BB", "s", "x", 1]) {
      expect(() => view.cast(format as string), `${format}`).toThrow(TypeError);
    }
  });
});

describe("setSlice()", () => {
  test("takes what the language has by the elements that it holds", () => {
    const words = new View(new ArrayBuffer(12), "I");
    words.setSlice(new Uint32Array([1, 2]), 1);
    expect(words.toArray()).toEqual([0, 1, 2]);
    expect(() => words.setSlice(new Int32Array(3))).toThrow(TypeError);
    expect(() => words.setSlice(new Uint8Array(12))).toThrow(TypeError);
    expect(() => words.setSlice(new Uint32Array(2))).toThrow(RangeError);
    expect(() => words.toReadonly().setSlice(new Uint32Array(3))).toThrow(
      TypeError,
    );
    words.cast("B").setSlice(new Uint8ClampedArray(4).fill(255), 0, 4);
    words.cast("B").setSlice(new Uint8Array([8]).buffer, 11);
    words.cast("B").setSlice(new DataView(new ArrayBuffer(1)), 0, 1);
    expect(words.cast("B").hex()).toBe("00ffffff0100000002000008");
    const long = new View(new ArrayBuffer(16), "N");
    const array = long.itemSize === 8 ? new BigUint64Array([3n]) : undefined;
    if (array !== undefined) long.setSlice(array, 1);
    expect(() => long.setSlice(new View(new ArrayBuffer(16), "Q"))).toThrow(
      TypeError,
    );
  });

  test.each([
    [Int8Array, "b"],
    [Uint8Array, "B"],
    [Uint8ClampedArray, "B"],
    [Int16Array, "h"],
    [Uint16Array, "H"],
    [Int32Array, "i"],
    [Uint32Array, "I"],
    [BigInt64Array, "q"],
    [BigUint64Array, "Q"],
    [Float32Array, "f"],
    [Float64Array, "d"],
  ])("takes a %o as elements of one format", (TypedArray, own) => {
    const source = new TypedArray(noise(16).buffer);
    for (const format of "cbB?hHiIqQefd") {
      const target: AnyView = new View(new ArrayBuffer(16), format);
      if (format === own) {
        target.setSlice(source);
        expect(target.equals(source)).toBe(true);
        expect(target.toBytes()).toEqual(noise(16));
      } else expect(() => target.setSlice(source), format).toThrow(TypeError);
    }
  });

  test("takes the same elements under another name of their byte order", () => {
    const native = NATIVE_LITTLE_ENDIAN ? "<" : ">";
    const view = new View(new ArrayBuffer(4), "H");
    view.setSlice(new View(new Uint8Array([1, 2, 3, 4]), `${native}H`));
    expect(view.cast("B").toArray()).toEqual([1, 2, 3, 4]);
    const swapped = NATIVE_LITTLE_ENDIAN ? ">H" : "<H";
    expect(() => view.setSlice(new View(new ArrayBuffer(4), swapped)))
      .toThrow(TypeError);
  });

  test("copies a part over another as if it were elsewhere", () => {
    const pick = [undefined, 0, 1, 3, 5, 8];
    for (const step of [1, -1, 2, -2]) {
      for (const from of pick) {
        for (const to of pick) {
          const bytes = noise(8);
          const view = new View(bytes);
          const source = view.slice(from, undefined, step);
          const expected = [...bytes];
          const end = (to ?? 0) + source.length;
          if (end > 8) continue;
          expected.splice(to ?? 0, source.length, ...source);
          view.setSlice(source, to, end);
          expect([...bytes], `${from}, ${step} to ${to}`).toEqual(expected);
        }
      }
    }
  });

  test("assigns several dimensions of the same shape", () => {
    const view = new View(new Uint8Array(12)).cast("B", [3, 4]);
    const two = new View(noise(8)).cast("B", [2, 4]);
    view.setSlice(two, undefined, undefined, -2);
    expect(view.toArray()).toEqual([
      two.toArray()[1],
      [0, 0, 0, 0],
      two.toArray()[0],
    ]);
    expect(() => view.setSlice(new View(noise(8)), 0, 2)).toThrow(RangeError);
  });
});

describe("values", () => {
  test("equals() compares by value across formats, byte orders and buffers", () => {
    const bytes = new View(new Uint8Array([1, 2, 255]));
    expect(bytes.equals(new Uint16Array([1, 2, 255]))).toBe(true);
    expect(bytes.equals(new BigInt64Array([1n, 2n, 255n]))).toBe(true);
    expect(bytes.equals(new Float64Array([1, 2, 255]))).toBe(true);
    expect(bytes.equals(new Float64Array([1, 2, 255.5]))).toBe(false);
    expect(bytes.equals(new Int8Array([1, 2, -1]))).toBe(false);
    expect(bytes.equals(new Uint8Array([1, 2, 255]).buffer)).toBe(true);
    expect(bytes.equals(new Uint8Array([1, 2]))).toBe(false);
    const swapped = new View(new Uint8Array([0, 1, 0, 2, 0, 255]), ">H");
    expect(bytes.equals(swapped)).toBe(true);
    expect(bytes.equals(bytes.cast("c"))).toBe(false);
    expect(bytes.cast("c").equals(bytes.toReadonly().cast("c"))).toBe(true);
    expect(() => bytes.equals("text" as unknown as Uint8Array)).toThrow(
      TypeError,
    );
  });

  test("equals() looks at no dimension behind one without elements", () => {
    const cut = (shape: number[]): AnyView =>
      new View(new ArrayBuffer(12)).cast("B", shape).slice(0, 0);
    expect(cut([2, 2, 3]).equals(cut([2, 3, 2]))).toBe(true);
    expect(cut([2, 2, 3]).equals(cut([2, 6]))).toBe(false);
    expect(cut([2, 6]).equals(new View(new ArrayBuffer(12)).cast("B", [2, 6])))
      .toBe(false);
  });

  test("equals() rounds nothing, and NaN equals nothing", () => {
    const big = new View(new BigUint64Array([2n ** 53n + 1n]), "Q");
    expect(big.equals(new Float64Array([2 ** 53]))).toBe(false);
    expect(big.equals(new BigUint64Array([2n ** 53n + 1n]))).toBe(true);
    const numbers = new View(new Float64Array([NaN, -0]), "d");
    expect(numbers.equals(numbers)).toBe(false);
    expect(numbers.slice(1).equals(new Uint8Array(1))).toBe(true);
    expect(numbers.includes(NaN)).toBe(false);
    expect(numbers.indexOf(0)).toBe(1);
  });

  test("indexOf() and count() find values of other kinds that are equal, and only those", () => {
    const kinds: AnyView[] = [
      new View(new Uint8Array([3, 7, 3, 1])),
      new View(new BigInt64Array([3n, 7n, 3n, 1n]), "q"),
      new View(new Float64Array([3, 7, 3, 1]), "d"),
      new View(new Uint8Array([0, 3, 0, 7, 0, 3, 0, 1]), ">H"),
    ];
    for (const view of kinds) {
      for (const three of [3, 3n]) {
        expect(view.indexOf(three), view.format).toBe(0);
        expect(view.indexOf(three, 1)).toBe(2);
        expect(view.indexOf(three, -2, -1)).toBe(2);
        expect(view.indexOf(three, 1, 2)).toBe(-1);
        expect(view.indexOf(three, 9)).toBe(-1);
        expect(view.count(three)).toBe(2);
      }
      expect(view.indexOf(true)).toBe(3);
      const absent = [
        3.5,
        259,
        2 ** 32 + 3,
        -253,
        Infinity,
        NaN,
        2n ** 64n + 3n,
        3n - 2n ** 64n,
        new Uint8Array([3]),
      ];
      for (const value of [...absent, "3", [3], null] as ElementValue[]) {
        expect(view.indexOf(value), `${view.format} ${String(value)}`)
          .toBe(-1);
        expect(view.count(value)).toBe(0);
      }
    }
    const letters = new View(new Uint8Array([3, 4, 3]), "c");
    expect(letters.indexOf(new Uint8Array([4]))).toBe(1);
    expect(letters.count(new Uint8Array([3]))).toBe(2);
    expect(letters.includes(3)).toBe(false);
    for (const none of [[4, 3], [3, 4], []]) {
      expect(letters.indexOf(new Uint8Array(none))).toBe(-1);
      expect(letters.count(new Uint8Array(none))).toBe(0);
    }
  });
});

describe("asTyped()", () => {
  test("gives the array that shows the same elements", () => {
    const bytes = noise(24);
    const view = new View(bytes);
    for (const format of FORMATS) {
      const { type, little } = elementOf(format);
      const part: AnyView = view.slice(8).cast(format);
      const native = little === NATIVE_LITTLE_ENDIAN || type.byteLength === 1;
      if ("c?e".includes(type.code) || !native) {
        expect(() => part.asTyped(), format).toThrow(
          native ? /no typed array/ : /no typed array|byte order/,
        );
        continue;
      }
      const array = part.asTyped();
      expect([...array], format).toEqual(part.toArray());
      expect([array.buffer, array.byteOffset]).toEqual([bytes.buffer, 8]);
    }
    expect(view.cast("I", [2, 3]).asTyped()).toEqual(
      new Uint32Array(bytes.buffer),
    );
  });

  test("says what keeps it from that", () => {
    const view = new View(new ArrayBuffer(16));
    expect(() => view.slice(1, 9).cast("d").asTyped()).toThrow(
      "its first byte must be at a multiple of 8 in its buffer: received 1",
    );
    expect(() => view.cast("H").slice(0, 8, 2).asTyped()).toThrow(
      "its elements are not contiguous",
    );
    const swapped = NATIVE_LITTLE_ENDIAN ? ">d" : "<d";
    expect(() => view.cast(swapped).asTyped()).toThrow(
      `"${swapped}" is not in the machine's byte order`,
    );
  });

  test("gives a read-only view's only as a type without stores", () => {
    const view = new View(new Uint32Array([5, 6]), "I").toReadonly();
    expect(() => view.asTyped()).toThrow("pass { readonly: true }");
    const array = view.asTyped({ readonly: true });
    expect([...array]).toEqual([5, 6]);
    // @ts-expect-error: the type has no stores.
    array[0] = 5;
    // @ts-expect-error: nor anything that leads to them.
    expect(array.subarray(0)).toBeInstanceOf(Uint32Array);
  });
});

describe("toReadonly()", () => {
  test("views cannot be stored to, nor what is derived from them", () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const view = new View(bytes).toReadonly();
    const derived: AnyView[] = [
      view,
      view.slice(),
      view.slice(0, 4, 2),
      view.cast("H"),
      view.cast(">H"),
      view.cast("B", [2, 2]),
      view.cast("B", [2, 2]).subview(0),
      new View(view),
      View.over(view, { format: "I", readonly: false }),
      View.over(bytes, { readonly: true }),
    ];
    for (const one of derived) {
      expect(one.readonly).toBe(true);
      const first = new Array(one.ndim).fill(0);
      expect(() => one.set(first, 9)).toThrow(TypeError);
      expect(() => one.set([99, ...first], 9)).toThrow(TypeError);
      expect(() => one.setSlice(one)).toThrow(TypeError);
    }
    bytes[0] = 7;
    expect(view.at(0)).toBe(7);
    expect(view.at(-1)).toBe(4);
  });
});

/** Counts the views that it has been told of. */
function counter() {
  let count = 0;
  return {
    retain: () => void count++,
    release: () => void count--,
    get count() {
      return count;
    },
  };
}

describe("release()", () => {
  const sorts: Readonly<Record<string, () => AnyView>> = {
    typed: () => new View(new ArrayBuffer(16), "d"),
    line: () => new View(new ArrayBuffer(16), ">d"),
    table: () => new View(new ArrayBuffer(16)).cast("d", [2, 1]),
    readonly: () => new View(new ArrayBuffer(16), "I").toReadonly(),
  };

  test.each(Object.entries(sorts))(
    "makes later use an error: %s",
    (_, make) => {
      const view = make();
      const other: AnyView = new View(new ArrayBuffer(16), "d");
      expect(view.released).toBe(false);
      view.release();
      view.release();
      view[Symbol.dispose]();
      expect(view.released).toBe(true);
      const uses: readonly (() => unknown)[] = [
        () => view.at(),
        () => view.subview(),
        () => view.slice(),
        () => view.toReadonly(),
        () => view.toBytes(),
        () => view.toArray(),
        () => view.hex(),
        () => view.asTyped(),
        () => view.toUint8View(),
        () => view.at(0),
        () => view.at(0, 0),
        () => view.set(0, 0),
        () => view.set([0, 0], 0),
        () => [...view],
        () => view.cast("B"),
        () => view.setSlice(other),
        () => other.setSlice(view),
        () => view.equals(other),
        () => other.equals(view),
        () => view.indexOf(0),
        () => view.includes(0),
        () => view.count(0),
        () => new View(view),
      ];
      for (const use of uses) {
        expect(use, String(use)).toThrow(/^Cannot use a view as it has been/);
      }
      const members = Object.entries(
        Object.getOwnPropertyDescriptors(View.prototype),
      );
      const getters = members.filter(([name, { get }]) =>
        get !== undefined && name !== "released"
      );
      expect(getters.length).toBeGreaterThan(10);
      for (const [name, { get }] of getters) {
        expect(() => get?.call(view), name).toThrow("has been released");
      }
      expect(view).toBeInstanceOf(View);
    },
  );

  test("ends iterations that have begun", () => {
    for (const format of ["d", ">d"]) {
      const view: AnyView = new View(new ArrayBuffer(16), format);
      const iterator = view[Symbol.iterator]();
      expect(iterator.next()).toEqual({ value: 0, done: false });
      view.release();
      expect(() => iterator.next(), format).toThrow("has been released");
    }
  });

  test("tells the owner, once for each view", () => {
    const owner = counter();
    const view = View.over(new ArrayBuffer(16), { owner });
    expect(owner.count).toBe(1);
    const derived: AnyView[] = [
      view.slice(1, 5),
      view.slice(0, 9, 2),
      view.cast("I"),
      view.cast("B", [4, 4]),
      view.toReadonly(),
      view.subview(3),
      new View(view, "d"),
      View.over(view),
    ];
    expect(owner.count).toBe(9);
    view.equals(view.toUint8View());
    view.setSlice(new Uint8Array(16));
    expect([...view].length).toBe(16);
    expect(owner.count).toBe(9);
    view.release();
    view.release();
    expect(owner.count).toBe(8);
    expect(derived[2]?.slice().at(0)).toBe(0);
    expect(owner.count).toBe(9);
    for (const one of derived) one.release();
    expect(owner.count).toBe(1);
    const refusing = {
      ...owner,
      retain: () => {
        throw new RangeError("closed");
      },
    };
    expect(() => View.over(new ArrayBuffer(1), { owner: refusing })).toThrow(
      "closed",
    );
    expect(() => view.slice()).toThrow(TypeError);
  });

  test("a subclass of one's own is a view too", () => {
    class Named extends View {
      readonly name = "mine";
    }
    const named = new Named(new Uint8Array([1, 2]));
    expect([named.at(-1), named.name, [...named]]).toEqual([2, "mine", [1, 2]]);
    named.release();
    expect(() => named.at(0)).toThrow(TypeError);
    expect(named).toBeInstanceOf(Named);
  });
});

describe("ViewGroup", () => {
  test("counts the views that are there, and releases them all", () => {
    const owner = new ViewGroup();
    const view = View.over(new ArrayBuffer(16), { owner });
    const held = Array.from({ length: 200 }, () => view.slice());
    expect(owner.count).toBe(201);
    for (const one of held.splice(0, 150)) one.release();
    expect(owner.count).toBe(51);
    owner.releaseAll();
    expect(owner.count).toBe(0);
    expect([view, ...held].every((one) => one.released)).toBe(true);
    owner.releaseAll();
    view.release();
    expect(owner.count).toBe(0);
  });
});

/** Collects garbage; `undefined` where a runtime cannot be told to. */
async function garbageCollector(): Promise<(() => void) | undefined> {
  if ("Bun" in globalThis || "Deno" in globalThis) return undefined;
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--expose-gc");
  const { runInNewContext } = await import("node:vm");
  return runInNewContext("gc") as () => void;
}

const collect = await garbageCollector();

test.runIf(collect !== undefined)(
  "ViewGroup forgets views that nobody refers to",
  async () => {
    const owner = new ViewGroup();
    const view = View.over(new ArrayBuffer(16), { owner });
    const makeMany = () => {
      for (let i = 0; i < 1000; i++) view.slice().cast("I");
    };
    makeMany();
    expect(owner.count).toBe(2001);
    // What was asked for in this turn is kept until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collect?.();
    expect(owner.count).toBeLessThan(100);
    expect(view.released).toBe(false);
  },
);

test("types follow from formats and shapes", () => {
  const view = new View(new ArrayBuffer(16));
  const byte: number = view.at(0);
  const long: bigint = view.cast("<q").at(0);
  const flag: boolean = view.cast("?").at(0);
  const letter: Uint8Array = view.cast("!c").at(0);
  const native: number | bigint = view.cast("@l").at(0);
  const rows: number[][] = view.cast("h", [2, 4]).toArray();
  const numbers: Float64Array = view.cast("d").asTyped();
  const format: "=f" = view.cast("=f").format;
  const any: AnyView = view.cast("I");
  // @ts-expect-error: elements of "I" are numbers.
  view.cast("I").at(0) satisfies bigint;
  // @ts-expect-error: no typed array has booleans.
  expect(() => view.cast("?").asTyped().length).toThrow(TypeError);
  const all = [byte, long, flag, letter, native, rows, numbers, format, any];
  expect(all.length).toBe(9);
});
