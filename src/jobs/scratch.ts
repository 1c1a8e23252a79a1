/**
 * Shares a worker's scratch out among the parts of a job.
 *
 * @module
 */
import { roundUp } from "../round_up.ts";
import type { Region } from "../kernels/kernels.ts";

/** Where each part of a scratch starts. */
export const SCRATCH_ALIGN_BYTES: number = 64;

/** Takes the next `byteLength` bytes of a scratch. */
export type TakeScratch = (byteLength: number) => Region;

/**
 * Makes the function that hands out a scratch piece by piece, each 64-byte aligned.
 *
 * @param scratch What `WorkerContext` gives, 64-byte aligned.
 */
export function scratchTaker(scratch: Region): TakeScratch {
  let used = 0;
  return (byteLength) => {
    const taken = { byteOffset: scratch.byteOffset + used, byteLength };
    used += roundUp(byteLength, SCRATCH_ALIGN_BYTES);
    if (used > scratch.byteLength) {
      throw new Error(
        `Bug: a job takes ${used} bytes of a scratch of ${scratch.byteLength}`,
      );
    }
    return taken;
  };
}
