/**
 * Deno: FFI by `Deno.dlopen` (needs `--allow-ffi`), Web Workers.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { findLibc, type LibcSymbols } from "./libc.ts";
import type { Platform } from "./platform.ts";
import { startWebWorker } from "./worker_handle.ts";
import { startThread } from "./worker_threads.ts";

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoFfi {
  permissions: {
    querySync(query: { name: "ffi"; path: string }): { state: string };
  };
  dlopen(
    path: string,
    symbols: Record<string, unknown>,
  ): { symbols: DenoSymbols };
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
  getpagesize: { parameters: [], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

function bindLibc(): Promise<LibcSymbols> {
  const deno = (globalThis as unknown as { Deno: DenoFfi }).Deno;
  const path = findLibc();
  // Asking would stop a run in the middle; a user who wants mappings grants them beforehand.
  if (deno.permissions.querySync({ name: "ffi", path }).state !== "granted") {
    throw new SabmapError(
      ErrorCode.MapRefused,
      "mapping files needs --allow-ffi on Deno",
    );
  }
  const { symbols } = deno.dlopen(path, SYMBOLS);
  return Promise.resolve({
    mmap: symbols.mmap,
    madvise: symbols.madvise,
    msync: symbols.msync,
    flock: symbols.flock,
    getpagesize: symbols.getpagesize,
    errno: () =>
      new deno.UnsafePointerView(symbols.__errno_location()).getInt32(),
    addressOf: (buffer) =>
      deno.UnsafePointer.value(deno.UnsafePointer.of(new Uint8Array(buffer))),
  });
}

export const denoPlatform: Platform = {
  name: "deno",
  // deno-lint-ignore require-await -- turns what bindLibc throws into a rejection
  bindLibc: async () => bindLibc(),
  // A Web Worker of Deno that exhausts its heap takes the process along (exit 133); a thread with
  // resourceLimits does not.
  startWorker: (options) =>
    options.heapMebibytes === undefined
      ? startWebWorker(options)
      : startThread(options),
  openSandbox: async (settings) => {
    const { openSandbox } = await import("./sandbox.ts");
    return openSandbox(settings);
  },
};
