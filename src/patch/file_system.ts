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
import { SabmapError } from "../errors.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { isMountPoint } from "../platform/mounts.ts";
import { openOnDeno } from "./deno_patch_file.ts";
import {
  AHEAD_BYTES,
  type MachineFile,
  type PatchFile,
  pendingSync,
} from "./open_file.ts";

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
    if (!(error instanceof SabmapError)) throw error;
    const file = pathText(path);
    throw new SabmapError(
      error.code,
      error.code === "EEXIST"
        ? `"${file}" is there already, which is none of ours: it has to be created`
        : `${error.message}, where "${file}" has to be created`,
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
  open: (path, access) =>
    openOnDeno(path, access) ?? openedFile(openFile(path, access), path),
  create: (path) =>
    openOnDeno(path, "create") ?? openedFile(createFile(path), path),
  openOwn: (path) => openedFile(openNoFollow(path), path),
  look: (path, follow = false) => detailsOf(path, path, follow),
  isMounted: isMountPoint,
  rename: renameFile,
  remove: removeFile,
  syncFolder,
};

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
