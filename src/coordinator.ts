/**
 * One run, from a path to a result:
 *
 * ```text
 * open the source -> ask the job -> plan -> scan (here, or in workers) -> check the source -> finish
 * ```
 *
 * Workers claim segments through the arena's control block, put each into a slot, scan it there and
 * send partials; the coordinator merges those in file order and says how far it has come. It never
 * blocks: its thread keeps the event loop for signals and progress.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import { checkOptions } from "./check_options.ts";
import { checkPath } from "./check_path.ts";
import type { ByteRange } from "./errors.ts";
import { chooseIo } from "./engine/choose_io.ts";
import { readNeeded } from "./engine/feed.ts";
import { type JobSteps, LocalSteps } from "./engine/job_steps.ts";
import type { PartialQueue } from "./engine/partial_queue.ts";
import type { PlannedRun, Scanned } from "./engine/planned_run.ts";
import { abortable } from "./engine/promises.ts";
import { scanHere } from "./engine/scan_here.ts";
import { loadJob } from "./jobs/load.ts";
import { chooseBackend, compileKernels } from "./kernels/load.ts";
import { ArenaLayout, sharedBuffer } from "./memory/arena.ts";
import {
  type RunOptions,
  type RunOutcome,
  type RunStats,
  STALL_MS_DEFAULT,
} from "./options.ts";
import {
  INLINE_BYTES_DEFAULT,
  type Plan,
  type PlanInput,
  planRun,
  poolThreads,
  SEGMENT_BYTES_MIN,
  startsAtOnce,
} from "./plan.ts";
import type { FilePath } from "./platform/file_path.ts";
import { cpuCount, platform } from "./platform/platform.ts";
import type { PoolSettings } from "./pool.ts";
import { onlyRising, reportEnd } from "./progress.ts";
import type { JobRef } from "./protocol.ts";
import type { RemoteExpectation } from "./remote/types.ts";
import { openSource, type Source } from "./source.ts";
import type { RunTracer } from "./trace/run_tracer.ts";
import type { chooseWay } from "./update/choose_way.ts";
import type { UpdateOptions } from "./update/options.ts";
import type { RunUpdate } from "./update/run_update.ts";

/** Heap of a thread that runs a user's module. */
const HEAP_MEBIBYTES_DEFAULT = 2048;

/** What a run is asked to do, and the engine whose workers and arena it uses. */
export interface RunRequest {
  readonly path: FilePath | URL;
  readonly job: JobRef;
  readonly jobOptions: unknown;
  readonly options: RunOptions;
  readonly resources: Engine;
  /** Aborted if the engine is closed. */
  readonly closing: AbortSignal;
  /** What only our own callers ask for. */
  readonly internals: RunInternals;
}

/** What our own operations may ask of a run of a job of ours, besides its options. */
export interface RunInternals {
  /** The part of a file to scan; a stream is scanned as a whole. */
  readonly range?: ByteRange | undefined;
  /** What the path names, opened already: the run closes it. */
  readonly source?: Source | undefined;
  /** Takes the partials in file order, instead of `merge` and `finish`. */
  readonly queue?: PartialQueue | undefined;
  /** The entry of the first segment of `range`, where the framing has an indexer (binary/framing.ts). */
  readonly entry?: number | undefined;
  /** Whether neighbour bytes behind `range` may be read: what starts in it may go on there. */
  readonly readOn?: boolean | undefined;
  /** Whether the outcome is an `UnfinishedRun`, to be joined with those of other ranges, rather than the result. */
  readonly unfinished?: boolean | undefined;
  /** How a job that changes its file does so: the outcome then has `update`. Other jobs refuse it. */
  readonly update?: UpdateOptions | undefined;
  /** The version that an object on another machine has to be; all else fails as changed. */
  readonly expect?: RemoteExpectation | undefined;
}

/** Carries out one run, with a trace if one is asked for. Errors are those of `runJob`. */
export async function coordinate<Result>(
  request: RunRequest,
): Promise<RunOutcome<Result>> {
  const { onTrace } = request.options;
  checkOptions(request.options);
  if (onTrace === undefined) return await carryOut(request);
  const { traceRun } = await import("./trace/trace_run.ts");
  return await traceRun(
    request.path,
    onTrace,
    (tracer) => carryOut(request, tracer),
  );
}

