/**
 * Differences of blocks in plain TypeScript: the oracle of the SIMD kernels, and the fallback.
 *
 * @module
 */
import { sharedBuffer } from "../memory/arena.ts";
import {
  type DifferenceKernels,
  PAGE_BYTES,
  PLACE_GAP_BYTES,
} from "./difference.ts";

/** Binds the scalar kernels to a memory that does not grow afterwards. */
export function createScalarDifference(
  memory: WebAssembly.Memory,
): DifferenceKernels {
  const bytes = new Uint8Array(sharedBuffer(memory));
  const differs = (left: number, right: number, i: number): boolean =>
    bytes[left + i] !== bytes[right + i];
  const firstDifference = (left: number, right: number, byteLength: number) => {
    let i = 0;
    while (i < byteLength && !differs(left, right, i)) i++;
    return i;
  };
  return {
    firstDifference,
    differenceEnd(left, right, byteLength) {
      let end = byteLength;
      while (end > 0 && !differs(left, right, end - 1)) end--;
      return end;
    },
    changedPagesEnd(left, right, byteLength, firstBytes) {
      let end = 0;
      for (let length = firstBytes; end < byteLength; length = PAGE_BYTES) {
        length = Math.min(length, byteLength - end);
        const same = firstDifference(left + end, right + end, length);
        if (same === length) break;
        end += length;
      }
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
