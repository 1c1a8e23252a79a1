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
import type { Region } from "../kernels/kernels.ts";
import { GRANULE_BYTES, sharedBuffer } from "../memory/arena.ts";
import { loadMapper } from "../memory/load_mapper.ts";
import type { Mapper } from "../memory/mapping.ts";
import {
  closeFile,
  type FileReader,
  type FileStatus,
  openFile,
  openReader,
  statFile,
} from "../platform/files.ts";
import type { MappableFile } from "../platform/mappable_file.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import type { Plan } from "../plan.ts";
import type { FileSource } from "../protocol.ts";
import { roundUp } from "../round_up.ts";

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
  return plan.io === "map"
    ? await openMapFiller(plan, source, memory)
    : new ReadFiller(sharedBuffer(memory), source, aheadOf(plan));
}

/**
 * Opens a file in this thread to be mapped, as the plan says.
 *
 * @throws {SabmapError} As {@link openSource}; `ERR_MAP_REFUSED` if there is no FFI here.
 */
export async function openMapFiller(
  plan: Plan,
  source: FileSource,
  memory: WebAssembly.Memory,
): Promise<MapFiller> {
  const { mapAccess: access = "read" } = plan;
  const [mapper, { openMappable }] = await Promise.all([
    loadMapper(sharedBuffer(memory)),
    import("../platform/mappable_file.ts"),
  ]);
  const file = await openMappable(source.path, access);
  return new MapFiller(mapper, { file, access }, source, plan);
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

/** Maps the file over the slot (`map`). */
export class MapFiller implements Filler {
  readonly #mapper: Mapper;
  readonly #file: MappableFile;
  readonly #access: "read" | "write";
  readonly #source: FileSource;
  readonly #framing: Framing;
  /** Whether slots hold claims; whether they have the room to lie where huge pages can be mapped. */
  readonly #takesClaims: boolean;
  readonly #onHugePages: boolean;
  /** From the first to the last address that was mapped since {@link unmap}. */
  #mapped: Region | undefined;

  /**
   * @param open The source, open for `access`: `write` if stores are to change it.
   */
  constructor(
    mapper: Mapper,
    { file, access }: { file: MappableFile; access: "read" | "write" },
    source: FileSource,
    { framing, shape, mapsClaims }: Plan,
  ) {
    this.#mapper = mapper;
    this.#file = requireSource(file, source);
    this.#access = access;
    this.#source = source;
    this.#framing = framing;
    this.#takesClaims = mapsClaims;
    this.#onHugePages = (shape.slackBytes ?? 0) > 0;
  }

  addressIn(slot: number, start: number): number {
    const inGranule = start % GRANULE_BYTES;
    return this.#onHugePages
      ? this.#mapper.hugeAddress(slot, start - inGranule) + inGranule
      : slot + inGranule;
  }

  fillClaim(range: ByteRange, slot: number): number | undefined {
    if (!this.#takesClaims) return undefined;
    const address = this.addressIn(slot, range.start);
    this.fill(range, address);
    return address;
  }

  /**
   * As {@link fillClaim}, with pages that are brought in for stores.
   *
   * @returns `undefined` if some cannot be: the file is shorter by now, or has holes for which the disk has no space.
   */
  fillForStores(range: ByteRange, slot: number): number | undefined {
    const address = this.addressIn(slot, range.start);
    const region = this.#map(range, address, true);
    const { pageBytes } = this.#mapper;
    const own = {
      byteOffset: address,
      byteLength: roundUp(range.end - range.start, pageBytes),
    };
    if (this.#mapper.populate(own, "store") !== undefined) return undefined;
    // Neighbours are another thread's.
    const before = {
      byteOffset: region.byteOffset,
      byteLength: address - region.byteOffset,
    };
    const ownEnd = address + own.byteLength;
    const after = {
      byteOffset: ownEnd,
      byteLength: region.byteOffset + region.byteLength - ownEnd,
    };
    for (const beside of [before, after]) {
      if (beside.byteLength <= 0) continue;
      if (this.#mapper.populate(beside, "load") !== undefined) return undefined;
    }
    return address;
  }

  /** Ends all mappings over the one slot that is used, so that it can be read into. */
  unmap(): void {
    if (this.#mapped !== undefined) this.#mapper.unmap(this.#mapped);
    this.#mapped = undefined;
  }

  fill(range: ByteRange, address: number): void {
    this.#map(range, address, false);
  }

  /** @param lazy Whether pages are left to come later. @returns What was mapped. */
  #map(range: ByteRange, address: number, lazy: boolean): Region {
    const around = neighbourhood(range, this.#framing, this.#source.byteLength);
    // Where the address is on the grid of huge pages, so is what lies in front of it.
    const start = Math.floor(around.start / GRANULE_BYTES) * GRANULE_BYTES;
    // A look at the size first, because a kernel before 5.14 cannot populate and report.
    const { byteLength } = this.#file.status();
    if (byteLength < around.end) {
      throw shrankError(byteLength, this.#source, byteLength);
    }
    const region = {
      byteOffset: address - (range.start - start),
      byteLength: around.end - start,
    };
    this.#mapper.map(region, {
      fd: this.#file.fd,
      offset: start,
      access: this.#access,
      file: pathText(this.#source.path),
      lazy,
    });
    this.#mapped = spanOf(this.#mapped ?? region, region);
    return region;
  }

  fillMore(): void {
    throw new Error("Bug: a mapping has its neighbour bytes from the start");
  }

  close(): void {
    this.#file.close();
  }
}

/** From where the first of two regions starts to where the last ends. */
function spanOf(left: Region, right: Region): Region {
  const byteOffset = Math.min(left.byteOffset, right.byteOffset);
  const end = Math.max(
    left.byteOffset + left.byteLength,
    right.byteOffset + right.byteLength,
  );
  return { byteOffset, byteLength: end - byteOffset };
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
function shrankError(
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
