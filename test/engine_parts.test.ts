/** Part lanes: every part is seen once, in order, by one worker, whatever way it comes. */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Engine, runJob, type RunOptions } from "../src/mod.ts";
import { fixture, runtime, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { rounds, spread } from "./effort.ts";

const KIB = 1024;
const SEGMENT = 64 * KIB;
const SEED = 20261121;
const JOB = { module: fixture("fixtures/jobs/parts.mjs").href };
const files = temporaryFiles();

interface Seen {
  readonly sum: number;
  readonly length: number;
}

interface Result {
  readonly segments: { offset: number; byteLength: number; sum: number }[];
  readonly lanes: Record<string, unknown>;
}

interface JobOptions {
  readonly parts: readonly number[];
  readonly lane?: boolean;
  readonly align?: number;
  /** How many parts the lanes take at once. */
  readonly inStep?: number;
}

function sumOf(bytes: Uint8Array): number {
  let sum = 7;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

/** As the job tells it of parts that did not come side by side. */
function expectedParts(bytes: Uint8Array, partBytes: number): Seen[] {
  const seen: Seen[] = [];
  for (let at = 0; at < bytes.length; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes);
    seen.push({ sum: sumOf(part), length: part.length });
  }
  return seen;
}

function readParts(packed: Uint8Array): Seen[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  return Array.from({ length: packed.length / 12 }, (_, i) => ({
    sum: view.getInt32(12 * i),
    length: view.getFloat64(12 * i + 4),
  }));
}

/** Parts that came side by side, of all that were checked. */
let inStepSeen = 0;

/** Checks parts, and that the scan has seen each byte once, in file order. */
function check(bytes: Uint8Array, options: JobOptions, result: Result): void {
  options.parts.forEach((partBytes, i) => {
    const packed = result.lanes[`lane ${i}`] as Uint8Array;
    const expected = expectedParts(bytes, partBytes);
    const found = readParts(packed);
    expect(found.map(({ length }) => length))
      .toEqual(expected.map(({ length }) => length));
    const excess = found.map(({ sum }, part) => sum - expected[part]!.sum);
    const inStep = excess.filter((by) => by === 1).length;
    expect(excess.filter((by) => by === 0)).toHaveLength(found.length - inStep);
    if (inStep > 0) expect(inStep % (options.inStep ?? Infinity)).toBe(0);
    inStepSeen += inStep;
  });
  let offset = 0;
  for (const segment of result.segments) {
    expect(segment.offset).toBe(offset);
    expect(segment.offset % (options.align ?? 1)).toBe(0);
    const part = bytes.subarray(offset, offset + segment.byteLength);
    expect(segment.sum).toBe(sumOf(part));
    offset += segment.byteLength;
  }
  expect(offset).toBe(bytes.length);
  const lanes = options.parts.map((_, i) => `lane ${i}`);
  expect(Object.keys(result.lanes).sort()).toEqual([
    ...lanes,
    ...options.lane ? ["serial"] : [],
  ]);
  if (options.lane) expect(result.lanes["serial"]).toBe(bytes.length);
}

type Mode = [string, RunOptions];
const MODES: Mode[] = [
  ["stream", { io: "stream", permissions: "all" }],
  ["map", { io: "map", permissions: "all" }],
  ["preload", { io: "preload", permissions: "all" }],
  // In a sandbox, where the coordinator reads.
  ...runtime === "deno"
    ? [["stream, without permissions", { io: "stream" }] as Mode]
    : [],
];

const CASES: [string, JobOptions][] = [
  ["a part of one segment", { parts: [SEGMENT] }],
  ["parts of several segments", { parts: [3 * SEGMENT], align: SEGMENT }],
  ["parts within segments", { parts: [1000, 8 * KIB] }],
  ["odd parts", { parts: [77_777] }],
  ["odd parts and aligned segments", { parts: [77_777], align: KIB }],
  ["two odd lengths", { parts: [100_003, 99_991] }],
  ["a length and its multiple", { parts: [50_000, 150_000] }],
  ["a part larger than the file", { parts: [2 ** 40, 100_000] }],
  ["a lane beside them", { parts: [100_003, SEGMENT], lane: true }],
];

describe("runJob() shows each part to one worker, in order", () => {
  for (const [mode, how] of MODES) {
    it(mode, async () => {
      const engine = new Engine();
      const lengths = [1, 5 * SEGMENT, 500_001];
      for (const length of lengths) {
        const bytes = seededBytes(length, length);
        const path = files.make(bytes);
        for (const [, options] of spread(CASES)) {
          for (const workers of [1, 3]) {
            const run = { ...how, workers, segmentBytes: SEGMENT, engine };
            const { result } = await runJob<JobOptions, Result>(
              path,
              JOB,
              options,
              run,
            );
            check(bytes, options, result);
          }
        }
      }
      await engine.close();
    });
  }

  it("any lengths, workers and segments", async () => {
    const engine = new Engine();
    const bytes = seededBytes(2_000_000, SEED);
    const path = files.make(bytes);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1000, max: 900_000 }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.constantFrom(1, 16, KIB, SEGMENT),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 4),
        fc.boolean(),
        async (parts, align, workers, segments, lane) => {
          const options = { parts, align, lane };
          const segmentBytes = segments * SEGMENT;
          const { result } = await runJob<JobOptions, Result>(
            path,
            JOB,
            options,
            { workers, segmentBytes, engine, permissions: "all" },
          );
          check(bytes, options, result);
        },
      ),
      { numRuns: rounds(15), seed: SEED },
    );
    await engine.close();
  });

  it("several parts at once, where that can be", async () => {
    const engine = new Engine();
    const cases: [JobOptions, number][] = [
      // Four groups of 4 in 19 whole parts, and what is left one by one.
      [{ parts: [100_000], inStep: 4 }, 16],
      [{ parts: [SEGMENT], inStep: 3 }, 27],
      [{ parts: [5000], inStep: 2, align: 8 }, 390],
      [{ parts: [64_064, 64_064], inStep: 2 }, 60],
      [{ parts: [64_064, 64_064], inStep: 2, align: KIB }, 0],
      [{ parts: [500_000], inStep: 4 }, 0],
      [{ parts: [100_000, 50_000], inStep: 4 }, 0],
      [{ parts: [100_000], inStep: 4, lane: true }, 0],
      [{ parts: [4095], inStep: 4 }, 0],
    ];
    const bytes = seededBytes(1_960_000, SEED);
    const path = files.make(bytes);
    for (const [options, inStep] of cases) {
      for (const [io, workers] of [["stream", 1], ["stream", 3], ["map", 2]]) {
        inStepSeen = 0;
        const { result } = await runJob<JobOptions, Result>(
          path,
          JOB,
          options,
          {
            ...{ io: io as RunOptions["io"], workers: Number(workers) },
            ...{ segmentBytes: SEGMENT, engine, permissions: "all" as const },
          },
        );
        check(bytes, options, result);
        expect([options, inStepSeen]).toEqual([options, inStep]);
      }
    }
    await engine.close();
  });

  it("of a file that is empty there is none", async () => {
    const options = { parts: [5, 2 ** 40] };
    const { result } = await runJob<JobOptions, Result>(
      files.make(""),
      JOB,
      options,
    );
    check(new Uint8Array(0), options, result);
  });

  it("of a stream, whose end is not known before", async () => {
    const engine = new Engine();
    for (const length of [0, 3 * SEGMENT, 500_001]) {
      const bytes = seededBytes(length, length);
      const source = files.make(bytes);
      const path = join(files.folder, `pipe-${length}`);
      execFileSync("mkfifo", [path]);
      for (const [, options] of spread(CASES)) {
        const writer = spawn("sh", ["-c", `cat "${source}" > "${path}"`]);
        const { result } = await runJob<JobOptions, Result>(
          path,
          JOB,
          options,
          { workers: 2, segmentBytes: SEGMENT, engine },
        );
        check(bytes, options, result);
        writer.kill();
      }
    }
    await engine.close();
  });
});

it("runJob() refuses part lanes that take no parts at once, or half of one", async () => {
  const path = files.make("abc");
  for (const inStep of [0, 1, -2, 2.5, NaN]) {
    await expect(runJob(path, JOB, { parts: [1], inStep })).rejects.toThrow(
      TypeError,
    );
  }
});

it("runJob() refuses part lanes without lengths", async () => {
  const path = files.make("abc");
  for (const partBytes of [0, -1, 1.5, NaN, 2 ** 60]) {
    await expect(runJob(path, JOB, { parts: [partBytes] })).rejects.toThrow(
      TypeError,
    );
  }
});

it("runJob() refuses an alignment that is no power of two", async () => {
  const path = files.make("abc");
  for (const align of [0, 3, 0.5, -1]) {
    await expect(runJob(path, JOB, { parts: [1], align })).rejects.toThrow(
      "power of two",
    );
  }
});

it("runJob() refuses files of more parts than it can keep results of", async () => {
  const path = files.makeSparse(2 ** 24 + 1);
  await expect(runJob(path, JOB, { parts: [1] })).rejects.toThrow(RangeError);
});
