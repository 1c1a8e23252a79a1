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
import { GRANULE_BYTES, roundUp } from "./arena.ts";

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

  /**
   * Maps a part of a file over a region, which must lie on the 64 KiB grid at its start.
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
    this.#populate(address, region.byteLength, about);
  }

  #populate(
    address: bigint,
    byteLength: number,
    about: SabmapErrorOptions,
  ): void {
    const errno = this.#libc.tryAdvise(
      address,
      byteLength,
      Advice.PopulateRead,
    );
    // EINVAL: a kernel before 5.14, where pages come by fault as they always did.
    if (errno === undefined || errno === "EINVAL") return;
    throw new SabmapError(
      errno === "EFAULT" ? ErrorCode.FileShrank : errno,
      errno === "EFAULT"
        ? "the file became shorter while it was mapped"
        : "the kernel could not read the file into its mapping",
      about,
    );
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

  /** Writes the stores into a `write` mapping back and waits. @throws {SabmapError} If that failed. */
  flush(region: Region, file: string): void {
    this.#libc.syncMapping(this.#addressOf(region), region.byteLength, {
      file,
    });
  }

  /** Asks for huge pages under a region; a hint that the kernel may ignore. */
  adviseHugePages(region: Region): void {
    this.#libc.advise(
      this.#addressOf(region),
      region.byteLength,
      Advice.HugePage,
    );
  }

  #addressOf(region: Region): bigint {
    const end = region.byteOffset +
      roundUp(region.byteLength, this.#libc.pageBytes);
    // SAFETY: MAP_FIXED replaces whatever is there, so this check is all that keeps it to our pages.
    if (
      region.byteOffset < 0 || region.byteOffset % GRANULE_BYTES !== 0 ||
      region.byteLength <= 0 || end > this.#byteLength
    ) {
      throw new Error(
        `Bug: a mapping over [${region.byteOffset}, ${end}) of an arena of ${this.#byteLength} bytes`,
      );
    }
    return this.#base + BigInt(region.byteOffset);
  }
}
