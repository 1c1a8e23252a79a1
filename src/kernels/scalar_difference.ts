/**
 * Differences of blocks in plain TypeScript: the oracle of the SIMD kernels, and the fallback.
 *
 * @module
 */
import { sharedBuffer } from "../memory/arena.ts";
import { type DifferenceKernels, PLACE_GAP_BYTES } from "./difference.ts";

/** Binds the scalar kernels to a memory that does not grow afterwards. */
export function createScalarDifference(
  memory: WebAssembly.Memory,
): DifferenceKernels {
  const bytes = new Uint8Array(sharedBuffer(memory));
  const differs = (left: number, right: number, i: number): boolean =>
    bytes[left + i] !== bytes[right + i];
  return {
    firstDifference(left, right, byteLength) {
      let i = 0;
      while (i < byteLength && !differs(left, right, i)) i++;
      return i;
    },
    differenceEnd(left, right, byteLength) {
      let end = byteLength;
      while (end > 0 && !differs(left, right, end - 1)) end--;
      return end;
    },
    placeEnd(left, right, byteLength) {
      let end = 0;
      for (let i = 0; i < byteLength && i - end < PLACE_GAP_BYTES; i++) {
        if (differs(left, right, i)) end = i + 1;
      }
      return end;
    },
    countDifferences(left, right, byteLength) {
      let count = 0;
      for (let i = 0; i < byteLength; i++) {
        if (differs(left, right, i)) count++;
      }
      return count;
    },
    copyBytes: (target, source, byteLength) =>
      void bytes.copyWithin(target, source, source + byteLength),
  };
}
