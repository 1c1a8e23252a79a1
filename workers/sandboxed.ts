/**
 * What a thread of the sandbox runs (src/platform/sandbox.ts): a worker that has given up its permissions.
 *
 * @module
 */
import type { Endpoint } from "comlink";
import { loadBuiltin } from "../src/platform/builtin.ts";
import {
  PERMISSION_NAMES,
  type PermissionName,
} from "../src/platform/permissions.ts";
import { LOADED } from "../src/platform/sandbox.ts";
import { serve } from "../src/worker.ts";
// What worker.ts loads when it needs it cannot be loaded any more when the permissions are gone.
import "../src/engine/job_host.ts";
import "../src/engine/scan_loop.ts";
import "../src/kernels/load.ts";
import "../src/trace/traced_setup.ts";
import "../src/update/changes.ts";

/** The part of Deno's namespace that takes permissions away. */
interface DenoPermissions {
  permissions: { revokeSync(query: { name: PermissionName }): unknown };
}

/**
 * Loads a module and runs nothing of it.
 *
 * @param load Imports a module whose imports are one that throws {@link LOADED}, and behind it the one to load: all
 * of them are loaded before the first of them runs.
 * @returns What rejects with the reason if it cannot be loaded; otherwise `undefined`.
 */
export async function loadOnly(
  load: () => Promise<unknown>,
): Promise<{ readonly failure: Promise<never> } | undefined> {
  try {
    await load();
  } catch (error) {
    if (error === LOADED) return undefined;
    const failure = Promise.reject(withoutOurs(error));
    // Heard when the module is asked for.
    failure.catch(() => {});
    return { failure };
  }
  throw new Error("Bug: the user's module has run with permissions");
}

/** Leaves out of an error's text where a module was asked for, if that is a program of ours. */
function withoutOurs(error: unknown): unknown {
  if (error instanceof Error) {
    error.message = error.message.replace(/\s+at \S*data:application\S*/, "");
  }
  return error;
}

/** Gives up all permissions but some, for good. */
export function renounce(kept: readonly PermissionName[]): void {
  const deno = (globalThis as unknown as { Deno: DenoPermissions }).Deno;
  for (const name of PERMISSION_NAMES) {
    if (!kept.includes(name)) deno.permissions.revokeSync({ name });
  }
}

/** Works for the coordinator, whose port the keeper has passed on. */
export function serveModule(importModule: () => Promise<unknown>): void {
  const { workerData } = loadBuiltin<typeof import("node:worker_threads")>(
    "node:worker_threads",
  );
  const port = workerData as MessagePort;
  port.start();
  serve(port as Endpoint, importModule);
}
