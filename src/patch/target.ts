/**
 * The file that is patched, open, and whether it still is the one that was opened.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import type { FileDetails } from "../platform/file_changes.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import type { PatchFileSystem } from "./file_system.ts";
import type { PatchFile } from "./open_file.ts";
import { type PatchNames, patchNames } from "./names.ts";

/** A regular file, open. */
export class Target<File extends PatchFile = PatchFile> {
  readonly files: PatchFileSystem;
  /** Its path, without symbolic links. */
  readonly path: FilePath;
  /** Its path for messages. */
  readonly name: string;
  readonly names: PatchNames;
  readonly file: File;
  #opened: FileDetails;

  private constructor(files: PatchFileSystem, path: FilePath, file: File) {
    this.files = files;
    this.path = path;
    this.name = pathText(path);
    this.names = patchNames(path);
    this.file = file;
    this.#opened = file.details();
  }

  /**
   * Opens a file.
   *
   * @param path Without symbolic links.
   * @throws {SabmapError} `EISDIR`, `ERR_CONFLICT`, `EINVAL` for what is no regular file, else the errno's name.
   */
  static open(
    files: PatchFileSystem,
    path: FilePath,
    access: "read" | "write",
  ): Target {
    // Looked at first, because to open a FIFO waits for its other end.
    requireRegular(files.look(path, true), path);
    const file = files.open(path, access);
    try {
      const target = new Target(files, path, file);
      requireRegular(target.opened, path);
      return target;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** What was known of it when it was opened, or was ours to change last. */
  get opened(): FileDetails {
    return this.#opened;
  }

  /** Takes note that the file is as we have left it: what changed since it was opened was our own doing. */
  renew(): void {
    this.#opened = this.file.details();
  }

  /** Bytes that the file has. */
  get byteLength(): number {
    return this.opened.byteLength;
  }

  /** @throws {SabmapError} `ERR_CONFLICT` if the open file is not as long as it was. */
  requireLength(): void {
    const { byteLength } = this.file.details();
    if (byteLength === this.byteLength) return;
    throw this.conflict(
      `the file was resized while it was patched: it had ${
        groupDigits(this.byteLength)
      } bytes and has ${groupDigits(byteLength)}`,
    );
  }

  /** As {@link requireLength}, of a file that may have become longer: what was there is where it was. */
  requireNotCut(): void {
    if (this.file.details().byteLength < this.byteLength) this.requireLength();
  }

  /** @throws {SabmapError} `ERR_CONFLICT` if the path leads to another file by now. */
  requireInPlace(): void {
    const now = this.files.look(this.path, true);
    const { device, inode } = this.opened;
    if (now?.inode === inode && now.device === device) return;
    throw this.conflict(
      now === undefined
        ? "the file was removed while it was patched"
        : "the file was replaced while it was patched",
    );
  }

  /** @throws {SabmapError} `ERR_CONFLICT` if the file was replaced or resized. */
  requireSame(): void {
    this.requireInPlace();
    this.requireLength();
  }

  /** @throws {SabmapError} `ERR_CONFLICT` if the file was written to since it was opened. */
  requireUnwritten(): void {
    this.requireSame();
    const { modifiedNs, changedNs } = this.file.details();
    if (
      modifiedNs === this.opened.modifiedNs &&
      changedNs === this.opened.changedNs
    ) return;
    throw this.conflict("the file was written to while it was patched");
  }

  /** The error of a file that is not as a patch needs it. */
  conflict(
    what: string,
    range?: { readonly start: number; readonly end: number },
  ): SabmapError {
    return new SabmapError(ErrorCode.Conflict, what, {
      file: this.name,
      range,
    });
  }

  close(): void {
    this.file.close();
  }
}

function requireRegular(
  details: FileDetails | undefined,
  path: FilePath,
): void {
  const file = pathText(path);
  if (details === undefined) {
    throw new SabmapError("ENOENT", "no such file or directory", { file });
  }
  if (details.kind === "directory") {
    throw new SabmapError("EISDIR", "is a directory", { file });
  }
  if (details.kind !== "regular") {
    throw new SabmapError(
      "EINVAL",
      "is no regular file: pipes and devices cannot be patched",
      { file },
    );
  }
}
