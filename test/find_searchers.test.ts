import { describe, expect, test } from "vitest";
import { Automaton, type StartFinder } from "../src/find/automaton.ts";
import { BitAutomaton } from "../src/find/bit_automaton.ts";
import { canOverlap } from "../src/find/overlap.ts";
import {
  type BytePattern,
  type FindPattern,
  toBytePatterns,
} from "../src/find/pattern.ts";
import {
  type SearchJobOptions,
  searchScratchBytes,
  startSearch,
} from "../src/find/search_job.ts";
import { SearchMode } from "../src/find/searcher.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";
import {
  allMatches,
  bestMatches,
  disjointMatches,
  type NaiveMatch,
} from "./find_oracle.ts";

const PAGES = 80;
const memory = new WebAssembly.Memory({
  initial: PAGES,
  maximum: PAGES,
  shared: true,
});
const bytes = new Uint8Array(memory.buffer);
const TEXT = 2 * 1024 * 1024;
const module = compileKernels();
const BACKENDS: [string, WebAssembly.Module | undefined][] = [[
  "scalar",
  undefined,
]];
if (module !== undefined) BACKENDS.push(["simd", module]);

/** Numbers from a seed. */
function random(seed: number): (below: number) => number {
  let state = seed * 2654435761 >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function searcherOf(
  backend: (typeof BACKENDS)[number],
  patterns: readonly BytePattern[],
) {
  const options: SearchJobOptions = {
    patterns,
    overlapping: false,
    start: 0,
    end: Infinity,
  };
  const kernels = createKernels(memory, backend[1], {
    byteOffset: 1024,
    byteLength: 16 * 1024,
  });
  const scratch = {
    byteOffset: 64 * 1024,
    byteLength: searchScratchBytes(options),
  };
  const file = { path: "", byteLength: undefined };
  return startSearch(options, {
    index: 0,
    count: 1,
    memory,
    kernels,
    scratch,
    file,
  }).searcher;
}

/** All that a search finds in a text, call after call. */
function findAll(
  backend: (typeof BACKENDS)[number],
  patterns: readonly BytePattern[],
  text: Uint8Array,
  mode: SearchMode,
): NaiveMatch[] {
  const searcher = searcherOf(backend, patterns);
  bytes.set(text, TEXT);
  // What lies behind a text must not count.
  bytes.fill(text[0] ?? 0, TEXT + text.length, TEXT + text.length + 100);
  const stop = TEXT + text.length;
  const found: NaiveMatch[] = [];
  for (let at = TEXT; at < stop;) {
    const count = searcher.search({ from: at, stop, end: stop }, mode);
    for (let i = 0; i < count; i++) {
      found.push([
        at - TEXT + searcher.starts[i]!,
        searcher.patterns?.[i] ?? 0,
      ]);
    }
    expect(searcher.resume).toBeGreaterThan(at);
    at = searcher.resume;
  }
  return found;
}

function randomPattern(next: (below: number) => number): FindPattern {
  const length = 1 + next(next(4) === 0 ? 40 : 6);
  const letter = () => "abAB"[next(3 + next(2))]!;
  if (next(3) > 0) return Array.from({ length }, letter).join("");
  const digits = () => ["61", "62", "??", "6?", "?1", "41"][next(6)]!;
  return { hex: Array.from({ length }, digits).join(" ") };
}

function randomText(next: (below: number) => number): Uint8Array {
  const byteLength = next(3) === 0 ? next(40) : next(600);
  const alphabet = ["ab", "aab", "abAB", "aaaaaaaab"][next(4)]!;
  return Uint8Array.from(
    { length: byteLength },
    () => alphabet.charCodeAt(next(alphabet.length)),
  );
}

describe.each(BACKENDS)("%s", (...backend) => {
  test("Searcher.search() agrees with the naive search in every mode on random patterns", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      const count = 1 + next(next(3) === 0 ? 90 : 4);
      const given = Array.from({ length: count }, () => randomPattern(next));
      const patterns = toBytePatterns(given, next(2) === 0);
      const text = randomText(next);
      const what = `seed ${seed}: ${JSON.stringify(given)}`;
      expect(findAll(backend, patterns, text, SearchMode.All), what)
        .toEqual(allMatches(text, patterns));
      expect(findAll(backend, patterns, text, SearchMode.Each), what)
        .toEqual(bestMatches(text, patterns));
      expect(findAll(backend, patterns, text, SearchMode.Disjoint), what)
        .toEqual(disjointMatches(text, patterns));
    }
  });

  test("Searcher.search() finds a pattern of every length at every place of a block", () => {
    for (const length of [1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 64, 65]) {
      const needle = Array.from(
        { length },
        (_, i) => String.fromCharCode(0x30 + (i * 7) % 64),
      ).join("");
      for (const ignoreCase of [false, true]) {
        const patterns = toBytePatterns(needle, ignoreCase);
        const searcher = searcherOf(backend, patterns);
        for (let at = 0; at <= 70; at++) {
          for (const behind of [0, 1, 20]) {
            bytes.fill(0x2e, TEXT - 1, TEXT + 200);
            bytes.set(new TextEncoder().encode(needle), TEXT + at);
            const stop = TEXT + at + length + behind;
            const span = { from: TEXT, stop, end: stop };
            expect(searcher.search(span, SearchMode.Disjoint)).toBe(1);
            expect(searcher.starts[0]).toBe(at);
            const cut = { from: TEXT, stop, end: TEXT + at + length - 1 };
            expect(searcher.search(cut, SearchMode.Disjoint)).toBe(0);
            const early = { from: TEXT, stop: TEXT + at, end: stop };
            expect(searcher.search(early, SearchMode.Disjoint)).toBe(0);
          }
        }
      }
    }
  });

  test("Searcher.count() agrees with the naive search where needles cannot overlap", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed);
      const length = 1 + next(next(3) === 0 ? 60 : 8);
      const needle = "a".repeat(length - 1) + "b";
      const patterns = toBytePatterns(
        next(2) === 0 ? needle : [...needle].reverse().join(""),
        false,
      );
      expect(canOverlap(patterns)).toBe(false);
      const text = randomText(next);
      bytes.set(text, TEXT);
      bytes.fill(0x62, TEXT + text.length, TEXT + text.length + 100);
      const stop = TEXT + text.length;
      const searcher = searcherOf(backend, patterns);
      expect(searcher.count?.({ from: TEXT, stop, end: stop }), `seed ${seed}`)
        .toBe(disjointMatches(text, patterns).length);
    }
  });

  test.each(["ab", "abc", "abcd", "abcde"])(
    "Searcher.count() counts %s where it is everywhere",
    (needle) => {
      // Lanes of vectors would overflow if they were not added up in time.
      const text = new TextEncoder().encode(needle.repeat(30_000));
      bytes.set(text, TEXT);
      const stop = TEXT + text.length;
      const searcher = searcherOf(backend, toBytePatterns(needle, false));
      const span = { from: TEXT, stop, end: stop };
      expect(searcher.count?.(span)).toBe(30_000);
      expect(searcher.count?.({ ...span, from: TEXT + 1 })).toBe(29_999);
    },
  );

  test("Searcher.search() goes on bit by bit where a pattern with wildcards nearly fits everywhere", () => {
    const patterns = toBytePatterns(
      { hex: `${"61 ?? ".repeat(60)} 62` },
      false,
    );
    const text = new Uint8Array(300_000).fill(0x61);
    for (const at of [200, 150_000, 150_060, 299_999]) text[at] = 0x62;
    for (const mode of [SearchMode.Disjoint, SearchMode.All]) {
      const expected = mode === SearchMode.All
        ? allMatches(text, patterns)
        : disjointMatches(text, patterns);
      expect(findAll(backend, patterns, text, mode)).toEqual(expected);
    }
  });

  test("Searcher.search() looks behind wildcards that patterns begin with", () => {
    const patterns = toBytePatterns({ hex: `${"?? ".repeat(90)} 62` }, false);
    const text = new Uint8Array(5000).fill(0x61);
    for (const at of [50, 90, 91, 4000, 4999]) text[at] = 0x62;
    expect(findAll(backend, patterns, text, SearchMode.All))
      .toEqual(allMatches(text, patterns));
  });

  test("Searcher.count() and search() give up comparing and go on where nearly all of a long needle fits everywhere", () => {
    // Every other place fits up to the last letter, and the rare letters of the needle are at its end.
    const needle = "ab".repeat(150) + "c";
    const run = "ab".repeat(50_000);
    const text = new TextEncoder().encode(`${run}c${run}${run}c${run}`);
    const stop = TEXT + text.length;
    for (const ignoreCase of [false, true]) {
      const patterns = toBytePatterns(needle, ignoreCase);
      const searcher = searcherOf(backend, patterns);
      bytes.set(text, TEXT);
      const span = { from: TEXT, stop, end: stop };
      if (searcher.count) expect(searcher.count(span)).toBe(2);
      expect(findAll(backend, patterns, text, SearchMode.Disjoint).length)
        .toBe(2);
    }
  });
});

