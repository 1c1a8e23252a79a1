/**
 * The few functions of the C library that the runtimes do not offer, as numbers in, numbers out.
 *
 * Each runtime's own file binds them through its FFI; {@link Libc} turns results into errors.
 * Linux only: constants are those of its kernel headers (`asm-generic/mman-common.h`).
 *
 * @module
 */
import { ErrorCode, SabmapError, type SabmapErrorOptions } from "../errors.ts";
import { loadBuiltin } from "./builtin.ts";
import { errnoName } from "./errno.ts";

export const Protection = { Read: 1, Write: 2 } as const;

export const MapFlag = {
  Shared: 0x01,
  Private: 0x02,
  Fixed: 0x10,
  Anonymous: 0x20,
  NoReserve: 0x4000,
} as const;

/** Advice of `madvise(2)`, by its names there. */
export const Advice = {
  Normal: 0,
  Random: 1,
  Sequential: 2,
  WillNeed: 3,
  DontNeed: 4,
  DontFork: 10,
  DoFork: 11,
  Mergeable: 12,
  Unmergeable: 13,
  HugePage: 14,
  NoHugePage: 15,
  DontDump: 16,
  DoDump: 17,
  /** Faults the pages in now, and reports what a load would answer with SIGBUS. Linux 5.14. */
  PopulateRead: 22,
  /** As `PopulateRead`, for stores: also what a full disk would answer with SIGBUS. */
  PopulateWrite: 23,
} as const;

/** `POSIX_FADV_DONTNEED` of `posix_fadvise(2)`. */
const FADV_DONTNEED = 4;

/** Operations of `flock(2)` with `LOCK_NB`: none of them waits. */
export const Lock = { Shared: 5, Exclusive: 6, Release: 8 } as const;

/** `MS_SYNC` of `msync(2)`. */
export const MS_SYNC: number = 4;

/** What a runtime binds: the C functions, addresses and sizes as bigint. */
export interface LibcSymbols {
  mmap(
    address: bigint,
    byteLength: bigint,
    protection: number,
    flags: number,
    fd: number,
    offset: bigint,
  ): bigint;
  madvise(address: bigint, byteLength: bigint, advice: number): number;
  msync(address: bigint, byteLength: bigint, flags: number): number;
  flock(fd: number, operation: number): number;
  /** The one that gives its errno back. */
  posix_fadvise(
    fd: number,
    offset: bigint,
    byteLength: bigint,
    advice: number,
  ): number;
  getpagesize(): number;
  /** `errno` of the last call; best effort where the runtime may have changed it since. */
  errno(): number;
  /** Address in memory of the first byte of a buffer. */
  addressOf(buffer: SharedArrayBuffer): bigint;
}

/** Largest page that the 64 KiB grid of the arena can hold. */
const PAGE_BYTES_MAX = 64 * 1024;

const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** Checked calls of the C library. */
export class Libc {
  readonly #symbols: LibcSymbols;
  readonly pageBytes: number;

  /** @throws {SabmapError} `ERR_MAP_REFUSED` if pages are larger than 64 KiB. */
  constructor(symbols: LibcSymbols) {
    this.#symbols = symbols;
    this.pageBytes = symbols.getpagesize();
    if (this.pageBytes > PAGE_BYTES_MAX) {
      throw new SabmapError(
        ErrorCode.MapRefused,
        `Cannot map files as pages are larger than 64 KiB: received ${this.pageBytes} bytes`,
      );
    }
  }

  addressOf(buffer: SharedArrayBuffer): bigint {
    return this.#symbols.addressOf(buffer);
  }

