/** Rows in an order: the same in every way, and what sorting all of them by plain code gives. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordFraming } from "../src/binary/framing.ts";
import { framingFrom } from "../src/binary/framing/description.ts";
import { Struct } from "../src/binary/struct.ts";
import { Engine } from "../src/engine.ts";
import {
  sortedRecordsJob,
  type SortedRows,
} from "../src/jobs/sorted_records.ts";
import {
  type RecordOptions,
  recordRows,
  recordStats,
  type RecordValue,
} from "../src/record_stats.ts";
import { prepareQuery } from "../src/records/prepare.ts";
import type { RecordQuery } from "../src/records/query.ts";
import { sortStable } from "../src/records/sort_stable.ts";
import { sortedPieces } from "../src/records/sorted_rows.ts";
import { JobDriver, seededRandom } from "./job_driver.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { spread } from "./effort.ts";

const KIB = 1024;
const SEED = 5_202_611;
const random = seededRandom(SEED);
const below = (count: number) => Math.floor(random() * count);
const files = temporaryFiles();
let engine: Engine;
beforeAll(() => {
  engine = new Engine();
});
afterAll(async () => await engine.close());

/** Ways to compute the same. */
const WAYS: RecordOptions[] = [
  { workers: 1, inlineBytes: 2 ** 30 },
  { workers: 1, inlineBytes: 0, segmentBytes: 64 * KIB },
  { workers: 3, inlineBytes: 0, segmentBytes: 64 * KIB },
  { workers: 2, inlineBytes: 0, segmentBytes: 256 * KIB },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB, io: "preload" },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB, io: "map" },
];

const AB: RecordOptions = { delimiter: ";", names: ["a", "b"] };

/** Rows in all ways. @returns The one answer. */
async function sortAll(
  path: string,
  options: RecordOptions,
): Promise<RecordValue[][]> {
  const answers: RecordValue[][][] = [];
  for (const way of spread(WAYS)) {
    const asked = { ...options, ...way, engine };
    const { rows } = await recordStats(path, asked);
    answers.push(rows.map((row) => [...row]));
  }
  // Lists this long are compared as text: that is ten times as quick.
  const [first, ...others] = answers.map((rows) => JSON.stringify(rows));
  for (const [i, one] of others.entries()) {
    expect(one === first, `way ${i + 1}, seed ${SEED}`).toBe(true);
  }
  return answers[0] ?? [];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** What text is ordered as: its class, then a number or its bytes. */
function orderedAs(text: string): [number, number | bigint | Uint8Array] {
  if (!NUMBER.test(text)) return [1, new TextEncoder().encode(text)];
  return [0, /^[+-]?\d+$/.test(text) ? BigInt(text) : Number(text)];
}

function compareNaive(a: string, b: string): number {
  const [rank, value] = orderedAs(a), [otherRank, other] = orderedAs(b);
  if (rank !== otherRank) return rank - otherRank;
  if (value instanceof Uint8Array && other instanceof Uint8Array) {
    return Buffer.compare(value, other);
  }
  return value < other ? -1 : value > other ? 1 : 0;
}

/** Sorts by plain code: `Array.sort` keeps equal rows in file order. */
function sortNaive(
  rows: readonly string[][],
  column: number,
  descending: boolean,
): string[][] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) =>
    sign * compareNaive(a[column] ?? "", b[column] ?? "")
  );
}

const textOf = (rows: readonly string[][]) =>
  rows.map((row) => row.join(";")).join("\n");

describe("sortStable() agrees with a plain sort", () => {
  test("at every length around its runs", () => {
    for (const length of [0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1000]) {
      const keys = Float64Array.from({ length }, () => below(length / 2) - 7);
      if (length > 3) keys.set([Infinity, -Infinity, 0.5]);
      const indices = Array.from(keys, (_, i) => i);
      const plain = [...indices].sort((a, b) =>
        keys[a]! === keys[b]! ? a - b : keys[a]! < keys[b]! ? -1 : 1
      );
      expect([...sortStable(keys)], `length ${length}`).toEqual(plain);
      const turned = [...indices].sort((a, b) =>
        keys[a]! === keys[b]! ? b - a : keys[a]! < keys[b]! ? -1 : 1
      );
      expect([...sortStable(keys, (a, b) => b - a)]).toEqual(turned);
      expect([...sortStable(keys, (a, b) => b - a, true)])
        .toEqual(indices.reverse());
    }
  });
});

