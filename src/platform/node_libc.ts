/**
 * FFI on Node: koffi, an optional peer dependency.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { loadBuiltin } from "./builtin.ts";
import type { CopySymbols } from "./copy_libc.ts";
import { findLibc, type LibcSymbols } from "./libc.ts";

/** The part of koffi that is used. */
interface Koffi {
  load(
    path: string,
  ): { func(prototype: string): (...values: unknown[]) => unknown };
  address(view: Uint8Array<SharedArrayBuffer>): bigint;
  errno(): number;
}

function loadKoffi(): Koffi {
  const { createRequire } = loadBuiltin<typeof import("node:module")>(
    "node:module",
  );
  try {
    // An import takes Node 1 ms more, which looks in all of its files for names that they export.
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    throw new SabmapError(
      ErrorCode.MapRefused,
      "mapping files needs the package koffi on Node (npm install koffi)",
      { cause },
    );
  }
}

/** As `bindLibc` of a platform says. */
export function bindLibc(): LibcSymbols {
  const koffi = loadKoffi();
  const library = koffi.load(findLibc());
  const mmap = library.func(
    "int64_t mmap(uintptr_t, size_t, int, int, int, int64_t)",
  );
  const madvise = library.func("int madvise(uintptr_t, size_t, int)");
  const msync = library.func("int msync(uintptr_t, size_t, int)");
  const flock = library.func("int flock(int, int)");
  const posixFadvise = library.func(
    "int posix_fadvise(int, int64_t, int64_t, int)",
  );
  const getpagesize = library.func("int getpagesize()");
  return {
    // koffi gives a number where it is exact and a bigint otherwise.
    mmap: (...values) => BigInt(mmap(...values) as number | bigint),
    madvise: (...values) => Number(madvise(...values)),
    msync: (...values) => Number(msync(...values)),
    flock: (...values) => Number(flock(...values)),
    posix_fadvise: (...values) => Number(posixFadvise(...values)),
    getpagesize: () => Number(getpagesize()),
    errno: () => koffi.errno(),
    addressOf: (buffer) => koffi.address(new Uint8Array(buffer)),
  };
}

/** As `bindCopyLibc` of a platform says. */
export function bindCopyLibc(): CopySymbols {
  const koffi = loadKoffi();
  const library = koffi.load(findLibc());
  const bind = (prototype: string) => library.func(prototype);
  const wide = (prototype: string) => {
    const call = bind(prototype);
    return (...values: unknown[]) => BigInt(call(...values) as number | bigint);
  };
  const narrow = (prototype: string) => {
    const call = bind(prototype);
    return (...values: unknown[]) => Number(call(...values));
  };
  return {
    ioctl: narrow("int ioctl(int, unsigned long, unsigned long)"),
    lseek: wide("int64_t lseek(int, int64_t, int)"),
    copy_file_range: wide(
      "int64_t copy_file_range(int, uintptr_t, int, uintptr_t, size_t, unsigned int)",
    ),
    flistxattr: wide("int64_t flistxattr(int, uintptr_t, size_t)"),
    fgetxattr: wide("int64_t fgetxattr(int, uintptr_t, uintptr_t, size_t)"),
    fsetxattr: narrow(
      "int fsetxattr(int, uintptr_t, uintptr_t, size_t, int)",
    ),
    fremovexattr: narrow("int fremovexattr(int, uintptr_t)"),
    errno: () => koffi.errno(),
    addressOf: (buffer) => koffi.address(new Uint8Array(buffer)),
  };
}