  /**
   * Maps over an address that the caller owns (`MAP_FIXED`).
   *
   * @throws {SabmapError} With the errno's name if the kernel refuses.
   */
  mapFixed(
    address: bigint,
    byteLength: number,
    flags: number,
    source: { fd: number; offset: number } | undefined,
    about: SabmapErrorOptions = {},
  ): void {
    const result = this.#symbols.mmap(
      address,
      BigInt(byteLength),
      Protection.Read | Protection.Write,
      flags | MapFlag.Fixed,
      source?.fd ?? -1,
      BigInt(source?.offset ?? 0),
    );
    const mapped = BigInt.asUintN(64, result);
    if (mapped === MAP_FAILED) {
      throw new SabmapError(
        this.#errnoName(),
        "the kernel refused to map the file",
        about,
      );
    }
    if (mapped !== address) {
      throw new Error("Bug: MAP_FIXED gave another address");
    }
  }

  /** @returns Whether the kernel took the advice. */
  advise(address: bigint, byteLength: number, advice: number): boolean {
    return this.#symbols.madvise(address, BigInt(byteLength), advice) === 0;
  }

  /** Name of the last errno; `EIO` for one that has no name here. */
  #errnoName(): `E${string}` {
    return errnoName(this.#symbols.errno());
  }

  /** As {@link advise}, with the errno's name where the kernel refused. */
  tryAdvise(
    address: bigint,
    byteLength: number,
    advice: number,
  ): `E${string}` | undefined {
    return this.advise(address, byteLength, advice)
      ? undefined
      : this.#errnoName();
  }

  /**
   * Takes or releases the lock that goes with an open file, for all threads that use the descriptor.
   *
   * @returns False if another open file has a lock that forbids it.
   * @throws {SabmapError} With the errno's name if the file cannot be locked at all.
   */
  tryLock(
    fd: number,
    operation: number,
    about: SabmapErrorOptions = {},
  ): boolean {
    if (this.#symbols.flock(fd, operation) === 0) return true;
    const errno = this.#errnoName();
    if (errno === "EAGAIN") return false;
    throw new SabmapError(errno, "the file cannot be locked", about);
  }

  /**
   * Lets the kernel forget what it has of a file in its cache: all pages that are on the disk and in nobody's mapping.
   *
   * @throws {SabmapError} With the errno's name.
   */
  dropCache(fd: number, about: SabmapErrorOptions = {}): void {
    const errno = this.#symbols.posix_fadvise(fd, 0n, 0n, FADV_DONTNEED);
    if (errno === 0) return;
    throw new SabmapError(
      errnoName(errno),
      "the kernel could not drop the file from its cache",
      about,
    );
  }

  /**
   * Writes the changed pages of a shared mapping back and waits for it.
   *
   * @throws {SabmapError} With the errno's name if that failed.
   */
  syncMapping(
    address: bigint,
    byteLength: number,
    about: SabmapErrorOptions = {},
  ): void {
    if (this.#symbols.msync(address, BigInt(byteLength), MS_SYNC) !== 0) {
      throw new SabmapError(
        this.#errnoName(),
        "the kernel could not write a mapping back",
        about,
      );
    }
  }
}

// Absolute, because Deno resolves a bare name against the current folder when --allow-ffi is scoped.
const LIBC_PATHS = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
  "/usr/lib/libc.so.6",
  "/lib/ld-musl-x86_64.so.1",
  "/lib/ld-musl-aarch64.so.1",
];

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoSystem {
  readonly build: { readonly os: string };
  statSync(path: string): unknown;
}

/** What this system is called, and whether a file is there; Deno is asked itself, as `process` takes 15 ms there in each thread. */
function askSystem(): { os: string; isThere: (path: string) => boolean } {
  const { Deno } = globalThis as { Deno?: DenoSystem };
  if (Deno === undefined) {
    const { existsSync } = loadBuiltin<typeof import("node:fs")>("node:fs");
    return { os: process.platform, isThere: existsSync };
  }
  const isThere = (path: string) => {
    try {
      Deno.statSync(path);
      return true;
    } catch {
      return false;
    }
  };
  return { os: Deno.build.os, isThere };
}

/**
 * Finds the C library of this system.
 *
 * @throws {SabmapError} `ERR_MAP_REFUSED` if this is not Linux or the library is in none of the usual places.
 */
export function findLibc(): string {
  const { os, isThere } = askSystem();
  const path = os === "linux" ? LIBC_PATHS.find(isThere) : undefined;
  if (path === undefined) {
    throw new SabmapError(
      ErrorCode.MapRefused,
      `no C library to map files with was found on ${os}`,
    );
  }
  return path;
}
