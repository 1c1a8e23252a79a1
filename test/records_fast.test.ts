import { afterAll, describe, expect, test } from "vitest";
import { Engine } from "../src/engine.ts";
import { recordStats } from "../src/record_stats.ts";
import type { AggregateName, RecordRow } from "../src/record_stats.ts";
import type { RunOptions } from "../src/options.ts";
import { randomBytes } from "./kernels_arena.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { spread } from "./effort.ts";

const files = temporaryFiles();

const AGGREGATES: readonly AggregateName[] = [
  "count",
  "sum",
  "min",
  "max",
  "mean",
];

/** Runs that differ in all that results must not depend on. Each has workers that stay. */
const RUNS: readonly (RunOptions & { readonly engine: Engine })[] = [
  { workers: 1 },
  { workers: 2, inlineBytes: 0, segmentBytes: 65536 },
  { workers: 3, inlineBytes: 0, segmentBytes: 65536, io: "map" as const },
  { workers: 2, inlineBytes: 0, segmentBytes: 131072, io: "preload" as const },
].map((run) => ({ ...run, engine: new Engine() }));

afterAll(async () => {
  for (const { engine } of RUNS) await engine.close();
});

/** Rows as a text, which is compared in no time, with each bit of the numbers. */
function textOf(rows: readonly RecordRow[]): string {
  return rows.map((row) =>
    row.map((value) => Object.is(value, -0) ? "-0" : String(value)).join()
  ).join("\n");
}

/** A run with workers of its own: one that fails ends them. */
function alone({ engine: _, ...run }: typeof RUNS[number]): RunOptions {
  return run;
}

/** A run as a text, for messages. */
function named({ engine: _, ...run }: typeof RUNS[number]): string {
  return JSON.stringify(run);
}

interface Question {
  readonly groupBy?: readonly string[];
  readonly of?: string;
  readonly header?: boolean;
}

async function askLines(
  path: string,
  run: RunOptions,
  question: Question & { readonly where?: string } = {},
): Promise<{ rows: readonly RecordRow[]; records: number }> {
  const { rows, records, matched } = await recordStats(path, {
    delimiter: ";",
    ...question.header ? {} : { names: ["station", "temp"] },
    groupBy: ["station"],
    of: "temp",
    aggregates: AGGREGATES,
    ...question,
    ...run,
  });
  expect(matched).toBe(records);
  return { rows, records };
}

/** All fast runs, and the general path, which a condition leads to: all of them must give the same. */
async function ask(
  path: string,
  question: Question = {},
): Promise<readonly RecordRow[]> {
  const general = await askLines(path, RUNS[1]!, {
    ...question,
    where: "temp > -1000 or temp <= -1000",
  });
  for (const run of spread(RUNS)) {
    expect(await askLines(path, run, question), named(run)).toEqual(
      general,
    );
  }
  return general.rows;
}

/** Key, count, sum, least, most and mean of tenths: as the One Billion Row Challenge says. */
function naiveRows(text: string): RecordRow[] {
  const groups = new Map<string, number[]>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [key = "", number] = line.split(";");
    const values = groups.get(key) ?? [];
    values.push(Math.round(Number(number) * 10));
    groups.set(key, values);
  }
  const order = (left: string, right: string) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right));
  return [...groups.keys()].toSorted(order).map((key) => {
    const values = groups.get(key) ?? [];
    const sum = values.reduce((a, b) => a + b, 0);
    // Halves go up, also below zero; 0 is never negative.
    const mean = Math.floor((2 * sum + values.length) / (2 * values.length));
    return [
      key,
      values.length,
      sum / 10 + 0,
      Math.min(...values) / 10 + 0,
      Math.max(...values) / 10 + 0,
      mean / 10 + 0,
    ];
  });
}

/** A number from 0 to 1 from a seed, the same everywhere. */
function randoms(count: number, seed: number): number[] {
  const bytes = randomBytes(4 * count, seed);
  const view = new DataView(bytes.buffer);
  return Array.from(
    { length: count },
    (_, i) => view.getUint32(4 * i, true) / 2 ** 32,
  );
}

function measurements(count: number, keys: readonly string[]): string {
  const values = randoms(2 * count, keys.length);
  return Array.from({ length: count }, (_, i) => {
    const key = keys[Math.floor(values[2 * i]! * keys.length)];
    const tenths = Math.floor(values[2 * i + 1]! * 1999) - 999;
    return `${key};${(tenths / 10).toFixed(1)}\n`;
  }).join("");
}

