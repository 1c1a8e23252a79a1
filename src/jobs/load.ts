/**
 * Finds the job that a reference names, in any thread.
 *
 * @module
 */
import type { AnyJob } from "../job.ts";
import type { JobRef } from "../protocol.ts";
import { importBuiltinJob } from "./registry.ts";

/** How a thread gets at a module. */
export type ImportModule = (url: string) => Promise<unknown>;

/** Imports a module as the runtime does. */
export async function importModule(url: string): Promise<unknown> {
  const { provideOwnPackage } = await import("../platform/own_package.ts");
  provideOwnPackage(url);
  return await import(/* @vite-ignore */ url);
}

/**
 * Loads a built-in job, or imports a module that exports one as default, and gets it ready for a run.
 *
 * @param options Those of the run.
 * @throws {TypeError} If the module exports no job. Errors of the import and of the job pass through.
 */
export async function loadJob(
  ref: JobRef,
  options: unknown,
  load: ImportModule = importModule,
): Promise<AnyJob> {
  const job = "builtin" in ref
    ? await importBuiltinJob(ref.builtin)
    : await importOwnJob(ref.module, load);
  await job.prepare?.(options);
  return job;
}

async function importOwnJob(url: string, load: ImportModule): Promise<AnyJob> {
  const module = await load(url) as { default?: unknown };
  if (isJob(module.default)) return module.default;
  throw new TypeError(
    `Cannot run "${url}" as its default export must be a job: received ${typeof module
      .default}`,
  );
}

function isJob(value: unknown): value is AnyJob {
  if (typeof value !== "object" || value === null) return false;
  const job = value as Record<string, unknown>;
  return ["start", "scan", "merge", "finish"].every((name) =>
    typeof job[name] === "function"
  );
}
