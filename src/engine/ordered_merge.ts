/**
 * Joins partials in file order, whatever order they come in.
 *
 * A strict left fold over neighbours: the same joins in the same order for every worker count and
 * claim order. What waits for its turn is bounded by the merge window of the plan, which scanning
 * does not leave.
 *
 * @module
 */
import type { AnyJob } from "../job.ts";
import type { SegmentPartial } from "../protocol.ts";

export class OrderedMerge {
  readonly #job: AnyJob;
  readonly #waiting = new Map<number, SegmentPartial>();
  #merged = 0;
  #partial: unknown;
  /** What `merge` has thrown: the run may come to its end before anybody hears of it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(job: AnyJob) {
    this.#job = job;
  }

  /** Takes a partial. @returns How many segments, from the first on, are merged now. */
  accept(partial: SegmentPartial): number {
    this.#waiting.set(partial.first, partial);
    for (;;) {
      const next = this.#waiting.get(this.#merged);
      if (next === undefined) return this.#merged;
      this.#waiting.delete(this.#merged);
      this.#partial = this.#merged === 0
        ? next.partial
        : this.#merge(next.partial);
      this.#merged += next.count;
    }
  }

  #merge(right: unknown): unknown {
    try {
      return this.#job.merge(this.#partial, right);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** Partials that wait for one in front of them. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * The partial of the whole file.
   *
   * @param segmentCount How many segments there were.
   * @returns `undefined` when there were none.
   * @throws What `merge` has thrown, if it has.
   */
  finish(segmentCount: number): unknown {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#merged !== segmentCount || this.#waiting.size > 0) {
      throw new Error(
        `Bug: ${this.#merged} of ${segmentCount} segments were merged`,
      );
    }
    return this.#partial;
  }
}
