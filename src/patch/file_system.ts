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
  closeFile,
  createFile,
  detailsOf,
  type FileDetails,
  type FilePath,
  openFile,
  openNoFollow,
  readPartAt,
  removeFile,
  renameFile,
  syncFile,
  syncFolder,
  writePartAt,
} from "../platform/files.ts";

/** Bytes that the file system reads into and writes from. */
export type FileBytes = Uint8Array<SharedArrayBuffer>;

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
  close(): void;
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
  rename(from: FilePath, to: FilePath): void;
  remove(path: FilePath): void;
  /** Waits until the names in a folder are on the disk. */
  syncFolder(folder: FilePath): void;
}

/** The files of this machine. */
export const machineFiles: PatchFileSystem = {
  open: (path, access) => openedFile(openFile(path, access), path),
  create: (path) => openedFile(createFile(path), path),
  openOwn: (path) => openedFile(openNoFollow(path), path),
  look: (path, follow = false) => detailsOf(path, path, follow),
  rename: renameFile,
  remove: removeFile,
  syncFolder,
};

/** A file of the machine, with the descriptor that locks and clones need. */
export interface MachineFile extends PatchFile {
  readonly fd: number;
}

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
    close: () => closeFile(fd, path),
  };
}
