/**
 * FFI of Bun: `bun:ffi`.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import type { CopySymbols } from "./copy_libc.ts";
import { findLibc, type LibcSymbols } from "./libc.ts";

/** The part of `bun:ffi` that is used; its types are Bun's own. */
interface BunFfi {
  dlopen<Symbols>(
    path: string,
    symbols: Record<string, unknown>,
  ): { symbols: Symbols };
  ptr(view: Uint8Array<SharedArrayBuffer>): number;
  read: { i32(pointer: number, offset: number): number };
}

interface BunSymbols extends Omit<LibcSymbols, "addressOf" | "errno"> {
  __errno_location(): number;
}

const SYMBOLS = {
  mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "u64" },
  madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
  msync: { args: ["u64", "u64", "i32"], returns: "i32" },
  flock: { args: ["i32", "i32"], returns: "i32" },
  posix_fadvise: { args: ["i32", "i64", "i64", "i32"], returns: "i32" },
  getpagesize: { args: [], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

const COPY_SYMBOLS = {
  ioctl: { args: ["i32", "u64", "u64"], returns: "i32" },
  lseek: { args: ["i32", "i64", "i32"], returns: "u64" },
  copy_file_range: {
    args: ["i32", "u64", "i32", "u64", "u64", "i32"],
    returns: "u64",
  },
  flistxattr: { args: ["i32", "u64", "u64"], returns: "u64" },
  fgetxattr: { args: ["i32", "u64", "u64", "u64"], returns: "u64" },
  fsetxattr: { args: ["i32", "u64", "u64", "u64", "i32"], returns: "i32" },
  fremovexattr: { args: ["i32", "u64"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

/** As `bindLibc` of a platform says. */
export async function bindLibc(): Promise<LibcSymbols> {
  const path = findLibc();
  // A variable, so that bundlers and other runtimes' checkers leave the import alone.
  const specifier = "bun:ffi";
  const { dlopen, ptr, read } = await import(specifier) as BunFfi;
  const { symbols } = openLibrary(() => dlopen<BunSymbols>(path, SYMBOLS));
  return {
    mmap: symbols.mmap,
    madvise: symbols.madvise,
    msync: symbols.msync,
    flock: symbols.flock,
    posix_fadvise: symbols.posix_fadvise,
    getpagesize: symbols.getpagesize,
    errno: () => read.i32(symbols.__errno_location(), 0),
    addressOf: (buffer) => BigInt(ptr(new Uint8Array(buffer))),
  };
}

/** As `bindCopyLibc` of a platform says. */
export async function bindCopyLibc(): Promise<CopySymbols> {
  const path = findLibc();
  const specifier = "bun:ffi";
  const { dlopen, ptr, read } = await import(specifier) as BunFfi;
  const { symbols } = openLibrary(() =>
    dlopen<CopySymbols & Pick<BunSymbols, "__errno_location">>(
      path,
      COPY_SYMBOLS,
    )
  );
  return {
    ...symbols,
    errno: () => read.i32(symbols.__errno_location(), 0),
    addressOf: (buffer) => BigInt(ptr(new Uint8Array(buffer))),
  };
}

function openLibrary<T>(open: () => T): T {
  try {
    return open();
  } catch (cause) {
    throw new SabmapError(
      ErrorCode.MapRefused,
      "Bun could not load the C library",
      { cause },
    );
  }
}
