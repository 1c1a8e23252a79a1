/**
 * The least JavaScript program that does what the jobs of `bench/update.ts` do, with two threads and no engine: what
 * the threads of this runtime allow, as the programs in C show what the machine allows.
 *
 * The calling thread is one of the two, which a user's job never is: it starts the other and works meanwhile.
 *
 * @module
 */
import { type BareThread, sizeOf, startBareThread } from "./bare_thread.ts";
import { type AddTask, addToClaims } from "./update_js_thread.ts";

/** As our own segments are (src/plan.ts). */
const SEGMENT_BYTES = 256 * 1024;

/** In front of the slots: the cell of the claims. */
const PAGE_BYTES = 4096;

/** The other thread. */
export type AddThread = BareThread<AddTask, unknown>;

/** Adds 1 to the second word of every `stride` bytes, in this thread and the other. */
export async function addInBoth(
  thread: AddThread,
  path: string,
  stride: number,
): Promise<void> {
  const shared = new SharedArrayBuffer(PAGE_BYTES + 2 * SEGMENT_BYTES);
  const task = (index: number): AddTask => ({
    ...{ shared, path, stride },
    byteLength: sizeOf(path),
    segmentBytes: SEGMENT_BYTES,
    slot: PAGE_BYTES + index * SEGMENT_BYTES,
  });
  const other = thread.ask(task(1));
  await addToClaims(task(0));
  await other;
}

/** Starts the other thread. */
export function startAddThread(): AddThread {
  return startBareThread("update_js_thread");
}
