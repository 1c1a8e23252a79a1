/**
 * Where two blocks of an arena differ, and how much: a family with a module of its own, for runs that change files.
 *
 * @module
 */
import { DIFFERENCE_WASM_BASE64 } from "./difference_wasm.ts";
import { bindFamily } from "./family.ts";
import type { Backend } from "./kernels.ts";
import { createScalarDifference } from "./scalar_difference.ts";

/** Changed bytes with fewer unchanged ones between them belong to one place. */
export const PLACE_GAP_BYTES = 16;

/** Unit of what is written. */
export const PAGE_BYTES = 4096;

/** Kernels over one memory. Blocks are byte addresses in it, anywhere, and end within it. */
export interface DifferenceKernels {
  /** Index of the first byte that differs; `byteLength` if none does. */
  firstDifference(left: number, right: number, byteLength: number): number;
  /** Index behind the last byte that differs; 0 if none does. */
  differenceEnd(left: number, right: number, byteLength: number): number;
  /**
   * Index behind the pages at the start that all have a byte that differs; 0 if the first has none.
   *
   * @param firstBytes Bytes of the first page that the block has; the others have {@link PAGE_BYTES}, or end with it.
   */
  changedPagesEnd(
    left: number,
    right: number,
    byteLength: number,
    firstBytes: number,
  ): number;
  /**
   * Index behind the last byte that differs in the place at the start: behind it come {@link PLACE_GAP_BYTES}
   * equal bytes, or fewer and the end. 0 if the block begins so.
   */
  placeEnd(left: number, right: number, byteLength: number): number;
  /** How many bytes differ. */
  countDifferences(left: number, right: number, byteLength: number): number;
  /** Copies a block over another: engines copy within shared memory a word at a time, and this does not. */
  copyBytes(target: number, source: number, byteLength: number): void;
}

/** Binds a backend to a memory that does not grow afterwards. */
export function bindDifference(
  memory: WebAssembly.Memory,
  backend: Backend,
): DifferenceKernels {
  if (backend === "scalar") return createScalarDifference(memory);
  const simd = bindFamily<DifferenceKernels>(DIFFERENCE_WASM_BASE64, memory);
  return {
    // WASM gives 32 bits as a signed number.
    firstDifference: (left, right, byteLength) =>
      simd.firstDifference(left, right, byteLength) >>> 0,
    differenceEnd: (left, right, byteLength) =>
      simd.differenceEnd(left, right, byteLength) >>> 0,
    changedPagesEnd: (left, right, byteLength, firstBytes) =>
      simd.changedPagesEnd(left, right, byteLength, firstBytes) >>> 0,
    placeEnd: (left, right, byteLength) =>
      simd.placeEnd(left, right, byteLength) >>> 0,
    countDifferences: (left, right, byteLength) =>
      simd.countDifferences(left, right, byteLength) >>> 0,
    copyBytes: simd.copyBytes,
  };
}
