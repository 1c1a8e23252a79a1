/**
 * Files to be mapped on Deno, opened by the C library.
 *
 * `node:fs` would do it, but the first touch of it, or of `process`, takes 15 to 25 ms in each thread (Deno 2.9,
 * Xeon 2.6 GHz, 2026-11-21), and threads that map need nothing else of it. Deno's own files have no descriptor.
 *
 * @module
 */
import type { MappableFile } from "./mappable_file.ts";

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoFfi {
  readonly build: { readonly os: string; readonly arch: string };
  permissions: {
    querySync(query: { name: "ffi"; path: string }): { state: string };
  };
  dlopen(
    path: string,
    symbols: Record<string, unknown>,
  ): { readonly symbols: FileSymbols };
}

interface FileSymbols {
  open(path: Uint8Array, flags: number): number;
  fstat(fd: number, status: Uint8Array): number;
  close(fd: number): number;
}

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  fstat: { parameters: ["i32", "buffer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** Flags of `open(2)`, on both architectures. */
const OpenFlag = { ReadOnly: 0, ReadWrite: 2, CloseOnExec: 0o2000000 } as const;

/** Where `struct stat` has what is needed, on both architectures: u64, u64 and i64. */
const StatOffset = { Device: 0, Inode: 8, ByteLength: 48 } as const;
/** More than `struct stat` of either. */
const STAT_BYTES = 256;

const ARCHITECTURES = ["x86_64", "aarch64"];

let bound: FileSymbols | undefined | null;

/**
 * Opens a file for mappings.
 *
 * @param libc Path of the C library.
 * @returns `undefined` if that cannot be done in this way, for whatever reason: `node:fs` tells it, or can.
 */
export function openDenoMappable(
  path: string,
  access: "read" | "write",
  libc: string,
): MappableFile | undefined {
  bound ??= bind(libc) ?? null;
  if (bound === null) return undefined;
  const { open, fstat, close } = bound;
  const mode = access === "read" ? OpenFlag.ReadOnly : OpenFlag.ReadWrite;
  const name = new TextEncoder().encode(`${path}\0`);
  const fd = open(name, mode | OpenFlag.CloseOnExec);
  if (fd < 0) return undefined;
  const bytes = new Uint8Array(STAT_BYTES);
  const view = new DataView(bytes.buffer);
  return {
    fd,
    status: () => {
      // SAFETY: the kernel writes one `struct stat`, which is shorter than the buffer.
      if (fstat(fd, bytes) !== 0) throw new Error("Bug: fstat of an open file");
      return {
        byteLength: Number(view.getBigInt64(StatOffset.ByteLength, true)),
        device: view.getBigUint64(StatOffset.Device, true),
        inode: view.getBigUint64(StatOffset.Inode, true),
      };
    },
    close: () => {
      close(fd);
    },
  };
}

/** @returns `undefined` without the permission, on other machines, and for a C library without `fstat` (glibc before 2.33). */
function bind(libc: string): FileSymbols | undefined {
  const deno = (globalThis as unknown as { Deno: DenoFfi }).Deno;
  const { os, arch } = deno.build;
  if (os !== "linux" || !ARCHITECTURES.includes(arch)) return undefined;
  const query = { name: "ffi", path: libc } as const;
  if (deno.permissions.querySync(query).state !== "granted") return undefined;
  try {
    return deno.dlopen(libc, SYMBOLS).symbols;
  } catch {
    return undefined;
  }
}
