/**
 * Worker threads by `node:worker_threads`: the only kind on Node, and the kind with a heap limit on Deno.
 *
 * @module
 */
import type { Worker as NodeWorker } from "node:worker_threads";
import { loadBuiltin } from "./builtin.ts";
import { adaptPort } from "./message_port.ts";
import type { WorkerHandle, WorkerOptions } from "./worker_handle.ts";

/** Starts a `node:worker_threads` worker. */
export function startThread(options: WorkerOptions): WorkerHandle {
  const { Worker } = loadBuiltin<typeof import("node:worker_threads")>(
    "node:worker_threads",
  );
  const worker: NodeWorker = new Worker(options.url, {
    // Flags of the parent (a test runner's loader, say) are not for our worker.
    execArgv: [],
    ...(options.heapMebibytes === undefined
      ? {}
      : { resourceLimits: { maxOldGenerationSizeMb: options.heapMebibytes } }),
  });
  let ended = false;
  const crash = (what: string) => {
    if (!ended) options.onCrash(what);
  };
  worker.on("error", (error: unknown) => crash(describeCrash(error)));
  worker.on(
    "exit",
    (code: number) => crash(`it ended by itself with code ${code}`),
  );
  return {
    endpoint: adaptPort(worker),
    terminate: async () => {
      ended = true;
      await worker.terminate();
    },
  };
}

/** What is known of a thread that an `error` event tells of. */
export function describeCrash(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as Error & { code?: unknown }).code ===
      "ERR_WORKER_OUT_OF_MEMORY"
    ? "it ran out of memory"
    : error.message;
}
