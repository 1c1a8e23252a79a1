import { afterAll, describe, expect, test } from "vitest";
import * as fs from "node:fs";
import { toBytePatterns } from "../src/find/pattern.ts";
import {
  countFile,
  Engine,
  findInFile,
  type FindOptions,
  type FindPattern,
} from "../src/mod.ts";
import { allMatches, disjointMatches, type NaiveMatch } from "./find_oracle.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { spread } from "./effort.ts";

const SEGMENT = 64 * 1024;
const files = temporaryFiles();
/** Keeps its threads from one search to the next. */
const shared = new Engine();
afterAll(() => shared.close());

async function count(
  path: string,
  match: FindPattern | readonly FindPattern[],
  options: FindOptions = {},
): Promise<number> {
  const search = { engine: shared, ...options, match };
  return (await countFile(path, search)).count;
}

async function find(
  path: string,
  patterns: FindPattern | readonly FindPattern[],
  options: FindOptions = {},
): Promise<NaiveMatch[]> {
  const found: NaiveMatch[] = [];
  const search = { engine: shared, ...options };
  for await (const batch of findInFile(path, patterns, search).batches()) {
    batch.offsets.forEach((offset, i) =>
      found.push([offset, batch.patterns?.[i] ?? 0])
    );
  }
  return found;
}

/** Ways to run that must not matter. The first is on the calling thread. */
const WAYS: readonly FindOptions[] = [
  { segmentBytes: SEGMENT },
  { workers: 1, inlineBytes: 0, segmentBytes: SEGMENT },
  { workers: 3, inlineBytes: 0, segmentBytes: SEGMENT },
  { workers: 2, inlineBytes: 0, segmentBytes: 2 * SEGMENT, io: "map" },
  { workers: 2, inlineBytes: 0, segmentBytes: SEGMENT, io: "preload" },
];

/** Text in which `a` is frequent: with long runs of it, and with pieces of both. */
function texts(): [string, Uint8Array][] {
  const byteLength = 2 * SEGMENT + 12_345;
  const runs = new Uint8Array(byteLength).fill(0x61);
  for (const at of [1, 7, SEGMENT - 1, SEGMENT + 40_000, byteLength - 2]) {
    runs[at] = 0x62;
  }
  const mixed = seededBytes(byteLength, 5).map((byte) => 0x61 + (byte & 1));
  mixed.fill(0x61, SEGMENT - 700, 2 * SEGMENT + 300);
  return [
    ["only one letter", new Uint8Array(byteLength).fill(0x61)],
    ["long runs", runs],
    ["runs and pieces", mixed],
    ["random bytes", seededBytes(byteLength, 6)],
  ];
}

const PATTERNS: [string, FindPattern | FindPattern[]][] = [
  ["a letter", "b"],
  ["a needle that overlaps itself", "aa"],
  ["a longer one", "aaaaaaa"],
  ["another", "aba"],
  ["a wildcard", { hex: "61 ?? 61 6?" }],
  ["several", ["aaa", "ab", "aaaab", { hex: "62 ?? 62" }]],
  ["letters of either case", ["AAB", "b"]],
];

