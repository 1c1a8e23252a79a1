/**
 * Files that are patched on Deno, through its own functions: a small patch loads nothing of Node's there.
 *
 * @module
 */
import { ErrorCode, fromSystemError, SabmapError } from "../errors.ts";
import {
  denoDetails,
  type DenoFile,
  openDenoFile,
  writeFully,
} from "../platform/deno_changes.ts";
import { readFully } from "../platform/deno_reader.ts";
import {
  detailsOf,
  type FileDetails,
  isSameInode,
} from "../platform/file_changes.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { closeFile, openFile } from "../platform/files.ts";
import { attempt, denoPath } from "../platform/native_file.ts";
import {
  AHEAD_BYTES,
  type FileBytes,
  type MachineFile,
  type PendingSync,
  pendingSync,
  type SyncExtent,
} from "./open_file.ts";

/**
 * Opens a file, or creates one that only its owner may read.
 *
 * @returns `undefined` if this is not Deno.
 * @throws {SabmapError} With the errno's name; `EEXIST` if a file is to be created whose name is taken.
 */
export function openOnDeno(
  path: FilePath,
  access: "read" | "write" | "create",
): MachineFile | undefined {
  if (!("Deno" in globalThis)) return undefined;
  const file = attempt(path, () => openDenoFile(denoPath(path), access));
  return new DenoPatchFile(file, path, access);
}

class DenoPatchFile implements MachineFile {
  readonly path: FilePath;
  readonly aheadBytes = AHEAD_BYTES;
  readonly #file: DenoFile;
  readonly #access: "read" | "write";
  /** Of another opening of the file, since Deno does not tell its own. */
  #fd: number | undefined;

  constructor(
    file: DenoFile,
    path: FilePath,
    access: "read" | "write" | "create",
  ) {
    this.#file = file;
    this.path = path;
    this.#access = access === "read" ? "read" : "write";
  }

  /** @throws {SabmapError} `ERR_CONFLICT` if the path leads to another file by now. */
  get fd(): number {
    return this.#fd ??= this.#openAgain();
  }

  #openAgain(): number {
    const fd = openFile(this.path, this.#access);
    const now = detailsOf(fd, this.path, true);
    const { device, inode } = this.details();
    if (now?.device === device && isSameInode(now.inode, inode)) return fd;
    closeFile(fd, this.path);
    throw new SabmapError(
      ErrorCode.Conflict,
      "the file was replaced while it was opened",
      { file: pathText(this.path) },
    );
  }

  details(): FileDetails {
    return attempt(this.path, () => denoDetails(this.#file, true));
  }

  read(
    bytes: FileBytes,
    start: number,
    byteLength: number,
    position: number,
  ): number {
    // Not by attempt(): this is done for each of a million edits.
    try {
      this.#file.seekSync(position, 0);
      return readFully(this.#file, bytes.subarray(start, start + byteLength));
    } catch (error) {
      throw this.#known(error);
    }
  }

  write(
    bytes: FileBytes,
    start: number,
    byteLength: number,
    position: number,
  ): void {
    try {
      this.#file.seekSync(position, 0);
      const part = bytes.subarray(start, start + byteLength);
      writeFully(this.#file, part, pathText(this.path));
    } catch (error) {
      throw this.#known(error);
    }
  }

  sync(): void {
    attempt(this.path, () => this.#file.syncDataSync());
  }

  startSync(extent: SyncExtent): PendingSync {
    const sync = extent === "data" ? this.#file.syncData() : this.#file.sync();
    return pendingSync(sync.catch((error) => {
      throw this.#known(error);
    }));
  }

  close(): void {
    if (this.#fd !== undefined) closeFile(this.#fd, this.path);
    this.#file.close();
  }

  #known(error: unknown): unknown {
    return fromSystemError(error, pathText(this.path));
  }
}
