/**
 * The emitter: gathers a worker's partials and sends them in batches.
 *
 * @module
 */
import type { AnyJob } from "../job.ts";
import type { SegmentPartial } from "../protocol.ts";
import type { EditBlock } from "../update/edit_block.ts";

/** Partials of one batch: a message costs about 20 us on both sides. */
const BATCH_MAX = 16;

/** Longest time that a partial waits for company, so that merging keeps up with slow scans. */
const BATCH_MS = 20;

export class Emitter {
  readonly #job: AnyJob;
  readonly #send: (partials: readonly SegmentPartial[]) => void;
  #batch: SegmentPartial[] = [];
  #sentAt = performance.now();

  constructor(
    job: AnyJob,
    send: (partials: readonly SegmentPartial[]) => void,
  ) {
    this.#job = job;
    this.#send = send;
  }

  /**
   * Takes the partial of `count` segments from `first`; neighbours are merged here and now.
   *
   * @param held KiB that it counts as held.
   * @param edits What the job has changed in these segments.
   */
  add(
    first: number,
    count: number,
    partial: unknown,
    held = 0,
    edits: readonly EditBlock[] = [],
  ): void {
    const last = this.#batch.at(-1);
    if (last !== undefined && last.first + last.count === first) {
      this.#batch[this.#batch.length - 1] = {
        ...last,
        ...(held > 0 ? { held: (last.held ?? 0) + held } : {}),
        ...(edits.length > 0 ? { edits: [...last.edits ?? [], ...edits] } : {}),
        count: last.count + count,
        partial: this.#job.merge(last.partial, partial),
      };
    } else {
      this.#batch.push({
        ...{ first, count, partial },
        ...(held > 0 ? { held } : {}),
        ...(edits.length > 0 ? { edits } : {}),
      });
    }
    if (
      this.#batch.length >= BATCH_MAX ||
      performance.now() - this.#sentAt > BATCH_MS
    ) {
      this.flush();
    }
  }

  /** Sends what is there. To be called before waiting: others may wait for these partials. */
  flush(): void {
    this.#sentAt = performance.now();
    if (this.#batch.length === 0) return;
    this.#send(this.#batch);
    this.#batch = [];
  }
}
