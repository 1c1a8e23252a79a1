/**
 * The emitter: gathers a worker's partials and sends them in batches.
 *
 * @module
 */
import type { SegmentPartial } from "../protocol.ts";
import type { EditBlock } from "../update/edit_block.ts";

/** Partials of one batch: a message costs about 20 us on both sides. */
const BATCH_MAX = 16;

/** Longest time that a partial waits for company, so that merging keeps up with slow scans. */
const BATCH_MS = 20;

export class Emitter {
  readonly #send: (partials: readonly SegmentPartial[]) => void;
  #batch: SegmentPartial[] = [];
  #sentAt = performance.now();

  constructor(send: (partials: readonly SegmentPartial[]) => void) {
    this.#send = send;
  }

  /**
   * Takes the partial of one segment or more; neighbours are merged here and now.
   *
   * @param merge The job's.
   */
  add(
    next: SegmentPartial,
    merge: (left: unknown, right: unknown) => unknown,
  ): void {
    const last = this.#batch.at(-1);
    if (last !== undefined && last.first + last.count === next.first) {
      this.#batch[this.#batch.length - 1] = {
        ...holding((last.held ?? 0) + (next.held ?? 0), [
          ...last.edits ?? [],
          ...next.edits ?? [],
        ]),
        first: last.first,
        count: last.count + next.count,
        partial: merge(last.partial, next.partial),
      };
    } else {
      this.#batch.push(next);
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

/** The members of a partial that most do not have. @param held KiB that it counts as held. */
export function holding(
  held: number,
  edits: readonly EditBlock[],
): Pick<SegmentPartial, "held" | "edits"> {
  return {
    ...(held > 0 ? { held } : {}),
    ...(edits.length > 0 ? { edits } : {}),
  };
}
