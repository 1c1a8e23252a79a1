/** The order of rows of groups, which are compared where they lie: that of their values. */
import { describe, expect, test } from "vitest";
import { recordResult, recordStats } from "../src/record_stats.ts";
import type { RecordOptions } from "../src/record_stats.ts";
import { rowOrder } from "../src/records/order.ts";
import { rounds } from "./effort.ts";
import { seededRandom } from "./job_driver.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

/** Some are no UTF-8, some begin with others, some only differ far behind. */
const TEXTS: readonly (readonly number[])[] = [
  [],
  [0],
  [97],
  [97, 0],
  [97, 98, 99, 100, 101, 102, 103],
  [97, 98, 99, 100, 101, 102, 104],
  [0xc3, 0xa9],
  [0xc3],
  [0xc3, 97],
  [0xc3, 98],
  [0xff],
  [0xef, 0xbf, 0xbd],
  [0xf0, 0x9f, 0x99, 0x82],
  [0xef, 0xbd, 0x9e],
  [97, 0x80],
  [97, 0xff, 49],
  [49, 48],
  [57],
];

const NUMBERS = [0, -0, NaN, Infinity, -Infinity, 1, -1, 1e300, 5e-324];
const INTEGERS = [0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, 77n];

const STRUCT = {
  struct: "<8sdQ?",
  names: ["text", "float", "long", "flag"],
};

function content(random: () => number, count: number): Uint8Array {
  const pick = <T>(list: readonly T[]): T =>
    list[Math.floor(random() * list.length)]!;
  const view = new DataView(new ArrayBuffer(25 * count));
  const shared = pick([[], [], [120], [120, 0], [0xc3]]);
  for (let at = 0; at < view.byteLength; at += 25) {
    [...shared, ...pick(TEXTS)].slice(0, 8)
      .forEach((byte, i) => view.setUint8(at + i, byte));
    view.setFloat64(at + 8, pick(NUMBERS), true);
    view.setBigUint64(at + 16, pick(INTEGERS), true);
    view.setUint8(at + 24, random() < 0.5 ? 1 : 0);
  }
  return new Uint8Array(view.buffer);
}

const QUESTIONS: readonly RecordOptions[] = [
  { groupBy: ["text"] },
  { groupBy: ["float"] },
  { groupBy: ["long"] },
  { groupBy: ["flag"] },
  { groupBy: ["text", "long"] },
  { groupBy: ["float", "text", "flag"] },
  { groupBy: ["text"], sort: "count:desc" },
  { groupBy: ["text"], sort: "text:desc" },
  { groupBy: ["text"], sort: "text" },
  { groupBy: ["float"], sort: "float:desc" },
  { groupBy: ["long"], sort: "long:desc" },
  { groupBy: ["text", "long"], sort: "long:desc" },
  { groupBy: ["text", "flag"], sort: "text:desc" },
  { groupBy: ["flag"], sort: "flag:desc" },
  { groupBy: ["long", "flag"], sort: "count" },
  { groupBy: ["text"], of: "float", aggregates: ["max"], sort: "max" },
  { groupBy: ["text"], of: "float", aggregates: ["sum"], sort: "sum:desc" },
  { groupBy: ["flag"], of: "long", aggregates: ["sum"], sort: "sum" },
  { groupBy: ["text"], of: "long", aggregates: ["stddev"], sort: "stddev" },
];

describe("recordResult() gives groups in the order of their values", () => {
  test.each(QUESTIONS)("%j", async (question) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    for (let round = 0; round < rounds(6); round++) {
      const path = files.make(content(random, 1 + Math.floor(random() * 90)));
      const options = { ...STRUCT, ...question };
      const { rows, columns } = await recordStats(path, options);
      const [, column, way] = /^(\w+)(:desc)?$/.exec(String(question.sort)) ??
        [];
      const sort = question.sort === undefined
        ? undefined
        : { column: column ?? "", descending: way !== undefined };
      const keyCount = question.groupBy?.length ?? 0;
      const order = rowOrder(columns, sort, keyCount);
      const shuffled = rows.toSorted(() => random() - 0.5);
      expect(rows, `seed ${seed}`).toEqual(shuffled.sort(order));
    }
  });
});

describe("recordResult() sorts by keys of lines", () => {
  const pairs = (keys: readonly string[]) =>
    keys.map((key, i) => `${key},${i % 7}\n`).join("");
  const numbers = Array.from({ length: 300 }, (_, i) => `${(i * 7919) % 1009}`);
  const words = numbers.map((number) => `word-${number}`);
  test.each([
    ["numbers", [
      ...numbers,
      "-5",
      "1e3",
      "9007199254740993",
      "9007199254740992",
    ]],
    ["words", [...words, "word", "wörd", "Word"]],
    ["both", [...numbers.slice(0, 50), ...words.slice(0, 50)]],
  ])("that are %s", async (_, keys) => {
    const path = files.make(pairs(keys));
    const ask = { names: ["k", "v"], groupBy: ["k"], of: "v" };
    for (const sort of ["k", "k:desc"]) {
      const { rows, columns } = await recordStats(path, { ...ask, sort });
      const key = { column: "k", descending: sort === "k:desc" };
      const expected = rows.toReversed().sort(rowOrder(columns, key, 1));
      expect(rows).toEqual(expected);
      const { rows: top } = await recordStats(path, { ...ask, sort, top: 9 });
      expect(top).toEqual(rows.slice(0, 9));
    }
  });
});

test("recordResult() gives rows as often as they are asked for", async () => {
  const path = files.make("b,1\na,2\nb,3\nc,4\n");
  const options = { names: ["k", "v"], groupBy: ["k"], of: "v" };
  const { rows } = await recordResult(path, {
    ...options,
    aggregates: ["sum"],
  });
  expect(rows.length).toBe(3);
  for (let i = 0; i < 2; i++) {
    expect([...rows]).toEqual([["a", 2], ["b", 4], ["c", 4]]);
  }
});

describe("recordStats() of the top groups", () => {
  test("are the first of all", async () => {
    const path = files.make(content(seededRandom(3), 5000));
    const options = {
      ...STRUCT,
      groupBy: ["text", "float", "long", "flag"],
      sort: "count:desc",
    };
    const all = await recordStats(path, options);
    expect(all.rows.length).toBeGreaterThan(1100);
    for (const top of [0, 1, 7, 500, 10_000]) {
      const { rows } = await recordStats(path, { ...options, top });
      expect(rows).toEqual(all.rows.slice(0, top));
    }
  });
});
