/**
 * Which files a worker reads: those below its roots, whatever a queue says.
 *
 * @module
 */
import { ErrorCode, fromSystemError, SabmapError } from "../errors.ts";
import { loadBuiltin } from "../platform/builtin.ts";
import { fs } from "../platform/native_file.ts";

type Path = typeof import("node:path");

/** Folders that a worker serves. */
export class Roots {
  readonly #folders: readonly string[];

  private constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /**
   * Looks the folders up once: a link that is turned later does not move a root.
   *
   * @throws {SabmapError} With the errno's name if one is not there, or no folder.
   */
  static open(folders: readonly string[]): Roots {
    return new Roots(folders.map(openFolder));
  }

  /** The folders, as the file system knows them. */
  get folders(): readonly string[] {
    return this.#folders;
  }

  /**
   * Finds the file that a shard is of.
   *
   * @param path Relative to one of the roots, or absolute and below one.
   * @returns Its path without links, below a root.
   * @throws {SabmapError} `ERR_OUTSIDE_ROOT` if it is not below a root, be it by `..` or by a link; `ENOENT` and
   * others if it cannot be reached; `EINVAL` if it is no regular file.
   */
  resolve(path: string): string {
    const { isAbsolute, join, normalize } = nodePath();
    checkText(path);
    if (isAbsolute(path)) return this.#check(normalize(path), path);
    let missing: unknown = this.#refusal(path);
    for (const folder of this.#folders) {
      const full = join(folder, path);
      if (!isBelow(full, folder)) continue;
      try {
        return this.#check(full, path);
      } catch (error) {
        if (!isMissing(error)) throw error;
        missing = error;
      }
    }
    throw missing;
  }

  #check(full: string, path: string): string {
    // Before the file system is asked: what lies outside is nobody's business.
    if (!this.#folders.some((folder) => isBelow(full, folder))) {
      // A root itself may have been named by a path with links.
      const real = tryRealPath(nodePath().dirname(full));
      if (real === undefined || !this.#holds(real)) throw this.#refusal(path);
    }
    const real = realPath(full, path);
    if (!this.#holds(real)) throw this.#refusal(path);
    if (!fs().statSync(real).isFile()) {
      throw new SabmapError("EINVAL", "is no regular file", { file: path });
    }
    return real;
  }

  #holds(real: string): boolean {
    return this.#folders.some((folder) =>
      real === folder || isBelow(real, folder)
    );
  }

  #refusal(path: string): SabmapError {
    return new SabmapError(
      ErrorCode.OutsideRoot,
      "lies outside of the folders that this worker serves",
      { file: path },
    );
  }
}

/**
 * Says where a file is, for workers that may have its folder mounted elsewhere.
 *
 * @param path As the submitter knows it.
 * @param root The folder that workers serve, as the submitter knows it; absent if it is at the same place everywhere.
 * @returns Relative to the root, or absolute.
 * @throws {SabmapError} `ERR_OUTSIDE_ROOT` if the file is not below the root; the errno's name if it is not there.
 */
export function pathForWorkers(path: string, root: string | undefined): string {
  const { relative, resolve } = nodePath();
  checkText(path);
  if (root === undefined) return resolve(path);
  const folder = openFolder(root);
  const real = realPath(resolve(path), path);
  if (isBelow(real, folder)) return relative(folder, real);
  throw new SabmapError(
    ErrorCode.OutsideRoot,
    `lies outside of ${folder}, which workers are to serve`,
    { file: path },
  );
}

/** @throws {SabmapError} `ERR_FILE_NAME` for what is no text, or ends early for the operating system. */
function checkText(path: string): void {
  if (path !== "" && path.isWellFormed() && !path.includes("\0")) return;
  throw new SabmapError(
    ErrorCode.FileName,
    "cannot be sent to other machines, as its name is not UTF-8",
    { file: path },
  );
}

function openFolder(folder: string): string {
  const real = realPath(nodePath().resolve(folder), folder);
  if (fs().statSync(real).isDirectory()) return real;
  throw new SabmapError("ENOTDIR", "is no folder", { file: folder });
}

function realPath(full: string, shown: string): string {
  try {
    // Each shard asks: in C that takes a third of the time.
    return fs().realpathSync.native(full);
  } catch (error) {
    throw fromSystemError(error, shown);
  }
}

function tryRealPath(full: string): string | undefined {
  try {
    return fs().realpathSync(full);
  } catch {
    return undefined;
  }
}

function isBelow(path: string, folder: string): boolean {
  const { sep } = nodePath();
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function isMissing(error: unknown): boolean {
  return error instanceof SabmapError && error.code === "ENOENT";
}

/** Kept, as each shard needs it several times. */
let pathModule: Path | undefined;

function nodePath(): Path {
  return pathModule ??= loadBuiltin<Path>("node:path");
}
