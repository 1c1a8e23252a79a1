/**
 * Fillers: how the bytes of a segment, with the neighbour bytes around it, come into a slot.
 *
 * @module
 */
import {
  type ByteRange,
  ErrorCode,
  groupDigits,
  SabmapError,
} from "../errors.ts";
import type { Framing } from "../job.ts";
import { sharedBuffer } from "../memory/arena.ts";
import {
  closeFile,
  type FileReader,
  type FileStatus,
  openFile,
  openReader,
  statFile,
} from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import type { Plan } from "../plan.ts";
import type { FileSource } from "../protocol.ts";

/** Puts bytes of a file into the arena. One per thread: descriptors do not cross threads on Deno. */
export interface Filler {
  /**
   * Tells where in a slot a segment, or the first of a claim, is to lie.
   *
   * @param slot The first address for segments in the slot.
   * @param start Its offset in the file.
   */
  addressIn?(slot: number, start: number): number;
  /** Tells, when a claim is done, how many bytes the next one may have. */
  claimBytesMax?(): number;
  /**
   * Puts all segments of a claim into a slot at once, with the bytes in front of the first and behind the last.
   *
   * @param slot As in {@link addressIn}.
   * @returns Where they lie; `undefined` if they are to be put there one by one.
   * @throws {SabmapError} As {@link fill}.
   */
  fillClaim?(range: ByteRange, slot: number): number | undefined;
  /**
   * Puts `range` and its neighbour bytes into the arena, the first byte of `range` at `address`.
   *
   * @throws {SabmapError} `ERR_FILE_SHRANK` if the file ends before `range` does, or the errno's name.
   */
  fill(range: ByteRange, address: number): void;
  /** Puts `range`, neighbour bytes that {@link fill} has left out, into the arena at `address`. Errors are those of {@link fill}. */
  fillMore(range: ByteRange, address: number): void;
  close(): void;
}

/**
 * Opens a file in this thread for the mode of the plan.
 *
 * @throws {SabmapError} As {@link openSource}; `ERR_MAP_REFUSED` if `map` has no FFI here.
 */
export async function openFiller(
  plan: Plan,
  source: FileSource,
  memory: WebAssembly.Memory,
): Promise<Filler> {
  if (plan.io !== "map") {
    return new ReadFiller(sharedBuffer(memory), source, aheadOf(plan));
  }
  const { openMapFiller } = await import("./map_filler.ts");
  return await openMapFiller(plan, source, memory);
}

/** The neighbour bytes that are put beside a segment at once. */
export function aheadOf({ framing, aheadBytes }: Plan): Framing {
  return { before: framing.before, after: aheadBytes };
}

/** Which bytes around a segment can be read: those of its framing that the file has. */
export function neighbourhood(
  range: ByteRange,
  framing: Framing,
  byteLength: number,
): ByteRange {
  return {
    start: Math.max(0, range.start - framing.before),
    end: Math.min(byteLength, range.end + framing.after),
  };
}

/**
 * Opens the file of a run in this thread, by descriptor, to be mapped.
 *
 * @throws {SabmapError} `ERR_FILE_CHANGED` if the path leads to another file by now.
 */
export function openSource(
  source: FileSource,
  access: "read" | "write" = "read",
): number {
  const fd = openFile(source.path, access);
  try {
    checkIdentity(statFile(fd, source.path), source);
    return fd;
  } catch (error) {
    closeFile(fd, source.path);
    throw error;
  }
}

/** As {@link openSource}, to be read. */
function openSourceReader(source: FileSource): FileReader {
  return requireSource(openReader(source.path), source);
}