describe("findInFile() and countFile()", () => {
  test.each(texts())(
    "agree with the naive search, whatever the run: %s",
    async (_name, text) => {
      const path = files.make(text);
      for (const [name, given] of PATTERNS) {
        const ignoreCase = name.startsWith("letters");
        const patterns = toBytePatterns(given, ignoreCase);
        for (const overlapping of [false, true]) {
          const expected = overlapping
            ? allMatches(text, patterns)
            : disjointMatches(text, patterns);
          for (const way of spread(WAYS)) {
            const options = { ...way, ignoreCase, overlapping };
            const what = `${name}, ${JSON.stringify(options)}`;
            const found = await find(path, given, options);
            expect(firstDifference(found, expected), what).toBeUndefined();
            expect(await count(path, given, options), what)
              .toBe(expected.length);
          }
        }
      }
    },
  );

  test("find patterns of every length at every place around a cut", async () => {
    const text = new Uint8Array(2 * SEGMENT + 100);
    for (const length of [...Array(20).keys(), 32, 63].map((i) => i + 1)) {
      const bytes = Array.from({ length }, (_, i) => 0x80 + i);
      const hex = bytes.map((byte, i) =>
        i > 0 && i % 3 === 1 ? "??" : byte.toString(16)
      ).join(" ");
      for (let at = SEGMENT - length - 1; at <= SEGMENT + 1; at++) {
        text.fill(0);
        text.set(bytes, at);
        text.set(bytes, text.length - length);
        const path = files.make(text);
        for (const given of [{ hex }, Uint8Array.from(bytes)]) {
          const options = { segmentBytes: SEGMENT };
          const found = await find(path, given, options);
          expect(found, `${length} bytes at ${at}`)
            .toEqual([[at, 0], [text.length - length, 0]]);
        }
        fs.unlinkSync(path);
      }
    }
  });

  test.each([65_535, 65_536])(
    "find a needle of %i bytes across segments",
    async (length) => {
      const needle = seededBytes(length, 9);
      const text = new Uint8Array(5 * SEGMENT);
      for (const at of [1, length + 1, text.length - length]) {
        text.set(needle, at);
      }
      const path = files.make(text);
      for (const way of spread(WAYS)) {
        const found = await find(path, needle, way);
        expect(found.map(([at]) => at)).toEqual(
          [1, length + 1, text.length - length],
        );
        expect(await count(path, needle, way)).toBe(3);
      }
      const run = "a".repeat(length);
      const all = files.make("a".repeat(3 * length + 5));
      for (const way of spread(WAYS)) {
        expect(await count(all, run, way)).toBe(3);
        expect((await find(all, run, way)).map(([at]) => at)).toEqual(
          [0, length, 2 * length],
        );
      }
    },
  );

  test("find nothing in an empty file, and nothing longer than the file", async () => {
    for (const content of ["", "a", "needl"]) {
      const path = files.make(content);
      for (const way of spread(WAYS)) {
        expect(await find(path, "needle", way)).toEqual([]);
        expect(await count(path, "needle", way)).toBe(0);
      }
    }
    expect(await find(files.make("a"), "a")).toEqual([[0, 0]]);
    expect(await find(files.make("a"), { hex: "??" })).toEqual([[0, 0]]);
  });

  test("look between start and end only, as a search of that part would", async () => {
    const [, [, text]] = texts() as [unknown, [string, Uint8Array]];
    const path = files.make(text);
    const bounds = [0, 1, 2, SEGMENT - 1, SEGMENT, SEGMENT + 1]
      .concat([text.length - 1, text.length, 10 * SEGMENT]);
    const patterns = toBytePatterns(["aa", "ab"], false);
    for (const start of bounds) {
      for (const end of bounds) {
        const part = text.subarray(start, Math.max(start, end));
        const expected = disjointMatches(part, patterns)
          .map(([at, index]): NaiveMatch => [at + start, index]);
        for (const way of [WAYS[0], WAYS[2]]) {
          const options = { ...way, start, end };
          const found = await find(path, ["aa", "ab"], options);
          const what = `from ${start} to ${end}`;
          expect(firstDifference(found, expected), what).toBeUndefined();
          expect(await count(path, ["aa", "ab"], options), what)
            .toBe(expected.length);
        }
      }
    }
  });

  test("do not read the rest of a file", async () => {
    // Reading a tebibyte of holes would take minutes.
    const path = files.makeSparse(2 ** 40);
    const start = 2 ** 39 + 12_345;
    const end = start + 5 * 1024 ** 2;
    const fd = fs.openSync(path, "r+");
    // Deno takes no position with a string.
    const needle = new TextEncoder().encode("needle");
    fs.writeSync(fd, needle, 0, 6, end - 6);
    fs.writeSync(fd, needle, 0, 6, end);
    fs.closeSync(fd);
    for (const io of ["stream", "map", "preload"] as const) {
      expect(await find(path, "needle", { start, end, io }))
        .toEqual([[end - 6, 0]]);
      const range = { start, end: end + 6, io };
      expect(await count(path, "needle", range)).toBe(2);
    }
  });
});

