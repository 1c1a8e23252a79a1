/**
 * The file system as the patch protocol sees it.
 *
 * All that journal, apply and recovery do to files goes through this interface, so that tests can run
 * the same code on a simulated disk that loses power at any step. Every function throws
 * `SabmapError` with the errno's name.
 *
 * @module
 */
import {
  createFile,
  detailsOf,
  type FileDetails,
  openNoFollow,
  readPartAt,
  removeFile,
  renameFile,
  syncFolder,
  writePartAt,
} from "../platform/file_changes.ts";
import {
  closeFile,
  openFile,
  syncFile,
  syncFileAsync,
} from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";

/** Bytes that the file system reads into and writes from. */
export type FileBytes = Uint8Array<SharedArrayBuffer>;
import { SabmapError } from "../errors.ts";
import { isMountPoint } from "../platform/mounts.ts";

/** An open file. */
export interface PatchFile {
  readonly path: FilePath;
  details(): FileDetails;
  /** @returns How many bytes came; less than `byteLength` only at the end of the file. */
  read(
    bytes: FileBytes,
    start: number,
    byteLength: number,
    position: number,
  ): number;
  /** Writes all of them, or throws; what was written before stays written. */
  write(
    bytes: FileBytes,
    start: number,
    byteLength: number,
    position: number,
  ): void;
  /** Waits until all that was written is on the disk. Final: what failed is not on the disk, and may look as if it were. */
  sync(): void;
  /** As {@link PatchFile.sync}, while the thread goes on. What is written meanwhile may be on the disk or not. */
  startSync(extent: SyncExtent): PendingSync;
  /** How much may wait in the cache before it pays to send it to the disk. */
  readonly aheadBytes: number;
  close(): void;
}

/** What a sync brings to the disk: bytes and length, or permissions and attributes as well. */
export type SyncExtent = "data" | "all";

/** A sync that was begun. */
export interface PendingSync {
  readonly isDone: boolean;
  /** Why it failed; `undefined` before it has, and if it did not. */
  readonly error: unknown;
  /** Fulfilled when it has ended, in whichever way. */
  readonly ended: Promise<void>;
}

/** Files by name. */
export interface PatchFileSystem {
  /** Opens what a path leads to. */
  open(path: FilePath, access: "read" | "write"): PatchFile;
  /** Creates a file that only its owner may read. @throws {SabmapError} `EEXIST` if the name is taken. */
  create(path: FilePath): PatchFile;
  /** Opens a file of ours for reading and writing. @throws {SabmapError} `ELOOP` for a symbolic link. */
  openOwn(path: FilePath): PatchFile;
  /** What there is under a name: a symbolic link is looked at, not followed, unless `follow`. */
  look(path: FilePath, follow?: boolean): FileDetails | undefined;
  /** Whether something is mounted under a name. */
  isMounted(path: FilePath): boolean;
  rename(from: FilePath, to: FilePath): void;
  remove(path: FilePath): void;
  /** Waits until the names in a folder are on the disk. */
  syncFolder(folder: FilePath): void;
}

/**
 * Creates a file of ours beside the one that is changed.
 *
 * @throws {SabmapError} As `create` of the file system, but its text tells which file there cannot be.
 */
export function createBeside(
  files: PatchFileSystem,
  path: FilePath,
): PatchFile {
  try {
    return files.create(path);
  } catch (error) {
    if (!(error instanceof SabmapError) || error.code === "EEXIST") throw error;
    const file = pathText(path);
    throw new SabmapError(
      error.code,
      `${error.message}, where "${file}" has to be created`,
      { file, cause: error },
    );
  }
}

/** Removes what there is under a name, if there is anything. */
export function removeIfThere(files: PatchFileSystem, path: FilePath): void {
  if (files.look(path) !== undefined) files.remove(path);
}

/** The files of this machine. */
export const machineFiles: PatchFileSystem = {
  open: (path, access) => openedFile(openFile(path, access), path),
  create: (path) => openedFile(createFile(path), path),
  openOwn: (path) => openedFile(openNoFollow(path), path),
  look: (path, follow = false) => detailsOf(path, path, follow),
  isMounted: isMountPoint,
  rename: renameFile,
  remove: removeFile,
  syncFolder,
};

/** A file of the machine, with the descriptor that locks and clones need. */
export interface MachineFile extends PatchFile {
  readonly fd: number;
}

/** A tenth of a second for the disk, in which the next bytes are written to the cache. */
const AHEAD_BYTES = 128 * 1024 ** 2;

function openedFile(fd: number, path: FilePath): MachineFile {
  return {
    path,
    fd,
    details: () => {
      const details = detailsOf(fd, path, true);
      if (details === undefined) throw new Error("Bug: an open file is gone");
      return details;
    },
    read: (bytes, start, byteLength, position) =>
      readPartAt(fd, bytes, start, byteLength, position, path),
    write: (bytes, start, byteLength, position) =>
      writePartAt(fd, bytes, start, byteLength, position, path),
    sync: () => syncFile(fd, path),
    startSync: (extent) => pendingSync(syncFileAsync(fd, extent, path)),
    aheadBytes: AHEAD_BYTES,
    close: () => closeFile(fd, path),
  };
}

function pendingSync(sync: Promise<void>): PendingSync {
  const pending = {
    isDone: false,
    error: undefined as unknown,
    ended: sync.catch((error) => {
      pending.error = error;
    }).then(() => {
      pending.isDone = true;
    }),
  };
  return pending;
}
