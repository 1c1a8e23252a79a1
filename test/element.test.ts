import { describe, expect, test } from "vitest";
import {
  elementType,
  type ElementValue,
  NATIVE_LITTLE_ENDIAN,
} from "../src/binary/element.ts";
import { fromHalfBits, toHalfBits } from "../src/binary/half_float.ts";
import { nativeSizes } from "../src/binary/native_sizes.ts";
import { received } from "../src/received.ts";

/** Code, bytes, least and greatest value. */
const INTEGERS: [string, number, bigint, bigint][] = [
  ["b", 1, -128n, 127n],
  ["B", 1, 0n, 255n],
  ["h", 2, -32768n, 32767n],
  ["H", 2, 0n, 65535n],
  ["i", 4, -(2n ** 31n), 2n ** 31n - 1n],
  ["I", 4, 0n, 2n ** 32n - 1n],
  ["l", 4, -(2n ** 31n), 2n ** 31n - 1n],
  ["L", 4, 0n, 2n ** 32n - 1n],
  ["q", 8, -(2n ** 63n), 2n ** 63n - 1n],
  ["Q", 8, 0n, 2n ** 64n - 1n],
];

function hexOf(view: DataView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
    .toString("hex");
}

describe.each(INTEGERS)("elementType(%j)", (code, byteLength, min, max) => {
  const type = elementType(code, false);
  const view = new DataView(new ArrayBuffer(11), 3);
  const big = byteLength === 8;

  test("has size and alignment", () => {
    expect(type).toMatchObject({ code, byteLength, alignment: byteLength });
  });

  test("holds its least and greatest value, in both byte orders", () => {
    for (const value of [min, max, 0n, 1n]) {
      for (const little of [true, false]) {
        for (const form of big ? [value] : [value, Number(value)]) {
          type.set(view, 0, form, little);
          expect(type.get(view, 0, little)).toBe(big ? value : Number(value));
          const digits = BigInt.asUintN(8 * byteLength, value)
            .toString(16).padStart(2 * byteLength, "0");
          const stored = hexOf(view).slice(0, 2 * byteLength);
          expect(little ? reversed(stored) : stored).toBe(digits);
        }
      }
    }
  });

  test("refuses one less, one more, and what is no integer, and writes nothing", () => {
    new Uint8Array(view.buffer).fill(0xaa);
    for (const value of [min - 1n, max + 1n, Number(min) - 2048, 2 ** 64]) {
      expect(() => type.set(view, 0, value, true)).toThrow(RangeError);
    }
    for (const value of [0.5, NaN, Infinity, "1", null, undefined, {}]) {
      expect(() => type.set(view, 0, value as ElementValue, true))
        .toThrow(TypeError);
    }
    expect(hexOf(view)).toBe("aa".repeat(8));
  });
});

function reversed(hex: string): string {
  return hex.match(/../g)?.reverse().join("") ?? "";
}

describe("elementType()", () => {
  test("has native sizes of this platform", () => {
    const { long, pointer } = nativeSizes();
    const lengths = [..."lLnNPq"].map((code) =>
      elementType(code, true).byteLength
    );
    expect(lengths).toEqual([long, long, pointer, pointer, pointer, 8]);
  });

  test("takes negative pointers, as C does", () => {
    const view = new DataView(new ArrayBuffer(8));
    const type = elementType("P", true);
    type.set(view, 0, -1, true);
    expect(type.get(view, 0, true)).toBe(2n ** 64n - 1n);
    expect(() => type.set(view, 0, -(2n ** 63n) - 1n, true)).toThrow(
      RangeError,
    );
  });

  test.each(["x", "s", "p", "n", "N", "P", "", "ii", "F"])(
    "knows no %j among standard elements",
    (code) => expect(() => elementType(code, false)).toThrow(TypeError),
  );

  test("reads any byte but 0 as true and writes 1", () => {
    const view = new DataView(new ArrayBuffer(1));
    const type = elementType("?", false);
    const truths: [ElementValue, boolean][] = [
      [true, true],
      [false, false],
      [2, true],
      [0, false],
      [-0, false],
      [NaN, true],
      [0n, false],
      [-5n, true],
    ];
    for (const [value, expected] of truths) {
      type.set(view, 0, value, true);
      expect(view.getUint8(0)).toBe(Number(expected));
      expect(type.get(view, 0, true)).toBe(expected);
    }
    view.setUint8(0, 2);
    expect(type.get(view, 0, true)).toBe(true);
    expect(() => type.set(view, 0, "" as never, true)).toThrow(TypeError);
  });

  test("reads a byte as a fresh array", () => {
    const view = new DataView(new ArrayBuffer(1));
    const type = elementType("c", false);
    type.set(view, 0, Uint8Array.of(65), true);
    const byte = type.get(view, 0, true);
    type.set(view, 0, Uint8Array.of(66), true);
    expect(byte).toEqual(Uint8Array.of(65));
    for (const bytes of [new Uint8Array(0), new Uint8Array(2)]) {
      expect(() => type.set(view, 0, bytes, true)).toThrow(RangeError);
    }
    expect(() => type.set(view, 0, 65, true)).toThrow(TypeError);
  });

  test.each<[string, number]>([
    ["e", 65520],
    ["f", 3.4028235677973366e38],
    ["d", Infinity],
  ])("%s refuses what rounds to infinity", (code, bound) => {
    const view = new DataView(new ArrayBuffer(8));
    const type = elementType(code, false);
    for (const sign of [1, -1]) {
      if (bound < Infinity) {
        expect(() => type.set(view, 0, sign * bound, true)).toThrow(RangeError);
        type.set(view, 0, sign * bound * (1 - 2 ** -53), true);
        expect(type.get(view, 0, true)).toSatisfy(Number.isFinite);
      }
      expect(() => type.set(view, 0, BigInt(sign) << 1024n, true))
        .toThrow(RangeError);
      type.set(view, 0, sign * Infinity, true);
      expect(type.get(view, 0, true)).toBe(sign * Infinity);
    }
    for (const value of ["1", null, {}]) {
      expect(() => type.set(view, 0, value as never, true)).toThrow(TypeError);
    }
  });

  test("throws at the end of the view and writes nothing", () => {
    const view = new DataView(new ArrayBuffer(8), 0, 3);
    expect(() => elementType("I", false).set(view, 0, 1, true))
      .toThrow(RangeError);
    expect(() => elementType("I", false).get(view, 0, true))
      .toThrow(RangeError);
    expect(new Uint8Array(view.buffer)).toEqual(new Uint8Array(8));
  });
});

