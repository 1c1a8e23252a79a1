import { expect, test } from "vitest";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { EarlySearch } from "../src/find/early_search.ts";
import {
  type BytePattern,
  type FindPattern,
  toBytePatterns,
} from "../src/find/pattern.ts";
import { countFile, findInFile, type FindOptions } from "../src/mod.ts";
import { rounds } from "./effort.ts";
import { allMatches, disjointMatches, type NaiveMatch } from "./find_oracle.ts";
import { startCli } from "./run_cli.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

const SETS: readonly (FindPattern | FindPattern[])[] = [
  "a",
  "aa",
  "aab",
  "abab",
  ["a", "ab", "abb"],
  ["bb", { hex: "61 ?? 61 ?? ?? 62" }],
];

/** Asks an early search again and again, as a text grows. */
function searchGrowing(
  text: Uint8Array,
  cuts: readonly number[],
  patterns: readonly BytePattern[],
  how: { overlapping: boolean; start: number; end: number },
): { found: NaiveMatch[]; decided: number } {
  const search = new EarlySearch({ patterns, ...how });
  const found: NaiveMatch[] = [];
  let decided = 0, open = 0;
  for (const cut of [...cuts, text.length]) {
    // In two pieces, of which the first may begin before what is decided.
    const middle = Math.floor((Math.max(0, decided - 3) + cut) / 2);
    const first = Math.max(0, Math.min(middle, decided) - 3);
    const pieces = [
      { offset: first, bytes: text.subarray(first, middle) },
      { offset: middle, bytes: text.subarray(middle, cut) },
    ];
    const early = search.search(pieces, { decided, open });
    if (early === undefined) continue;
    for (const { offset, starts, patterns: indexes } of early.sections) {
      starts.forEach((start, i) => {
        const pattern = indexes?.[i] ?? 0;
        found.push([offset + start, pattern]);
        open = offset + start + patterns[pattern]!.values.length;
      });
    }
    decided = early.end;
  }
  return { found, decided };
}

test("EarlySearch.search() finds what a search of all finds, as far as it has decided, however a stream comes", () => {
  for (let seed = 1; seed <= rounds(60); seed++) {
    const text = seededBytes(200, seed).map((byte) => 0x61 + byte % 2);
    const cuts = [...seededBytes(6, seed + 1000)]
      .map((byte) => byte % 200).sort((a, b) => a - b);
    for (const set of SETS) {
      for (const overlapping of [false, true]) {
        const patterns = toBytePatterns(set, false);
        const how = { overlapping, start: seed % 3 === 0 ? 5 : 0, end: 1e9 };
        const { found, decided } = searchGrowing(text, cuts, patterns, how);
        const of = overlapping ? allMatches : disjointMatches;
        const all = of(text.subarray(how.start), patterns)
          .map(([at, pattern]): NaiveMatch => [at + how.start, pattern]);
        const message = `seed ${seed}, ${JSON.stringify(set)}, ${overlapping}`;
        expect(found, message).toEqual(all.filter(([at]) => at < decided));
        const longest = Math.max(...patterns.map((one) => one.values.length));
        expect(decided, message).toBeGreaterThan(text.length - longest);
      }
    }
  }
});

test("EarlySearch.search() decides all up to an end", () => {
  const patterns = toBytePatterns(["ab", "abc"], false);
  const bytes = new TextEncoder().encode("xxabcxxab");
  const search = new EarlySearch({
    patterns,
    overlapping: false,
    start: 0,
    end: 4,
  });
  const early = search.search([{ offset: 0, bytes }], { decided: 0, open: 0 });
  expect(early?.end).toBe(4);
  expect(early?.sections.map(({ offset, starts }) => offset + starts[0]!))
    .toEqual([2]);
});

