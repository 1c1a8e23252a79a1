/**
 * A thread that adds 1 to a word of every record of its half of a mapping (see update_js_map.ts).
 *
 * @module
 */

/** What the thread gets, once for each run. */
export interface HalfTask {
  readonly shared: SharedArrayBuffer;
  /** Where its bytes begin and end in the memory. */
  readonly start: number;
  readonly end: number;
  readonly stride: number;
}

export function addToHalf({ shared, start, end, stride }: HalfTask): void {
  const words = new Uint32Array(shared, start, (end - start) >>> 2);
  addOne(words, stride / 4);
}

function addOne(words: Uint32Array, step: number): void {
  for (let i = 1; i < words.length; i += step) words[i]! += 1;
}

/** The scope of a Web Worker, which the types of Deno take for a window. */
interface ThreadScope {
  postMessage?: (done: true) => void;
  onmessage?: (event: { readonly data: HalfTask }) => void;
}

if ("WorkerGlobalScope" in globalThis) {
  const scope = globalThis as unknown as ThreadScope;
  scope.onmessage = ({ data }) => {
    addToHalf(data);
    scope.postMessage?.(true);
  };
} else {
  const { parentPort } = await import("node:worker_threads");
  parentPort?.on("message", (task: HalfTask) => {
    addToHalf(task);
    parentPort.postMessage(true);
  });
}
