/**
 * FFI of Deno: `Deno.dlopen`, which needs `--allow-ffi`.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import type { CopySymbols } from "./copy_libc.ts";
import { findLibc, type LibcSymbols } from "./libc.ts";

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoFfi {
  permissions: {
    querySync(query: { name: "ffi"; path?: string }): { state: string };
  };
  dlopen<Symbols>(
    path: string,
    symbols: Record<string, unknown>,
  ): { symbols: Symbols };
  UnsafePointer: {
    of(view: Uint8Array<SharedArrayBuffer>): unknown;
    value(pointer: unknown): bigint;
  };
  UnsafePointerView: new (pointer: unknown) => { getInt32(): number };
}

interface DenoSymbols extends Omit<LibcSymbols, "addressOf" | "errno"> {
  __errno_location(): unknown;
}

const SYMBOLS = {
  mmap: {
    parameters: ["usize", "usize", "i32", "i32", "i32", "i64"],
    result: "usize",
  },
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
  msync: { parameters: ["usize", "usize", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  posix_fadvise: { parameters: ["i32", "i64", "i64", "i32"], result: "i32" },
  getpagesize: { parameters: [], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

const COPY_SYMBOLS = {
  ioctl: { parameters: ["i32", "usize", "usize"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "usize" },
  copy_file_range: {
    parameters: ["i32", "usize", "i32", "usize", "usize", "i32"],
    result: "usize",
  },
  flistxattr: { parameters: ["i32", "usize", "usize"], result: "usize" },
  fgetxattr: {
    parameters: ["i32", "usize", "usize", "usize"],
    result: "usize",
  },
  fsetxattr: {
    parameters: ["i32", "usize", "usize", "usize", "i32"],
    result: "i32",
  },
  fremovexattr: { parameters: ["i32", "usize"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** @throws {SabmapError} `ERR_MAP_REFUSED` if FFI was not granted. */
function openLibrary<Symbols>(
  names: Record<string, unknown>,
): { deno: DenoFfi; symbols: Symbols } {
  const deno = (globalThis as unknown as { Deno: DenoFfi }).Deno;
  const path = findGranted(deno);
  // Asking would stop a run in the middle; a user who wants mappings grants them beforehand.
  if (
    path === undefined ||
    deno.permissions.querySync({ name: "ffi", path }).state !== "granted"
  ) {
    throw new SabmapError(
      ErrorCode.MapRefused,
      "mapping files needs --allow-ffi on Deno",
    );
  }
  return { deno, symbols: deno.dlopen<Symbols>(path, names).symbols };
}

/** @returns `undefined` where there is none to be seen, which is no matter of the system if FFI was not granted. */
function findGranted(deno: DenoFfi): string | undefined {
  try {
    return findLibc();
  } catch (error) {
    const { state } = deno.permissions.querySync({ name: "ffi" });
    if (state === "granted") throw error;
    return undefined;
  }
}

/** As `bindLibc` of a platform says. */
export function bindLibc(): Promise<LibcSymbols> {
  const { deno, symbols } = openLibrary<DenoSymbols>(SYMBOLS);
  return Promise.resolve({
    mmap: symbols.mmap,
    madvise: symbols.madvise,
    msync: symbols.msync,
    flock: symbols.flock,
    posix_fadvise: symbols.posix_fadvise,
    getpagesize: symbols.getpagesize,
    errno: () =>
      new deno.UnsafePointerView(symbols.__errno_location()).getInt32(),
    addressOf: (buffer) =>
      deno.UnsafePointer.value(deno.UnsafePointer.of(new Uint8Array(buffer))),
  });
}

/** As `bindCopyLibc` of a platform says. */
export function bindCopyLibc(): Promise<CopySymbols> {
  const { deno, symbols } = openLibrary<
    CopySymbols & Pick<DenoSymbols, "__errno_location">
  >(COPY_SYMBOLS);
  return Promise.resolve({
    ...symbols,
    errno: () =>
      new deno.UnsafePointerView(symbols.__errno_location()).getInt32(),
    addressOf: (buffer) =>
      deno.UnsafePointer.value(deno.UnsafePointer.of(new Uint8Array(buffer))),
  });
}