async function carryOut<Result>(
  given: RunRequest,
  tracer?: RunTracer,
): Promise<RunOutcome<Result>> {
  const { path, options } = given;
  const startedAt = performance.now();
  const source = given.internals.source ??
    await openSource(checkPath(path), options.signal, options.onNote, {
      expect: given.internals.expect,
      options: options.remote,
    });
  // A stream is read ahead before it is scanned: what was told of the one does not go back with the other.
  const onProgress = source.byteLength === undefined
    ? onlyRising(options.onProgress)
    : options.onProgress;
  const request = { ...given, options: { ...options, onProgress } };
  let steps: JobSteps | undefined;
  try {
    const shortStream = await readAhead(source, request, startedAt);
    const opened = await openSteps(request, source);
    steps = tracer?.steps(opened) ?? opened;
    const parts = { source, steps, shortStream, tracer, startedAt };
    if (steps.description.updates !== true) {
      refuseUpdate(request);
      return await runSteps(request, parts);
    }
    const { updateFile } = await import("./update/update_file.ts");
    return await updateFile<Result>({
      request,
      path: checkPath(path),
      steps,
      openSteps: (reopened) => openSteps(request, reopened),
      run: (changed, update) =>
        runSteps(request, { ...parts, ...changed }, update),
    });
  } finally {
    source.close();
    await steps?.close();
  }
}

/** An opened source and the steps of a job, to be planned and run. */
export interface OpenedRun {
  readonly source: Source;
  readonly steps: JobSteps;
  /** All of a stream that has ended already. */
  readonly shortStream: Uint8Array<SharedArrayBuffer> | undefined;
  readonly tracer: RunTracer | undefined;
  readonly startedAt: number;
}

async function runSteps<Result>(
  request: RunRequest,
  { shortStream, ...opened }: OpenedRun,
  update?: RunUpdate,
): Promise<RunOutcome<Result>> {
  const { source, steps } = opened;
  const { onProgress } = request.options;
  const plan = await makePlan(request, steps, source, shortStream, update);
  const run = await prepare(request, { ...opened, plan });
  const scanned = await scan(run, shortStream).catch((error) => {
    // What feeds a run may wait for a read into its slot, which nothing calls back.
    if (plan.fed) request.resources.dropArena();
    throw error;
  });
  if (update === undefined) source.checkUnchanged();
  else update.scanned(scanned, plan);
  reportEnd({ ...run, onProgress }, scanned.byteLength);
  const result = await steps.finish({
    segmentCount: run.control.segmentCount,
    file: { path: source.path, byteLength: scanned.byteLength },
    lanes: scanned.lanes,
    unfinished: request.internals.unfinished,
  }) as Result;
  return { result, stats: describe(run, scanned) };
}

/** @throws {TypeError} If it is said how a job is to change its file that does not change any. */
function refuseUpdate({ internals: { update = {} } }: RunRequest): void {
  for (const [name, value] of Object.entries(update)) {
    if (value === undefined) continue;
    throw new TypeError(
      `Cannot run a job with "${name}" as its access must be "update" for that: received "read"`,
    );
  }
}

/** A file for the calling thread. A user's module never runs there: it could hang or exit. */
function inlineLimit({ job, options }: RunRequest): number {
  return "module" in job ? -1 : options.inlineBytes ?? INLINE_BYTES_DEFAULT;
}

/** A heap limit and a sandbox make threads slower to start, and our own jobs need neither. */
function poolSettings({ job, options }: RunRequest): PoolSettings {
  if ("builtin" in job) return { heapMebibytes: undefined, sandbox: undefined };
  const { heapMebibytes = HEAP_MEBIBYTES_DEFAULT, permissions = [] } = options;
  const sandboxed = platform.openSandbox !== undefined && permissions !== "all";
  return {
    heapMebibytes,
    sandbox: sandboxed ? { module: job.module, permissions } : undefined,
  };
}

/** Our own jobs are asked here, a user's module in a thread. */
export async function openSteps(
  request: RunRequest,
  source: Pick<Source, "byteLength">,
): Promise<JobSteps> {
  const { job, jobOptions, options, resources } = request;
  if ("builtin" in job) {
    const ours = await loadJob(job, jobOptions);
    const { queue } = request.internals;
    return queue?.steps(ours, jobOptions) ?? new LocalSteps(ours, jobOptions);
  }
  const { openHostedSteps } = await import("./engine/hosted_steps.ts");
  const pool = await resources.pool(
    poolSettings(request),
    request.closing,
  );
  // The first, as all else waits for it; the others come up while the job is asked for its framing.
  pool.host();
  pool.grow(threadsAtMost(options, source.byteLength));
  const steps = await openHostedSteps({
    pool,
    job,
    jobOptions,
    signal: options.signal,
    stallMs: options.stallMs ?? STALL_MS_DEFAULT,
  });
  // Not before: what ends the module's thread as it is loaded is told of one thread, and that is always the same.
  pool.preload(job, steps.description.updates === true);
  return steps;
}

