/**
 * One run, from a path to a result:
 *
 * ```text
 * load the job -> open the source -> plan -> scan (here, or in workers) -> check the source -> finish
 * ```
 *
 * Workers claim segments through the arena's control block, put each into a slot, scan it there and
 * send partials; the coordinator merges those in file order and says how far it has come. It never
 * blocks: its thread keeps the event loop for signals and progress.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import { chooseIo } from "./engine/choose_io.ts";
import { OrderedMerge } from "./engine/ordered_merge.ts";
import type { PlannedRun, Scanned } from "./engine/planned_run.ts";
import { abortable } from "./engine/promises.ts";
import { scanHere } from "./engine/scan_here.ts";
import { type AnyJob, NO_FRAMING } from "./job.ts";
import { loadJob } from "./jobs/load.ts";
import { chooseBackend, compileKernels } from "./kernels/load.ts";
import { ArenaLayout, sharedBuffer } from "./memory/arena.ts";
import type { RunOptions, RunOutcome, RunStats } from "./options.ts";
import {
  checkSegmentBytes,
  checkWorkers,
  INLINE_BYTES_DEFAULT,
  type Plan,
  planRun,
} from "./plan.ts";
import { type FilePath, pathOfUrl } from "./platform/files.ts";
import { cpuCount } from "./platform/platform.ts";
import { reportEnd } from "./progress.ts";
import type { JobRef } from "./protocol.ts";
import { openSource, type Source } from "./source.ts";

/** Heap of a thread that runs a user's module. */
const HEAP_MEBIBYTES_DEFAULT = 2048;

/** What a run is asked to do, and the engine whose workers and arena it uses. */
export interface RunRequest {
  readonly path: FilePath | URL;
  readonly job: JobRef;
  readonly jobOptions: unknown;
  readonly options: RunOptions;
  readonly resources: Engine;
}

/** Carries out one run. Errors are those of `runJob`. */
export async function coordinate<Result>(
  request: RunRequest,
): Promise<RunOutcome<Result>> {
  const { path, options, jobOptions } = request;
  checkOptions(options);
  const startedAt = performance.now();
  const job = await loadJob(request.job);
  const name = path instanceof URL ? pathOfUrl(path) : path;
  const source = await openSource(name, options.signal);
  try {
    const shortStream = await readAhead(source, request);
    const plan = await makePlan(request, job, source, shortStream?.byteLength);
    const run = await prepare(request, { job, source, plan, startedAt });
    const scanned = plan.inline
      ? await scanHere(run, shortStream)
      : await scanElsewhere(run);
    source.checkUnchanged();
    reportEnd({ ...run, onProgress: options.onProgress }, scanned.byteLength);
    const partial = run.merge.finish(run.control.segmentCount);
    const file = { path: source.path, byteLength: scanned.byteLength };
    const result = job.finish(
      partial,
      file,
      scanned.lanes,
      jobOptions,
    ) as Result;
    return { result, stats: describe(run, scanned) };
  } finally {
    source.close();
  }
}

/** @throws {RangeError} If an option is out of bounds. */
function checkOptions(options: RunOptions): void {
  options.signal?.throwIfAborted();
  if (options.workers !== undefined) checkWorkers(options.workers);
  if (options.segmentBytes !== undefined) {
    checkSegmentBytes(options.segmentBytes);
  }
  const { io = "auto" } = options;
  if (!["auto", "map", "preload", "stream"].includes(io)) {
    throw new RangeError(
      `Cannot run as "io" must be auto, map, preload or stream: received "${io}"`,
    );
  }
}

/** A file for the calling thread. A user's module never runs there: it could hang or exit. */
function inlineLimit({ job, options }: RunRequest): number {
  return "module" in job ? -1 : options.inlineBytes ?? INLINE_BYTES_DEFAULT;
}

/** A heap limit makes threads slower to start on Deno, and our own jobs have nothing on the heap. */
function heapLimit({ job, options }: RunRequest): number | undefined {
  return "module" in job
    ? options.heapMebibytes ?? HEAP_MEBIBYTES_DEFAULT
    : undefined;
}

/** Looks whether a stream ends soon. @returns All of it, if it does. */
async function readAhead(
  source: Source,
  request: RunRequest,
): Promise<Uint8Array<SharedArrayBuffer> | undefined> {
  const limit = inlineLimit(request);
  if (source.stream === undefined || limit < 0) return undefined;
  const peekBytes = Math.min(limit, INLINE_BYTES_DEFAULT);
  return await abortable(source.stream.peek(peekBytes), request.options.signal);
}

async function makePlan(
  request: RunRequest,
  job: AnyJob,
  source: Source,
  shortStreamBytes: number | undefined,
): Promise<Plan> {
  const { options, jobOptions } = request;
  return planRun({
    io: await chooseIo(source, options),
    byteLength: source.file?.byteLength ?? shortStreamBytes,
    workers: options.workers ?? cpuCount(),
    segmentBytes: options.segmentBytes,
    framing: job.framing?.(jobOptions) ?? NO_FRAMING,
    laneCount: job.lanes?.(jobOptions).length ?? 0,
    inlineBytes: inlineLimit(request),
  });
}

/** Loads what only runs with workers need. */
async function scanElsewhere(run: PlannedRun): Promise<Scanned> {
  const { scanInWorkers } = await import("./engine/scan_in_workers.ts");
  return await scanInWorkers(run);
}

/** Gets threads and arena ready. Threads come up while the arena is made. */
async function prepare(
  request: RunRequest,
  parts: { job: AnyJob; source: Source; plan: Plan; startedAt: number },
): Promise<PlannedRun> {
  const { plan, job } = parts;
  const pool = plan.inline
    ? undefined
    : await request.resources.pool(plan.threads, heapLimit(request));
  const layout = new ArenaLayout(plan.shape);
  const memory = request.resources.arena(layout);
  const control = layout.controlBlock(sharedBuffer(memory));
  control.reset(plan.segmentCount);
  const backend = chooseBackend();
  return {
    ...parts,
    id: request.resources.nextRun(),
    jobRef: request.job,
    jobOptions: request.jobOptions,
    options: request.options,
    pool,
    layout,
    memory,
    control,
    backend,
    kernels: backend === "simd" ? compileKernels() : undefined,
    merge: new OrderedMerge(job),
  };
}

function describe(run: PlannedRun, scanned: Scanned): RunStats {
  const { plan } = run;
  return {
    io: plan.io,
    workers: plan.inline ? 0 : plan.threads,
    segmentBytes: plan.segmentBytes,
    backend: run.backend,
    byteLength: scanned.byteLength,
    elapsedMs: performance.now() - run.startedAt,
  };
}
