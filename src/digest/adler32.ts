/**
 * Adler-32 (zlib) of ranges, joined as zlib's `adler32_combine` does.
 *
 * @see https://github.com/madler/zlib/blob/develop/adler32.c `adler32_combine_`
 * @module
 */
import { bindChecksums, type ChecksumKernels } from "../kernels/checksums.ts";
import { joinedLength, requireWhole } from "./coverage.ts";
import type { ParallelDigest } from "./digest.ts";

/** Largest prime below 2^16. */
const MODULUS = 65_521;

/** Adler-32 of a range of a file. */
export interface AdlerPartial {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly adler: number;
}

/** Adler-32 as a digest. Takes nothing of the worker's scratch. */
export const adler32: ParallelDigest<ChecksumKernels, AdlerPartial> = {
  kind: "parallel",
  name: "adler32",
  scratchBytes: 0,
  alignBytes: 1,
  start: (worker) => bindChecksums(worker),
  leaf: ({ offset, address, byteLength }, kernels) => ({
    byteOffset: offset,
    byteLength,
    adler: kernels.adler32(address, byteLength, 1),
  }),
  merge: (left, right) => ({
    byteOffset: left.byteOffset,
    byteLength: joinedLength(left, right),
    adler: combineAdler32(left.adler, right.adler, right.byteLength),
  }),
  finish: (partial, byteLength) => {
    requireWhole(partial, byteLength);
    return (partial?.adler ?? 1).toString(16).padStart(8, "0");
  },
};

/** Adler-32 of two neighbours, from theirs and the length of the right one, below 2^53. */
export function combineAdler32(
  left: number,
  right: number,
  rightByteLength: number,
): number {
  // The sum of bytes starts at 1 on either side, and is in the second sum once for each byte of the right.
  const leftLow = left & 0xffff, rightLow = right & 0xffff;
  const low = modulo(leftLow + rightLow - 1);
  const carried = (rightByteLength % MODULUS) * modulo(leftLow - 1);
  const high = modulo((left >>> 16) + (right >>> 16) + carried);
  return high * 65_536 + low;
}

/** The remainder that is not negative. */
function modulo(value: number): number {
  return (value % MODULUS + MODULUS) % MODULUS;
}
