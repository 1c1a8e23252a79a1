/**
 * Finds the job that a reference names, in any thread.
 *
 * @module
 */
import type { AnyJob } from "../job.ts";
import { provideOwnPackage } from "../platform/own_package.ts";
import type { JobRef } from "../protocol.ts";
import { importBuiltinJob } from "./registry.ts";

/** How a thread gets at a module. */
export type ImportModule = (url: string) => Promise<unknown>;

/** Imports a module as the runtime does. */
export function importModule(url: string): Promise<unknown> {
  provideOwnPackage();
  return import(/* @vite-ignore */ url);
}

/**
 * Loads a built-in job, or imports a module that exports one as default.
 *
 * @throws {TypeError} If the module exports no job. Errors of the import itself pass through.
 */
export async function loadJob(
  ref: JobRef,
  load: ImportModule,
): Promise<AnyJob> {
  if ("builtin" in ref) return await importBuiltinJob(ref.builtin);
  const module = await load(ref.module) as { default?: unknown };
  if (!isJob(module.default)) {
    throw new TypeError(
      `Cannot run "${ref.module}" as its default export must be a job: received ${typeof module
        .default}`,
    );
  }
  return module.default;
}

function isJob(value: unknown): value is AnyJob {
  if (typeof value !== "object" || value === null) return false;
  const job = value as Record<string, unknown>;
  return ["start", "scan", "merge", "finish"].every((name) =>
    typeof job[name] === "function"
  );
}
