/**
 * How fast is a cursor over records of 32 bytes, against a loop by hand?
 *
 *     npm run bench -- record            # on all three runtimes
 *     bun bench/record.ts sum/advance    # the questions whose names start with "sum/advance"
 *     deno run -A bench/record.ts --check
 *
 * 256 MiB of records in shared memory, 1 MiB at a time as jobs see them; `in-cache` goes over the same
 * 1 MiB again and again. Both sides do the same with each record, and the fastest of some passes counts, as
 * other work on the machine only adds. Other layouts are in use beside the one that is measured.
 *
 * @module
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { record } from "../src/binary/record.ts";
import { recordBlocks } from "../src/generate/record_blocks.ts";
import { Engine, generateFile, processFile } from "../src/mod.ts";
import { cacheFolder, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, runPairs, time } from "./pairs.ts";
import { atLeast, type Target } from "./report.ts";
import { figureOf, howFast, type Question, runSuite } from "./suite.ts";

const RECORD_BYTES = 32;
const SEGMENT_BYTES = 1024 ** 2;
const COUNT = SEGMENT_BYTES / RECORD_BYTES;
const RANGE_BYTES = 256 * SEGMENT_BYTES;
const FILE_BYTES = 512 * SEGMENT_BYTES;
/** Offset of records that are not aligned. */
const SHIFT = 4;

/** Passes over the range in a run. */
const PASSES = 3;
const PAIRS = 9;
/** Calls until engines have compiled a function for good, which they do by how often it is called. */
const WARM_UP_CALLS = 2000;

const Trade = record({ id: "u32", kind: "u32", value: "f64", time: "u64" }, {
  size: RECORD_BYTES,
});

/** Where the records start that a buffer holds now. */
const filled = new WeakMap<SharedArrayBuffer, number>();

/** The records, in all forms that the loops want. */
interface Memory {
  readonly buffer: SharedArrayBuffer;
  readonly numbers: Float64Array;
  readonly words: Uint32Array;
  readonly view: DataView;
}

/** Does something with the records of a segment, and says what came of it. */
type Loop = (memory: Memory, start: number) => number;

await runSuite({
  name: "record",
  cache: "256 MiB in memory, a file of 512 MiB in page cache",
  questions,
});

async function questions({ check }: BenchOptions): Promise<Question[]> {
  const bytes = check ? SEGMENT_BYTES : RANGE_BYTES;
  const memory = memoryOf(new SharedArrayBuffer(bytes + SHIFT));
  const whole: Setting = { memory, bytes, shift: 0 };
  const inCache = { ...whole, bytes: SEGMENT_BYTES };
  const unaligned = { ...whole, shift: SHIFT };
  const target = atLeast(0.7);
  useOtherLayouts();
  if (!check) warmUp(memory);
  return [
    ask("sum/advance/typed-array", sumByAdvance, sumByHand, {
      ...whole,
      target,
    }),
    ask("sum/at/typed-array", sumByAt, sumByHand, whole),
    ask("sum/for-of/typed-array", sumByFor, sumByHand, whole),
    ask("sum/in-cache/typed-array", sumByAdvance, sumByHand, inCache),
    ask("store/advance/typed-array", storeByAdvance, storeByHand, whole),
    ask("sum/unaligned/data-view", sumUnaligned, sumThroughView, unaligned),
    await twoWorkers(check),
  ];
}

function memoryOf(buffer: SharedArrayBuffer): Memory {
  const numbers = new Float64Array(
    buffer,
    0,
    Math.floor(buffer.byteLength / 8),
  );
  const words = new Uint32Array(buffer);
  return { buffer, numbers, words, view: new DataView(buffer) };
}

interface Setting {
  readonly memory: Memory;
  /** Bytes of the range. */
  readonly bytes: number;
  /** Where it starts. */
  readonly shift: number;
  readonly target?: Target;
}

/** Asks how many times as fast as the loop by hand the cursor is. */
function ask(
  name: string,
  ours: Loop,
  rival: Loop,
  { memory, bytes, shift, target }: Setting,
): Question {
  const sides = [
    passes("the cursor", () => onePass(ours, memory, bytes)),
    passes("the loop by hand", () => onePass(rival, memory, bytes)),
  ] as const;
  return {
    name,
    target,
    twoThreads: false,
    answer: async (check) => {
      fillRecords(memory.buffer, shift);
      await runPairs(...sides, 0);
      if (check) return undefined;
      const pairs = await runPairs(...sides, PAIRS);
      const ratios = pairs.map((pair) => pair.rival / pair.ours);
      const fastest = Math.min(...pairs.map((pair) => pair.ours));
      const nanoseconds = 1e9 * fastest / (bytes / RECORD_BYTES);
      return figureOf(ratios, "x", `${nanoseconds.toFixed(2)} ns a record`);
    },
  };
}

/**
 * Calls all loops in turn, before any is timed. If one came first, engines would inline it into the function
 * that calls it, and JavaScriptCore would leave it half compiled there.
 */
