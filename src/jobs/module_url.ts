/**
 * Where a user's module lies.
 *
 * @module
 */
import { loadBuiltin } from "../platform/builtin.ts";
import { platform } from "../platform/platform.ts";

/**
 * Makes a URL of what a caller names a module by.
 *
 * @param job A URL, or a path from the working folder.
 * @throws {TypeError} If it is neither, or this runtime cannot import it.
 */
export function moduleUrl(job: unknown): string {
  if (!(job instanceof URL) && (typeof job !== "string" || job === "")) {
    throw new TypeError(
      `Cannot run a job as it must be the path or URL of a module: received ${
        job === "" ? "an empty string" : typeof job
      }`,
    );
  }
  const url = job instanceof URL ? job : toUrl(job);
  checkLanguage(url);
  return url.href;
}

function toUrl(text: string): URL {
  // A scheme has two letters at least: "C:\\job.ts" is a path.
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) return new URL(text);
  return loadBuiltin<typeof import("node:url")>("node:url").pathToFileURL(text);
}

/** @throws {TypeError} For TypeScript, where Node is too old to read it (before 22.18). */
function checkLanguage(url: URL): void {
  if (platform.name !== "node" || !/\.[cm]?ts$/.test(url.pathname)) return;
  const { features, version } = process as unknown as {
    features: { typescript?: unknown };
    version: string;
  };
  if (features.typescript) return;
  throw new TypeError(
    `Cannot run a job in TypeScript on this Node, as it must be 22.18 or later (or Deno, or Bun): received ${version}`,
  );
}
