/**
 * Files that are changed so that nothing is lost: their details, their folders, and transfers of millions of
 * small parts. For patches and what they leave behind; runs need none of it.
 *
 * Every function throws {@link SabmapError} with the errno's name.
 *
 * @module
 */
import { fromSystemError, SabmapError } from "../errors.ts";
import {
  denoDetails,
  isNotFound,
  realDenoPath,
  removeDenoFile,
  renameDenoFile,
  syncDenoFolder,
} from "./deno_changes.ts";
import {
  type FileStatus,
  type NativeStatus,
  nativeStatus,
  toStatus,
} from "./files.ts";
import { type FilePath, pathText } from "./file_path.ts";
import { attempt, denoPath, fs, nativePath } from "./native_file.ts";

/** What more there is to know of a file. */
export interface FileDetails extends FileStatus {
  /** Permissions and the set-id bits, without the kind. */
  readonly mode: number;
  /** How many names it has. */
  readonly links: number;
  readonly owner: number;
  readonly group: number;
  /** Nanoseconds; whole seconds on Deno. */
  readonly changedNs: bigint;
}

const isDeno = "Deno" in globalThis;

/** Whether two numbers are of one inode, of which Deno knows 53 bits; exact below 2**53. */
export function isSameInode(left: bigint, right: bigint): boolean {
  return Number(left) === Number(right);
}

/**
 * As {@link statFile}, with all details.
 *
 * @param follow Whether a symbolic link stands for what it leads to; otherwise it is a `"stream"`.
 * @returns `undefined` if there is no such file.
 */
export function detailsOf(
  file: number | FilePath,
  path: FilePath,
  follow: boolean,
): FileDetails | undefined {
  try {
    return isDeno && typeof file !== "number"
      ? denoDetails(denoPath(file), follow)
      : toDetails(nativeStatus(file, follow));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    const known = fromSystemError(error, pathText(path));
    if (known instanceof SabmapError && known.code === "ENOENT") {
      return undefined;
    }
    throw known;
  }
}

function toDetails(status: NativeStatus): FileDetails {
  return {
    ...toStatus(status),
    changedNs: status.ctimeNs,
    mode: Number(status.mode) & 0o7777,
    links: Number(status.nlink),
    owner: Number(status.uid),
    group: Number(status.gid),
  };
}

/**
 * Creates a file that only its owner may read, and opens it for reading and writing.
 *
 * @throws {SabmapError} `EEXIST` if there is anything of that name, also a symbolic link to nowhere.
 */
export function createFile(path: FilePath): number {
  const { O_RDWR, O_CREAT, O_EXCL } = fs().constants;
  return attempt(
    path,
    () => fs().openSync(nativePath(path), O_RDWR | O_CREAT | O_EXCL, 0o600),
  );
}

/** Opens a file for reading and writing. @throws {SabmapError} `ELOOP` for a symbolic link. */
export function openNoFollow(path: FilePath): number {
  const { O_RDWR, O_NOFOLLOW } = fs().constants;
  return attempt(
    path,
    () => fs().openSync(nativePath(path), O_RDWR | O_NOFOLLOW),
  );
}

/**
 * As {@link readAt}, into a part of a buffer.
 *
 * Takes plain numbers and makes no objects: patches call it for each of a million edits.
 */
export function readPartAt(
  fd: number,
  bytes: Uint8Array<SharedArrayBuffer>,
  start: number,
  byteLength: number,
  position: number,
  path: FilePath,
): number {
  const read = fs().readSync;
  return moveFully(
    (at, rest) => read(fd, bytes, start + at, rest, position + at),
    byteLength,
    path,
  );
}

/** As {@link writeAt}, from a part of a buffer. */
export function writePartAt(
  fd: number,
  bytes: Uint8Array<SharedArrayBuffer>,
  start: number,
  byteLength: number,
  position: number,
  path: FilePath,
): void {
  const write = fs().writeSync;
  const written = moveFully(
    (at, rest) => write(fd, bytes, start + at, rest, position + at),
    byteLength,
    path,
  );
  if (written < byteLength) {
    throw new SabmapError("EIO", "the kernel wrote nothing", {
      file: pathText(path),
      range: { start: position + written, end: position + byteLength },
    });
  }
}

/** Goes on after short transfers and interruptions. @returns How many bytes were moved before one moved nothing. */
function moveFully(
  move: (at: number, rest: number) => number,
  byteLength: number,
  path: FilePath,
): number {
  let done = 0;
  while (done < byteLength) {
    try {
      const count = move(done, byteLength - done);
      if (count === 0) break;
      done += count;
    } catch (error) {
      const known = fromSystemError(error, pathText(path));
      if (known instanceof SabmapError && known.code === "EINTR") continue;
      throw known;
    }
  }
  return done;
}

/** Waits until the names in a folder are on the disk. */
export function syncFolder(folder: FilePath): void {
  attempt(folder, () => {
    if (isDeno) return syncDenoFolder(denoPath(folder));
    const fd = fs().openSync(nativePath(folder), "r");
    try {
      fs().fsyncSync(fd);
    } finally {
      fs().closeSync(fd);
    }
  });
}

/** Gives a file another name in place of what has that name. */
export function renameFile(from: FilePath, to: FilePath): void {
  attempt(to, () => {
    if (isDeno) return renameDenoFile(denoPath(from), denoPath(to));
    fs().renameSync(nativePath(from), nativePath(to));
  });
}

/** Takes a name away from its file. @throws {SabmapError} `EISDIR` for a folder. */
export function removeFile(path: FilePath): void {
  // Deno would remove one that is empty.
  if (isDeno && detailsOf(path, path, false)?.kind === "directory") {
    throw new SabmapError("EISDIR", "is a directory", { file: pathText(path) });
  }
  attempt(path, () => {
    if (isDeno) return removeDenoFile(denoPath(path));
    fs().unlinkSync(nativePath(path));
  });
}

/** Path without symbolic links, from the root. Bytes stay bytes. */
export function realPath(path: FilePath): FilePath {
  return attempt(path, () => {
    if (isDeno) return realDenoPath(denoPath(path));
    if (typeof path === "string") return fs().realpathSync(nativePath(path));
    const name = nativePath(path);
    if (typeof name === "string") return fs().realpathSync(name);
    // That of Node takes bytes for UTF-8, unless it is the one of the C library.
    return Uint8Array.from(
      fs().realpathSync.native(name, { encoding: "buffer" }),
    );
  });
}

/** Gives an open file owner, group and permissions. */
export function setOwnership(
  fd: number,
  { owner, group, mode }: Pick<FileDetails, "owner" | "group" | "mode">,
  path: FilePath,
): void {
  attempt(path, () => {
    const now = fs().fstatSync(fd);
    if (now.uid !== owner || now.gid !== group) {
      fs().fchownSync(fd, owner, group);
    }
    // Last: a change of the owner takes the set-id bits away.
    fs().fchmodSync(fd, mode);
  });
}
