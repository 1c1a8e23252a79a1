import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine, runJob, SabmapError } from "../src/mod.ts";
import {
  fixture,
  removeFolder,
  runtime,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";

const KIB = 1024;
const SEGMENT = 64 * KIB;
const JOB = { module: fixture("fixtures/jobs/misbehave.mjs").href };
const OPTIONS = { workers: 2, segmentBytes: SEGMENT } as const;
/** For jobs that change the file that they are run over. */
const TRUSTED = { ...OPTIONS, permissions: "all" } as const;
let folder: string;
let path: string;

beforeAll(() => {
  folder = temporaryFolder();
  path = join(folder, "data");
  fs.writeFileSync(path, seededBytes(40 * SEGMENT, 1));
});
afterAll(() => removeFolder(folder));

async function failure(promise: Promise<unknown>): Promise<SabmapError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(Error);
  return error as SabmapError;
}

test("runJob() passes an error of scan() on with class and message", async () => {
  const error = await failure(
    runJob(path, JOB, { act: "throw", at: 5 * SEGMENT }, OPTIONS),
  );
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toBe("boom at the record");
  expect(error.stack).toContain("misbehave.mjs");
});

test("runJob() passes a SabmapError on with code, range and cause", async () => {
  const error = await failure(
    runJob(path, JOB, { act: "throwSabmap", at: 0 }, OPTIONS),
  );
  expect(error).toBeInstanceOf(SabmapError);
  expect(error.code).toBe("ERR_RECORD_TOO_LONG");
  expect(error.range).toEqual({ start: 0, end: 9 });
  expect(error.cause).toBeInstanceOf(TypeError);
});

test("runJob() ends with ERR_WORKER_CRASHED when a worker exits", async () => {
  const error = await failure(
    runJob(path, JOB, { act: "exit", at: 7 * SEGMENT }, OPTIONS),
  );
  expect(error.code).toBe("ERR_WORKER_CRASHED");
});

test("runJob() ends with an error when a worker closes itself", async () => {
  const error = await failure(
    runJob(path, JOB, { act: "close", at: 7 * SEGMENT }, OPTIONS),
  );
  // Where there is no such function, calling it is a TypeError of the job.
  if (runtime === "deno") expect(error.code).toBe("ERR_WORKER_CRASHED");
  else expect(error).toBeInstanceOf(TypeError);
});

test("runJob() ends with ERR_WORKER_CRASHED when a worker leaves a rejection unheard", async () => {
  const error = await failure(
    runJob(path, JOB, { act: "reject", at: 0 }, OPTIONS),
  );
  expect(error.code).toBe("ERR_WORKER_CRASHED");
});

test("runJob() ends with ERR_WORKER_CRASHED when a worker makes no progress", async () => {
  const engine = new Engine();
  // Threads that are still coming up are no sign of life either, and take long on a busy machine.
  await runJob(path, JOB, { act: "none", at: -1 }, { ...OPTIONS, engine });
  const options = { ...OPTIONS, engine, stallMs: 300 };
  const error = await failure(
    runJob(path, JOB, { act: "loop", at: 3 * SEGMENT }, options),
  );
  await engine.close();
  expect(error.code).toBe("ERR_WORKER_CRASHED");
  expect(error.message).toContain(
    "made no progress for 0.3 s at offset 196608",
  );
  expect(error.range).toEqual({ start: 3 * SEGMENT, end: 4 * SEGMENT });
});

test.each(["memory", "bytes"])(
  "runJob() ends with ERR_WORKER_CRASHED when a worker's memory runs out: %s",
  async (act) => {
    const options = { ...OPTIONS, heapMebibytes: 200 };
    const error = await failure(runJob(path, JOB, { act, at: 0 }, options));
    expect(error.code).toBe("ERR_WORKER_CRASHED");
    expect(error.message).toContain("memory");
  },
);

test("runJob() passes an error of merge() on", async () => {
  const job = { module: fixture("fixtures/jobs/bad_merge.mjs").href };
  const error = await failure(runJob(path, job, {}, OPTIONS));
  expect(error.message).toBe("merge failed");
});

test("runJob() throws TypeError when a module exports no job", async () => {
  const job = { module: fixture("fixtures/jobs/no_job.mjs").href };
  const error = await failure(runJob(path, job, {}, OPTIONS));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain("its default export must be a job");
});

test("Engine.run() works again after a run that crashed its workers", async () => {
  const engine = new Engine();
  for (const act of ["exit", "throw", "reject"]) {
    await failure(engine.run(path, JOB, { act, at: 0 }, OPTIONS));
    const { result } = await engine.run(
      path,
      JOB,
      { act: "throw", at: -1 },
      OPTIONS,
    );
    expect(result).toBe(40);
  }
  await engine.close();
});