describe("recordStats() sorts rows", () => {
  const LETTERS = ["", "a", "b", "é", "東", "🙂", "\uff5e", "12 bytes pre"];
  const word = () =>
    Array.from({ length: below(5) }, () => LETTERS[below(8)]).join("");
  const number = () =>
    [
      `${below(100) - 50}`,
      `${(below(1000) - 500) / 10}`,
      `${below(50)}e${below(5)}`,
      `${2n ** 64n - BigInt(below(4))}`,
      `-${2n ** 53n + BigInt(below(4))}`,
      "-0",
      "inf",
      "nan",
    ][below(8)] ?? "";
  const rows = Array.from({ length: 12_000 }, (_, i) => [
    random() < 0.5 ? word() : number(),
    `${i % 37}.${below(10)}`,
    `${i}`,
  ]);
  const options = { delimiter: ";", names: ["mixed", "temp", "id"] };

  test.each([
    ["mixed", 0],
    ["temp", 1],
    ["id", 2],
  ])("by %s, both ways, and the first of them", async (name, column) => {
    const path = files.make(textOf(rows));
    for (const descending of [false, true]) {
      const sort = { column: name, descending };
      const sorted = sortNaive(rows, column, descending);
      expect(await sortAll(path, { ...options, sort }), `seed ${SEED}`)
        .toEqual(sorted);
      for (const top of [0, 10, 5000]) {
        expect(await sortAll(path, { ...options, sort, top }), `top ${top}`)
          .toEqual(sorted.slice(0, top));
      }
    }
  });

  test("that are equal in file order, however many", async () => {
    const path = files.make(textOf(rows));
    const asked = { ...options, select: "id, 1 as one", sort: "one:desc" };
    const ids = (all: RecordValue[][]) => all.map(([id]) => id);
    const expected = rows.map(([, , id]) => id);
    expect(ids(await sortAll(path, asked))).toEqual(expected);
    expect(ids(await sortAll(path, { ...asked, top: 100 })))
      .toEqual(expected.slice(0, 100));
  });

  test("of structs by integers of 64 bits, doubles, texts and truths", async () => {
    const layout = new Struct("<QqdB?14s");
    const count = 4000;
    const values = Array.from({ length: count }, (_, i) => ({
      u: 2n ** 64n - 1n - BigInt(below(50)) * 3n,
      i: (below(2) === 0 ? 1n : -1n) * (2n ** 62n + BigInt(below(50))),
      d: [NaN, Infinity, -Infinity, 0, -0, 1e-300, -5.5][below(7)] ?? 0,
      on: below(2) === 1,
      s: `same beginning${"xyz"[below(3)]}`.slice(below(3)),
      id: i % 256,
    }));
    const encoder = new TextEncoder();
    const content = new Uint8Array(count * layout.size);
    values.forEach(({ u, i, d, on, s, id }, at) => {
      const text = encoder.encode(s);
      layout.packInto(content, at * layout.size, u, i, d, id, on, text);
    });
    const path = files.make(content);
    const asked = {
      struct: "<QqdB?14s",
      names: ["u", "i", "d", "id", "on", "s"],
      select: "id",
    };
    type Key = "u" | "i" | "d" | "on" | "s";
    for (const key of ["u", "i", "d", "on", "s"] as const) {
      for (const descending of [false, true]) {
        const sign = descending ? -1 : 1;
        // Structs cut the text, and NaN comes last in either direction.
        const at = (value: (typeof values)[number], name: Key) =>
          name === "s" ? value.s.slice(0, 14) : value[name];
        const sorted = [...values].sort((a, b) => {
          const first = at(a, key), second = at(b, key);
          if (first !== first || second !== second) {
            return Number(first !== first) - Number(second !== second);
          }
          return first < second ? -sign : first > second ? sign : 0;
        });
        for (const top of [undefined, 50]) {
          const found = await recordStats(path, {
            ...asked,
            select: `id, ${key}`,
            sort: { column: key, descending },
            top,
            engine,
            inlineBytes: 0,
            segmentBytes: 64 * KIB,
            workers: 2,
          });
          expect(found.rows.map(([id]) => id), `${key} ${descending} ${top}`)
            .toEqual(sorted.slice(0, top).map(({ id }) => id));
        }
      }
    }
  });

  test("and counts bad ones that are not among the first", async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `${i};${i % 100 === 99 ? "x" : i}`,
    );
    const path = files.make(lines.join("\n"));
    const asked: RecordOptions = {
      ...AB,
      where: "a != 5",
      select: "a, b * 2 as double",
      sort: "a",
      top: 3,
      onBad: "skip",
    };
    for (const way of spread(WAYS)) {
      const { rows, records, matched, badCount, bad } = await recordStats(
        path,
        { ...asked, ...way, engine },
      );
      expect(rows).toEqual([["0", 0], ["1", 2], ["2", 4]]);
      expect([records, matched, badCount]).toEqual([19_800, 19_799, 200]);
      expect(bad[0]?.offset).toBe(lines.slice(0, 99).join("\n").length + 1);
      const stopped = recordStats(path, {
        ...asked,
        onBad: "stop",
        ...way,
        engine,
      });
      await expect(stopped).rejects.toMatchObject({
        code: "ERR_BAD_RECORD",
        range: { start: bad[0]?.offset },
      });
    }
  });

  test("of the first of the file, and of nothing", async () => {
    const path = files.make("a;3\nb;1\nc;2\nd;0\ne;1\n");
    expect(await sortAll(path, { ...AB, head: 3, sort: "b" }))
      .toEqual([["b", "1"], ["c", "2"], ["a", "3"]]);
    expect(await sortAll(path, { ...AB, head: 3, sort: "b:desc", top: 1 }))
      .toEqual([["a", "3"]]);
    expect(await sortAll(path, { ...AB, where: "b > 9", sort: "b" }))
      .toEqual([]);
    expect(await sortAll(files.make(""), { ...AB, sort: "b", top: 2 }))
      .toEqual([]);
  });

  test("unless they take too much memory", async () => {
    const path = files.make(textOf(rows));
    const { query } = prepareQuery(
      path,
      { ...AB, ...options, sort: "id" },
      "csv",
    );
    const run = (sortBytes: number, top?: number) =>
      engine.run<RecordQuery, SortedRows>(
        path,
        { builtin: "sortedRecords" },
        { ...query, top, sortBytes },
        WAYS[2],
      );
    await expect(run(200 * KIB)).rejects.toMatchObject({
      code: "ERR_SORT_TOO_LARGE",
      message:
        "Cannot sort rows as they must take at most 204,800 bytes, unless only the top ones are asked for: received more",
    });
    expect((await run(8192 * KIB)).result.tally.matched).toBe(12_000);
    const { blocks } = (await run(200 * KIB, 10)).result;
    expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(200);
  });
});

