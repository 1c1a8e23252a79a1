/**
 * Reads of many small places of a file, in the order of their offsets.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { pathText } from "../platform/file_path.ts";
import type { FileBytes, PatchFile } from "./open_file.ts";

/** Places this near to each other are read together: reading 16 KiB takes as long as asking twice. */
const NEAR_BYTES = 16 * 1024;
/** What is read at once where places are near to each other. */
const AHEAD_BYTES = 512 * 1024;
/** What is read for a place that stands alone. */
const ALONE_BYTES = 4096;

/** A window that moves over a file. */
export class FileWindow {
  /** The window's bytes. */
  bytes: FileBytes = new Uint8Array(new SharedArrayBuffer(ALONE_BYTES));
  readonly #file: PatchFile;
  readonly #fileBytes: number;
  #start = 0;
  #end = 0;
  /** End of the place that was asked for last. */
  #last = -NEAR_BYTES;

  /** @param fileBytes What the file is long. */
  constructor(file: PatchFile, fileBytes: number) {
    this.#file = file;
    this.#fileBytes = fileBytes;
  }

  /**
   * Moves the window over a place.
   *
   * @param offset Start of the place, which lies in the file.
   * @returns Where in `bytes` it starts.
   * @throws {SabmapError} `ERR_CONFLICT` if the file ends before the place does.
   */
  at(offset: number, byteLength: number): number {
    if (offset < this.#start || offset + byteLength > this.#end) {
      this.#move(offset, byteLength);
    }
    this.#last = offset + byteLength;
    return offset - this.#start;
  }

  #move(offset: number, byteLength: number): void {
    const isNear = offset - this.#last < NEAR_BYTES && offset >= this.#last;
    const wanted = Math.max(byteLength, isNear ? AHEAD_BYTES : ALONE_BYTES);
    const count = Math.min(wanted, this.#fileBytes - offset);
    if (count > this.bytes.byteLength) {
      this.bytes = new Uint8Array(new SharedArrayBuffer(count));
    }
    const got = this.#file.read(this.bytes, 0, count, offset);
    if (got < byteLength) throw this.#shrank(offset + got);
    this.#start = offset;
    this.#end = offset + got;
  }

  #shrank(end: number): SabmapError {
    return new SabmapError(
      ErrorCode.Conflict,
      `the file became shorter while it was patched: expected ${
        groupDigits(this.#fileBytes)
      } bytes, found ${groupDigits(end)}`,
      { file: pathText(this.#file.path) },
    );
  }
}

/** Index of the first byte that differs; `byteLength` if none does. */
export function firstDifference(
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  byteLength: number,
): number {
  let i = 0;
  while (i < byteLength && left[leftAt + i] === right[rightAt + i]) i++;
  return i;
}

/** How many bytes of two places differ. */
export function countDifferences(
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  byteLength: number,
): number {
  let count = 0;
  for (let i = 0; i < byteLength; i++) {
    if (left[leftAt + i] !== right[rightAt + i]) count++;
  }
  return count;
}