/** Threads that a plan can ask for, before there is one. */
function threadsAtMost(
  { workers = cpuCount(), segmentBytes = SEGMENT_BYTES_MIN }: RunOptions,
  byteLength = Infinity,
): number {
  return Math.max(1, Math.min(workers, Math.ceil(byteLength / segmentBytes)));
}

/** Looks whether a stream ends soon. @returns All of it, if it does. */
async function readAhead(
  source: Source,
  request: RunRequest,
  startedAt: number,
): Promise<Uint8Array<SharedArrayBuffer> | undefined> {
  const limit = inlineLimit(request);
  if (source.byteLength !== undefined || limit < 0) return undefined;
  const peekBytes = Math.min(limit, INLINE_BYTES_DEFAULT);
  const { onProgress, signal } = request.options;
  const peeking = source.stream().peek(peekBytes, (bytesDone) => {
    const elapsedMs = performance.now() - startedAt;
    if (bytesDone === 0) return;
    onProgress?.({ bytesDone, byteLength: undefined, elapsedMs });
  });
  return await abortable(peeking, signal);
}

async function makePlan(
  request: RunRequest,
  steps: JobSteps,
  source: Source,
  shortStream: Uint8Array | undefined,
  update: RunUpdate | undefined,
): Promise<Plan> {
  const { options } = request;
  const fed = source.file === undefined ||
    poolSettings(request).sandbox !== undefined;
  const input = {
    byteLength: source.byteLength ?? shortStream?.byteLength,
    workers: options.workers ?? cpuCount(),
    segmentBytes: options.segmentBytes,
    ...steps.description,
    fed,
    inlineBytes: inlineLimit(request),
    range: request.internals.range,
    entry: request.internals.entry,
    readOn: request.internals.readOn,
    streamed: request.internals.queue !== undefined,
    callerScans: options.callerScans === true && "builtin" in request.job,
  };
  const chosen = fed || source.file === undefined
    ? "stream"
    : await chooseIo(source.file, options, () => startAhead(request, input));
  const way = update === undefined
    ? { io: chosen }
    : await wayOf(update, source.file, options, { io: chosen, fed });
  return planRun({ ...input, ...way });
}

/** Loads what only runs need that change their file. */
async function wayOf(
  ...choice: Parameters<typeof chooseWay>
): Promise<Awaited<ReturnType<typeof chooseWay>>> {
  const { chooseWay } = await import("./update/choose_way.ts");
  return await chooseWay(...choice);
}

/** Scans on the calling thread, or with workers. */
async function scan(
  run: PlannedRun,
  shortStream: Uint8Array<SharedArrayBuffer> | undefined,
): Promise<Scanned> {
  if (!run.plan.inline) return await scanElsewhere(run);
  return await scanHere(run, shortStream ?? await readNeeded(run));
}

/** Loads what only runs with workers need. */
async function scanElsewhere(run: PlannedRun): Promise<Scanned> {
  const { scanInWorkers } = await import("./engine/scan_in_workers.ts");
  return await scanInWorkers(run);
}

/** Lets the threads of a large file come up while it is tried whether it can be mapped, which takes Node 20 ms. */
async function startAhead(
  request: RunRequest,
  input: Omit<PlanInput, "io">,
): Promise<void> {
  const plan = planRun({ ...input, io: "map" });
  if (plan.inline || !startsAtOnce(plan)) return;
  const pool = await request.resources.pool(
    poolSettings(request),
    request.closing,
  );
  pool.grow(poolThreads(plan));
}

/** Gets threads and arena ready. Threads come up while the arena is made. */
async function prepare(
  request: RunRequest,
  parts: Pick<
    PlannedRun,
    "steps" | "source" | "plan" | "tracer" | "startedAt"
  >,
): Promise<PlannedRun> {
  const { plan, steps, tracer } = parts;
  const pool = plan.inline ? undefined : await request.resources.pool(
    poolSettings(request),
    request.closing,
  );
  // The calling thread says when it pays to start others beside it, where that is not sure.
  if (startsAtOnce(plan)) pool?.grow(poolThreads(plan));
  const layout = new ArenaLayout(plan.shape);
  const memory = request.resources.arena(layout);
  const control = layout.controlBlock(sharedBuffer(memory));
  control.reset(plan.segmentCount);
  await steps.begin({ memory, plan, control });
  const backend = chooseBackend();
  tracer?.planned(plan.inline ? 0 : plan.threads, plan.callerScans ? 1 : 0);
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
