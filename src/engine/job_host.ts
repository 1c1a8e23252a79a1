/**
 * The host of a job: the thread's side of hosted_steps.ts.
 *
 * @module
 */
import type { AnyJob } from "../job.ts";
import { ArenaLayout, sharedBuffer } from "../memory/arena.ts";
import type { JobDescription, Plan } from "../plan.ts";
import type { SegmentPartial } from "../protocol.ts";
import { LocalSteps, type RunEnd } from "./job_steps.ts";

/** Takes the steps of one run after the other. */
export class JobHost {
  #steps: LocalSteps | undefined;

  /** @throws {TypeError} If the job's framing cannot be used. Errors of the job pass through. */
  describe(job: AnyJob, options: unknown): JobDescription {
    this.#steps = new LocalSteps(job, options);
    return this.#steps.description;
  }

  async begin(memory: WebAssembly.Memory, plan: Plan): Promise<void> {
    const layout = new ArenaLayout(plan.shape);
    await this.#current().begin({
      control: layout.controlBlock(sharedBuffer(memory)),
    });
  }

  accept(partials: readonly SegmentPartial[]): void {
    this.#current().acceptNow(partials);
  }

  async finish(end: RunEnd): Promise<unknown> {
    const steps = this.#current();
    this.#steps = undefined;
    return await steps.finish(end);
  }

  #current(): LocalSteps {
    if (this.#steps === undefined) {
      throw new Error("Bug: a step of a job that was not described");
    }
    return this.#steps;
  }
}