test("Automaton finds what the naive search finds, with all 256 byte values too", () => {
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
  const sets: FindPattern[][] = [
    [everyByte, everyByte.subarray(10, 20), everyByte.subarray(15, 16)],
    ["he", "she", "his", "hers", "e", "he"],
  ];
  const text = new TextEncoder().encode("ushershehishers");
  for (const set of sets) {
    const patterns = toBytePatterns(set, false);
    const automaton = Automaton.of(patterns)!;
    const whole = Uint8Array.from([...text, ...everyByte, ...text]);
    const states = new Int32Array(whole.length);
    automaton.walk(whole, 0, whole.length, whole.length, states);
    const found: NaiveMatch[] = [];
    states.forEach((state, at) => {
      const here: number[] = [];
      automaton.collect(state, here);
      found.push(...here.sort((a, b) => a - b).map((i): NaiveMatch => [at, i]));
    });
    expect(found).toEqual(allMatches(whole, patterns));
  }
});

test("Automaton.of() has none for wildcards, and for letters that are exact here and of either case there", () => {
  expect(Automaton.of(toBytePatterns({ hex: "61??" }, false))).toBeUndefined();
  expect(Automaton.of(toBytePatterns(["a", { hex: "61" }], true)))
    .toBeUndefined();
  expect(Automaton.of(toBytePatterns(["a", { hex: "30" }], true)))
    .toBeDefined();
});

