/**
 * Two bare JavaScript threads that count newlines: what `js_threads.ts` times, and `least_count.ts` is a program of.
 *
 * Loads no module of the runtime's that it can do without.
 *
 * @module
 */
import { compileKernels } from "../src/kernels/load.ts";
import { loadBuiltin } from "../src/platform/builtin.ts";
import { countClaims, type ThreadTask } from "./js_thread.ts";

const SEGMENT_BYTES = 1024 ** 2;

/** WASM page: claims are counted in the first, slots lie behind it. */
const PAGE_BYTES = 64 * 1024;

/** Counts newlines in this thread and the other. */
export async function countInBoth(
  thread: Thread,
  path: string,
): Promise<number> {
  const byteLength = sizeOf(path);
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

/** The other thread. */
export interface Thread {
  count(task: ThreadTask): Promise<number>;
  stop(): Promise<unknown>;
}

/** Starts the thread as a Web Worker where there are some: they start sooner. */
export function startThread(): Thread {
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
  const { Worker } = loadBuiltin<typeof import("node:worker_threads")>(
    "node:worker_threads",
  );
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

/** The part of Deno's namespace that is used. */
interface DenoStatus {
  readonly Deno?: { statSync(path: string): { readonly size: number } };
}

function sizeOf(path: string): number {
  const { Deno: deno } = globalThis as DenoStatus;
  if (deno !== undefined) return deno.statSync(path).size;
  return loadBuiltin<typeof import("node:fs")>("node:fs").statSync(path).size;
}
