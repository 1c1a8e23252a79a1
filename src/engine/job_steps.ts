/**
 * The steps of a job that are not done by its scanning workers: what the plan is made from, the joins
 * of partials, and the result.
 *
 * Jobs of ours take them in the coordinator. A user's module takes them in a thread of its own
 * (hosted_steps.ts), where it can neither block the coordinator nor do what its workers may not.
 *
 * @module
 */
import type { AnyJob, FileInfo, Framing } from "../job.ts";
import { NO_FRAMING } from "../job.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { Plan } from "../plan.ts";
import type { SegmentPartial } from "../protocol.ts";
import { OrderedMerge } from "./ordered_merge.ts";
import { isRecordFraming } from "./record_framing.ts";

/** What has to be known of a job before its run can be planned. Plain data. */
export interface JobDescription {
  /** Its byte counts only. */
  readonly framing: Framing;
  /** Whether the framing has an indexer. */
  readonly indexed: boolean;
  readonly laneCount: number;
}

/** Where the steps of one run find what they share with it. */
export interface StepsArena {
  readonly memory: WebAssembly.Memory;
  readonly plan: Plan;
  readonly control: ControlBlock;
}

/** What the end of a run is made from, besides the merged partials. */
export interface RunEnd {
  readonly segmentCount: number;
  readonly file: FileInfo;
  /** Results of the lanes, by name. */
  readonly lanes: Readonly<Record<string, unknown>>;
}

/** The steps of one run. */
export interface JobSteps extends JobDescription {
  /** Called once the run is planned, before the first partial. */
  begin(arena: StepsArena): Promise<void>;
  /** Takes partials, in any order, and tells the control block how far they are merged. */
  accept(partials: readonly SegmentPartial[]): Promise<void>;
  /** Called once, when all partials were handed to {@link accept}. @returns The job's result. */
  finish(end: RunEnd): Promise<unknown>;
  /** Called once at the end, however the run ended. */
  close(): Promise<void>;
}

/** Asks a job what its run is planned from. */
export function describeJob(job: AnyJob, options: unknown): JobDescription {
  const framing = job.framing?.(options) ?? NO_FRAMING;
  const { before, after } = framing;
  if (!isByteCount(before) || !isByteCount(after)) {
    throw new TypeError(
      `Cannot run "${job.name}" as its framing must have the byte counts "before" and "after": received ${before} and ${after}`,
    );
  }
  return {
    framing: { before, after },
    indexed: isRecordFraming(framing) && framing.indexer !== undefined,
    laneCount: job.lanes?.(options).length ?? 0,
  };
}

function isByteCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Steps taken in the calling thread. */
export class LocalSteps implements JobSteps {
  readonly framing: Framing;
  readonly indexed: boolean;
  readonly laneCount: number;
  readonly #job: AnyJob;
  readonly #options: unknown;
  readonly #merge: OrderedMerge;
  #control: ControlBlock | undefined;

  constructor(job: AnyJob, options: unknown) {
    const description = describeJob(job, options);
    this.framing = description.framing;
    this.indexed = description.indexed;
    this.laneCount = description.laneCount;
    this.#job = job;
    this.#options = options;
    this.#merge = new OrderedMerge(job);
  }

  begin({ control }: Pick<StepsArena, "control">): Promise<void> {
    this.#control = control;
    return Promise.resolve();
  }

  // deno-lint-ignore require-await -- turns what the job throws into a rejection
  async accept(partials: readonly SegmentPartial[]): Promise<void> {
    this.acceptNow(partials);
  }

  /** As {@link accept}; what the job throws comes out at once. */
  acceptNow(partials: readonly SegmentPartial[]): void {
    for (const partial of partials) {
      this.#control?.setMerged(this.#merge.accept(partial));
    }
  }

  // deno-lint-ignore require-await -- turns what the job throws into a rejection
  async finish({ segmentCount, file, lanes }: RunEnd): Promise<unknown> {
    const partial = this.#merge.finish(segmentCount);
    return this.#job.finish(partial, file, lanes, this.#options);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
