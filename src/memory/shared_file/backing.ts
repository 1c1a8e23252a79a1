/**
 * What stands behind the bytes of a SharedFile.
 *
 * @module
 */
import type { ByteRange } from "../../errors.ts";
import type {
  SharedFileAdvice,
  SharedFileIdentity,
  SharedFileIo,
} from "./types.ts";
import type { FileWindow } from "./window.ts";

/** What a method is about to do with bytes. */
export type Use = "load" | "store";

/**
 * The part of a SharedFile that depends on how its bytes came into memory.
 *
 * Ranges count from the first byte of the window and lie in it; the caller has checked that the file
 * is open.
 */
export interface Backing {
  readonly io: SharedFileIo;
  /** Where the bytes are. */
  readonly window: FileWindow;
  /** The file that they are of; `undefined` where there is none. */
  readonly file: SharedFileIdentity | undefined;

  /** Bytes of the whole file now. */
  size(): number;

  /**
   * Makes sure that the bytes are there, where the kernel tells.
   *
   * @throws {SabmapError} `ERR_FILE_SHRANK` if the file ends before they do by now; `ENOSPC` or `EIO`
   * if the kernel cannot bring them in.
   */
  guard(range: ByteRange, use: Use): void;

  /** Brings stores to the disk. @throws {SabmapError} If that failed. */
  flush(range: ByteRange): void;

  /** @returns Whether the kernel took the advice. @throws {TypeError} If bytes would be lost. */
  advise(advice: SharedFileAdvice, range: ByteRange): boolean;

  /**
   * Changes the length of the file, which may be stored into, and so `window`. The memory of before is
   * no longer the file's.
   *
   * @throws {TypeError} If the file goes on behind the window.
   * @throws {SabmapError} If that failed; file and memory are then as they were.
   */
  resize(byteLength: number): void;

  /** Gives everything back. @throws {SabmapError} If stores could not be brought to the file. */
  close(): void;
}

/** The range of a file that is `range` of a window which starts at `offset`. */
export function shift(range: ByteRange, offset: number): ByteRange {
  return { start: range.start + offset, end: range.end + offset };
}