/** Closes the file if it is not that of the run. @throws {SabmapError} `ERR_FILE_CHANGED` then. */
export function requireSource<File extends OpenFile>(
  file: File,
  source: FileSource,
): File {
  try {
    checkIdentity(file.status(), source);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** What can be told of an open file and done with it, whatever it was opened for. */
interface OpenFile {
  status(): Pick<FileStatus, "device" | "inode">;
  close(): void;
}

/** Numbers, because Deno's own files know inodes as such only. */
function checkIdentity(
  status: Pick<FileStatus, "device" | "inode">,
  source: FileSource,
): void {
  if (
    Number(status.device) === Number(source.device) &&
    Number(status.inode) === Number(source.inode)
  ) return;
  throw new SabmapError(
    ErrorCode.FileChanged,
    "the file was replaced while it was read",
    {
      file: pathText(source.path),
    },
  );
}

/** Reads with `pread` into the slot (`stream` and `preload`). */
export class ReadFiller implements Filler {
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #source: FileSource;
  readonly #framing: Framing;
  readonly #reader: FileReader;
  /** Where was read into last: a slot takes one segment after the other. */
  #target: Uint8Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer, source: FileSource, framing: Framing) {
    this.#bytes = new Uint8Array(buffer);
    this.#source = source;
    this.#framing = framing;
    this.#reader = openSourceReader(source);
    this.#target = this.#bytes.subarray(0, 0);
  }

  fill(range: ByteRange, address: number): void {
    const around = neighbourhood(range, this.#framing, this.#source.byteLength);
    this.fillMore(around, address - (range.start - around.start));
  }

  fillMore({ start, end }: ByteRange, address: number): void {
    const byteLength = end - start;
    const { byteOffset, byteLength: length } = this.#target;
    if (byteOffset !== address || length !== byteLength) {
      this.#target = this.#bytes.subarray(address, address + byteLength);
    }
    const count = this.#reader.readAt(this.#target, start);
    if (start + count < end) {
      const { byteLength } = this.#reader.status();
      throw shrankError(byteLength, this.#source, start + count);
    }
  }

  close(): void {
    this.#reader.close();
  }
}

/** Copies from bytes that were read already: what a short stream had, or a small part of an object. */
export class BytesFiller implements Filler {
  readonly #target: Uint8Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #framing: Framing;
  readonly #offset: number;

  /** @param offset Of the first of the bytes in the file. */
  constructor(
    buffer: SharedArrayBuffer,
    bytes: Uint8Array<SharedArrayBuffer>,
    framing: Framing,
    offset: number,
  ) {
    this.#target = new Uint8Array(buffer);
    this.#bytes = bytes;
    this.#framing = framing;
    this.#offset = offset;
  }

  fill(range: ByteRange, address: number): void {
    const end = this.#offset + this.#bytes.byteLength;
    const around = neighbourhood(range, this.#framing, end);
    this.fillMore(around, address - (range.start - around.start));
  }

  fillMore({ start, end }: ByteRange, address: number): void {
    const bytes = this.#bytes.subarray(
      start - this.#offset,
      end - this.#offset,
    );
    this.#target.set(bytes, address);
  }

  close(): void {}
}

/** The error of a file that has `byteLength` bytes and ends at `offset`, although it was longer. */
export function shrankError(
  byteLength: number,
  source: FileSource,
  offset: number,
): SabmapError {
  return sizeError(source.path, {
    was: source.byteLength,
    is: byteLength,
    at: offset,
  });
}

/** The error of a file whose size, or time, is another than when the run began. */
export function sizeError(
  path: FilePath,
  { was, is, at }: { was: number; is: number; at: number },
): SabmapError {
  const file = pathText(path);
  if (is === was) {
    return new SabmapError(
      ErrorCode.FileChanged,
      `the file changed while it was read: it was modified, and still has ${
        groupDigits(is)
      } bytes`,
      { file, range: { start: 0, end: is } },
    );
  }
  const shrank = is < was;
  return new SabmapError(
    shrank ? ErrorCode.FileShrank : ErrorCode.FileGrew,
    `the file ${shrank ? "became shorter" : "grew"} while it was read: ` +
      `at offset ${groupDigits(at)}, expected ${groupDigits(was)} bytes, ` +
      `found ${groupDigits(is)}`,
    { file, range: { start: Math.min(was, is), end: Math.max(was, is) } },
  );
}
