/**
 * A run on the calling thread: for files whose scan takes less time than starting workers.
 *
 * It is the workers' own loop, with a plan of one thread.
 *
 * @module
 */
import { createKernels } from "../kernels/load.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { loadMapper } from "../memory/load_mapper.ts";
import { loadJob } from "../jobs/load.ts";
import { Emitter } from "./emitter.ts";
import { neededRange } from "./feed.ts";
import { aheadOf, BytesFiller, type Filler, openFiller } from "./fill.ts";
import { joinPartResults } from "./part_results.ts";
import type { PlannedRun, Scanned } from "./planned_run.ts";
import { loadLoop } from "./plain_loop.ts";
import type { ScanSetup } from "./segment_scan.ts";
import type { TrackedFiller, TrackerSetup } from "../update/changes.ts";

/**
 * Scans a file, or what was read already.
 *
 * @param shortStream All bytes of a stream, or those that the run needs of an object; absent for a file.
 */
export async function scanHere(
  run: PlannedRun,
  shortStream: Uint8Array<SharedArrayBuffer> | undefined,
): Promise<Scanned> {
  const { plan } = run;
  const scanAll = await loadLoop(plan);
  const scan = await openCallerScan(run, shortStream);
  try {
    const lanes = scanAll(scan.setup);
    await scan.merged();
    const { byteLength = 0 } = plan;
    return { lanes: joinPartResults(lanes, plan, byteLength), byteLength };
  } finally {
    scan.close();
    if (plan.mapAccess !== undefined) await unmapSlots(run);
  }
}

/** What the calling thread scans with, as the first of those that do. */
export interface CallerScan {
  readonly setup: ScanSetup;
  /** Waits until what was sent is merged. @throws What the job's `merge` has thrown; the run is aborted then. */
  merged(): Promise<unknown>;
  close(): void;
}

/** @param shortStream All bytes of a stream that was read already; absent for a file. */
export async function openCallerScan(
  run: PlannedRun,
  shortStream?: Uint8Array<SharedArrayBuffer>,
): Promise<CallerScan> {
  const { plan, layout, control, memory, source, steps } = run;
  const { jobOptions: options } = run;
  const job = await loadJob(run.jobRef, options);
  const buffer = sharedBuffer(memory);
  const joins: Promise<void>[] = [];
  const emitter = new Emitter((partials) => {
    const join = steps.accept(partials);
    join.catch(() => control.abort());
    joins.push(join);
  });
  const context = {
    index: 0,
    count: plan.threads,
    memory,
    kernels: createKernels(memory, run.kernels, layout.kernelScratch(0)),
    scratch: layout.jobScratch(0),
    file: { path: source.path, byteLength: plan.byteLength },
  };
  const reader = await openSourceFiller(run, shortStream);
  const { backend } = context.kernels;
  const tracked = { plan, layout, memory, backend, index: 0 };
  const { filler = reader, changes } = plan.update === undefined
    ? { filler: reader, changes: undefined }
    : await track(tracked, reader);
  const arena = { plan, layout, control, buffer, filler };
  const setup = { ...arena, job, options, context, emitter, changes };
  return {
    setup: run.tracer?.setup(setup) ?? setup,
    merged: () => Promise.all(joins),
    close: () => {
      filler.close();
      changes?.close();
    },
  };
}

/** Loads what only runs need that change their file. */
async function track(
  setup: TrackerSetup,
  filler: Filler,
): Promise<TrackedFiller> {
  const { trackFiller } = await import("../update/changes.ts");
  return trackFiller(setup, filler);
}

async function openSourceFiller(
  { plan, source, memory }: PlannedRun,
  shortStream: Uint8Array<SharedArrayBuffer> | undefined,
): Promise<Filler> {
  if (shortStream !== undefined) {
    // Of a stream there is all; of what has a size, what the plan needs.
    const offset = source.byteLength === undefined
      ? 0
      : neededRange(plan).start;
    return new BytesFiller(
      sharedBuffer(memory),
      shortStream,
      aheadOf(plan),
      offset,
    );
  }
  if (source.file === undefined) {
    throw new Error("Bug: an endless stream on the calling thread");
  }
  return await openFiller(plan, source.file, memory);
}

/**
 * Puts anonymous memory back where files were mapped, so that the arena can be used again: what is read into it
 * would else go into a file.
 */
export async function unmapSlots(run: PlannedRun): Promise<void> {
  const mapper = await loadMapper(sharedBuffer(run.memory))
    .catch(() => undefined);
  // Without it there were no mappings.
  mapper?.unmap(run.layout.slots);
}
