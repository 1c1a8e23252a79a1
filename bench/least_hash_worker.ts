/**
 * The second thread of `least_hash.ts`.
 *
 * @module
 */
import { loadBuiltin } from "../src/platform/builtin.ts";
import { type Half, LeastHasher } from "./least_hash_half.ts";

/** What a worker of Deno's and Bun's has in its globals; Node's has none of it. */
interface WorkerGlobals {
  onmessage: (event: { readonly data: Half }) => void;
  readonly postMessage?: (value: Uint8Array) => void;
}

const globals = globalThis as unknown as WorkerGlobals;
const hash = (half: Half) => new LeastHasher().hash(half);

if (globals.postMessage !== undefined) {
  globals.onmessage = ({ data }) => globals.postMessage?.(hash(data));
} else {
  const threads = loadBuiltin<typeof import("node:worker_threads")>(
    "node:worker_threads",
  );
  const { parentPort } = threads;
  parentPort?.on("message", (half: Half) => {
    parentPort.postMessage(hash(half));
  });
}
