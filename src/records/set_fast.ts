/**
 * The fast path of updates: a kernel goes through the records of a segment, and stops at values that do not fit and
 * at what is no number, which are left to the general path.
 *
 * @module
 */
import type { WorkerContext } from "../job.ts";
import {
  bindSetKernel,
  type SetKernel,
  type SetPlan,
  SetPlanField,
  writeSetPlan,
} from "../kernels/set_fields.ts";
import { sharedBuffer } from "../memory/arena.ts";

/** What a kernel has come to. */
export interface FastCounts {
  /** Records that it went through. */
  readonly records: number;
  /** Those of them that were to be set. */
  readonly matched: number;
  readonly changed: number;
  readonly bytesChanged: number;
}

/** Sets one field of record after record. One for each worker. */
export class FastSetter {
  readonly #kernel: SetKernel;
  readonly #view: DataView;
  readonly #plan: number;
  readonly #recordBytes: number;

  constructor(plan: SetPlan, { memory, kernels, scratch }: WorkerContext) {
    this.#kernel = bindSetKernel(memory, kernels.backend);
    this.#view = new DataView(sharedBuffer(memory));
    this.#plan = scratch.byteOffset;
    this.#recordBytes = plan.recordBytes;
    writeSetPlan(this.#view, this.#plan, plan);
  }

  /**
   * Goes through records from address `start` on.
   *
   * @param end Where the last whole record ends.
   * @returns Address of the first record that is left, and not counted; `end` if none is.
   */
  run(start: number, end: number): number {
    return this.#kernel(this.#plan, start, end);
  }

  /** What the last run came to, from `start` to what it returned. */
  counts(start: number, end: number): FastCounts {
    const read = (field: number) =>
      this.#view.getUint32(this.#plan + field, true);
    return {
      records: (end - start) / this.#recordBytes,
      matched: read(SetPlanField.Matched),
      changed: read(SetPlanField.Changed),
      bytesChanged: read(SetPlanField.BytesChanged),
    };
  }
}