describe("lines of a key and tenths", () => {
  test("one station, rounding of .05 and negative zero", async () => {
    for (
      const numbers of [
        ["0.0"],
        ["-0.0"],
        ["0.0", "-0.1"],
        ["0.1", "0.0"],
        ["-0.1", "-0.2"],
        ["0.1", "0.2"],
        ["-0.0", "-0.1", "0.1", "-0.0"],
        ["99.9", "99.9", "99.8"],
        ["-99.9", "-99.8"],
        ["-0.1", "0.0", "0.0", "0.0"],
      ]
    ) {
      const text = numbers.map((number) => `Abha;${number}\n`).join("");
      const rows = await ask(files.make(text));
      expect(rows, numbers.join()).toEqual(naiveRows(text));
      expect(rows.flat().some((value) => Object.is(value, -0))).toBe(false);
    }
  });

  test("stations of many kinds, in many segments", async () => {
    const text = measurements(40_000, ["Abha", "Zürich", "İzmir", "", "a b"]);
    expect(await ask(files.make(text))).toEqual(naiveRows(text));
  });

  test("no newline at the end", async () => {
    for (const count of [1, 2, 30, 20_000]) {
      const text = measurements(count, ["Bergen", "Oslo"]).slice(0, -1);
      expect(await ask(files.make(text))).toEqual(naiveRows(text));
    }
  });

  test("10,000 stations with names of up to 100 bytes", async () => {
    const letters = ["a", "ß", "€", "𝄞"];
    const keys = Array.from({ length: 10_000 }, (_, i) => {
      const letter = letters[i % letters.length]!;
      const room = 100 - String(i).length;
      const most = Math.floor(room / Buffer.byteLength(letter));
      return String(i) + letter.repeat(i % (most + 1));
    });
    expect(Math.max(...keys.map((key) => Buffer.byteLength(key)))).toBe(100);
    const text = measurements(60_000, keys);
    const rows = await ask(files.make(text));
    const expected = naiveRows(text);
    expect(rows.length).toBe(expected.length);
    expect(JSON.stringify(rows)).toBe(JSON.stringify(expected));
  });

  test("as many groups as lines, joined where they lie", async () => {
    const lines = Array.from(
      { length: 9000 },
      (_, i) => `key ${(i * 7919) % 9001};${(i % 2001 - 1000) / 10}`,
    ).map((line) => line.includes(".") ? line : `${line}.0`);
    const text = `${lines.join("\n")}\n`;
    expect(await ask(files.make(text))).toEqual(naiveRows(text));
  });

  test("numbers of other forms among them", async () => {
    const odd = ["7", "-7.25", "+1.5", "1e1", "123.4", "0.05", ".5", "5."];
    const lines = measurements(20_000, ["x", "y", "z"]).split("\n").slice(
      0,
      -1,
    );
    const text = lines.map((line, i) =>
      i % 97 === 0 ? `${line.slice(0, 1)};${odd[(i / 97) % odd.length]}` : line
    ).join("\n");
    const rows = await ask(files.make(text));
    expect(rows.map(([key, count]) => [key, count])).toEqual(
      naiveRows(text).map(([key, count]) => [key, count]),
    );
  });

  test("mostly numbers of other forms", async () => {
    const text = randoms(30_000, 5).map((value, i) =>
      `k${i % 3};${i % 5 === 0 ? "1.5" : value.toFixed(3)}\r\n`
    ).join("");
    const rows = await ask(files.make(text));
    expect(rows.map(([key, count]) => [key, count])).toEqual([
      ["k0", 10_000],
      ["k1", 10_000],
      ["k2", 10_000],
    ]);
  });

  test("empty lines, a mark in front, and a line of names", async () => {
    const text = measurements(9_000, ["p", "q"]);
    const expected = naiveRows(text);
    const spaced = text.replaceAll("\n", "\n\n");
    expect(await ask(files.make(`\n\n${spaced}\n\n`))).toEqual(expected);
    expect(await ask(files.make(`\ufeff${text}`))).toEqual(expected);
    const path = files.make(`station;temp\n${text}`);
    expect(await ask(path, { header: true })).toEqual(expected);
  });

  test("a record longer than a segment, and none at all", async () => {
    const text = `${"k".repeat(200_000)};1.5\nb;2.5\n`;
    const rows = await ask(files.make(text.repeat(3)));
    expect(rows.map(([, count, sum]) => [count, sum])).toEqual([
      [3, 7.5],
      [3, 4.5],
    ]);
    expect(await ask(files.make(""))).toEqual([]);
  });

  test("the first bad line is reported as on the general path", async () => {
    const text = measurements(20_000, ["p", "q"]);
    const at = text.indexOf("\n", 100_000) + 1;
    for (const bad of ["p;abc\n", "p\n", "p;1.5;q\n"]) {
      const path = files.make(text.slice(0, at) + bad + text.slice(at));
      for (const run of spread(RUNS)) {
        const error = await askLines(path, alone(run)).then(
          () => undefined,
          (reason: unknown) => reason as { code: string; range: unknown },
        );
        expect(error).toMatchObject({
          range: { start: Buffer.byteLength(text.slice(0, at)) },
        });
      }
    }
  });

  test("bad lines are skipped and counted", async () => {
    const lines = measurements(9_000, ["p", "q"]).split("\n").slice(0, -1);
    const text = lines.map((line, i) => i % 100 === 7 ? "bad" : line).join(
      "\n",
    );
    const path = files.make(text);
    for (const run of spread(RUNS)) {
      const { records, badCount, bad } = await recordStats(path, {
        delimiter: ";",
        names: ["station", "temp"],
        groupBy: ["station"],
        of: "temp",
        aggregates: ["sum"],
        onBad: "report",
        ...run,
      });
      expect([records, badCount, bad.length]).toEqual([8_910, 90, 90]);
      expect(bad[0]?.offset).toBe(text.indexOf("bad"));
    }
  });
});

