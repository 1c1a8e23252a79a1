/**
 * The worker's side of the thread: its port to the coordinator, and a guard on exits.
 *
 * @module
 */
import { createRequire } from "node:module";
import type { Endpoint } from "comlink";
import { adaptPort } from "./message_port.ts";

/** The scope of a Web Worker. */
interface WorkerScope extends Endpoint {
  close?: () => void;
}

/**
 * Connects to the thread that started this one.
 *
 * On Deno a worker that closes itself or calls an exit function ends without any event on the other
 * side, so those functions tell first.
 *
 * @param onExit Told what the code called.
 */
export function connectToParent(onExit: (what: string) => void): Endpoint {
  if ("Deno" in globalThis) guardExits(onExit);
  const port = threadPort();
  // SAFETY of the cast: without a port of worker_threads, this is a Web Worker's global scope.
  return port ?? globalThis as unknown as WorkerScope;
}

function threadPort(): Endpoint | undefined {
  // Bun and Deno make their Web Workers look like worker_threads too; the Web scope is the better one.
  if (
    typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope ===
      "function"
  ) {
    return undefined;
  }
  const { parentPort } = createRequire(import.meta.url)(
    "node:worker_threads",
  ) as typeof import("node:worker_threads");
  return parentPort === null ? undefined : adaptPort(parentPort);
}

function guardExits(onExit: (what: string) => void): void {
  const scope = globalThis as unknown as {
    close: () => void;
    Deno: { exit: (code?: number) => never };
    process: { exit: (code?: number) => never };
  };
  const guard = <Arguments extends unknown[], Result>(
    name: string,
    original: (...values: Arguments) => Result,
  ) =>
  (...values: Arguments): Result => {
    onExit(`it called ${name}(${values.join(", ")})`);
    return original(...values);
  };
  scope.close = guard("close", scope.close.bind(globalThis));
  scope.Deno.exit = guard("Deno.exit", scope.Deno.exit.bind(scope.Deno));
  scope.process.exit = guard(
    "process.exit",
    scope.process.exit.bind(scope.process),
  );
}
