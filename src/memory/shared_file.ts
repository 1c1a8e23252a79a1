/**
 * A file as shared memory: what `mmap` is to Python, with bytes that every thread sees.
 *
 * @module
 */
import { asBytes, type BytesSource } from "../binary/bytes.ts";
import { type ByteRange, ErrorCode, SabmapError } from "../errors.ts";
import type { FilePath } from "../platform/file_path.ts";
import { AnonymousBacking } from "./shared_file/anonymous.ts";
import { AttachedBacking, openerOnly } from "./shared_file/attached.ts";
import type { Backing, Use } from "./shared_file/backing.ts";
import { closedError, Control } from "./shared_file/control.ts";
import { Cursor } from "./shared_file/cursor.ts";
import { kernelModule } from "./shared_file/kernel_module.ts";
import { openBacking } from "./shared_file/open.ts";
import {
  checkAdvice,
  checkOptions,
  checkPath,
  checkRange,
  needleBytes,
  requireCount,
  sliceRange,
} from "./shared_file/options.ts";
import { Searcher } from "./shared_file/search.ts";
import type {
  Needle,
  SharedBytes,
  SharedFileAccess,
  SharedFileAdvice,
  SharedFileDescription,
  SharedFileIo,
  SharedFileOptions,
  Whence,
} from "./shared_file/types.ts";
import { windowBytes } from "./shared_file/window.ts";
import { ViewGroup } from "./view/owner.ts";
import { View } from "./view.ts";

/** What a SharedFile is made from. */
interface Parts<Access extends SharedFileAccess> {
  readonly access: Access;
  readonly backing: Backing;
  /** Set in a thread that attached: what the thread that opened the file sent. */
  readonly description?: SharedFileDescription<Access>;
}

/**
 * A file, or a part of it, as shared memory.
 *
 * `bytes` is the file: in `map` its pages are mapped, and with `access: "write"` a store into them
 * changes the file at once, for other threads and for other processes; in `preload` the bytes were
 * read, and what was stored is written to the file by `flush()` and `close()`. With `access: "copy"`
 * stores change the bytes in memory only. With `"read"` the types have no stores, methods that store
 * throw, and one that is forced through never reaches the file.
 *
 * Offsets count from the first byte of the part that was opened. Unlike Python's: `find()` starts at
 * offset 0, not at the position; an empty file can be opened; `close()` succeeds while views are held,
 * and releases them; elements are numbers.
 *
 * A file that another process cuts off takes its pages along. Methods find that out
 * (`ERR_FILE_SHRANK`); a load or store through `bytes`, a view, or in a thread that attached cannot,
 * and ends the process (SIGBUS), as does a store into a hole of a file whose disk is full. Open files
 * that others may cut off with `io: "preload"`.
 *
 * @example
 * ```ts
 * import { SharedFile } from "sabmap";
 *
 * using file = await SharedFile.open("counters.bin", { access: "write" });
 * Atomics.add(file.bytes, 12, 1);
 * file.bytes[13] = 42;
 * file.flush();
 * ```
 */
export class SharedFile<
  Access extends SharedFileAccess = SharedFileAccess,
