/**
 * Two bare JavaScript threads that count newlines: what `js_threads.ts` times, and `least_count.ts` is a program of.
 *
 * Loads no module of the runtime's that it can do without.
 *
 * @module
 */
import { compileKernels } from "../src/kernels/load.ts";
import { type BareThread, sizeOf, startBareThread } from "./bare_thread.ts";
import { countClaims, type ThreadTask } from "./js_thread.ts";

const SEGMENT_BYTES = 1024 ** 2;

/** WASM page: claims are counted in the first, slots lie behind it. */
const PAGE_BYTES = 64 * 1024;

/** Counts newlines in this thread and the other. */
export async function countInBoth(
  thread: CountThread,
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
  const other = thread.ask(task(1));
  return await countClaims(task(0)) + await other;
}

/** The other thread. */
export type CountThread = BareThread<ThreadTask, number>;

/** Starts the other thread. */
export function startThread(): CountThread {
  return startBareThread("js_thread");
}
