/**
 * What callers of a SharedFile give and get.
 *
 * @module
 */
import type { BytesSource } from "../../binary/bytes.ts";
import type { FilePath } from "../../platform/file_path.ts";

/**
 * Which stores reach what.
 *
 * `read`: nobody may store; `write`: stores change the file; `copy`: stores change the bytes in
 * memory only.
 */
export type SharedFileAccess = "read" | "write" | "copy";

/** How the bytes came into memory: mapped, read ahead, or never in a file. */
export type SharedFileIo = "map" | "preload" | "memory";

/** How to open a file. */
export interface SharedFileOptions<
  Access extends SharedFileAccess = SharedFileAccess,
> {
  /** Defaults to `read`. */
  readonly access?: Access | undefined;
  /** `map`, `preload`, or `auto` (default): `map` where that is possible and wise. */
  readonly io?: "auto" | "map" | "preload" | undefined;
  /** Offset in the file of the first byte, any. Defaults to 0. */
  readonly offset?: number | undefined;
  /** How many bytes. Defaults to all up to the end of the file. */
  readonly length?: number | undefined;
}

/**
 * A `Uint8Array` over shared memory whose type has no stores.
 *
 * `as Uint8Array<SharedArrayBuffer>` passes it to functions that ask for the plain type and only load.
 */
export interface ReadonlyBytes extends
  Omit<
    Uint8Array<SharedArrayBuffer>,
    // What stores, or gives an array that can.
    | number
    | "copyWithin"
    | "fill"
    | "reverse"
    | "set"
    | "sort"
    | "subarray"
    | "valueOf"
  > {
  /** A byte. */
  readonly [index: number]: number;
  /** A part, without a copy. */
  subarray(start?: number, end?: number): ReadonlyBytes;
}

/** The bytes of a SharedFile, as its access allows. */
export type SharedBytes<Access extends SharedFileAccess> = Access extends "read"
  ? ReadonlyBytes
  : Uint8Array<SharedArrayBuffer>;

/** What to look for: text as UTF-8, one byte (0 to 255), or bytes. */
export type Needle = string | number | BytesSource;

/** Where a position is counted from; the numbers are those of `SEEK_SET`, `SEEK_CUR` and `SEEK_END`. */
export type Whence = "start" | "current" | "end" | 0 | 1 | 2;

/** How the bytes are going to be used: the names of `madvise(2)`. */
export type SharedFileAdvice =
  | "normal"
  | "random"
  | "sequential"
  | "willneed"
  | "dontneed"
  | "dontfork"
  | "dofork"
  | "mergeable"
  | "unmergeable"
  | "hugepage"
  | "nohugepage"
  | "dontdump"
  | "dodump";

/**
 * A SharedFile as it travels to another thread: by `postMessage`, no byte is copied.
 *
 * Made by `share()`, taken by `SharedFile.attach()`.
 */
export interface SharedFileDescription<
  Access extends SharedFileAccess = SharedFileAccess,
> {
  /** Tells it from other objects. */
  readonly kind: "sabmap.SharedFile";
  /** The memory that the bytes are in. */
  readonly memory: WebAssembly.Memory;
  /** Byte offset in the memory of the first byte. */
  readonly byteOffset: number;
  /** How many bytes there are. */
  readonly byteLength: number;
  /** What stores do. */
  readonly access: Access;
  /** How the bytes came into memory. */
  readonly io: SharedFileIo;
  /** The compiled kernels; absent where the scalar ones are used. */
  readonly kernels: WebAssembly.Module | undefined;
  /** Absent where the bytes are of no file. */
  readonly file: SharedFileIdentity | undefined;
}

/** Which file the bytes are of. */
export interface SharedFileIdentity {
  /** Its path when it was opened. */
  readonly path: FilePath;
  /** The device that it is on. */
  readonly device: bigint;
  /** Its number there. */
  readonly inode: bigint;
}