> {
  readonly #access: Access;
  readonly #backing: Backing;
  readonly #description: SharedFileDescription<Access> | undefined;
  readonly #cursor: Cursor;
  #control: Control;
  #searcher: Searcher;
  #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #views = new ViewGroup();
  #closed = false;

  private constructor(parts: Parts<Access>) {
    this.#access = parts.access;
    this.#backing = parts.backing;
    this.#description = parts.description;
    this.#control = new Control(parts.backing.window.memory);
    this.#searcher = this.#createSearcher();
    this.#bytes = windowBytes(parts.backing.window);
    this.#cursor = new Cursor({
      bytes: () => this.#bytes,
      find: (needle, range) => this.#searcher.first(needle, range),
      guard: (range, use) => this.#guard(range, use),
    });
  }

  /**
   * Opens a file, or `length` bytes of it from `offset` on.
   *
   * A window must fit into 4 GiB less 8 MiB; files may be of any size. `io: "auto"` maps, and reads the
   * file into memory where it cannot be mapped (no FFI, no permission for it, a file system without
   * mappings) or lies on a network file system. Mapping takes no time, and windows of over 64 MiB are
   * brought into memory only where they are touched; reading takes memory for the whole window.
   *
   * @param path Path, bytes of a path that is not UTF-8, or a `file:` URL.
   * @throws {TypeError} If the path or a mode is none.
   * @throws {RangeError} If the file has not got the window, or it does not fit into one memory.
   * @throws {SabmapError} If the file cannot be opened, with the errno's name; `ERR_MAP_REFUSED` with
   * the reason if it is no regular file, or cannot be mapped although `io` is `map`.
   */
  static async open<Access extends SharedFileAccess = "read">(
    path: FilePath | URL,
    options: SharedFileOptions<Access> = {},
  ): Promise<SharedFile<Access>> {
    const checked = checkOptions(options);
    const backing = await openBacking(checkPath(path), checked);
    // SAFETY of the cast: `Access` is the type of `options.access`, or "read" where there is none.
    const access = checked.access as Access;
    return new SharedFile({ access, backing });
  }

  /**
   * Makes memory that is of no file, for threads to share. It reads zero.
   *
   * @throws {RangeError} If `byteLength` is no integer from 0 on, or there is no room.
   */
  static anonymous(byteLength: number): SharedFile<"write"> {
    requireCount("byteLength", byteLength);
    const backing = new AnonymousBacking(byteLength);
    return new SharedFile({ access: "write", backing });
  }

  /**
   * Uses, in this thread, a SharedFile that another thread has opened: the same bytes, not a copy.
   *
   * All works but `flush()` and `resize()`, which are left to the thread that opened it; its `close()`
   * closes the file here too. Each thread has a position of its own.
   *
   * @param description What `share()` gave and `postMessage` brought.
   * @throws {TypeError} If it is something else.
   * @throws {SabmapError} `ERR_CLOSED` if the file has been closed, or changed its length, since.
   */
  static attach<Access extends SharedFileAccess>(
    description: SharedFileDescription<Access>,
  ): SharedFile<Access> {
    const backing = new AttachedBacking(description);
    return new SharedFile({ access: description.access, backing, description });
  }

  /**
   * The bytes, `u8[byteLength]`, shared. No copy.
   *
   * The same array until `resize()`. What is left of it after `resize()` or `close()` is no longer the
   * file's: loads from it give zeros or what was there, and stores into it are lost.
   *
   * @throws {SabmapError} `ERR_CLOSED`, as all members do but `closed`, `access`, `io` and `close()`.
   */
  get bytes(): SharedBytes<Access> {
    this.#requireOpen();
    // SAFETY of the cast: it takes stores away from the type, as `access` says.
    return this.#bytes as SharedBytes<Access>;
  }

  /** Bytes of the window: how many can be used. See {@link SharedFile.size} for those of the file. */
  get byteLength(): number {
    this.#requireOpen();
    return this.#bytes.byteLength;
  }

  /** Whether it was closed, here or by the thread that opened it. */
  get closed(): boolean {
    return this.#closed || this.#control.closed;
  }

  /** What stores do. */
  get access(): Access {
    return this.#access;
  }

  /** How the bytes came into memory: what `auto` chose. `memory` if they are of no file. */
  get io(): SharedFileIo {
    return this.#backing.io;
  }

  /**
   * Bytes of the whole file now, which others may have made longer or shorter.
   *
   * @throws {SabmapError} If the file cannot be asked.
   */
  size(): number {
    this.#requireOpen();
    return this.#backing.size();
  }

  /**
   * Gives a view of a part, which keeps the length of the file as it is until it is released.
   *
   * @param start Bounds as those of `slice()`: negative ones count from the end.
   * @returns Bytes (format `B`) that can be cast; read-only if the access is `read`.
   */
  view(start?: number, end?: number): View {
    this.#requireOpen();
    const range = sliceRange(this.#bytes.byteLength, start, end);
    return View.over(this.#bytes.subarray(range.start, range.end), {
      format: "B",
      readonly: this.#access === "read",
      owner: this.#views,
    });
  }

  /**
   * Finds the first occurrence.
   *
   * @param needle Text (as UTF-8), a byte, or bytes. An empty one is at `start`.
   * @param start Bounds as those of `slice()`: negative ones count from the end. From 0 by default,
   * where Python starts at the position.
   * @returns Its offset; -1 if there is none that lies between the bounds as a whole.
   * @throws {TypeError} If the needle is of another type.
   * @throws {RangeError} If it is a number that is no byte, or a bound is no integer.
   * @throws {SabmapError} `ERR_FILE_SHRANK` if the file became shorter.
   */
  find(needle: Needle, start?: number, end?: number): number {
    return this.#searcher.first(
      needleBytes(needle),
      this.#searchRange(start, end),
    );
  }

  /** Finds the last occurrence; an empty needle is at `end`. Otherwise as {@link SharedFile.find}. */
  rfind(needle: Needle, start?: number, end?: number): number {
    return this.#searcher.last(
      needleBytes(needle),
      this.#searchRange(start, end),
    );
  }

  /**
   * Finds all occurrences, in order, while they are asked for. An empty needle is at every offset.
   *
   * The search is up to 1,024 occurrences ahead, so stores into bytes that are still to come may be
   * missed; those into what was found are safe.
   *
   * @param options `overlapping`: an occurrence may start inside of the one before it. They do not by
   * default: `aa` is twice in `aaaa`, and three times if they may.
   */
  findAll(
    needle: Needle,
    start?: number,
    end?: number,
    { overlapping = false }: { readonly overlapping?: boolean } = {},
  ): Iterable<number> {
    const range = this.#searchRange(start, end);
    // A copy, because the caller may change it between two occurrences.
    return this.#searcher.all(needleBytes(needle).slice(), range, overlapping);
  }

  /**
   * Brings stores to the disk and waits. Does nothing for `read`, `copy` and memory.
   *
   * In `map` it writes the pages back (`msync` and `fdatasync`). In `preload` it finds the blocks of
   * 4 KiB that were stored into, at about 2 GB/s, and writes those; what other processes did to the
   * others stays. A failure is final: what could not be written may be lost.
   *
   * @param offset Any; the page that holds it is written as a whole.
   * @throws {RangeError} If the range is not within the bytes.
   * @throws {TypeError} In a thread that attached.
   * @throws {SabmapError} If that failed; `ERR_FILE_SHRANK` if the file has not got all of the range any more: in `map`
   * what it still has is on the disk then.
   */
  flush(offset = 0, length?: number): void {
    this.#requireOpen();
    this.#backing.flush(checkRange(this.#bytes.byteLength, offset, length));
  }

  /**
   * Changes the length of the file, of its bytes and so of `bytes`. New bytes are zero.
   *
   * @param byteLength 0 or more. With an `offset`, the file ends so many bytes behind it.
   * @throws {TypeError} If the access is not `write`, the window does not reach the end of the file, or
   * in a thread that attached.
   * @throws {RangeError} If `byteLength` is no integer from 0 on, or does not fit into one memory.
   * @throws {SabmapError} `ERR_BYTES_HELD` while views or threads that attached have not let go; or if
   * the file's length cannot be changed. All is as it was then.
   */
  resize(byteLength: number): void {
    this.#requireOpen();
    this.#requireNoViews();
    if (this.#access !== "write") {
      throw new TypeError(
        `Cannot resize a SharedFile as its access must be "write": received "${this.#access}"`,
      );
    }
    if (this.#description !== undefined) throw openerOnly("resize");
    requireCount("byteLength", byteLength);
    this.#replaceWindow(byteLength);
  }

  /**
   * Copies bytes to another place; the two may overlap.
   *
   * @param target Offset to copy to.
   * @param source Offset to copy from.
   * @throws {TypeError} If the access is `read`.
   * @throws {RangeError} If one of the two ranges is not within the bytes.
   */
  move(target: number, source: number, count: number): void {
    this.#requireStores("move bytes in");
    const to = checkRange(this.#bytes.byteLength, target, count);
    const from = checkRange(this.#bytes.byteLength, source, count);
    this.#guard(from, "load");
    this.#guard(to, "store");
    this.#bytes.copyWithin(to.start, from.start, from.end);
  }

  /**
   * Tells the kernel how bytes will be used.
   *
   * @param offset Any; the page that holds it is meant as a whole.
   * @returns Whether the kernel took the advice: false where it is of no use, or there is no FFI.
   * @throws {TypeError} If there is no such advice, or `dontneed` would lose bytes that are not in the file.
   * @throws {RangeError} If the range is not within the bytes.
   */
  advise(advice: SharedFileAdvice, offset = 0, length?: number): boolean {
    this.#requireOpen();
    checkAdvice(advice);
    const range = checkRange(this.#bytes.byteLength, offset, length);
    return this.#backing.advise(advice, range);
  }

  /**
   * Copies bytes from the position on, and moves it behind them.
   *
   * @param n How many at most; all that are left if it is not given or negative.
   * @returns Empty at the end.
   */
  read(n?: number): Uint8Array<ArrayBuffer> {
    this.#requireOpen();
    return this.#cursor.read(n);
  }

  /** Reads one byte. @throws {RangeError} At the end. */
  readByte(): number {
    this.#requireOpen();
    return this.#cursor.readByte();
  }

  /** Copies bytes up to the next newline, and the newline too. @returns Empty at the end. */
  readLine(): Uint8Array<ArrayBuffer> {
    this.#requireOpen();
    return this.#cursor.readLine();
  }

  /**
   * Stores bytes at the position, and moves it behind them.
   *
   * @returns How many: all.
   * @throws {TypeError} If the access is `read`, or `bytes` is no bytes.
   * @throws {RangeError} If they do not fit; nothing is stored then.
   * @throws {SabmapError} `ENOSPC` if the disk has no room for a hole of the file that they lie in.
   */
  write(bytes: BytesSource): number {
    this.#requireStores("write to");
    return this.#cursor.write(asBytes(bytes));
  }

  /** Stores one byte, 0 to 255. @throws As {@link SharedFile.write}. */
  writeByte(n: number): void {
    this.#requireStores("write to");
    this.#cursor.writeByte(n);
  }

  /**
   * Moves the position.
   *
   * @param whence Where `position` counts from. `start` by default.
   * @returns The new position.
   * @throws {RangeError} If it is not from 0 to `byteLength`; it is then where it was.
   */
  seek(position: number, whence: Whence = "start"): number {
    this.#requireOpen();
    return this.#cursor.seek(position, whence);
  }

  /** The position. */
  tell(): number {
    this.#requireOpen();
    return this.#cursor.position;
  }

  /**
   * Describes the SharedFile for another thread, which passes it to {@link SharedFile.attach}.
   *
   * The description can be sent by `postMessage` as often as one likes; no byte is copied.
   */
  share(): SharedFileDescription<Access> {
    this.#requireOpen();
    if (this.#description !== undefined) return this.#description;
    const { file } = this.#backing;
    return {
      kind: "sabmap.SharedFile",
      ...this.#backing.window,
      access: this.#access,
      io: this.#backing.io,
      kernels: kernelModule(),
      file: file && {
        path: file.path,
        device: file.device,
        inode: file.inode,
      },
    };
  }

  /**
   * Closes the file: views are released, and later use is an error, here and in threads that attached.
   *
   * Where this thread has attached, it only lets go. Stores are in the file then, though perhaps not on
   * the disk: call `flush()` before for that. Does nothing when called again.
   *
   * @throws {SabmapError} If what was stored in `preload` could not be written; the file is closed then.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#views.releaseAll();
    if (this.#description === undefined) this.#control.close();
    this.#backing.close();
  }

  /** As {@link SharedFile.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** As {@link SharedFile.close}, for `await using`. */
  // deno-lint-ignore require-await -- turns what close() throws into a rejection
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** @throws {SabmapError} `ERR_BYTES_HELD` if threads have attached. */
  #replaceWindow(byteLength: number): void {
    const before = this.#control;
    if (!before.closeUnlessAttached()) {
      throw heldError(`${before.attached} threads that attached have it open`);
    }
    try {
      this.#backing.resize(byteLength);
    } catch (error) {
      before.reopen();
      throw error;
    }
    const { window } = this.#backing;
    this.#control = new Control(window.memory);
    this.#searcher = this.#createSearcher();
    this.#bytes = windowBytes(window);
    this.#cursor.clamp(byteLength);
  }

  #requireNoViews(): void {
    const { count } = this.#views;
    if (count === 0) return;
    throw heldError(`${count} views have not been released`);
  }

  #createSearcher(): Searcher {
    return new Searcher(this.#backing.window, {
      kernelModule: () =>
        this.#description === undefined
          ? kernelModule()
          : this.#description.kernels,
      guard: (range) => this.#guard(range, "load"),
    });
  }

  #searchRange(start: number | undefined, end: number | undefined): ByteRange {
    this.#requireOpen();
    return sliceRange(this.#bytes.byteLength, start, end);
  }

  #guard(range: ByteRange, use: Use): void {
    this.#requireOpen();
    this.#backing.guard(range, use);
  }

  #requireOpen(): void {
    if (this.closed) throw closedError();
  }

  #requireStores(act: string): void {
    this.#requireOpen();
    if (this.#access !== "read") return;
    throw new TypeError(
      `Cannot ${act} a SharedFile as its access must be "write" or "copy": received "read"`,
    );
  }
}

function heldError(why: string): SabmapError {
  return new SabmapError(
    ErrorCode.BytesHeld,
    `Cannot resize a SharedFile while its bytes are held: ${why}`,
  );
}
