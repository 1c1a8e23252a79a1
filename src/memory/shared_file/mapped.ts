/**
 * A SharedFile whose memory is the file: `mmap` over the pages of the window.
 *
 * @module
 */
import { type ByteRange, SabmapError } from "../../errors.ts";
import type { Region } from "../../kernels/kernels.ts";
import type { Libc } from "../../platform/libc.ts";
import { GRANULE_BYTES, sharedBuffer } from "../arena.ts";
import { Mapper } from "../mapping.ts";
import { ADVICE } from "./advice.ts";
import { type Backing, shift, type Use } from "./backing.ts";
import type { OpenedFile } from "./opened_file.ts";
import type { SharedFileAccess, SharedFileAdvice } from "./types.ts";
import { createWindow, type FileWindow, mappedRegion } from "./window.ts";

/**
 * Windows up to here are brought into memory when they are mapped.
 *
 * That takes 25 to 70 us for a MiB that is in the page cache (2-core Xeon 2.6 GHz, 2026-11-21), and a
 * millisecond or more for one that is not: too long for a window of GiBs of which a few bytes are used.
 */
const EAGER_BYTES = 64 * 1024 * 1024;

/**
 * Ranges from here on are brought in once, and only the file's length is looked at from then on.
 *
 * To go over pages that are mapped takes 8 us for a MiB, where searching it takes 40 to 100; to ask
 * for the length of a file takes 0.3 on Bun, 0.6 on Node and 10 on Deno (the same machine).
 */
const LONG_BYTES = 1024 * 1024;

/** Maps a file, and keeps it mapped until it is closed. */
export class MappedBacking implements Backing {
  readonly io = "map";
  readonly file: OpenedFile;
  readonly #libc: Libc;
  readonly #access: SharedFileAccess;
  /** Offset in the file of the window. */
  readonly #offset: number;
  #window: FileWindow;
  #mapper: Mapper;
  /** Whether each granule of the window has been part of a long range. */
  #seen: Uint8Array;

  /**
   * @param range Bytes of the file, which has them.
   * @throws {RangeError} If the range does not fit into one memory.
   * @throws {SabmapError} If the kernel refuses to map the file, or it became shorter.
   */
  constructor(
    libc: Libc,
    file: OpenedFile,
    access: SharedFileAccess,
    range: ByteRange,
  ) {
    this.file = file;
    this.#libc = libc;
    this.#access = access;
    this.#offset = range.start;
    this.#window = this.#create(range.end - range.start);
    this.#mapper = this.#map(this.#window);
    this.#seen = granulesOf(this.#window);
  }

  get window(): FileWindow {
    return this.#window;
  }

  size(): number {
    return this.file.byteLength;
  }

  guard(range: ByteRange, use: Use): void {
    if (range.start === range.end) return;
    if (use === "load" && range.end - range.start >= LONG_BYTES) {
      this.#guardLong(range);
    } else {
      this.#bringIn(range, use);
    }
  }

  flush(range: ByteRange): void {
    if (this.#access !== "write" || range.start === range.end) return;
    this.#mapper.flush(this.#pagesOf(range), this.file.name);
    this.file.sync();
    // The kernel says nothing of pages that the file has not got any more, and what was stored into them is lost.
    this.file.requireBytes(shift(range, this.#offset));
  }

  advise(advice: SharedFileAdvice, range: ByteRange): boolean {
    if (advice === "dontneed" && this.#access === "copy") {
      throw new TypeError(
        `Cannot advise "dontneed" as the changes of a copy are nowhere else`,
      );
    }
    if (range.start === range.end) return true;
    return this.#mapper.advise(this.#pagesOf(range), ADVICE[advice]);
  }

  resize(byteLength: number): void {
    const window = this.#create(byteLength);
    this.file.requireEnd(this.#offset + this.#window.byteLength);
    const mapper = byteLength > this.#window.byteLength
      ? this.#grow(window)
      : this.#shrink(window);
    this.#unmap();
    this.#window = window;
    this.#mapper = mapper;
    this.#seen = granulesOf(window);
  }

  close(): void {
    try {
      this.#unmap();
    } finally {
      this.file.close();
    }
  }

  #guardLong(range: ByteRange): void {
    const first = Math.floor(range.start / GRANULE_BYTES);
    const end = Math.ceil(range.end / GRANULE_BYTES);
    if (this.#seen.subarray(first, end).includes(0)) {
      this.#bringIn(range, "load");
      this.#seen.fill(1, first, end);
    } else {
      this.file.requireBytes(shift(range, this.#offset));
    }
  }

  #bringIn(range: ByteRange, use: Use): void {
    const errno = this.#mapper.populate(this.#pagesOf(range), use);
    if (errno === undefined) return;
    const place = shift(range, this.#offset);
    // A page that the file has not got is the one reason that can be told from the others.
    if (errno === "EFAULT") this.file.requireBytes(place);
    throw new SabmapError(
      errno !== "EFAULT" ? errno : use === "store" ? "ENOSPC" : "EIO",
      use === "store"
        ? "the kernel has no page to store into: the disk may be full"
        : "the kernel could not read the file into its mapping",
      { file: this.file.name, range: place },
    );
  }

  /** Bytes of the file between the grid of mappings and the window. */
  get #lead(): number {
    return this.#offset % GRANULE_BYTES;
  }

  #create(byteLength: number): FileWindow {
    const offset = this.#offset - this.#lead;
    return createWindow(byteLength, {
      lead: this.#lead,
      place: (memory, from) =>
        new Mapper(this.#libc, sharedBuffer(memory)).hugeAddress(from, offset),
    });
  }

  /** The file first, because only bytes that it has can be mapped. */
  #grow(window: FileWindow): Mapper {
    this.file.truncate(this.#offset + window.byteLength);
    try {
      return this.#map(window);
    } catch (error) {
      this.file.truncate(this.#offset + this.#window.byteLength);
      throw error;
    }
  }

  /** The file last, because cutting it off cannot be taken back. */
  #shrink(window: FileWindow): Mapper {
    const mapper = this.#map(window);
    this.file.truncate(this.#offset + window.byteLength);
    return mapper;
  }

  #map(window: FileWindow): Mapper {
    const mapper = new Mapper(this.#libc, sharedBuffer(window.memory));
    // The kernel maps no range without bytes.
    if (window.byteLength === 0) return mapper;
    const region = mappedRegion(window, this.#lead);
    mapper.map(region, {
      fd: this.file.fd,
      offset: this.#offset - this.#lead,
      access: this.#access,
      file: this.file.name,
      lazy: true,
    });
    this.file.requireBytes(
      shift({ start: 0, end: window.byteLength }, this.#offset),
    );
    // Only to save time: what cannot be brought in may never be asked for.
    if (region.byteLength <= EAGER_BYTES) mapper.populate(region, "load");
    return mapper;
  }

  /** From here on the pages read zero, and no other process can take them away. */
  #unmap(): void {
    if (this.#window.byteLength > 0) {
      this.#mapper.unmap(mappedRegion(this.#window, this.#lead));
    }
  }

  /** The pages that hold a range which is not empty. */
  #pagesOf(range: ByteRange): Region {
    const start = this.#window.byteOffset + range.start;
    const byteOffset = start - start % this.#mapper.pageBytes;
    const byteLength = this.#window.byteOffset + range.end - byteOffset;
    return { byteOffset, byteLength };
  }
}

/** One cell for each granule of a window. */
function granulesOf({ byteLength }: FileWindow): Uint8Array {
  return new Uint8Array(Math.ceil(byteLength / GRANULE_BYTES));
}
