/**
 * Partials as a consumer takes them: one after the other, in file order, at its own pace.
 *
 * ```text
 * workers -> accept (any order) -> waiting -> ready (file order) -> take -> consumer
 *                                                          back: how far it has come
 * ```
 *
 * What the consumer has not asked for counts as not merged, so that scanning holds back (scan_loop.ts): by the
 * plan's merge window, and by the weight of what waits, as `Job.heldBytes` gives it.
 *
 * @module
 */
import type { AnyJob } from "../job.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { JobDescription } from "../plan.ts";
import type { SegmentPartial } from "../protocol.ts";
import {
  describeJob,
  type JobSteps,
  type RunEnd,
  type StepsArena,
} from "./job_steps.ts";

/** The partials of one run. */
export class PartialQueue {
  readonly #waiting = new Map<number, SegmentPartial>();
  readonly #ready: SegmentPartial[] = [];
  /** The segment that comes next in file order. */
  #next = 0;
  #taken: SegmentPartial | undefined;
  #control: ControlBlock | undefined;
  #ended = false;
  #wakeUp: () => void = () => {};
  readonly #onLanes: (lanes: RunEnd["lanes"]) => void;

  /** @param onLanes Told what the lanes gave, once all was scanned. */
  constructor(onLanes: (lanes: RunEnd["lanes"]) => void = () => {}) {
    this.#onLanes = onLanes;
  }

  /** The steps of a run whose partials come here. It has no result of its own. */
  steps(job: AnyJob, options: unknown): JobSteps {
    return new QueuedSteps(this, describeJob(job, options), this.#onLanes);
  }

  /** Says where to tell how far the consumer has come; `undefined` once the run is over and its arena not ours. */
  attach(control: ControlBlock | undefined): void {
    this.#control = control;
  }

  /** Takes partials in any order. */
  accept(partials: readonly SegmentPartial[]): void {
    for (const partial of partials) this.#waiting.set(partial.first, partial);
    for (;;) {
      const partial = this.#waiting.get(this.#next);
      if (partial === undefined) break;
      this.#waiting.delete(this.#next);
      this.#ready.push(partial);
      this.#next += partial.count;
    }
    this.#wakeUp();
  }

  /** No more partials will come. */
  end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  /**
   * Waits for the next partial. To ask for it says that the one before is done with.
   *
   * @returns `undefined` after the last one.
   */
  async take(): Promise<unknown> {
    this.#release();
    while (this.#ready.length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#wakeUp = resolve);
    }
    this.#taken = this.#ready.shift();
    return this.#taken?.partial;
  }

  #release(): void {
    const done = this.#taken;
    this.#taken = undefined;
    if (done === undefined || this.#control === undefined) return;
    this.#control.dropHeld(done.held ?? 0);
    this.#control.setMerged(done.first + done.count);
  }
}

class QueuedSteps implements JobSteps {
  readonly description: JobDescription;
  readonly #queue: PartialQueue;
  readonly #onLanes: (lanes: RunEnd["lanes"]) => void;

  constructor(
    queue: PartialQueue,
    description: JobDescription,
    onLanes: (lanes: RunEnd["lanes"]) => void,
  ) {
    this.#queue = queue;
    this.description = description;
    this.#onLanes = onLanes;
  }

  begin({ control }: StepsArena): Promise<void> {
    this.#queue.attach(control);
    return Promise.resolve();
  }

  accept(partials: readonly SegmentPartial[]): Promise<void> {
    this.#queue.accept(partials);
    return Promise.resolve();
  }

  finish({ lanes }: RunEnd): Promise<unknown> {
    this.#onLanes(lanes);
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    // The next run of the engine may have the arena by the time that the consumer asks again.
    this.#queue.attach(undefined);
    return Promise.resolve();
  }
}
