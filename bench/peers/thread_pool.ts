/**
 * A rival: the lines of a file by threads, as people make a pool by hand in JavaScript.
 *
 *     bun bench/peers/thread_pool.ts THREADS FILE
 *
 * Each thread has an equal part of the file, reads it with `readSync` into one buffer, and counts with `indexOf`.
 *
 * @module
 */
import * as fs from "node:fs";
import process from "node:process";
import {
  isMainThread,
  parentPort,
  Worker,
  workerData,
} from "node:worker_threads";

const NEWLINE = 10;
const BLOCK_BYTES = 1024 ** 2;

/** What the main thread tells a worker. */
interface Task {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

async function main(): Promise<void> {
  const [threads = "2", path = ""] = process.argv.slice(2);
  const part = Math.ceil(fs.statSync(path).size / Number(threads));
  const counts = await Promise.all(
    Array.from(
      { length: Number(threads) },
      (_, index) =>
        startWorker({ path, start: index * part, end: (index + 1) * part }),
    ),
  );
  console.log(counts.reduce((sum, count) => sum + count, 0));
}

function startWorker(task: Task): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.once("message", (count: number) => {
      resolve(count);
      void worker.terminate();
    });
    worker.once("error", reject);
  });
}

function countLines({ path, start, end }: Task): number {
  const block = new Uint8Array(BLOCK_BYTES);
  const fd = fs.openSync(path, "r");
  let count = 0;
  for (let position = start; position < end;) {
    const wanted = Math.min(BLOCK_BYTES, end - position);
    const read = fs.readSync(fd, block, 0, wanted, position);
    if (read === 0) break;
    const bytes = block.subarray(0, read);
    let at = bytes.indexOf(NEWLINE);
    while (at >= 0) {
      count++;
      at = bytes.indexOf(NEWLINE, at + 1);
    }
    position += read;
  }
  fs.closeSync(fd);
  return count;
}

if (isMainThread) await main();
else parentPort?.postMessage(countLines(workerData as Task));
