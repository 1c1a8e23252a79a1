/**
 * Files mapped over the arena's own pages, so that the SharedArrayBuffer *is* the file.
 *
 * The rules that keep this sound: the arena never grows; only pages inside it are replaced; a
 * mapping ends by mapping anonymous memory over it, never by `munmap`; offsets lie on the 64 KiB
 * grid; only `access: "write"` maps `MAP_SHARED`; pages are populated before the first load, which
 * turns the SIGBUS of a truncated file into an error.
 *
 * @module
 */
import { ErrorCode, SabmapError, type SabmapErrorOptions } from "../errors.ts";
import type { Region } from "../kernels/kernels.ts";
import { Advice, type Libc, MapFlag } from "../platform/libc.ts";
import { roundUp } from "../round_up.ts";
import { GRANULE_BYTES, HUGE_PAGE_BYTES } from "./arena.ts";

const HUGE_PAGE_BITS = Math.log2(HUGE_PAGE_BYTES);

/** Which stores reach what: `read` and `copy` are private to the process, `write` is the file. */
export type MapAccess = "read" | "write" | "copy";

/** Where the bytes of a mapping come from. */
export interface MapSource {
  readonly fd: number;
  /** Offset in the file, a multiple of 64 KiB. */
  readonly offset: number;
  readonly access: MapAccess;
  /** Path, for errors. */
  readonly file: string;
  /** Leaves the pages to be read when they are touched. */
  readonly lazy?: boolean;
}

/** Maps parts of files over parts of one arena. */
export class Mapper {
  readonly #libc: Libc;
  readonly #base: bigint;
  readonly #byteLength: number;

  constructor(libc: Libc, buffer: SharedArrayBuffer) {
    this.#libc = libc;
    this.#base = libc.addressOf(buffer);
    this.#byteLength = buffer.byteLength;
  }

  /** Parts of a mapping begin at multiples of this. */
  get pageBytes(): number {
    return this.#libc.pageBytes;
  }

  /**
   * Where a file is to be mapped so that the kernel can map huge pages of its as such: address and offset at the same
   * place of their grid. One fault brings 2 MiB then, not 4 KiB (or 64, for loads).
   *
   * @param from First address that may be used, on the 64 KiB grid of the arena.
   * @param offset In the file, a multiple of 64 KiB.
   * @returns An address less than {@link HUGE_PAGE_BYTES} behind `from`. Not on the arena's grid where the arena
   * itself is on none, as Bun's are.
   */
  hugeAddress(from: number, offset: number): number {
    const distance = BigInt(offset) - this.#base - BigInt(from);
    return from + Number(BigInt.asUintN(HUGE_PAGE_BITS, distance));
  }

  /**
   * Maps a part of a file over a region, which must start on a page.
   *
   * The caller has checked that the file reaches to `offset + byteLength`. The rest of the region's
   * last page shows zeros or the file's later bytes; scans are bounded by the file, not by pages.
   *
   * @throws {SabmapError} `ERR_FILE_SHRANK` if the file ends inside of the range by now, or the errno's name.
   */
  map(region: Region, source: MapSource): void {
    const address = this.#addressOf(region);
    if (source.offset % GRANULE_BYTES !== 0) {
      throw new RangeError(
        `Cannot map a file as its offset must be a multiple of 64 KiB: received ${source.offset}`,
      );
    }
    const about: SabmapErrorOptions = {
      file: source.file,
      range: { start: source.offset, end: source.offset + region.byteLength },
    };
    const flags = source.access === "write"
      ? MapFlag.Shared
      : MapFlag.Private | MapFlag.NoReserve;
    this.#libc.mapFixed(address, region.byteLength, flags, source, about);
    if (source.lazy === true) return;
    const errno = this.populate(region, "load");
    if (errno === undefined) return;
    throw new SabmapError(
      errno === "EFAULT" ? ErrorCode.FileShrank : errno,
      errno === "EFAULT"
        ? "the file became shorter while it was mapped"
        : "the kernel could not read the file into its mapping",
      about,
    );
  }

  /**
   * Brings the pages of a region into memory, so that loads (or stores) find them there.
   *
   * @param region Part of a mapping, from a multiple of the page size on.
   * @returns The errno's name where a load (or store) would end the process: `EFAULT` if the file is
   * too short, cannot be read, or a store finds no space on the disk.
   */
  populate(region: Region, use: "load" | "store"): `E${string}` | undefined {
    const errno = this.#libc.tryAdvise(
      this.#addressOf(region),
      region.byteLength,
      use === "load" ? Advice.PopulateRead : Advice.PopulateWrite,
    );
    // A kernel before 5.14, where pages come by fault as they always did.
    return errno === "EINVAL" ? undefined : errno;
  }

  /** Ends whatever is mapped over a region: its pages become anonymous memory that reads zero. */
  unmap(region: Region): void {
    const flags = MapFlag.Private | MapFlag.Anonymous | MapFlag.NoReserve;
    this.#libc.mapFixed(
      this.#addressOf(region),
      region.byteLength,
      flags,
      undefined,
    );
  }

  /**
   * Writes the stores into a `write` mapping back and waits.
   *
   * @param region Part of a mapping, from a multiple of the page size on.
   * @throws {SabmapError} If that failed.
   */
  flush(region: Region, file: string): void {
    const address = this.#addressOf(region);
    this.#libc.syncMapping(address, region.byteLength, { file });
  }

  /** Asks for huge pages under a region; a hint that the kernel may ignore. */
  adviseHugePages(region: Region): void {
    this.advise(region, Advice.HugePage);
  }

  /**
   * Tells the kernel how a region will be used.
   *
   * @param region From a multiple of the page size on.
   * @returns Whether the kernel took the advice.
   */
  advise(region: Region, advice: number): boolean {
    const address = this.#addressOf(region);
    return this.#libc.advise(address, region.byteLength, advice);
  }

  #addressOf(region: Region): bigint {
    const { pageBytes } = this.#libc;
    const end = region.byteOffset + roundUp(region.byteLength, pageBytes);
    // SAFETY: MAP_FIXED replaces whatever is there, so this check is all that keeps it to our pages.
    if (
      region.byteOffset < 0 || region.byteOffset % pageBytes !== 0 ||
      region.byteLength <= 0 || end > this.#byteLength
    ) {
      throw new Error(
        `Bug: a mapping over [${region.byteOffset}, ${end}) of an arena of ${this.#byteLength} bytes`,
      );
    }
    return this.#base + BigInt(region.byteOffset);
  }
}

/** Whether the kernel, or a missing permission, keeps a file from being mapped that can be read. */
export function isMapRefusal(error: unknown): boolean {
  return error instanceof SabmapError &&
    [ErrorCode.MapRefused, "ENODEV", "EACCES", "EPERM", "EINVAL", "ENOMEM"]
      .includes(error.code);
}
