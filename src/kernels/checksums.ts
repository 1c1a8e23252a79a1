/**
 * Checksums and fast hashes over the bytes of an arena: a family with a module of its own.
 *
 * As everywhere, places are byte offsets into the arena, and both backends give the same results.
 *
 * @module
 */
import { CHECKSUMS_WASM_BASE64 } from "./checksums_wasm.ts";
import { bindFamily } from "./family.ts";
import type { Backend, Kernels } from "./kernels.ts";
import { createScalarChecksums } from "./scalar_checksums.ts";
import { CRC_CONSTANTS, type CrcName } from "./scalar_crc.ts";

export { CRC_CONSTANTS, type CrcName } from "./scalar_crc.ts";

/** Hashes that have a kernel, both with the seed 0. */
export type XxhName = "xxh64" | "xxh3";

/** Bytes of scratch that a CRC wants: tables of 16 KiB, and a window. */
export const CRC_SCRATCH_BYTES: number = 40 * 1024;

/** Bytes of the state of a hash. */
export const XXH_STATE_BYTES: number = 640;

/** The family bound to one arena. */
export interface ChecksumKernels {
  /**
   * Fills the tables of a CRC, once for any number of calls of `crcUpdate`.
   *
   * @param scratch Byte offset of {@link CRC_SCRATCH_BYTES}, 64-byte aligned, that nobody else uses.
   */
  crcPrepare(name: CrcName, scratch: number): void;

  /**
   * CRC of bytes after bytes whose CRC is `crc`.
   *
   * @param address Byte offset, anywhere.
   * @param crc 0 where there are no bytes in front; not negative.
   * @param scratch As prepared for this CRC.
   */
  crcUpdate(
    name: CrcName,
    address: number,
    byteLength: number,
    crc: bigint,
    scratch: number,
  ): bigint;

  /** Adler-32 of bytes after bytes whose Adler-32 is `value`, 1 where there are none. */
  adler32(address: number, byteLength: number, value: number): number;

  /** Begins a hash. @param state Byte offset of {@link XXH_STATE_BYTES}, 64-byte aligned. */
  xxhStart(name: XxhName, state: number): void;

  /** Takes the next bytes into a hash. */
  xxhUpdate(
    name: XxhName,
    state: number,
    address: number,
    byteLength: number,
  ): void;

  /** The hash of all bytes, after which the state can only be begun anew. */
  xxhEnd(name: XxhName, state: number): bigint;
}

/** What the functions of a worker are bound to. */
export interface KernelHost {
  /** The arena. */
  readonly memory: WebAssembly.Memory;
  /** Tells the backend. */
  readonly kernels: Pick<Kernels, "backend">;
}

/** What has been bound, for workers that go through many small files in one arena. */
const bound = new WeakMap<
  WebAssembly.Memory,
  Partial<Record<Backend, ChecksumKernels>>
>();

/** Binds the family to a worker's arena, on the worker's backend. Once for an arena. */
export function bindChecksums(
  { memory, kernels: { backend } }: KernelHost,
): ChecksumKernels {
  const backends = bound.get(memory) ?? {};
  bound.set(memory, backends);
  return backends[backend] ??= backend === "simd"
    ? bindSimd(memory)
    : createScalarChecksums(memory);
}

type CrcFunction = (
  address: number,
  byteLength: number,
  register: bigint,
  scratch: number,
) => bigint;

/** What the module exports. Registers are CRCs that are not inverted; results have signs. */
type ChecksumExports =
  & Readonly<Record<CrcName, CrcFunction>>
  & Readonly<Record<`${XxhName}Start`, (state: number) => void>>
  & Readonly<
    Record<
      `${XxhName}Update`,
      (state: number, address: number, byteLength: number) => void
    >
  >
  & Readonly<Record<`${XxhName}End`, (state: number) => bigint>>
  & {
    crcPrepare(polynomial: bigint, scratch: number): void;
    adler32(address: number, byteLength: number, value: number): number;
  };

function bindSimd(memory: WebAssembly.Memory): ChecksumKernels {
  const simd = bindFamily<ChecksumExports>(CHECKSUMS_WASM_BASE64, memory);
  return {
    crcPrepare: (name, scratch) =>
      simd.crcPrepare(CRC_CONSTANTS[name].polynomial, scratch),
    crcUpdate: (name, address, byteLength, crc, scratch) => {
      const { bits } = CRC_CONSTANTS[name];
      const before = BigInt.asUintN(bits, ~crc);
      const after = simd[name](address, byteLength, before, scratch);
      return BigInt.asUintN(bits, ~after);
    },
    adler32: (address, byteLength, value) =>
      simd.adler32(address, byteLength, value) >>> 0,
    xxhStart: (name, state) => simd[`${name}Start`](state),
    xxhUpdate: (name, state, address, byteLength) =>
      simd[`${name}Update`](state, address, byteLength),
    xxhEnd: (name, state) => BigInt.asUintN(64, simd[`${name}End`](state)),
  };
}