test("NATIVE_LITTLE_ENDIAN is that of typed arrays", () => {
  const view = new DataView(Uint16Array.of(0x1234).buffer);
  expect(view.getUint16(0, NATIVE_LITTLE_ENDIAN)).toBe(0x1234);
});

test("nativeSizes() follows system and architecture", () => {
  const node = (platform: string, arch: string) =>
    nativeSizes({ process: { platform, arch } });
  expect(node("linux", "x64")).toEqual({ long: 8, pointer: 8 });
  expect(node("darwin", "arm64")).toEqual({ long: 8, pointer: 8 });
  expect(node("win32", "x64")).toEqual({ long: 4, pointer: 8 });
  expect(node("linux", "arm")).toEqual({ long: 4, pointer: 4 });
  const deno = (os: string) => nativeSizes({ Deno: { build: { os } } });
  expect(deno("linux")).toEqual({ long: 8, pointer: 8 });
  expect(deno("windows")).toEqual({ long: 4, pointer: 8 });
  expect(nativeSizes({})).toEqual({ long: 8, pointer: 8 });
});

describe("half floats", () => {
  /** IEEE 754 binary16, word by word. */
  function naive(bits: number): number {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits & 0x7c00) / 1024;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === 0) return sign * fraction / 2 ** 24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }

  test("fromHalfBits() is right for all 65,536", () => {
    for (let bits = 0; bits < 65536; bits++) {
      if (!Object.is(fromHalfBits(bits), naive(bits))) expect.fail(`${bits}`);
    }
  });

  test("toHalfBits() takes every half back", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = naive(bits);
      const expected = value === value ? bits : 0x7e00;
      if (toHalfBits(value) !== expected) expect.fail(`${bits}`);
    }
  });

  test("toHalfBits() rounds to the nearest, ties to even, once", () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const low = naive(bits);
      const high = naive(bits + 1);
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const hair = middle * 2 ** -52;
      const results = [middle - hair, middle, middle + hair].map(toHalfBits);
      const expected = [bits, even, bits + 1];
      if (String(results) !== String(expected)) {
        expect.fail(`${bits}: ${results} instead of ${expected}`);
      }
      if (toHalfBits(-middle) !== (even | 0x8000)) expect.fail(`-${bits}`);
    }
    expect(toHalfBits(65519.99)).toBe(0x7bff);
    expect(toHalfBits(2 ** -25)).toBe(0);
    expect(toHalfBits(Number.MIN_VALUE)).toBe(0);
  });
});

test("received() describes any value in a few words", () => {
  const values: [unknown, string][] = [
    [5, "5"],
    [-0.5, "-0.5"],
    [5n, "5n"],
    [10n ** 50n, `1${"0".repeat(39)}...n`],
    ["a\n", '"a\\n"'],
    ["a".repeat(41), `"${"a".repeat(40)}..."`],
    [true, "true"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("s"), "symbol"],
    [() => 1, "function"],
    [[1], "Array"],
    [{}, "Object"],
    [Object.create(null), "object"],
    [new Uint16Array(3), "Uint16Array of 6 bytes"],
  ];
  for (const [value, text] of values) expect(received(value)).toBe(text);
});
