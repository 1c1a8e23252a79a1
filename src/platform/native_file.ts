/**
 * What modules about files share: `node:fs`, and names of files as it takes them.
 *
 * @module
 */
import type * as NodeFs from "node:fs";
import { ErrorCode, fromSystemError, SabmapError } from "../errors.ts";
import { shownPath } from "../remote/is_remote.ts";
import { loadBuiltin } from "./builtin.ts";

let nodeFs: typeof NodeFs | undefined;

/** Loaded when first used: a worker of Deno that only reads uses `openReader` and saves 17 ms. */
export function fs(): typeof NodeFs {
  return nodeFs ??= loadBuiltin<typeof NodeFs>("node:fs");
}

/**
 * Name of a file: text, or the bytes that the operating system knows it by, for names that are
 * not UTF-8.
 */
export type FilePath = string | Uint8Array;

/** Text of a path for messages. Bytes that are no UTF-8 show as U+FFFD, and secrets of URLs not at all. */
export function pathText(path: FilePath): string {
  return typeof path === "string"
    ? shownPath(path)
    : Buffer.from(path).toString();
}

/** Does something with a file. @throws {SabmapError} With the errno's name, and the path. */
export function attempt<T>(path: FilePath, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fromSystemError(error, pathText(path));
  }
}

/** A name as `node:fs` takes it. @throws {SabmapError} `ERR_FILE_NAME` if it cannot. */
export function nativePath(path: FilePath): string | Buffer {
  if (typeof path === "string") {
    if (path.includes("\0")) {
      throw new SabmapError(
        ErrorCode.FileName,
        "a file name cannot hold a NUL byte",
        { file: path },
      );
    }
    return path;
  }
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes)) return nativePath(text);
  // Deno decodes names as UTF-8 and would open another file, or none.
  if ("Deno" in globalThis) {
    throw new SabmapError(
      ErrorCode.FileName,
      "Deno cannot open a file whose name is not UTF-8: rename it, or use Bun or Node",
      { file: text },
    );
  }
  return bytes;
}
