/**
 * The job that counts lines.
 *
 * @module
 */
import { defineJob, type Job, type WorkerContext } from "../job.ts";

/** How many lines a file has. */
export interface CountJobResult {
  /** Newlines, as `wc -l` counts: a last line without one does not count. */
  readonly count: number;
}

const NEWLINE = 0x0a;

/** Counts newlines. Has no options. */
export const countJob: Job<unknown, WorkerContext, number, CountJobResult> =
  defineJob({
    name: "count",
    start: (_options: unknown, worker) => worker,
    scan: ({ address, byteLength }, { kernels }) =>
      kernels.countByte(address, byteLength, NEWLINE),
    merge: (left, right) => left + right,
    finish: (partial) => ({ count: partial ?? 0 }),
  });
