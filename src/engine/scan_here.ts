/**
 * A run on the calling thread: for files whose scan takes less time than starting workers.
 *
 * It is the workers' own loop, with a plan of one thread.
 *
 * @module
 */
import { createKernels } from "../kernels/load.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { Mapper } from "../memory/mapping.ts";
import { importModule, loadJob } from "../jobs/load.ts";
import { loadLibc } from "../platform/platform.ts";
import { Emitter } from "./emitter.ts";
import { aheadOf, BytesFiller, type Filler, openFiller } from "./fill.ts";
import { joinPartResults } from "./part_results.ts";
import type { PlannedRun, Scanned } from "./planned_run.ts";
import { scanLoop } from "./scan_loop.ts";

/**
 * Scans a file, or a short stream that was read already.
 *
 * @param shortStream All bytes of the stream; absent for a file.
 */
export async function scanHere(
  run: PlannedRun,
  shortStream: Uint8Array<SharedArrayBuffer> | undefined,
): Promise<Scanned> {
  const { plan, layout, control, memory, source, steps } = run;
  const job = await loadJob(run.jobRef, importModule);
  const buffer = sharedBuffer(memory);
  const joins: Promise<void>[] = [];
  const emitter = new Emitter(job, (partials) => {
    const join = steps.accept(partials);
    join.catch(() => {}); // heard below, unless the scan fails first
    joins.push(join);
  });
  const context = {
    index: 0,
    count: 1,
    memory,
    kernels: createKernels(memory, run.kernels, layout.kernelScratch(0)),
    scratch: layout.jobScratch(0),
    file: { path: source.path, byteLength: plan.byteLength },
  };
  const filler = await openSourceFiller(run, buffer, shortStream);
  try {
    const options = run.jobOptions;
    const setup = {
      plan,
      layout,
      control,
      buffer,
      filler,
      job,
      options,
      context,
      emitter,
    };
    const lanes = scanLoop(run.tracer?.setup(setup) ?? setup);
    await Promise.all(joins);
    const { byteLength = 0 } = plan;
    return { lanes: joinPartResults(lanes, plan, byteLength), byteLength };
  } finally {
    filler.close();
    if (plan.io === "map") await unmapSlots(run);
  }
}

async function openSourceFiller(
  { plan, source }: PlannedRun,
  buffer: SharedArrayBuffer,
  shortStream: Uint8Array<SharedArrayBuffer> | undefined,
): Promise<Filler> {
  if (shortStream !== undefined) {
    return new BytesFiller(buffer, shortStream, aheadOf(plan));
  }
  if (source.file === undefined) {
    throw new Error("Bug: an endless stream on the calling thread");
  }
  return await openFiller(plan, source.file, buffer);
}

/** Puts anonymous memory back where files were mapped, so that the arena can be used again. */
export async function unmapSlots(run: PlannedRun): Promise<void> {
  new Mapper(await loadLibc(), sharedBuffer(run.memory)).unmap(
    run.layout.slots,
  );
}
