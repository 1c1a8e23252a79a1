/**
 * The worker's side of the thread: its port to the coordinator, and a guard on exits.
 *
 * @module
 */
import type { Endpoint } from "comlink";
import { loadBuiltin } from "./builtin.ts";
import { adaptPort } from "./message_port.ts";

let guarded = false;

/** The scope of a Web Worker. */
interface WorkerScope extends Endpoint {
  close?: () => void;
}

/** Connects to the thread that started this one. */
export function connectToParent(): Endpoint {
  // SAFETY of the cast: without a port of worker_threads, this is a Web Worker's global scope.
  return threadPort() ?? globalThis as unknown as WorkerScope;
}

/** What tells Web Workers from others. */
interface ScopeGlobals {
  /** Deno has it in its Web Workers. */
  readonly WorkerGlobalScope?: unknown;
  /** Both kinds are one on Bun. */
  readonly Bun?: { readonly isMainThread: boolean };
}

function threadPort(): Endpoint | undefined {
  const { WorkerGlobalScope, Bun: bun } = globalThis as ScopeGlobals;
  // Bun and Deno make their Web Workers look like worker_threads too; the Web scope is there sooner: by 3 ms on Bun.
  if (WorkerGlobalScope !== undefined || bun?.isMainThread === false) {
    return undefined;
  }
  const { parentPort } = loadBuiltin<typeof import("node:worker_threads")>(
    "node:worker_threads",
  );
  return parentPort === null ? undefined : adaptPort(parentPort);
}

/**
 * Makes a thread's end be told before it happens.
 *
 * On Deno a worker that closes itself or calls an exit function ends without any event on the other
 * side, and one that leaves an error unheard writes to standard error. Only code that is not ours does
 * so, and only for that is it worth touching `process`.
 *
 * @param onExit Told what the code called or threw.
 */
export function guardExits(onExit: (what: string) => void): void {
  if (guarded || !("Deno" in globalThis)) return;
  guarded = true;
  addEventListener("unhandledrejection", (event) => {
    const { reason } = event as Event & { reason: unknown };
    event.preventDefault();
    onExit(reason instanceof Error ? reason.message : String(reason));
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    onExit((event as ErrorEvent).message);
  });
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
