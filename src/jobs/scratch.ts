/**
 * Shares a worker's scratch out among the parts of a job.
 *
 * @module
 */
import type { Region } from "../kernels/kernels.ts";

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
    used += Math.ceil(byteLength / 64) * 64;
    if (used > scratch.byteLength) {
      throw new Error(
        `Bug: a job takes ${used} bytes of a scratch of ${scratch.byteLength}`,
      );
    }
    return taken;
  };
}
