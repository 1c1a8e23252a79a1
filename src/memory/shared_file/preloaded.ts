/**
 * A SharedFile that was read into memory, and whose changes are written back.
 *
 * @module
 */
import { type ByteRange, SabmapError } from "../../errors.ts";
import { readAtAsync, writeAt } from "../../platform/files.ts";
import type { Libc } from "../../platform/libc.ts";
import { loadLibc } from "../../platform/platform.ts";
import { sharedBuffer } from "../arena.ts";
import { Mapper } from "../mapping.ts";
import { ADVICE } from "./advice.ts";
import { type Backing, shift } from "./backing.ts";
import { BlockDigests } from "./block_digests.ts";
import type { OpenedFile } from "./opened_file.ts";
import type { SharedFileAccess, SharedFileAdvice } from "./types.ts";
import {
  createWindow,
  type FileWindow,
  mappedRegion,
  windowBytes,
} from "./window.ts";

/** Bytes of a read. */
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Reads that run at once.
 *
 * Most of the time goes into pages that are touched for the first time, which threads of the runtime
 * share: 512 MiB took Node 1.4 s with one and 0.8 s with four, Bun 0.25 and 0.14; Deno took 0.2 either
 * way (2-core Xeon 2.6 GHz, 2026-11-21).
 */
const READS_AT_ONCE = 4;

/** From here on it pays to ask for huge pages, which takes loading the C library. */
const HUGE_BYTES = 16 * 1024 * 1024;

/** Keeps a file's bytes in memory of its own. */
export class PreloadedBacking implements Backing {
  readonly io = "preload";
  readonly file: OpenedFile;
  readonly #access: SharedFileAccess;
  /** Offset in the file of the window. */
  readonly #offset: number;
  #window: FileWindow;
  /** Where stores reach the file. */
  #digests: BlockDigests | undefined;
  /** Written since the file was last synced. */
  #unsynced: ByteRange[] = [];
  /** Where there is FFI, and the window is worth it. */
  #libc: Libc | undefined;

  /**
   * Reads a range of a file into memory.
   *
   * @param range Bytes of the file, which has them.
   * @throws {RangeError} If the range does not fit into one memory.
   * @throws {SabmapError} If the file cannot be read, or became shorter.
   */
  static async load(
    file: OpenedFile,
    access: SharedFileAccess,
    range: ByteRange,
  ): Promise<PreloadedBacking> {
    const backing = new PreloadedBacking(file, access, range);
    if (range.end - range.start >= HUGE_BYTES) await backing.#useHugePages();
    await backing.#load();
    return backing;
  }

  private constructor(
    file: OpenedFile,
    access: SharedFileAccess,
    range: ByteRange,
  ) {
    this.file = file;
    this.#access = access;
    this.#offset = range.start;
    this.#window = createWindow(range.end - range.start);
    this.#digests = this.#createDigests();
  }

  get window(): FileWindow {
    return this.#window;
  }

  size(): number {
    return this.file.byteLength;
  }

  guard(): void {
    // The bytes are this process' own.
  }

  flush(range: ByteRange): void {
    if (this.#digests === undefined) return;
    this.#writeBack(range);
    try {
      this.file.sync();
    } catch (error) {
      // The kernel may take pages for clean that it could not write, so they have to be written again.
      for (const run of this.#unsynced) this.#digests.forget(run);
      throw error;
    } finally {
      this.#unsynced = [];
    }
  }

  advise(advice: SharedFileAdvice, range: ByteRange): boolean {
    if (advice === "dontneed") {
      throw new TypeError(
        `Cannot advise "dontneed" as bytes that were read ahead are nowhere else`,
      );
    }
    const mapper = this.#mapper();
    if (mapper === undefined || range.start === range.end) return false;
    const start = this.#window.byteOffset + range.start;
    const byteOffset = start - start % mapper.pageBytes;
    const byteLength = this.#window.byteOffset + range.end - byteOffset;
    return mapper.advise({ byteOffset, byteLength }, ADVICE[advice]);
  }

  resize(byteLength: number): void {
    const window = createWindow(byteLength);
    this.file.requireEnd(this.#offset + this.#window.byteLength);
    this.#writeBack({ start: 0, end: this.#window.byteLength });
    this.file.truncate(this.#offset + byteLength);
    const kept = Math.min(byteLength, this.#window.byteLength);
    windowBytes(window).set(windowBytes(this.#window).subarray(0, kept));
    this.#release();
    this.#window = window;
    this.#digests = this.#createDigests();
    this.#digests?.take({ start: 0, end: byteLength });
  }

  close(): void {
    try {
      this.#writeBack({ start: 0, end: this.#window.byteLength });
    } finally {
      this.#release();
      this.file.close();
    }
  }

  #createDigests(): BlockDigests | undefined {
    return this.#access === "write"
      ? new BlockDigests(this.#window)
      : undefined;
  }

  /** Where there is no FFI the bytes come all the same, only later. */
  async #useHugePages(): Promise<void> {
    try {
      this.#libc = await loadLibc();
      this.#mapper()?.adviseHugePages(mappedRegion(this.#window));
    } catch (error) {
      if (!(error instanceof SabmapError)) throw error;
    }
  }

  async #load(): Promise<void> {
    const { byteLength } = this.#window;
    let next = 0;
    let failure: unknown;
    const readOn = async () => {
      while (next < byteLength && failure === undefined) {
        const start = next;
        next = Math.min(byteLength, start + PIECE_BYTES);
        await this.#loadPiece({ start, end: next });
      }
    };
    const readers = Array.from(
      { length: READS_AT_ONCE },
      () => readOn().catch((error) => failure ??= error),
    );
    // All of them, also after a failure: the descriptor is closed then, and must not be in use.
    await Promise.all(readers);
    if (failure !== undefined) throw failure;
  }

  async #loadPiece(piece: ByteRange): Promise<void> {
    const { fd, path } = this.file;
    const target = windowBytes(this.#window).subarray(piece.start, piece.end);
    const position = this.#offset + piece.start;
    const count = await readAtAsync(fd, target, position, path);
    if (count < target.byteLength) {
      const place = shift(piece, this.#offset);
      throw this.file.shrankError(position + count, place);
    }
    this.#digests?.take(piece);
  }

  /** Writes the blocks that were stored into. */
  #writeBack(range: ByteRange): void {
    let checked = false;
    this.#digests?.writeChanged(range, (run) => {
      // Or a file that somebody cut off would get its end back.
      if (!checked) this.#requireWindow();
      checked = true;
      this.#unsynced.push(run);
      const bytes = windowBytes(this.#window).subarray(run.start, run.end);
      const { fd, path } = this.file;
      writeAt(fd, bytes, this.#offset + run.start, path);
    });
  }

  #requireWindow(): void {
    const window = { start: 0, end: this.#window.byteLength };
    this.file.requireBytes(shift(window, this.#offset));
  }

  /** Gives the pages back at once, where that is possible, and not when the memory is collected. */
  #release(): void {
    if (this.#window.byteLength > 0) {
      this.#mapper()?.unmap(mappedRegion(this.#window));
    }
  }

  #mapper(): Mapper | undefined {
    if (this.#libc === undefined) return undefined;
    return new Mapper(this.#libc, sharedBuffer(this.#window.memory));
  }
}