describe("findInFile()", () => {
  test("stops after maxCount matches, the first ones", async () => {
    const text = seededBytes(6 * SEGMENT, 7);
    const path = files.make(text);
    const given = [{ hex: "a?" }, { hex: "?a" }];
    const expected = disjointMatches(text, toBytePatterns(given, false));
    for (const maxCount of [0, 1, 2, 1000, expected.length, 1e9]) {
      for (const way of spread(WAYS)) {
        const found = await find(path, given, { ...way, maxCount });
        expect(firstDifference(found, expected.slice(0, maxCount)))
          .toBeUndefined();
      }
    }
  });

  test("stops early: what is far behind the last match that counts is not read", async () => {
    const path = files.makeSparse(2 ** 40);
    fs.writeFileSync(path, "needle", { flag: "r+" });
    expect(await find(path, "needle", { maxCount: 1 })).toEqual([[0, 0]]);
    for await (const { offset } of findInFile(path, "needle")) {
      expect(offset).toBe(0);
      break;
    }
  });

  test("goes on behind a match with resumeFrom, as if it had not stopped", async () => {
    const text = new Uint8Array(2 * SEGMENT + 77).fill(0x61);
    text[SEGMENT + 3] = 0x62;
    const path = files.make(text);
    const given = ["aaaa", "aab"];
    const expected = disjointMatches(text, toBytePatterns(given, false));
    const places = [0, 1, SEGMENT / 4 - 1, SEGMENT / 4, SEGMENT / 4 + 1];
    for (const at of [...places, expected.length - 1]) {
      for (const way of spread(WAYS)) {
        const resumeFrom = expected[at]![0];
        const found = await find(path, given, { ...way, resumeFrom });
        expect(firstDifference(found, expected.slice(at + 1))).toBeUndefined();
      }
    }
  });

  test("gives each match its length and pattern", async () => {
    const path = files.make("one three two");
    const found = [];
    for await (const match of findInFile(path, ["two", "three"])) {
      found.push(match);
    }
    expect(found).toEqual([
      { offset: 4, byteLength: 5, pattern: 1 },
      { offset: 10, byteLength: 3, pattern: 0 },
    ]);
  });

  test("waits for whoever takes the matches", async () => {
    // Each byte is a match: all of them would take 6 GiB.
    const path = files.makeSparse(1024 ** 3);
    let bytesDone = 0;
    let unchanged = 0;
    let settle = () => {};
    const settled = new Promise<void>((resolve) => settle = resolve);
    const matches = findInFile(path, { hex: "00" }, {
      workers: 2,
      onProgress: (progress) => {
        const isSame = progress.bytesDone > 0 &&
          progress.bytesDone === bytesDone;
        unchanged = isSame ? unchanged + 1 : 0;
        bytesDone = progress.bytesDone;
        if (unchanged >= 5) settle();
      },
    }).batches();
    expect((await matches.next()).value?.offsets[0]).toBe(0);
    await settled;
    expect(bytesDone).toBeLessThan(64 * 1024 ** 2);
    await matches.return();
  });

  test("who takes matches may run more on the same engine", async () => {
    // So many that the search waits for who takes them.
    const path = files.make(new Uint8Array(8 * 1024 ** 2).fill(0x61));
    await using engine = new Engine();
    let count = 0;
    for await (const _ of findInFile(path, "a", { engine })) {
      if (count++ % 4_000_000 > 0) continue;
      const inner = await countFile(path, {
        match: "a",
        engine,
        inlineBytes: 0,
      });
      expect(inner.count).toBe(8 * 1024 ** 2);
    }
    expect(count).toBe(8 * 1024 ** 2);
  });

  test("ends with the signal's reason, and the engine is of use afterwards", async () => {
    const path = files.makeSparse(2 ** 40);
    const engine = new Engine();
    try {
      const abort = new AbortController();
      const reason = new Error("enough");
      const search = find(path, "needle", {
        engine,
        signal: abort.signal,
        onProgress: () => abort.abort(reason),
      });
      await expect(search).rejects.toBe(reason);
      const small = files.make("a needle");
      expect(await find(small, "needle", { engine, inlineBytes: 0 }))
        .toEqual([[2, 0]]);
      for await (const _ of findInFile(path, { hex: "00" }, { engine })) break;
      expect(await find(small, "needle", { engine, inlineBytes: 0 }))
        .toEqual([[2, 0]]);
    } finally {
      await engine.close();
    }
  });

  test("fails where the file cannot be opened, when it is gone through", async () => {
    const matches = findInFile(files.folder + "/none", "a");
    await expect(matches.batches().next()).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  test("refuses wrong calls before anything starts", () => {
    const call = (given: unknown, options: unknown = {}) => () =>
      findInFile("none", given as FindPattern, options as FindOptions);
    expect(call("")).toThrow(RangeError);
    expect(call([])).toThrow(RangeError);
    expect(call({ hex: "6" })).toThrow(/two digits or "\?": received "6"$/);
    expect(call(1)).toThrow(TypeError);
    expect(call("a", { start: -1 })).toThrow(RangeError);
    expect(call("a", { end: 0.5 })).toThrow(RangeError);
    expect(call("a", { maxCount: "1" })).toThrow(TypeError);
    expect(call("a", { resumeFrom: 2 ** 53 })).toThrow(RangeError);
    expect(call("a", { overlapping: 1 })).toThrow(TypeError);
    expect(() => findInFile(5 as unknown as string, "a")).toThrow(TypeError);
  });
});

test("half of a character is no pattern", async () => {
  const path = files.make("a\ufffdb");
  for (const pattern of ["\ud800", "x\udfff"]) {
    await expect(countFile(path, { match: pattern })).rejects.toThrow(
      TypeError,
    );
  }
});

test("countFile() refuses options of a search where lines are counted", async () => {
  const path = files.make("a\n");
  await expect(countFile(path, { start: 1 })).rejects.toThrow(TypeError);
  await expect(countFile(path, { ignoreCase: true })).rejects.toThrow(
    /needs "match"/,
  );
});

/** Comparing long lists of pairs by `toEqual` takes long. */
function firstDifference(
  found: readonly NaiveMatch[],
  expected: readonly NaiveMatch[],
): string | undefined {
  const length = Math.max(found.length, expected.length);
  for (let i = 0; i < length; i++) {
    const left = found[i], right = expected[i];
    if (left?.[0] !== right?.[0] || left?.[1] !== right?.[1]) {
      return `match ${i}: ${left}, expected ${right}`;
    }
  }
  return undefined;
}
