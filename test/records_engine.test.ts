/** Answers about records are the same however they are computed, and what naive code says. */
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../src/engine.ts";
import type { SabmapError } from "../src/errors.ts";
import {
  type RecordOptions,
  recordRows,
  recordStats,
} from "../src/record_stats.ts";
import { GROUP_TABLE_BYTES_MIN } from "../src/records/group_table.ts";
import type { GroupsResult } from "../src/records/groups_result.ts";
import { prepareQuery } from "../src/records/prepare.ts";
import { seededRandom } from "./job_driver.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { spread } from "./effort.ts";

const KIB = 1024;
const SEED = 20_261_121;
const files = temporaryFiles();
let engine: Engine;
beforeAll(() => {
  engine = new Engine();
});
afterAll(async () => await engine.close());
afterEach(() => {
  delete process.env.SABMAP_BACKEND;
});

/** Ways to compute the same. */
const WAYS: RecordOptions[] = [
  { workers: 1, inlineBytes: 2 ** 30 },
  { workers: 1, inlineBytes: 0, segmentBytes: 64 * KIB },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB },
  { workers: 3, inlineBytes: 0, segmentBytes: 256 * KIB },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB, io: "preload" },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB, io: "map" },
];

/** What is answered, but how long that took. */
async function answer(path: string, options: RecordOptions): Promise<unknown> {
  const { stats: _, ...rest } = await recordStats(path, { ...options, engine });
  return rest;
}

/** Asks in all ways. @returns The one answer. */
async function askAll(
  path: string,
  options: RecordOptions,
): Promise<{ rows: unknown[][]; badCount: number; records: number }> {
  const answers = [];
  for (const way of spread(WAYS)) {
    answers.push(await answer(path, { ...options, ...way }));
  }
  process.env.SABMAP_BACKEND = "scalar";
  answers.push(await answer(path, { ...options, ...WAYS[2] }));
  delete process.env.SABMAP_BACKEND;
  for (const [i, one] of answers.entries()) {
    expect(one, `way ${i}, seed ${SEED}`).toEqual(answers[0]);
  }
  return answers[0] as never;
}

/** As {@link askAll}; a condition that is always true leads to the general path, which must say the same. */
async function askBothPaths(
  path: string,
  options: RecordOptions,
): Promise<unknown[][]> {
  const fast = await askAll(path, options);
  const general = await askAll(path, { ...options, where: "true" });
  expect(general).toEqual(fast);
  return fast.rows;
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(files.folder, name);
  if (!fs.existsSync(path)) fs.writeFileSync(path, content);
  return path;
}

const random = seededRandom(SEED);
const below = (count: number) => Math.floor(random() * count);

/** Lines `station;temp`, most of them as in the One Billion Row Challenge. */
function measurements(stations: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => {
    const tenths = below(1999) - 999;
    const sign = tenths < 0 ? "-" : "";
    const size = Math.abs(tenths);
    return `${stations[below(stations.length)]};${sign}${
      Math.floor(size / 10)
    }.${size % 10}`;
  });
}

/** Rows of minimum, mean and maximum in tenths, by plain code. */
function naiveMeasurements(lines: readonly string[]): unknown[][] {
  const groups = new Map<string, number[]>();
  for (const line of lines) {
    const [station = "", temp = ""] = line.split(";");
    const tenths = Math.round(Number(temp) * 10);
    const known = groups.get(station);
    if (known === undefined) groups.set(station, [tenths]);
    else known.push(tenths);
  }
  const keys = [...groups.keys()].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b))
  );
  return keys.map((key) => {
    const all = groups.get(key) ?? [];
    const sum = all.reduce((total, one) => total + one, 0);
    // Halves go up, as in Java.
    const mean = Math.floor(sum / all.length + 0.5);
    const tenth = (value: number) => (value + 0) / 10;
    return [
      key,
      tenth(Math.min(...all)),
      tenth(mean),
      tenth(Math.max(...all)),
    ];
  });
}

const STATIONS: RecordOptions = {
  delimiter: ";",
  names: ["station", "temp"],
  aggregates: ["min", "mean", "max"],
  of: "temp",
  groupBy: ["station"],
};

