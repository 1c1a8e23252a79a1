/**
 * The least JavaScript program that counts newlines with two threads, with no engine: what the threads of
 * this runtime allow, as `pread.c` shows what the machine allows.
 *
 * The calling thread is one of the two, as it is in the command: it starts the other and works meanwhile.
 *
 * @module
 */
import * as fs from "node:fs";
import * as nodeThreads from "node:worker_threads";
import { compileKernels } from "../src/kernels/load.ts";
import { countClaims, type ThreadTask } from "./js_thread.ts";
import { type Contender, time, warmUp } from "./pairs.ts";

const SEGMENT_BYTES = 1024 ** 2;

/** WASM page: claims are counted in the first, slots lie behind it. */
const PAGE_BYTES = 64 * 1024;

/** Two bare threads, one of which starts within the measured time. */
export function twoJsThreads(path: string): Contender {
  return {
    what: "two bare JavaScript threads",
    run: () =>
      time(async () => {
        const thread = startThread();
        const count = await countInBoth(thread, path);
        await thread.stop();
        return String(count);
      }),
  };
}

/** As {@link twoJsThreads}, where the other thread has counted before. */
export function startedJsThreads(path: string): Contender {
  return {
    what: "bare JavaScript threads, started",
    run: async () => {
      const thread = startThread();
      await warmUp(() => countInBoth(thread, path));
      const timed = await time(async () =>
        String(await countInBoth(thread, path))
      );
      await thread.stop();
      return timed;
    },
  };
}

async function countInBoth(thread: Thread, path: string): Promise<number> {
  const byteLength = fs.statSync(path).size;
  const kernels = compileKernels();
  if (kernels === undefined) throw new Error("this runtime has no WASM SIMD");
  const pages = 1 + 2 * SEGMENT_BYTES / PAGE_BYTES;
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared: true,
  });
  const task = (index: number): ThreadTask => ({
    ...{ memory, kernels, path, byteLength },
    segmentBytes: SEGMENT_BYTES,
    slot: PAGE_BYTES + index * SEGMENT_BYTES,
  });
  const other = thread.count(task(1));
  return await countClaims(task(0)) + await other;
}

interface Thread {
  count(task: ThreadTask): Promise<number>;
  stop(): Promise<unknown>;
}

/** Starts the thread as a Web Worker where there are some: they start sooner. */
function startThread(): Thread {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`./js_thread.${ending}`, import.meta.url);
  return "Worker" in globalThis ? webThread(url) : nodeThread(url);
}

function webThread(url: URL): Thread {
  const worker = new Worker(url, { type: "module" });
  return {
    count: (task) =>
      new Promise((resolve, reject) => {
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
        worker.postMessage(task);
      }),
    stop: () => Promise.resolve(worker.terminate()),
  };
}

function nodeThread(url: URL): Thread {
  const { Worker } = nodeThreads;
  const worker = new Worker(url, { execArgv: [] });
  return {
    count: (task) =>
      new Promise((resolve, reject) => {
        worker.once("error", reject);
        worker.once("message", resolve);
        worker.postMessage(task);
      }),
    stop: () => worker.terminate(),
  };
}