/** Segments that a framing tells apart. */
class FramedDriver extends JobDriver {
  readonly #query: RecordQuery;

  constructor(query: RecordQuery) {
    super();
    this.#query = query;
  }

  override get framing(): RecordFraming {
    return framingFrom(this.#query.source.framing);
  }
}

test("sortedRecordsJob gives the same for segments in any order, and joins of any", () => {
  const count = 6000;
  const content = new Uint8Array(count * 8);
  const view = new DataView(content.buffer);
  const values = Array.from({ length: count }, () => below(90));
  values.forEach((value, i) => {
    view.setUint32(8 * i, i, true);
    view.setUint32(8 * i + 4, value, true);
  });
  const path = files.make(content);
  const ids = values.map((_, i) => i)
    .sort((a, b) => values[b]! - values[a]! || a - b);
  for (const top of [1, 20, 300, 2500, undefined]) {
    const options: RecordOptions = {
      struct: "<II",
      names: ["id", "v"],
      sort: "v:desc",
      top,
    };
    const { query } = prepareQuery(path, options, "csv");
    const driver = new FramedDriver(query);
    for (let seed = 0; seed < 12; seed++) {
      const drive = { segmentBytes: 8 * (40 + 100 * seed), seed };
      const result = driver.run<SortedRows>(
        sortedRecordsJob,
        content,
        query,
        drive,
      );
      const text = [...sortedPieces(result, query)]
        .map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
      const found = text.split("\n").slice(0, -1)
        .map((line) => Number(line.split(",")[0]));
      expect(found, `top ${top}, seed ${seed}`).toEqual(ids.slice(0, top));
      expect(result.tally.matched).toBe(count);
    }
  }
});

describe("recordRows() in an order", () => {
  test("is the text of the rows, in pieces", async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => [
      `${i % 3 === 0 ? "comma, " : ""}${i}`,
      `${i * 7919 % 60_000}`,
    ]);
    const path = files.make(textOf(rows));
    const sorted = sortNaive(rows, 1, true);
    let text = "";
    let rowCount = 0, pieces = 0;
    for await (
      const piece of recordRows(path, "csv", { ...AB, sort: "b:desc", engine })
    ) {
      text += new TextDecoder().decode(piece.bytes);
      rowCount += piece.rowCount;
      pieces++;
      expect(piece.columns.map(({ name }) => name)).toEqual(["a", "b"]);
      expect(piece.counts.matched).toBe(60_000);
    }
    const expected = sorted.map(([a = "", b]) =>
      `${a.includes(",") ? `"${a}"` : a},${b}\n`
    ).join("");
    expect(text).toBe(expected);
    expect([rowCount, pieces > 1]).toEqual([60_000, true]);
  });

  test("has one piece for nothing, and refuses what nobody could write", async () => {
    for (const sort of [undefined, "b"]) {
      const pieces = [];
      for await (
        const piece of recordRows(files.make(""), "json", { ...AB, sort })
      ) pieces.push(piece);
      expect(pieces.map(({ rowCount }) => rowCount)).toEqual([0]);
      expect(pieces[0]?.columns.length).toBe(2);
    }
    const path = files.make("a;1\n");
    for (const more of [{ of: "b" }, { sort: "b", head: 2 }]) {
      const rows = recordRows(path, "csv", { ...AB, ...more });
      await expect(rows.next()).rejects.toThrow(/must be left out: received/);
    }
  });
});
