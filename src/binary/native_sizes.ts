/**
 * How long C's `long` and pointers are on this machine.
 *
 * @module
 */

/** Sizes in bytes, which are alignments too. */
export interface NativeSizes {
  /** `long`: 8 on 64-bit Unix, 4 on Windows and on 32-bit machines. */
  readonly long: 4 | 8;
  /** `size_t`, `ssize_t` and `void *`. */
  readonly pointer: 4 | 8;
}

/** What a runtime says about the machine; parts of it are absent on some. */
interface Machine {
  readonly Deno?: { readonly build: { readonly os: string } };
  readonly process?: { readonly platform?: string; readonly arch?: string };
}

/** Architectures of Node with 4-byte pointers. Deno and Bun run on none of them. */
const SHORT_POINTERS = ["arm", "ia32", "mips", "mipsel", "ppc", "s390"];

/**
 * Sizes of the platform that this runtime runs on.
 *
 * @param machine The global object; another one in tests.
 * @returns Those of 64-bit Unix where nothing is known.
 */
export function nativeSizes(machine: object = globalThis): NativeSizes {
  const { system, arch } = nameOf(machine);
  const pointer = SHORT_POINTERS.includes(arch ?? "") ? 4 : 8;
  const windows = system === "win32" || system === "windows";
  return { long: windows ? 4 : pointer, pointer };
}

function nameOf(
  machine: Machine,
): {
  readonly system?: string | undefined;
  readonly arch?: string | undefined;
} {
  // Deno is asked first: the first touch of its `process` takes milliseconds.
  if (machine.Deno !== undefined) return { system: machine.Deno.build.os };
  const { process } = machine;
  return { system: process?.platform, arch: process?.arch };
}
