/**
 * A thread beside the calling one, without an engine, and what its programs need of a file.
 *
 * Loads no module of the runtime's that it can do without: the least programs are made of it.
 *
 * @module
 */
import { loadBuiltin } from "../src/platform/builtin.ts";

/** A thread that answers each task with one message. */
export interface BareThread<Task, Answer> {
  ask(task: Task): Promise<Answer>;
  stop(): Promise<unknown>;
}

/**
 * Starts a thread, as a Web Worker where there are some: they start sooner.
 *
 * @param module Name of a module beside this one, without its ending.
 */
export function startBareThread<Task, Answer>(
  module: string,
): BareThread<Task, Answer> {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`./${module}.${ending}`, import.meta.url);
  return "Worker" in globalThis ? webThread(url) : nodeThread(url);
}

function webThread<Task, Answer>(url: URL): BareThread<Task, Answer> {
  const worker = new Worker(url, { type: "module" });
  return {
    ask: (task) =>
      new Promise((resolve, reject) => {
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
        worker.postMessage(task);
      }),
    stop: () => Promise.resolve(worker.terminate()),
  };
}

function nodeThread<Task, Answer>(url: URL): BareThread<Task, Answer> {
  const { Worker } = loadBuiltin<typeof import("node:worker_threads")>(
    "node:worker_threads",
  );
  const worker = new Worker(url, { execArgv: [] });
  return {
    ask: (task) =>
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
  readonly Deno?: {
    statSync(path: string): { readonly size: number };
    readTextFileSync(path: string): string;
  };
}

/** The text of a file. */
export function readText(path: string): string {
  const { Deno: deno } = globalThis as DenoStatus;
  if (deno !== undefined) return deno.readTextFileSync(path);
  const fs = loadBuiltin<typeof import("node:fs")>("node:fs");
  return fs.readFileSync(path, "utf8");
}

/** Bytes of a file. */
export function sizeOf(path: string): number {
  const { Deno: deno } = globalThis as DenoStatus;
  if (deno !== undefined) return deno.statSync(path).size;
  return loadBuiltin<typeof import("node:fs")>("node:fs").statSync(path).size;
}
