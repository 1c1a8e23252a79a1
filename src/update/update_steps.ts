/**
 * The steps of an update job: what was changed is taken from its partials on their way, and put in file order.
 *
 * @module
 */
import type { JobSteps, RunEnd, StepsArena } from "../engine/job_steps.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { JobDescription } from "../plan.ts";
import type { SegmentPartial } from "../protocol.ts";
import type { EditStream } from "./edit_stream.ts";

/** Steps of a job, and a stream for what it changes. */
export class UpdateSteps implements JobSteps {
  readonly #steps: JobSteps;
  readonly #stream: EditStream;
  /** Edits that wait for those in front of them: as many as scanning may run ahead. */
  readonly #waiting = new Map<number, SegmentPartial>();
  #next = 0;
  #control: ControlBlock | undefined;

  constructor(steps: JobSteps, stream: EditStream) {
    this.#steps = steps;
    this.#stream = stream;
  }

  get description(): JobDescription {
    return this.#steps.description;
  }

  async begin(arena: StepsArena): Promise<void> {
    this.#control = arena.control;
    await this.#steps.begin(arena);
  }

  async accept(partials: readonly SegmentPartial[]): Promise<void> {
    for (const partial of partials) this.#waiting.set(partial.first, partial);
    this.#drain();
    await this.#steps.accept(
      partials.map(({ first, count, partial }) => ({ first, count, partial })),
    );
  }

  #drain(): void {
    for (;;) {
      const next = this.#waiting.get(this.#next);
      if (next === undefined) return;
      this.#waiting.delete(this.#next);
      this.#next += next.count;
      for (const block of next.edits ?? []) this.#stream.accept(block);
      this.#control?.dropHeld(next.held ?? 0);
    }
  }

  async finish(end: RunEnd): Promise<unknown> {
    return await this.#steps.finish(end);
  }

  /** The steps are the caller's to close. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
