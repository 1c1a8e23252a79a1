/**
 * The regular file behind a SharedFile, open.
 *
 * @module
 */
import {
  type ByteRange,
  ErrorCode,
  groupDigits,
  SabmapError,
} from "../../errors.ts";
import {
  closeFile,
  type FileStatus,
  openFile,
  readAt,
  statFile,
  statPath,
  syncFile,
  truncateFile,
} from "../../platform/files.ts";
import { type FilePath, pathText } from "../../platform/file_path.ts";
import type { SharedFileAccess, SharedFileIdentity } from "./types.ts";

/** A regular file that has a size, and its descriptor. */
export class OpenedFile implements SharedFileIdentity {
  readonly path: FilePath;
  readonly name: string;
  readonly fd: number;
  readonly device: bigint;
  readonly inode: bigint;

  /**
   * Opens a file; for stores that reach it if `access` is `write`.
   *
   * @throws {SabmapError} `EISDIR` for a directory; `ERR_MAP_REFUSED` for what is no regular file, or
   * is one without a size; else the errno's name.
   */
  constructor(path: FilePath, access: SharedFileAccess) {
    this.path = path;
    this.name = pathText(path);
    // Before it is opened, because to open a FIFO waits for its other end.
    this.#requireRegular(statPath(path));
    this.fd = openFile(path, access === "write" ? "write" : "read");
    try {
      const status = statFile(this.fd, path);
      this.#requireRegular(status);
      this.#requireSize(status);
      this.device = status.device;
      this.inode = status.inode;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Bytes of the file now. */
  get byteLength(): number {
    return statFile(this.fd, this.path).byteLength;
  }

  /** @throws {SabmapError} `ERR_FILE_SHRANK` if the file ends before `range` does. */
  requireBytes(range: ByteRange): void {
    const { byteLength } = this;
    if (byteLength >= range.end) return;
    throw this.shrankError(byteLength, range);
  }

  /** The error of a file of `byteLength` bytes that ends before `range` does. */
  shrankError(byteLength: number, range: ByteRange): SabmapError {
    return new SabmapError(
      ErrorCode.FileShrank,
      `the file became shorter while it was open: expected at least ${
        groupDigits(range.end)
      } bytes, found ${groupDigits(byteLength)}`,
      { file: this.name, range: { start: byteLength, end: range.end } },
    );
  }

  /**
   * Makes sure that the file ends where a window does, before its length is changed.
   *
   * @throws {TypeError} If the file goes on behind `end`.
   * @throws {SabmapError} `ERR_FILE_SHRANK` if it ends before.
   */
  requireEnd(end: number): void {
    this.requireBytes({ start: end, end });
    const { byteLength } = this;
    if (byteLength === end) return;
    throw new TypeError(
      `Cannot resize a part of a file as what is behind it would be lost: received a part up to ${
        groupDigits(end)
      } of ${groupDigits(byteLength)} bytes`,
    );
  }

  /** Waits until what was written is on the disk. */
  sync(): void {
    syncFile(this.fd, this.path);
  }

  /** Sets the length of the file. @throws {SabmapError} With the errno's name. */
  truncate(byteLength: number): void {
    truncateFile(this.fd, byteLength, this.path);
  }

  close(): void {
    closeFile(this.fd, this.path);
  }

  #requireRegular({ kind }: FileStatus): void {
    if (kind === "regular") return;
    throw kind === "directory"
      ? new SabmapError("EISDIR", "is a directory", { file: this.name })
      : new SabmapError(
        ErrorCode.MapRefused,
        "is no regular file: pipes, sockets and devices have no bytes to share",
        { file: this.name },
      );
  }

  /** Files of `/proc` say that they are empty and have bytes. */
  #requireSize({ byteLength }: FileStatus): void {
    if (byteLength > 0) return;
    const probe = new Uint8Array(new SharedArrayBuffer(1));
    if (readAt(this.fd, probe, 0, this.path) === 0) return;
    throw new SabmapError(
      ErrorCode.MapRefused,
      "does not say its size: read it as a stream",
      { file: this.name },
    );
  }
}