describe("fixed records", () => {
  const NAMES = ["id", "kind", "value", "ts"];

  function makeRecords(count: number, kinds: number): Uint8Array {
    const bytes = randomBytes(32 * count, 3);
    const view = new DataView(bytes.buffer);
    randoms(count, 4).forEach((value, i) => {
      view.setUint32(32 * i + 4, (i * 7) % kinds, true);
      view.setFloat64(32 * i + 8, value * 2000 - 1000, true);
    });
    return bytes;
  }

  async function askFixed(
    path: string,
    run: RunOptions,
    question: Readonly<Record<string, unknown>>,
  ): Promise<readonly RecordRow[]> {
    const { rows } = await recordStats(path, {
      struct: "<IIdQ8x",
      names: NAMES,
      aggregates: AGGREGATES,
      ...question,
      ...run,
    });
    return rows;
  }

  async function askAll(
    path: string,
    question: Readonly<Record<string, unknown>>,
  ): Promise<readonly RecordRow[]> {
    const where = "0 == 0";
    const general = await askFixed(path, RUNS[1]!, { ...question, where });
    const expected = textOf(general);
    for (const run of spread(RUNS)) {
      const rows = await askFixed(path, run, question);
      expect(textOf(rows), named(run)).toBe(expected);
    }
    return general;
  }

  test.each([
    { of: "value", groupBy: ["kind"] },
    { of: "value" },
    { of: "kind" },
    { of: "id", groupBy: ["kind"] },
    { of: " value ", groupBy: ["kind"] },
  ])("%j is the same on both paths", async (question) => {
    const path = files.make(makeRecords(12_000, 16));
    const rows = await askAll(path, question);
    expect(rows.length).toBe("groupBy" in question ? 16 : 1);
  });

  test("many kinds", async () => {
    const path = files.make(makeRecords(12_000, 5_000));
    const rows = await askAll(path, { of: "value", groupBy: ["kind"] });
    expect(rows.length).toBe(5_000);
  });

  test.each([
    ["<xhbBHfi", 15],
    ["<5xBxxh6x", 16],
    ["<bHxI", 8],
  ])("%s is loaded from the right places", async (struct, size) => {
    const bytes = randomBytes(size * 9_000, size);
    // Or floats would be what is no number here and there.
    if (size === 15) {
      for (let at = 10; at < bytes.length; at += 15) bytes[at] = 64;
    }
    const path = files.make(bytes);
    const names = [..."abcdef"].slice(0, struct.replace(/\d*x|</g, "").length);
    for (const [i, of] of names.entries()) {
      const groupBy = [[names[0]!], [names[1]!], []][i % 3]!;
      await askAll(path, { struct, names, of, groupBy });
    }
  });

  test("infinities, what is no number, huge numbers, and negative zero", async () => {
    const specials = [Infinity, -Infinity, NaN, 1.7e308, -1.7e308, -0, 5e-324];
    for (const value of specials) {
      const bytes = makeRecords(6_000, 4);
      const view = new DataView(bytes.buffer);
      for (const i of [0, 77, 4_321]) view.setFloat64(32 * i + 8, value, true);
      await askAll(files.make(bytes), { of: "value", groupBy: ["kind"] });
    }
  });

  test("a record that the file cuts short is bad on both paths", async () => {
    const bytes = makeRecords(6_000, 4);
    const path = files.make(bytes.subarray(0, bytes.length - 5));
    for (const run of spread(RUNS)) {
      for (const where of [undefined, "id >= 0"]) {
        const asked = askFixed(path, alone(run), { of: "value", where });
        await expect(asked).rejects.toMatchObject({
          range: { start: 5_999 * 32 },
        });
      }
    }
  });
});
