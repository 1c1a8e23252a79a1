import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  countFile,
  Engine,
  hashFiles,
  type IoMode,
  runJob,
  type RunOptions,
} from "../src/mod.ts";
import {
  fixture,
  removeFolder,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";

interface Summary {
  offset: number;
  byteLength: number;
  before: number;
  after: number;
  sum: number;
}

interface Result {
  segments: Summary[];
  file: { path: string; byteLength: number };
  lanes: Record<string, Summary[]>;
}

const JOB = { module: fixture("fixtures/jobs/neighbours.mjs").href };
const KIB = 1024;
let folder: string;

beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

function file(byteLength: number): { path: string; bytes: Uint8Array } {
  const path = join(folder, `${byteLength}.bin`);
  const bytes = seededBytes(byteLength, byteLength);
  writeFileSync(path, bytes);
  return { path, bytes };
}

/** What the job must find, by the definition of segments and neighbours. */
function oracle(
  bytes: Uint8Array,
  segmentBytes: number,
  before: number,
  after: number,
): Summary[] {
  const summaries: Summary[] = [];
  for (let offset = 0; offset < bytes.length; offset += segmentBytes) {
    const end = Math.min(offset + segmentBytes, bytes.length);
    const start = Math.max(0, offset - before);
    const stop = Math.min(bytes.length, end + after);
    let sum = 7;
    for (const byte of bytes.subarray(start, stop)) {
      sum = (Math.imul(sum, 31) + byte) | 0;
    }
    summaries.push({
      offset,
      byteLength: end - offset,
      before: offset - start,
      after: stop - end,
      sum,
    });
  }
  return summaries;
}

/** Each mode in threads that may open the file; and in a sandbox, where the coordinator reads (Deno). */
const MODES: [string, RunOptions & { io: IoMode }][] = [
  ["stream", { io: "stream", permissions: "all" }],
  ["preload", { io: "preload", permissions: "all" }],
  ["map", { io: "map", permissions: "all" }],
  ["stream, without permissions", { io: "stream" }],
];
const LENGTHS = [1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 1_000_003];
const FRAMINGS: [number, number][] = [[0, 0], [3, 5], [64 * KIB, 64 * KIB]];

for (const [mode, how] of MODES) {
  for (const lane of [false, true]) {
    test(`runJob() shows every segment with its neighbours: ${mode}${lane ? ", with a lane" : ""}`, async () => {
      const engine = new Engine();
      for (const length of LENGTHS) {
        const { path, bytes } = file(length);
        for (const [before, after] of FRAMINGS) {
          for (const workers of [1, 3]) {
            const options = { ...how, workers, segmentBytes: 64 * KIB, engine };
            const jobOptions = { before, after, lane };
            const { result, stats } = await runJob<unknown, Result>(
              path,
              JOB,
              jobOptions,
              options,
            );
            const expected = oracle(bytes, 64 * KIB, before, after);
            expect(result.segments).toEqual(expected);
            expect(result.lanes).toEqual(lane ? { seen: expected } : {});
            expect(result.file).toEqual({ path, byteLength: length });
            expect(stats.io).toBe(how.io);
          }
        }
      }
      await engine.close();
    });
  }
}

test("runJob() gives finish() nothing when the file is empty", async () => {
  const path = join(folder, "empty");
  writeFileSync(path, "");
  const jobOptions = { before: 1, after: 1, lane: true };
  const { result, stats } = await runJob<unknown, Result>(
    path,
    JOB,
    jobOptions,
    { workers: 2 },
  );
  expect(result).toEqual({
    segments: [],
    file: { path, byteLength: 0 },
    lanes: { seen: [] },
  });
  expect(stats.byteLength).toBe(0);
});

test("runJob() covers a file larger than its preload window and slots", async () => {
  const { path, bytes } = file(40 * 64 * KIB + 11);
  const jobOptions = { before: 9, after: 9, lane: true };
  const options = { io: "stream", workers: 2, segmentBytes: 64 * KIB } as const;
  const { result } = await runJob<unknown, Result>(
    path,
    JOB,
    jobOptions,
    options,
  );
  expect(result.segments).toEqual(oracle(bytes, 64 * KIB, 9, 9));
});

test("Engine.run() finds nothing of an earlier run in its arena", async () => {
  const engine = new Engine();
  const jobOptions = { before: 100, after: 100, lane: true };
  const lengths = [1_000_003, 64 * KIB + 1, 700_000, 1];
  for (const length of lengths) {
    for (const [, how] of MODES.slice(0, 3)) {
      const { path, bytes } = file(length);
      const options = { ...how, workers: 2, segmentBytes: 64 * KIB, engine };
      const { result } = await runJob<unknown, Result>(
        path,
        JOB,
        jobOptions,
        options,
      );
      expect(result.segments).toEqual(oracle(bytes, 64 * KIB, 100, 100));
    }
  }
  await engine.close();
});

test("Engine.run() takes runs one after the other when they are asked for at once", async () => {
  const engine = new Engine();
  const files = [300_000, 500_000, 200_000].map((length) => file(length));
  const results = await Promise.all(
    files.map(({ path }) =>
      engine.run<unknown, Result>(path, JOB, { before: 0, after: 0 }, {
        workers: 2,
        segmentBytes: 64 * KIB,
      })
    ),
  );
  for (const [index, { bytes }] of files.entries()) {
    expect(results[index]?.result.segments).toEqual(
      oracle(bytes, 64 * KIB, 0, 0),
    );
  }
  await engine.close();
});

test("Engine.close() gives the pages of a large arena back at once", async () => {
  const path = join(folder, "large");
  const byteLength = 256 * 1024 * KIB;
  writeFileSync(path, "x");
  truncateSync(path, byteLength);
  const engine = new Engine();
  const before = process.memoryUsage.rss();
  await countFile(path, { engine, io: "preload", workers: 2 });
  expect(process.memoryUsage.rss() - before).toBeGreaterThan(byteLength / 2);
  await engine.close();
  expect(process.memoryUsage.rss() - before).toBeLessThan(byteLength / 2);
});

/** A job whose scan of each segment of 64 KiB takes a while. */
function slowJob(): { module: string } {
  const path = join(folder, "slow.mjs");
  writeFileSync(
    path,
    `export default {
      name: "slow", start: () => 0,
      scan: () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        return 1;
      },
      merge: (left, right) => left + right, finish: (sum) => sum,
    };`,
  );
  return { module: pathToFileURL(path).href };
}

test("Engine.close() ends the run that is going on and those that wait, and later ones start anew", async () => {
  const path = join(folder, "slow");
  writeFileSync(path, new Uint8Array(100 * 64 * KIB));
  const options = { workers: 2, segmentBytes: 64 * KIB };
  const engine = new Engine();
  let isRunning = () => {};
  const running = new Promise<void>((resolve) => isRunning = resolve);
  const run = engine.run(path, slowJob(), undefined, {
    ...options,
    onProgress: isRunning,
  });
  const waiting = engine.run(path, { builtin: "count" }, {}, options);
  const failed = [run, waiting].map((promise) =>
    expect(promise).rejects.toMatchObject({ code: "ERR_ABORTED" })
  );
  await running;
  await engine.close();
  await Promise.all(failed);
  const later = await engine.run(path, { builtin: "count" }, {}, options);
  expect(later.result).toMatchObject({ count: 0 });
  await engine.close();
});

test.each([0, 1, 2, 5, 10, 20])(
  "Engine.close() after %i ms leaves no run that starts threads",
  async (ms) => {
    const path = join(folder, "closed");
    writeFileSync(path, new Uint8Array(100 * 64 * KIB));
    const engine = new Engine();
    const options = { workers: 2, segmentBytes: 64 * KIB, inlineBytes: 0 };
    const run = engine.run(path, slowJob(), undefined, options);
    const failed = expect(run).rejects.toMatchObject({ code: "ERR_ABORTED" });
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    await engine.close();
    await failed;
    // Whoever asks now gets threads of a new life, and none that were there.
    expect(engine.closing.aborted).toBe(false);
    await engine.close();
  },
);

test("hashFiles() ends when its engine is closed, and starts no threads behind it", async () => {
  const paths = Array.from({ length: 20 }, (_, i) => {
    const path = join(folder, `many-${i}`);
    writeFileSync(path, new Uint8Array(4 * 1024 * KIB));
    return path;
  });
  const engine = new Engine();
  const open = vi.spyOn(engine, "pool");
  let count = 0;
  const all = (async () => {
    for await (
      const { error } of hashFiles(paths, {
        engine,
        inlineBytes: 0,
        algorithms: ["md5", "sha512"],
      })
    ) {
      if (error === undefined && count++ === 0) await engine.close();
    }
  })();
  await expect(all).rejects.toMatchObject({ code: "ERR_ABORTED" });
  const calls = open.mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(open.mock.calls.length).toBe(calls);
  expect(count).toBeLessThan(paths.length);
});

test("hashFiles() throws what onProgress throws", async () => {
  const path = join(folder, "progress");
  writeFileSync(path, new Uint8Array(16 * 1024 * KIB));
  const all = (async () => {
    for await (
      const _ of hashFiles(Array(30).fill(path), {
        algorithms: ["md5", "sha512"],
        onProgress: () => {
          throw new Error("not mine");
        },
      })
    );
  })();
  await expect(all).rejects.toThrow("not mine");
});

test("a thread that dies of what a job left rejected is told of in one line", async () => {
  const path = join(folder, "rejected");
  writeFileSync(path, new Uint8Array(100 * 64 * KIB));
  const module = join(folder, "rejecting.mjs");
  writeFileSync(
    module,
    `export default {
      name: "rejecting", start: () => 0,
      scan: () => {
        Promise.reject(new Error("oops"));
        return 0;
      },
      merge: () => 0, finish: () => 0,
    };`,
  );
  const run = runJob(path, { module: pathToFileURL(module).href }, undefined, {
    workers: 2,
    segmentBytes: 64 * KIB,
  });
  const error = await run.then(() => undefined, (thrown) => thrown);
  expect(error).toMatchObject({ code: "ERR_WORKER_CRASHED" });
  expect(error.message).toMatch(/^worker \d died: [^\n]*oops$/);
});

test("runJob() throws what onProgress throws", async () => {
  const path = join(folder, "slow");
  writeFileSync(path, new Uint8Array(100 * 64 * KIB));
  const run = runJob(path, slowJob(), undefined, {
    workers: 2,
    segmentBytes: 64 * KIB,
    onProgress: () => {
      throw new Error("not mine");
    },
  });
  await expect(run).rejects.toThrow("not mine");
});

test("runJob() takes a file URL", async () => {
  const { path } = file(5);
  const url = new URL(`file://${path}`);
  const { result } = await runJob<unknown, Result>(url, JOB, {
    before: 0,
    after: 0,
  });
  expect(result.file.byteLength).toBe(5);
});

test("runJob() reports progress up to the length of the file", async () => {
  const { path } = file(1_000_003);
  const seen: number[] = [];
  await runJob<unknown, Result>(path, JOB, { before: 0, after: 0 }, {
    segmentBytes: 64 * KIB,
    onProgress: ({ bytesDone, byteLength }) => {
      expect(byteLength).toBe(1_000_003);
      seen.push(bytesDone);
    },
  });
  expect(seen.at(-1)).toBe(1_000_003);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

for (const workers of [0, -1, 1.5, 513, Number.NaN]) {
  test(`runJob() throws RangeError when workers is ${workers}`, async () => {
    const { path } = file(5);
    await expect(runJob(path, JOB, {}, { workers })).rejects.toThrow(
      `Cannot start workers as their count must be an integer from 1 to 512: received ${workers}`,
    );
  });
}

for (const segmentBytes of [0, 3, 65_535, 32 * KIB, 2 * 1024 ** 3, 65_536.5]) {
  test(`runJob() throws RangeError when segmentBytes is ${segmentBytes}`, async () => {
    const { path } = file(5);
    await expect(runJob(path, JOB, {}, { segmentBytes })).rejects.toThrow(
      RangeError,
    );
  });
}
