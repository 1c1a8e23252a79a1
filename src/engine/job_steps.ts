/**
 * The steps of a job that are not done by its scanning workers: what the plan is made from, the joins
 * of partials, and the result.
 *
 * Jobs of ours take them in the coordinator. A user's module takes them in a thread of its own
 * (hosted_steps.ts), where it can neither block the coordinator nor do what its workers may not.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import type { AnyJob, FileInfo, Framing } from "../job.ts";
import {
  JOB_SCRATCH_BYTES,
  NO_FRAMING,
  type PartLane,
  SEGMENT_ALIGN_BYTES,
} from "../job.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { JobDescription, Plan } from "../plan.ts";
import type { PartShape } from "../plan/parts.ts";
import type { SegmentPartial } from "../protocol.ts";
import { OrderedMerge } from "./ordered_merge.ts";
import { isRecordFraming } from "./record_framing.ts";

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
  /** Whether the end is not that of the file: {@link JobSteps.finish} gives an {@link UnfinishedRun}. */
  readonly unfinished?: boolean | undefined;
}

/** What a run over part of a file leaves to be joined with the rest. */
export interface UnfinishedRun {
  /** All of the part; `undefined` when that is empty. */
  readonly partial: unknown;
  readonly lanes: Readonly<Record<string, unknown>>;
}

/** The steps of one run. */
export interface JobSteps {
  readonly description: JobDescription;
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
    indexedBy: indexedBy(framing),
    laneCount: job.lanes?.(options).length ?? 0,
    parts: (job.partLanes?.(options) ?? []).map((lane) => shapeOf(job, lane)),
    alignBytes: checkAlignBytes(job, options),
    scratchBytes: checkScratchBytes(job, options),
    updates: checkAccess(job, options),
    ownsRecords: isRecordFraming(framing),
  };
}

/** What finds the entries of segments; `undefined` where none are needed, or what is said of it is no data. */
function indexedBy(framing: Framing): FramingDescription | undefined {
  if (!isRecordFraming(framing) || framing.indexer === undefined) {
    return undefined;
  }
  try {
    return structuredClone(framing.description);
  } catch {
    return undefined;
  }
}

/** @returns Whether the job changes its file. */
function checkAccess(job: AnyJob, options: unknown): boolean {
  const { access = "read" } = job;
  if (access !== "read" && access !== "update") {
    throw new TypeError(
      `Cannot run "${job.name}" as its access must be "read" or "update": received ${
        JSON.stringify(access)
      }`,
    );
  }
  const lanes = [job.lanes?.(options), job.partLanes?.(options)].flat();
  if (access === "update" && lanes.some((lane) => lane !== undefined)) {
    throw new TypeError(
      `Cannot run "${job.name}" as a job whose access is "update" must have no lanes, which could see its changes or not`,
    );
  }
  return access === "update";
}

function shapeOf(job: AnyJob, lane: PartLane<unknown>): PartShape {
  const { name, partBytes, resultBytes } = lane;
  for (const value of [partBytes, resultBytes]) {
    if (!isByteCount(value) || value === 0) {
      throw new TypeError(
        `Cannot run "${job.name}" as the parts and results of its part lane "${name}" must have a length: received ${value}`,
      );
    }
  }
  const partsInStep = lane.inStep?.count;
  if (
    partsInStep !== undefined && !(isByteCount(partsInStep) && partsInStep > 1)
  ) {
    throw new TypeError(
      `Cannot run "${job.name}" as its part lane "${name}" must take at least 2 parts at once: received ${partsInStep}`,
    );
  }
  return { name, partBytes, resultBytes, partsInStep };
}

function checkAlignBytes(job: AnyJob, options: unknown): number {
  const wanted = job.alignBytes?.(options) ?? SEGMENT_ALIGN_BYTES;
  if (!isByteCount(wanted) || !Number.isInteger(Math.log2(wanted))) {
    throw new TypeError(
      `Cannot run "${job.name}" as its segments must be aligned to a power of two: received ${wanted}`,
    );
  }
  return Math.min(wanted, SEGMENT_ALIGN_BYTES);
}

function checkScratchBytes(job: AnyJob, options: unknown): number {
  const wanted = job.scratchBytes?.(options) ?? 0;
  if (!isByteCount(wanted)) {
    throw new TypeError(
      `Cannot run "${job.name}" as its scratch must be a count of bytes: received ${wanted}`,
    );
  }
  return Math.max(wanted, JOB_SCRATCH_BYTES);
}

function isByteCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Steps taken in the calling thread. */
export class LocalSteps implements JobSteps {
  readonly description: JobDescription;
  readonly #job: AnyJob;
  readonly #options: unknown;
  readonly #merge: OrderedMerge;
  #control: ControlBlock | undefined;

  constructor(job: AnyJob, options: unknown) {
    this.description = describeJob(job, options);
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
  async finish(end: RunEnd): Promise<unknown> {
    const { segmentCount, file, lanes, unfinished } = end;
    const partial = this.#merge.finish(segmentCount);
    if (unfinished) return { partial, lanes } satisfies UnfinishedRun;
    return this.#job.finish(partial, file, lanes, this.#options);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
