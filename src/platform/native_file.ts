/**
 * What modules about files share: `node:fs`, and names of files as it takes them. No type of the public ones may
 * come from here, as users would need the types of Node.
 *
 * @module
 */
import type * as NodeFs from "node:fs";
import { ErrorCode, fromSystemError, SabmapError } from "../errors.ts";
import { loadBuiltin } from "./builtin.ts";
import { type FilePath, pathText } from "./file_path.ts";

let nodeFs: typeof NodeFs | undefined;

/** Loaded when first used: a worker of Deno that only reads uses `openReader` and saves 17 ms. */
export function fs(): typeof NodeFs {
  return nodeFs ??= loadBuiltin<typeof NodeFs>("node:fs");
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

/** A name as Deno's own functions take it. @throws {SabmapError} `ERR_FILE_NAME` if they cannot. */
export function denoPath(path: FilePath): string {
  // SAFETY: bytes are refused there, or are text.
  return nativePath(path) as string;
}
