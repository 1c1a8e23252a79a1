/** What a run that failed leaves behind: nothing that reaches the next run, or the file. */
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countFile, Engine, processFile, runJob } from "../src/mod.ts";
import { fixture } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const MIB = 1024 ** 2;
const SEGMENT = 64 * 1024;
const STAYS = fixture("fixtures/jobs/stays.mjs");
const FILL = fixture("fixtures/jobs/fill.mjs");
const files = temporaryFiles();

let engine: Engine;
beforeAll(() => {
  engine = new Engine();
});
afterAll(() => engine.close());

/** Awaits a run that is aborted after a while. */
async function abortAfter(
  ms: number,
  run: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  await expect(run(controller.signal)).rejects.toThrow();
  clearTimeout(timer);
}

test("what comes from a FIFO after its run was aborted reaches no other run", async () => {
  const fifo = join(files.folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  const late = 'exec > "$0"; sleep 2.5; head -c 1000000 /dev/urandom';
  const writer = spawn("sh", ["-c", late, fifo], { stdio: "ignore" });
  const options = { engine, workers: 1, segmentBytes: SEGMENT };
  const job = { module: STAYS.href };
  await abortAfter(
    1000,
    (signal) => runJob(fifo, job, { ms: 0 }, { ...options, signal }),
  );
  const path = files.makeSparse(4 * SEGMENT);
  const { result } = await engine.run(path, job, { ms: 3000 }, options);
  expect(result).toBe(true);
  writer.kill();
});

test("a thread that was ended writes into the arena of no other run", async () => {
  const path = files.makeSparse(32 * MIB);
  const large = { engine, segmentBytes: 16 * MIB };
  await abortAfter(1000, (signal) =>
    processFile(path, FILL, {
      ...large,
      workers: 2,
      permissions: "all",
      durability: "journal",
      io: "stream",
      signal,
      options: { ms: 60_000 },
    }));
  for (let turn = 0; turn < 20; turn++) {
    const { count } = await countFile(path, {
      ...large,
      inlineBytes: 64 * MIB,
    });
    expect(count).toBe(0);
  }
});

test("a thread that was ended writes into the file no more", async () => {
  const path = files.makeSparse(64 * SEGMENT);
  await abortAfter(1000, (signal) =>
    processFile(path, FILL, {
      workers: 2,
      segmentBytes: SEGMENT,
      permissions: "all",
      durability: "none",
      io: "stream",
      signal,
      options: { ms: 800 },
    }));
  const then = fs.readFileSync(path);
  await sleep(1500);
  expect(fs.readFileSync(path).equals(then)).toBe(true);
});

test("the arena does not count as heap of a job", async () => {
  const path = files.makeSparse(400 * MIB);
  const { result } = await processFile(path, STAYS, {
    workers: 2,
    io: "preload",
    heapMebibytes: 64,
    options: { ms: 1000 },
  });
  expect(result).toBe(true);
});
