/**
 * Checks paths as callers of the library give them.
 *
 * @module
 */
import { pathOfUrl } from "./platform/files.ts";
import { type FilePath, pathText } from "./platform/file_path.ts";
import { isRemote, remotePath } from "./remote/is_remote.ts";

/**
 * Checks the path of a file that is read, here or from another machine.
 *
 * @throws {TypeError} If `path` is of the wrong type, or a URL of something else than a file or an object.
 */
export function checkPath(path: unknown): FilePath {
  if (path instanceof URL) return remotePath(path) ?? pathOfUrl(path);
  if (typeof path === "string" || path instanceof Uint8Array) return path;
  throw new TypeError(
    `Cannot open a file as its path must be a string, bytes or a URL of a file or an object: received ${typeof path}`,
  );
}

/**
 * As {@link checkPath}, of a file that is changed or mapped.
 *
 * @param act What is to be done, as it stands behind "Cannot".
 * @throws {TypeError} If the file is on another machine.
 */
export function checkLocalPath(path: unknown, act: string): FilePath {
  const checked = checkPath(path);
  if (!isRemote(checked)) return checked;
  throw new TypeError(
    `Cannot ${act} as it must be a file of this machine: received "${
      pathText(checked)
    }"`,
  );
}
