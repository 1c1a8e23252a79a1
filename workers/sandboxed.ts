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
import { serve } from "../src/worker.ts";

/** The part of Deno's namespace that takes permissions away. */
interface DenoPermissions {
  permissions: { revokeSync(query: { name: PermissionName }): unknown };
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
