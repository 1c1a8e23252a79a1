/**
 * The jobs of `bench/update.ts`: add 1 to the second word of every `stride` bytes.
 *
 * @module
 */
import { defineJob, type Job } from "../src/job.ts";

/** How far the words are from each other: a multiple of 4 that divides 64 KiB. */
export interface UpdateJobOptions {
  readonly stride: number;
}

const job: Job<UpdateJobOptions, number, undefined, undefined> = defineJob({
  name: "add one",
  access: "update",
  start: ({ stride }: UpdateJobOptions) => stride / 4,
  scan: ({ bytes, offset }, step: number) => {
    const { buffer, byteOffset, byteLength } = bytes;
    const words = new Uint32Array(buffer, byteOffset, byteLength >>> 2);
    // Segments may be shorter than a stride.
    const first = step - (offset / 4 - 1) % step;
    for (let i = first % step; i < words.length; i += step) words[i]! += 1;
    return undefined;
  },
  merge: () => undefined,
  finish: () => undefined,
});
export default job;