describe("recordStats() gives the same in every way", () => {
  test("for measurements", async () => {
    const names = [
      "Abéché",
      "St. John's",
      "Ürümqi",
      "東京",
      "A",
      "Washington, D.C.",
    ];
    const lines = measurements(names, 30_000);
    const path = write("measurements", lines.join("\n"));
    expect(await askBothPaths(path, STATIONS)).toEqual(
      naiveMeasurements(lines),
    );
  });

  test("for 10,000 stations with names of up to 100 bytes", async () => {
    const stations = Array.from({ length: 10_000 }, (_, i) => {
      const letters = ["x", "é", "東", "🙂"][i % 4] ?? "";
      const length = Math.floor((i % 97) / Buffer.byteLength(letters));
      return `${i}${letters.repeat(length)}`.slice(0, 100);
    });
    const lines = [
      ...stations.map((station) => `${station};0.0`),
      ...measurements(stations, 30_000),
    ];
    const path = write("stations", `${lines.join("\n")}\n`);
    const rows = await askBothPaths(path, STATIONS);
    expect(rows.length).toBe(10_000);
    expect(rows).toEqual(naiveMeasurements(lines));
  });

  test("for structs with doubles, whose sums are those of fsum", async () => {
    const count = 20_000;
    const bytes = new DataView(new ArrayBuffer(count * 32));
    for (let i = 0; i < count; i++) {
      bytes.setUint32(32 * i, i, true);
      bytes.setUint32(32 * i + 4, below(20), true);
      const value = (random() - 0.5) * 10 ** (below(30) - 10);
      bytes.setFloat64(32 * i + 8, value, true);
      bytes.setBigUint64(32 * i + 16, 2n ** 64n - BigInt(below(2 ** 30)), true);
    }
    const path = write("structs", new Uint8Array(bytes.buffer));
    const options: RecordOptions = {
      struct: "<IIdQ8x",
      names: ["id", "kind", "value", "ts"],
      aggregates: ["count", "sum", "min", "max", "mean"],
      groupBy: ["kind"],
    };
    const rows = await askBothPaths(path, { ...options, of: "value" });
    expect(rows.length).toBe(20);
    const spread = await askAll(path, {
      ...options,
      aggregates: ["sum", "stddev"],
      of: "value, ts",
    });
    expect(spread.rows.map((row) => row[1])).toEqual(rows.map((row) => row[2]));
    const ids = await askBothPaths(path, { ...options, of: "id" });
    const total = ids.reduce((sum, row) => sum + Number(row[2]), 0);
    expect(total).toBe(count * (count - 1) / 2);
    const stamps = await askAll(path, { ...options, groupBy: [], of: "ts" });
    let exact = 0n;
    for (let i = 0; i < count; i++) {
      exact += bytes.getBigUint64(32 * i + 16, true);
    }
    expect(stamps.rows[0]?.[1]).toBe(exact);
  });

  test("for CSV with quotes, and bad records in it", async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) =>
        i % 1000 === 999
          ? "bad line"
          : `"key ${below(50)}, ""x""\r\n",${below(1000) / 100},"${i}"`,
    );
    const path = write("csv", lines.join("\r\n"));
    const options: RecordOptions = {
      names: ["key", "price", "id"],
      quote: true,
      onBad: "skip",
    };
    const grouped = await askAll(path, {
      ...options,
      of: "price",
      aggregates: ["count", "sum", "mean", "stddev"],
      groupBy: ["key"],
    });
    expect(grouped.rows.length).toBe(50);
    expect([grouped.badCount, grouped.records]).toEqual([20, 19_980]);
    const where = "id % 1001 == 0 and price > 2";
    const rows = await askAll(path, { ...options, where, select: "id, price" });
    expect(
      rows.rows.map(([id]) => Number(id) % 1001).every((rest) => rest === 0),
    )
      .toBe(true);
    const top = await askAll(path, { ...options, sort: "price:desc", top: 7 });
    expect(top.rows.length).toBe(7);
    const head = await askAll(path, {
      ...options,
      where: "price > 5",
      head: 1500,
    });
    expect(head.rows.length).toBe(1500);
    expect(head.badCount).toBeGreaterThan(0);
  });

  test("for the first bad record of the file, which the run stops at", async () => {
    const lines = Array.from(
      { length: 40_000 },
      (_, i) => i > 0 && i % 9_000 === 0 ? "bad" : `x;${i}`,
    );
    const path = write("bad", `${lines.join("\n")}\n`);
    const offset = lines.slice(0, 9_000).join("\n").length + 1;
    const options = { delimiter: ";", names: ["a", "b"] };
    for (const more of [{}, { of: "b" }, { of: "b", groupBy: ["a"] }]) {
      for (const way of spread(WAYS)) {
        const run = recordStats(path, { ...options, ...more, ...way, engine });
        const error: SabmapError = await run.then(
          () => expect.fail("it did not stop"),
          (error: SabmapError) => error,
        );
        expect([error.code, error.range?.start], `${error.stack}`).toEqual([
          "ERR_BAD_RECORD",
          offset,
        ]);
      }
    }
  });

  test("for tables that are full again and again", async () => {
    const count = 20_000;
    const lines = Array.from({ length: count }, (_, i) => {
      const key = i * 7 % 10_000;
      return `${"long key ".repeat(5)}${key};${key}.5`;
    });
    const path = write("full", lines.join("\n"));
    const options: RecordOptions = {
      ...STATIONS,
      aggregates: ["count", "sum", "min"],
      where: "true",
    };
    const { query } = prepareQuery(path, options, "values");
    const expected = await recordStats(path, options);
    const small = { ...query, tableBytes: GROUP_TABLE_BYTES_MIN };
    for (const way of spread(WAYS)) {
      const { result } = await engine.run<unknown, GroupsResult>(
        path,
        { builtin: "records" },
        small,
        way,
      );
      expect([...result.rows]).toEqual(expected.rows);
    }
    expect(expected.rows.length).toBe(10_000);
    expect(expected.rows[0]?.slice(1)).toEqual([2, 1, 0.5]);
  });

  test("for fixed records behind a header of the file", async () => {
    const bytes = new Uint8Array(20_000 * 12 + 5);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < 20_000; i++) {
      view.setUint32(5 + 12 * i, i % 10, true);
      view.setFloat64(9 + 12 * i, i / 2, true);
    }
    const path = write("behind", bytes);
    const rows = await askBothPaths(path, {
      struct: "<Id",
      names: ["k", "v"],
      framing: { kind: "fixed", recordBytes: 12, options: { skip: 5 } },
      aggregates: ["count", "min"],
      of: "v",
      groupBy: ["k"],
    });
    expect(rows).toEqual(
      Array.from({ length: 10 }, (_, k) => [k, 2000, k / 2]),
    );
  });

  test("for records that are too long, over several segments", async () => {
    const long = `${"y".repeat(300 * KIB)};1\n`;
    const content = `a;1\n${long}b;2\n${long}${long}c;3\n`;
    const path = write("long", content);
    const { rows, badCount } = await askAll(path, {
      delimiter: ";",
      names: ["a", "b"],
      maxRecordBytes: 1000,
      onBad: "skip",
    });
    expect([rows, badCount]).toEqual([[["a", "1"], ["b", "2"], ["c", "3"]], 3]);
  });
});

describe("recordRows()", () => {
  test("comes in file order, and ends when nobody listens", async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i};${i % 7}`);
    const path = write("rows", `${lines.join("\n")}\n`);
    const options: RecordOptions = {
      delimiter: ";",
      names: ["a", "b"],
      engine,
      inlineBytes: 0,
      workers: 2,
      segmentBytes: 64 * KIB,
    };
    let text = "";
    for await (const { bytes } of recordRows(path, "csv", options)) {
      text += new TextDecoder().decode(bytes);
    }
    expect(text).toBe(`${lines.join("\n").replaceAll(";", ",")}\n`);
    for await (const { rowCount } of recordRows(path, "csv", options)) {
      expect(rowCount).toBeGreaterThan(0);
      break;
    }
    expect((await recordStats(path, { ...options, head: 5 })).rows.length)
      .toBe(5);
  });
});