test("process find prints matches of a slow stream before it goes on", async () => {
  const { child, outcome } = startCli(
    ["find", "-", "-e", "needle", "-e", "needles", "--segment", "64KiB"],
    { keepOpen: true },
  );
  /** Writes, and waits until so many lines were printed. */
  let printed = "";
  let wake = () => {};
  child.stdout.on("data", (chunk: Uint8Array) => {
    printed += Buffer.from(chunk).toString();
    wake();
  });
  const until = async (lines: number) => {
    while (printed.split("\n").length <= lines) {
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  child.stdin.write("a needle, ");
  await until(1);
  child.stdin.write("needles.");
  await until(2);
  // Ends with a segment, then with part of a match.
  child.stdin.write(`${".".repeat(65_536 - 18 - 6)}needle`);
  child.stdin.write("!");
  await until(3);
  child.stdin.write("need");
  child.stdin.write("le.");
  await until(4);
  child.stdin.end("needle");
  expect(await outcome).toMatchObject({
    code: 0,
    stdout: "2\n10\n65530\n65537\n65544\n",
  });
});

test("process find ends at --max-count, though a stream goes on", async () => {
  const { child, outcome } = startCli(["find", "-m", "2", "-", "ab"], {
    keepOpen: true,
  });
  child.stdin.write("ab ab ab");
  expect((await outcome).stdout).toBe("0\n3\n");
  child.stdin.end();
});

/**
 * Makes a FIFO, and a process that writes into it what it is given: Deno writes to a FIFO on the thread that is to
 * read it, and both wait for ever when it is full.
 */
function openFifo(path: string): Writable {
  execFileSync("mkfifo", [path]);
  return spawn("sh", ["-c", 'exec cat > "$0"', path]).stdin;
}

/** Finds in a pipe into which pieces are written, each when what was written so far has been found. */
async function findInPipe(
  pieces: readonly (readonly [bytes: Uint8Array, found: number])[],
  pattern: FindPattern,
  options: FindOptions,
): Promise<number[]> {
  const path = join(files.folder, "pipe");
  const writer = openFifo(path);
  const matches = findInFile(path, pattern, options)[Symbol.asyncIterator]();
  let next = matches.next();
  const found: number[] = [];
  for (const [bytes, count] of pieces) {
    writer.write(bytes);
    while (found.length < count) {
      const { value } = await next;
      if (value === undefined) break;
      found.push(value.offset);
      next = matches.next();
    }
  }
  writer.end();
  for (; !(await next).done; next = matches.next()) {
    found.push((await next).value.offset);
  }
  fs.unlinkSync(path);
  return found;
}

test("findInFile() gives matches of a pipe as they come, whatever the segments", async () => {
  const text = Buffer.alloc(300_000, ".");
  const offsets = [0, 700, 65_530, 65_534, 131_071, 200_000, 299_998];
  for (const offset of offsets) text.write("ab", offset);
  const cuts = [2, 702, 65_536, 131_073, 131_100, 250_000, 300_000];
  const pieces = cuts.map((cut, i) =>
    [
      text.subarray(cuts[i - 1] ?? 0, cut),
      offsets.filter((offset) => offset + 2 <= cut).length,
    ] as const
  );
  for (const inlineBytes of [0, 100_000, undefined]) {
    const run = { workers: 2, segmentBytes: 65_536 };
    const options = inlineBytes === undefined ? run : { ...run, inlineBytes };
    expect(await findInPipe(pieces, "ab", options)).toEqual(offsets);
  }
});

test("countFile() tells how much of a slow stream has come, and never less than before", async () => {
  const path = join(files.folder, "progress");
  const writer = openFifo(path);
  const told: number[] = [];
  let wake = () => {};
  const counting = countFile(path, {
    match: "ab",
    onProgress: ({ bytesDone }) => {
      told.push(bytesDone);
      wake();
    },
  });
  let written = 0;
  for (const bytes of [Buffer.from("ab.ab"), Buffer.alloc(70_000, "ab")]) {
    writer.write(bytes);
    written += bytes.length;
    while (told.at(-1) !== written) {
      await new Promise<void>((resolve) => wake = resolve);
    }
  }
  writer.end();
  expect((await counting).count).toBe(2 + 35_000);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.at(-1)).toBe(written);
  fs.unlinkSync(path);
});
