/**
 * The least JavaScript program that does what the jobs of `bench/update.ts` do, with two threads and no engine: what
 * the threads of this runtime allow, as the programs in C show what the machine allows.
 *
 * The calling thread is one of the two, which a user's job never is: it starts the other and works meanwhile.
 *
 * @module
 */
import * as fs from "node:fs";
import * as nodeThreads from "node:worker_threads";
import { type AddTask, addToClaims } from "./update_js_thread.ts";

/** As our own segments are (src/plan.ts). */
const SEGMENT_BYTES = 256 * 1024;

/** In front of the slots: the cell of the claims. */
const PAGE_BYTES = 4096;

/** The other thread. */
export interface AddThread {
  add(task: AddTask): Promise<void>;
  stop(): Promise<unknown>;
}

/** Adds 1 to the second word of every `stride` bytes, in this thread and the other. */
export async function addInBoth(
  thread: AddThread,
  path: string,
  stride: number,
): Promise<void> {
  const shared = new SharedArrayBuffer(PAGE_BYTES + 2 * SEGMENT_BYTES);
  const task = (index: number): AddTask => ({
    ...{ shared, path, stride },
    byteLength: fs.statSync(path).size,
    segmentBytes: SEGMENT_BYTES,
    slot: PAGE_BYTES + index * SEGMENT_BYTES,
  });
  const other = thread.add(task(1));
  await addToClaims(task(0));
  await other;
}

/** Starts the thread, as a Web Worker where there are some: they start sooner. */
export function startAddThread(): AddThread {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`./update_js_thread.${ending}`, import.meta.url);
  return "Worker" in globalThis ? webThread(url) : nodeThread(url);
}

function webThread(url: URL): AddThread {
  const worker = new Worker(url, { type: "module" });
  return {
    add: (task) =>
      new Promise((resolve, reject) => {
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = () => resolve();
        worker.postMessage(task);
      }),
    stop: () => Promise.resolve(worker.terminate()),
  };
}

function nodeThread(url: URL): AddThread {
  const worker = new nodeThreads.Worker(url, { execArgv: [] });
  return {
    add: (task) =>
      new Promise((resolve, reject) => {
        worker.once("error", reject);
        worker.once("message", () => resolve());
        worker.postMessage(task);
      }),
    stop: () => worker.terminate(),
  };
}
