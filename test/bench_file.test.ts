import * as fs from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { checkBenchOptions } from "../src/bench/check.ts";
import { openPageCache } from "../src/bench/page_cache.ts";
import { benchFile, type BenchResult } from "../src/mod.ts";
import { cpuCount, platform } from "../src/platform/platform.ts";
import { naiveFound } from "./bench_oracle.ts";
import { hasTool } from "./tools.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const SEGMENT = 64 * 1024;
const BYTES = seededBytes(6 * SEGMENT, 4);
const OPTIONS = { workers: [1, 2], runs: 2, segmentBytes: SEGMENT } as const;
const files = temporaryFiles();

function labels({ rows }: BenchResult): string[] {
  return rows.map(({ strategy, workers }) => `${strategy} ${workers}`);
}

describe("benchFile()", () => {
  test("has a row for each strategy and count of workers", async () => {
    const path = files.make(BYTES);
    const result = await benchFile(path, OPTIONS);
    expect(labels(result)).toEqual([
      "chunked 0",
      "readinto 0",
      "preload 1",
      "preload 2",
      "map 1",
      "map 2",
      "stream 1",
      "stream 2",
    ]);
    expect(result).toMatchObject({
      file: path,
      byteLength: BYTES.length,
      operation: "count",
      found: naiveFound("count", BYTES, BYTES),
      runs: 2,
      cache: "warm",
    });
    expect(result.machine.runtime).toMatch(
      new RegExp(`^${platform.name} [0-9]`),
    );
    expect(Math.abs(Date.parse(result.date) - Date.now())).toBeLessThan(60_000);
  });

  test("has figures that agree with each other", async () => {
    const { rows } = await benchFile(files.make(BYTES), OPTIONS);
    for (const { strategy, workers, threads, figures, trace } of rows) {
      const { seconds, bytesPerSecond } = figures ??
        expect.fail(`${strategy} has no figures`);
      expect(seconds.min).toBeGreaterThan(0);
      expect(seconds.median).toBeGreaterThanOrEqual(seconds.min);
      expect(seconds.max).toBeGreaterThanOrEqual(seconds.median);
      expect(bytesPerSecond * seconds.median).toBeCloseTo(BYTES.length, 3);
      expect(figures?.overChunked).toBeGreaterThan(0);
      expect(threads).toBe(workers);
      // The calling thread is a worker, but not of segments that need an order.
      const others = strategy === "preload" ? 1 : 0;
      expect(trace?.threads).toHaveLength(Math.max(1, workers + others));
      if (strategy === "chunked") expect(figures?.overChunked).toBe(1);
      if (workers === 1) expect(figures?.overOneWorker).toBe(1);
      if (workers === 0) expect(figures?.overOneWorker).toBeUndefined();
    }
  });

  test("knows what runs take where the system tells", async () => {
    const { rows } = await benchFile(files.make(BYTES), {
      ...OPTIONS,
      runs: 1,
    });
    const canTell = fs.existsSync("/proc/self/clear_refs");
    for (const { figures } of rows) {
      expect(figures?.cpuSeconds).toBeGreaterThan(0);
      if (canTell) expect(figures?.peakBytes).toBeGreaterThanOrEqual(0);
      else expect(figures?.peakBytes).toBeUndefined();
    }
  });

  test.each(["blake3", "crc32", "find", "records"] as const)(
    "compares all ways of doing %s",
    async (operation) => {
      const pattern = BYTES.slice(BYTES.length / 2 - 4, BYTES.length / 2 + 4);
      const path = files.make(BYTES);
      const options = { ...OPTIONS, operation, runs: 1, workers: [2] };
      const { found, rows } = await benchFile(path, options);
      expect(found).toBe(naiveFound(operation, BYTES, pattern));
      for (const { trace } of rows) {
        const spans = trace?.threads.flatMap(({ spans }) => spans) ?? [];
        expect(spans.map(({ phase }) => phase)).toContain("scan");
      }
    },
  );

  test("looks for a pattern that is given", async () => {
    const path = files.make("a needle, a needle\n");
    const pattern = new TextEncoder().encode("needle");
    const options = { operation: "find", pattern, runs: 1 } as const;
    expect((await benchFile(path, options)).found).toBe("2");
  });

  test("says what figures do not tell", async () => {
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const path = files.make(BYTES);
    const options = { ...OPTIONS, runs: 1, workers: [1, 300], onNote };
    const result = await benchFile(path, options);
    expect(notes).toEqual(result.notes);
    expect(notes).toEqual([
      expect.stringMatching(/^the file has 393,216 bytes: times are those of/),
      expect.stringMatching(/^300 workers share \d+ cores?$/),
      "preload with 300 workers had 6, and so on: the file has no more segments",
    ]);
  });

  test("tells how far it is", async () => {
    const seen: number[] = [];
    const path = files.make(BYTES);
    await benchFile(path, {
      runs: 1,
      workers: [1],
      onProgress: ({ bytesDone, byteLength }) => {
        expect(byteLength).toBe(5 * 3 * BYTES.length);
        seen.push(bytesDone / BYTES.length);
      },
    });
    expect(seen).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });

  test("ends when its signal is aborted", async () => {
    const controller = new AbortController();
    const run = benchFile(files.make(BYTES), {
      runs: 1000,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(run).rejects.toThrow("enough");
  });

  test.each([
    [{ operation: "sort" }, "the operation must be one of count, blake3"],
    [{ runs: 0 }, "the number of runs must be an integer from 1 to 1000"],
    [{ runs: 1.5 }, "the number of runs must be"],
    [{ seed: -1 }, "the seed must be an integer from 0 to"],
    [{ workers: [] }, "counts of workers must rise"],
    [{ workers: [2, 1] }, 'must rise: received "2,1"'],
    [{ workers: [0] }, "received 0"],
    [{ segmentBytes: 5 }, "received 5"],
    [{ pattern: new Uint8Array(0) }, "must have at least one byte"],
  ])("refuses %j", async (options, message) => {
    const run = benchFile("/nowhere", options as never);
    await expect(run).rejects.toThrow(RangeError);
    await expect(run).rejects.toThrow(message);
  });

  test("refuses what cannot be read again and again", async () => {
    const empty = files.make("");
    await expect(benchFile(empty)).rejects.toThrow("received 0 bytes");
    await expect(benchFile("-")).rejects.toThrow('received "-"');
    await expect(benchFile("/dev/null")).rejects.toThrow("received a stream");
    await expect(benchFile(files.folder)).rejects.toMatchObject({
      code: "EISDIR",
    });
    await expect(benchFile(join(files.folder, "none"))).rejects.toMatchObject({
      code: "ENOENT",
    });
    const odd = benchFile(files.make("33 bytes, which are no records"), {
      operation: "records",
    });
    await expect(odd).rejects.toThrow("whole records of 32 bytes");
  });
});

describe("checkBenchOptions()", () => {
  test("takes powers of two up to the cores, and the cores", () => {
    const { workers } = checkBenchOptions({});
    expect(workers[0]).toBe(1);
    expect(workers.at(-1)).toBe(cpuCount());
  });

  test("takes more readers than cores where they wait for the disk", () => {
    const warm = checkBenchOptions({}).workers;
    const { workers } = checkBenchOptions({ cold: true });
    expect(workers).toEqual([...warm, 2 * cpuCount()]);
    expect(checkBenchOptions({ cold: true, workers: [1] }).workers)
      .toEqual([1]);
  });
});

describe("openPageCache()", () => {
  function residentPages(path: string): number {
    const args = ["--noheadings", "--output", "PAGES", path];
    return Number(spawnSync("fincore", args, { encoding: "utf8" }).stdout);
  }

  async function open(path: string, cold: boolean) {
    const notes: string[] = [];
    const byteLength = fs.statSync(path).size;
    const cache = await openPageCache(
      path,
      byteLength,
      cold,
      (note) => notes.push(note),
    );
    return { cache, notes };
  }

  test("reads a file through", async () => {
    const path = files.make(BYTES);
    const { cache, notes } = await open(path, false);
    expect(cache.state).toBe("warm");
    await cache.prepare();
    expect(notes).toEqual([]);
    if (hasTool("fincore")) {
      expect(residentPages(path)).toBe(BYTES.length / 4096);
    }
  });

  test("drops a file, or says why it cannot", async () => {
    const path = files.make(BYTES);
    const { cache, notes } = await open(path, true);
    if (cache.state === "cold") {
      fs.readFileSync(path);
      await cache.prepare();
      expect(notes).toEqual([]);
      if (hasTool("fincore")) expect(residentPages(path)).toBe(0);
    } else {
      expect(cache.state).toBe("warm");
      expect(notes[0]).toMatch(/^the file stays in the page cache: /);
    }
  });

  test("says that a file in memory cannot be dropped", async (context) => {
    const path = `/dev/shm/sabmap-test-${process.pid}`;
    try {
      fs.writeFileSync(path, BYTES);
    } catch {
      return context.skip();
    }
    try {
      const { cache, notes } = await open(path, true);
      expect(cache.state).toBe("warm");
      expect(notes[0]).toContain("its file system is one of memory");
    } finally {
      fs.rmSync(path);
    }
  });

  test("does not read through what is larger than memory", async () => {
    const notes: string[] = [];
    const path = files.make("small");
    const cache = await openPageCache(
      path,
      2 ** 52,
      false,
      (note) => notes.push(note),
    );
    expect(cache.state).toBe("larger than memory");
    expect(notes[0]).toContain("larger than free memory");
  });
});
