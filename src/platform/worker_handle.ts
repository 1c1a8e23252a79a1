/**
 * One worker thread, whatever the runtime calls it.
 *
 * Deno and Bun start a Web `Worker` in 25 and 6 ms where their `node:worker_threads` take 81 and 24
 * (2-core EPYC, 2026), so `worker_threads` serve Node only, and Deno where a heap limit is wanted.
 *
 * @module
 */
import type { Endpoint } from "comlink";

/** What to start. */
export interface WorkerOptions {
  /** The module that the thread runs. */
  readonly url: URL;
  /** Bound on the thread's JavaScript heap, where the runtime has one. */
  readonly heapMebibytes: number | undefined;
  /** Called once, with what is known, when the thread dies or throws outside of a call. */
  readonly onCrash: (what: string) => void;
}

/** A started worker thread. */
export interface WorkerHandle {
  /** Where Comlink talks to the thread. */
  readonly endpoint: Endpoint;
  /** Ends the thread, also in the middle of a loop. Resolves when it is gone, as far as the runtime tells. */
  terminate(): Promise<void>;
}

export type StartWorker = (options: WorkerOptions) => WorkerHandle;

/** What an error says: Bun shows lines of the source in front of it, and the stack behind; Deno that nobody caught it. */
function firstLine(message: string): string {
  const [, text] = /^(?:error|\w*Error): (.*)$/m.exec(message) ?? [];
  return message.includes("\n") && text !== undefined
    ? text
    : message.replace(/^Uncaught (?:Error: )?/, "");
}

/** Starts a Web `Worker`, on Deno and Bun. */
export function startWebWorker(options: WorkerOptions): WorkerHandle {
  const worker = new Worker(options.url.href, { type: "module" });
  // A thread that was ended tells nobody, and holds nobody: see Pool.close().
  let tell: ((what: string) => void) | undefined = options.onCrash;
  worker.addEventListener("error", (event) => {
    // Or Deno would end the whole process.
    event.preventDefault();
    tell?.(firstLine(event.message) || "it could not be started");
  });
  // Bun only: Deno tells nothing when a worker closes itself, so worker.ts guards the exits there.
  worker.addEventListener("close", () => tell?.("it ended by itself"));
  return {
    endpoint: worker,
    terminate: () => {
      tell = undefined;
      worker.terminate();
      return Promise.resolve();
    },
  };
}