function warmUp(memory: Memory): void {
  const loops = [
    ...[sumByHand, sumByAdvance, sumByAt, sumByFor],
    ...[storeByHand, storeByAdvance, sumThroughView, sumUnaligned],
  ];
  for (let i = 0; i < WARM_UP_CALLS; i++) {
    for (const loop of loops) onePass(loop, memory, SEGMENT_BYTES);
  }
}

/** The fastest of some passes. */
function passes(what: string, pass: () => string): Contender {
  return {
    what,
    run: async () => {
      const timed = [];
      for (let i = 0; i < PASSES; i++) timed.push(await time(pass));
      const seconds = Math.min(...timed.map((one) => one.seconds));
      return { seconds, result: timed.map(({ result }) => result).join() };
    },
  };
}

/** Goes over all segments. */
function onePass(loop: Loop, memory: Memory, bytes: number): string {
  let total = 0;
  for (let start = 0; start < bytes; start += SEGMENT_BYTES) {
    total += loop(memory, start);
  }
  return `${total}`;
}

function fillRecords(buffer: SharedArrayBuffer, shift: number): void {
  if (filled.get(buffer) === shift) return;
  filled.set(buffer, shift);
  const bytes = new Uint8Array(buffer, shift);
  const length = bytes.length - bytes.length % RECORD_BYTES;
  let done = 0;
  for (const block of recordBlocks(length, 1)) {
    bytes.set(block, done);
    done += block.length;
  }
}

// One function for each, as engines compile a function for the kinds of objects that it has seen.

function sumByHand({ numbers }: Memory, start: number): number {
  const end = (start + SEGMENT_BYTES) / 8;
  let sum = 0;
  for (let i = start / 8 + 1; i < end; i += 4) sum += numbers[i]!;
  return sum;
}

function sumByAdvance({ buffer }: Memory, start: number): number {
  const { current } = Trade.over(buffer, start, { count: COUNT });
  let sum = 0;
  while (current.advance()) sum += current.value;
  return sum;
}

function sumByAt({ buffer }: Memory, start: number): number {
  const records = Trade.over(buffer, start, { count: COUNT });
  let sum = 0;
  for (let i = 0; i < COUNT; i++) sum += records.at(i).value;
  return sum;
}

function sumByFor({ buffer }: Memory, start: number): number {
  const records = Trade.over(buffer, start, { count: COUNT });
  let sum = 0;
  for (const { value } of records) sum += value;
  return sum;
}

function storeByHand({ words }: Memory, start: number): number {
  const end = (start + SEGMENT_BYTES) / 4;
  for (let i = start / 4 + 1; i < end; i += 8) words[i] = 7;
  return words[end - 7]!;
}

function storeByAdvance({ buffer }: Memory, start: number): number {
  const { current } = Trade.over(buffer, start, { count: COUNT });
  while (current.advance()) current.kind = 7;
  return current.kind;
}

function sumThroughView({ view }: Memory, start: number): number {
  const first = start + SHIFT + 8;
  const end = first + SEGMENT_BYTES;
  let sum = 0;
  for (let at = first; at < end; at += RECORD_BYTES) {
    sum += view.getFloat64(at, true);
  }
  return sum;
}

function sumUnaligned({ buffer }: Memory, start: number): number {
  const { current } = Trade.over(buffer, start + SHIFT, { count: COUNT });
  let sum = 0;
  while (current.advance()) sum += current.value;
  return sum;
}

/** Goes over records of many kinds, as in a program that reads more than one. */
function useOtherLayouts(): void {
  for (let i = 0; i < 20; i++) {
    const layout = record({ [`a${i}`]: "f64", b: "u32", c: "f64be" }, {
      size: RECORD_BYTES,
    });
    const records = layout.over(new Uint8Array(1000 * RECORD_BYTES), i % 2, {
      count: 999,
    });
    const { current } = records;
    for (let turn = 0; turn < 10; turn++) {
      for (const one of records) one["b"] = Number(one["c"]);
      records.at(0);
      while (current.advance()) current["c"] = Number(current["b"]);
    }
  }
}

/** Asks how many times as fast as one worker two are, once they and their code are warm. */
async function twoWorkers(check: boolean): Promise<Question> {
  const path = await recordFile(check ? SEGMENT_BYTES : FILE_BYTES);
  const name = "sum/two-workers/one-worker";
  return howFast({
    name,
    ours: summed(path, 2),
    rival: summed(path, 1),
    target: atLeast(1.7),
    prepare: () => readThrough(path),
  });
}

function summed(path: string, workers: number): Contender {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const job = new URL(`./sum_records_job.${ending}`, import.meta.url);
  return {
    what: `${workers} workers`,
    run: async () => {
      await using engine = new Engine();
      // Small files too go to workers.
      const options = {
        workers,
        engine,
        inlineBytes: 0,
        permissions: "all",
      } as const;
      await processFile<number>(path, job, options);
      return await time(async () => {
        const { result } = await processFile<number>(path, job, options);
        return `${result}`;
      });
    },
  };
}

async function recordFile(byteLength: number): Promise<string> {
  const path = join(cacheFolder(), `trades-${byteLength}`);
  const known = fs.statSync(path, { throwIfNoEntry: false });
  if (known?.size !== byteLength) {
    await generateFile(path, "records", { byteLength, seed: 1 });
  }
  return path;
}