test("runJob() rejects with the signal's reason and leaves no worker behind", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const engine = new Engine();
  const run = engine.run(path, JOB, { act: "loop", at: 0 }, {
    ...OPTIONS,
    signal: controller.signal,
    // The first report means that workers run.
    onProgress: () => controller.abort(reason),
  });
  expect(await failure(run)).toBe(reason);
  // The thread in its endless loop is gone, or this run would share a core with it for good.
  const { result } = await engine.run(
    path,
    JOB,
    { act: "throw", at: -1 },
    OPTIONS,
  );
  expect(result).toBe(40);
  await engine.close();
});

test("runJob() rejects at once when the signal is aborted already", async () => {
  const signal = AbortSignal.abort(new Error("before"));
  expect((await failure(runJob(path, JOB, {}, { signal }))).message).toBe(
    "before",
  );
});

const SIZES: [string, number, string][] = [
  ["shrinks", 20 * SEGMENT + 5, "ERR_FILE_SHRANK"],
  ["grows", 41 * SEGMENT, "ERR_FILE_GREW"],
];
for (const [what, byteLength, code] of SIZES) {
  for (const io of ["stream", "preload", "map"] as const) {
    test(`runJob() ends with ${code} when the file ${what} while it is read: ${io}`, async () => {
      const victim = join(folder, `${what}-${io}`);
      fs.writeFileSync(victim, seededBytes(40 * SEGMENT, 2));
      const job = { module: fixture("fixtures/jobs/resize.mjs").href };
      const jobOptions = { victim, byteLength, at: 2 * SEGMENT };
      const options = { ...TRUSTED, workers: 1, io };
      const error = await failure(runJob(victim, job, jobOptions, options));
      expect(error.code).toBe(code);
      expect(error.message).toContain((40 * SEGMENT).toLocaleString("en-US"));
      expect(error.message).toContain(byteLength.toLocaleString("en-US"));
      expect(error.message).toMatch(/offset [\d,]+/);
      expect(error.file).toBe(victim);
    });
  }
}

test("runJob() ends with ERR_FILE_CHANGED when the file is rewritten while it is read", async () => {
  const victim = join(folder, "rewritten");
  fs.writeFileSync(victim, seededBytes(40 * SEGMENT, 2));
  fs.utimesSync(victim, 1000, 1000);
  const job = { module: fixture("fixtures/jobs/resize.mjs").href };
  const jobOptions = { victim, byteLength: 40 * SEGMENT, at: 2 * SEGMENT };
  const error = await failure(runJob(victim, job, jobOptions, TRUSTED));
  expect(error.code).toBe("ERR_FILE_CHANGED");
  expect(error.message).toMatch(/was modified, and still has [\d,]+ bytes/);
});

test("runJob() names a file that is not there, a directory, a bad name", async () => {
  expect((await failure(runJob(join(folder, "none"), JOB, {}))).code).toBe(
    "ENOENT",
  );
  expect((await failure(runJob(folder, JOB, {}))).code).toBe("EISDIR");
  expect((await failure(runJob(`${path}/below`, JOB, {}))).code).toBe(
    "ENOTDIR",
  );
  expect((await failure(runJob("a\0b", JOB, {}))).code).toBe("ERR_FILE_NAME");
});

test.skipIf(process.getuid?.() === 0)(
  "runJob() names a file that must not be read",
  async () => {
    const secret = join(folder, "secret");
    fs.writeFileSync(secret, "x");
    fs.chmodSync(secret, 0);
    expect((await failure(runJob(secret, JOB, {}))).code).toBe("EACCES");
  },
);

test("runJob() stops waiting for the writer of a FIFO when it is aborted", async () => {
  const fifo = join(folder, "unwritten");
  execFileSync("mkfifo", [fifo]);
  const controller = new AbortController();
  const run = runJob(fifo, JOB, { act: "throw", at: -1 }, {
    signal: controller.signal,
  });
  const reason = new Error("nobody writes");
  setTimeout(() => controller.abort(reason));
  expect(await failure(run)).toBe(reason);
});

test("runJob() reads a FIFO to its end", async () => {
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  const job = { module: fixture("fixtures/jobs/neighbours.mjs").href };
  const bytes = seededBytes(20 * SEGMENT + 17, 3);
  const plain = join(folder, "plain");
  fs.writeFileSync(plain, bytes);
  const jobOptions = { before: 9, after: 11, lane: true };
  const run = runJob<unknown, { segments: unknown[] }>(
    fifo,
    job,
    jobOptions,
    OPTIONS,
  );
  // A process of its own: Deno cannot open both ends of one FIFO in one process.
  spawn("sh", ["-c", 'exec cat "$0" > "$1"', plain, fifo]);
  const expected = await runJob<unknown, { segments: unknown[] }>(
    plain,
    job,
    jobOptions,
    OPTIONS,
  );
  const { result, stats } = await run;
  expect(stats.byteLength).toBe(bytes.length);
  expect(result).toEqual({
    ...expected.result,
    file: { path: fifo, byteLength: bytes.length },
  });
});
