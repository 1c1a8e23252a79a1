/**
 * Checks paths as callers of the library give them.
 *
 * @module
 */
import { type FilePath, pathOfUrl } from "./platform/files.ts";

/** @throws {TypeError} If `path` is of the wrong type, or a URL of something else than a file. */
export function checkPath(path: unknown): FilePath {
  if (path instanceof URL) return pathOfUrl(path);
  if (typeof path === "string" || path instanceof Uint8Array) return path;
  throw new TypeError(
    `Cannot open a file as its path must be a string, bytes or a file URL: received ${typeof path}`,
  );
}
