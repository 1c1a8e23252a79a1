/** Plain values as bytes: one form for equal values, and no harm from any bytes. */
import { expect, it } from "vitest";
import { decodePlain } from "../src/shards/decode.ts";
import { DEPTH_MAX, encodePlain } from "../src/shards/encode.ts";
import { rounds } from "./effort.ts";
import { randomSource } from "./shards_random.ts";

const VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  127,
  128,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 53,
  0.1,
  Infinity,
  -Infinity,
  NaN,
  0n,
  -1n,
  2n ** 64n,
  -(2n ** 200n),
  "",
  "text",
  "\u0000é漢\u{1f600}",
  "lone \udc80 surrogate",
  "\ufeffbyte order mark",
  [],
  [1, [2, [3]], "x"],
  {},
  { b: 1, a: { c: [] } },
  { "": 0, "\udc80": 1, ["__proto__"]: 2 },
  new Map<unknown, unknown>([[1, "a"], ["b", new Map()]]),
  new Set([3, 1, 2]),
  new Date(1e12),
  new Date(NaN),
  Uint8Array.of(1, 2, 3),
  Float64Array.of(1.5, -0),
  BigInt64Array.of(-1n),
  new Uint16Array(0),
  Uint8Array.of(7, 8).buffer,
];

it("decodePlain() gives back what encodePlain() took", () => {
  for (const value of VALUES) {
    expect(decodePlain(encodePlain(value))).toStrictEqual(value);
  }
  expect(decodePlain(encodePlain(VALUES))).toStrictEqual(VALUES);
});

it("encodePlain() gives equal values the same bytes, whatever the order of properties", () => {
  const left = { a: 1, b: { c: 2, d: undefined }, e: [NaN] };
  const right = { e: [-NaN], b: { c: 2 }, a: 1 };
  expect(encodePlain(left)).toEqual(encodePlain(right));
  expect(encodePlain(Buffer.from("abc"))).toEqual(
    encodePlain(new TextEncoder().encode("abc")),
  );
  expect(encodePlain(0)).not.toEqual(encodePlain(-0));
});

it("encodePlain() refuses what is no plain value, and values without end", () => {
  class Point {}
  const endless: unknown[] = [];
  endless.push(endless);
  const sparse = [1];
  sparse[3] = 4;
  for (const value of [new Point(), () => 1, Symbol("s"), endless, /x/]) {
    expect(() => encodePlain([value])).toThrow("Cannot write a partial as");
  }
  expect(decodePlain(encodePlain(sparse))).toEqual([1, , , 4]);
});

it("decodePlain() takes nothing but what encodePlain() writes", () => {
  const wrong: readonly number[][] = [
    [],
    [99],
    [4],
    [4, 0x80],
    [4, 0x80, 0x00],
    [4, ...new Array<number>(9).fill(0xff), 1],
    [5, 0],
    [6, 0, 0, 0, 0, 0, 0, 0, 0],
    [7, 0],
    [9, 2, 0xc3, 0x28],
    [10, 2, 0x41, 0x00],
    [10, 1, 0x41],
    // A list, a map and an object of more values than there are bytes.
    [11, ...new Array<number>(6).fill(0xff), 0x0f],
    [13, 3, 0],
    [12, 1, 4, 1, 0],
    [12, 2, 9, 1, 0x62, 0, 9, 1, 0x61, 0],
    [12, 2, 9, 1, 0x61, 0, 9, 1, 0x61, 0],
    // Arrays: longer than the bytes, and of half a number.
    [17, 0xff, 0xff, 0xff, 0xff, 0x0f],
    [20, 1, 0],
    [0, 0],
  ];
  for (const bytes of wrong) {
    expect(() => decodePlain(Uint8Array.from(bytes)), String(bytes))
      .toThrow("Cannot read a partial as its bytes must be");
  }
  const deep = new Uint8Array(2 * DEPTH_MAX + 100).fill(1);
  for (let i = 0; i < deep.length; i += 2) deep[i] = 11;
  expect(() => decodePlain(deep)).toThrow("without end");
});

it("decodePlain() says no to changed bytes, or gives a value", () => {
  const seed = Date.now();
  const random = randomSource(seed);
  const bytes = encodePlain(VALUES);
  for (let round = 0; round < rounds(6000); round++) {
    const changed = bytes.slice(0, 1 + random(bytes.length));
    for (let i = 0; i <= random(4); i++) {
      changed[random(changed.length)] = random(256);
    }
    try {
      decodePlain(changed);
    } catch (error) {
      expect(error, `seed ${seed}, round ${round}`).toMatchObject({
        code: "ERR_BAD_SHARD",
      });
    }
  }
});