/** Every match that an automaton tells, by place and then pattern. */
function tellAll(
  automaton: StartFinder,
  text: Uint8Array,
  cut: number,
): NaiveMatch[] {
  const found: NaiveMatch[] = [];
  for (const [from, to] of [[0, cut], [cut, text.length]] as const) {
    const states = new Int32Array(to - from);
    automaton.walk(text, from, to, text.length, states);
    states.forEach((state, i) => {
      const here: number[] = [];
      automaton.collect(state, here);
      expect(automaton.best(state) >= 0).toBe(here.length > 0);
      if (here.length > 0) expect(here[0]).toBe(automaton.best(state));
      found.push(
        ...here.sort((a, b) => a - b).map((pattern): NaiveMatch => [
          from + i,
          pattern,
        ]),
      );
    });
  }
  return found;
}

test("BitAutomaton finds what the naive search finds, in sets of one word and of many", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const next = random(seed);
    const given = Array.from(
      { length: 1 + next(seed % 10 === 0 ? 32 : 4) },
      () => randomPattern(next),
    );
    const patterns = toBytePatterns(given, next(2) === 0);
    const automaton = BitAutomaton.of(patterns);
    const positions = patterns.reduce(
      (sum, { values }) => sum + values.length,
      0,
    );
    expect(automaton === undefined, `seed ${seed}`).toBe(positions > 512);
    if (automaton === undefined) continue;
    const text = randomText(next);
    expect(tellAll(automaton, text, next(text.length + 1)), `seed ${seed}`)
      .toEqual(allMatches(text, patterns));
  }
});

test("BitAutomaton.of() has none for more than 32 patterns or 512 positions", () => {
  const wild = { hex: "??".repeat(512) };
  expect(BitAutomaton.of(toBytePatterns(wild, false))).toBeDefined();
  expect(BitAutomaton.of(toBytePatterns([wild, "a"], false))).toBeUndefined();
  const letters = Array.from({ length: 33 }, () => "a");
  expect(BitAutomaton.of(toBytePatterns(letters, false))).toBeUndefined();
  expect(BitAutomaton.of(toBytePatterns(letters.slice(1), false)))
    .toBeDefined();
});

test("canOverlap() is true exactly where a pattern can start inside another", () => {
  const of = (...given: FindPattern[]) =>
    canOverlap(toBytePatterns(given, false));
  expect(of("a")).toBe(false);
  expect(of("aa")).toBe(true);
  expect(of("aab")).toBe(false);
  expect(of("aba")).toBe(true);
  expect(of("abcab")).toBe(true);
  expect(of({ hex: "61 ??" })).toBe(true);
  expect(of({ hex: "61 62 6?" })).toBe(true);
  expect(of({ hex: "61 62 7?" })).toBe(false);
  expect(of("ab", "bc")).toBe(true);
  expect(of("ab", "cd")).toBe(false);
  expect(of("xaby", "ab")).toBe(true);
  expect(canOverlap(toBytePatterns("Ab", true))).toBe(false);
  expect(canOverlap(toBytePatterns("Aba", true))).toBe(true);
});

describe("toBytePatterns()", () => {
  test("reads text, bytes and hexadecimal digits", () => {
    const [text, raw, hex] = toBytePatterns(
      ["aé1", Uint8Array.of(0, 255), { hex: " De ad?? 4?\t?f " }],
      true,
    );
    expect([...text!.values]).toEqual([0x41, 0xc3, 0xa9, 0x31]);
    expect([...text!.masks]).toEqual([0xdf, 255, 255, 255]);
    expect([...raw!.values]).toEqual([0, 255]);
    expect([...hex!.values]).toEqual([0xde, 0xad, 0, 0x40, 0x0f]);
    expect([...hex!.masks]).toEqual([255, 255, 0, 0xf0, 0x0f]);
  });

  test("refuses what is no pattern", () => {
    const wrong = (given: unknown) => () =>
      toBytePatterns(given as FindPattern, false);
    expect(wrong([])).toThrow("received 0");
    expect(wrong("")).toThrow("received 0 bytes");
    expect(wrong({ hex: " " })).toThrow("received 0 bytes");
    expect(wrong({ hex: "123" })).toThrow('received "123"');
    expect(wrong({ hex: "1 23 4" })).toThrow("two digits");
    expect(wrong({ hex: "xy" })).toThrow(RangeError);
    expect(wrong(5)).toThrow(TypeError);
    expect(wrong([null])).toThrow("received null");
    expect(wrong("a".repeat(65_537))).toThrow("received 65537 bytes");
    expect(wrong(Array(4097).fill("a"))).toThrow("received 4097");
  });
});
