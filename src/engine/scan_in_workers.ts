/**
 * A run in the workers of a pool: starts them on the run, merges what they send, watches them, and
 * sees to it that all of them have stopped when it returns, however it ends.
 *
 * @module
 */
import { sharedBuffer } from "../memory/arena.ts";
import { loadMapper } from "../memory/load_mapper.ts";
import { STALL_MS_DEFAULT } from "../options.ts";
import { poolThreads } from "../plan.ts";
import { segmentRange } from "../plan/segments.ts";
import { type Pool, watch } from "../pool.ts";
import { reportProgress } from "../progress.ts";
import type { PartialsMessage, WorkerTask } from "../protocol.ts";
import { scanBesideWorkers } from "./caller_scan.ts";
import { feed, openStream } from "./feed.ts";
import { joinPartResults } from "./part_results.ts";
import type { PlannedRun, Scanned } from "./planned_run.ts";
import { abortable, settlesWithin } from "./promises.ts";
import { unmapSlots } from "./scan_here.ts";

/** How long aborted workers may take to return by themselves before their threads are ended. */
const ABORT_GRACE_MS = 100;

/** Scans a file or a stream with the run's pool. */
export async function scanInWorkers(run: PlannedRun): Promise<Scanned> {
  const { control, options, pool } = run;
  if (pool === undefined) {
    throw new Error("Bug: a run in workers without a pool");
  }
  if (run.plan.io === "preload") await adviseHugePages(run);
  const running = new Set<number>();
  const merging = mergePartials(run, pool);
  const threads = startThreads(run, pool, running);
  // An aborted thread may go on for a moment, and would take segments of the next run for those of its own.
  const ended = Promise.allSettled(threads);
  const work = finishWork(run, threads);
  const stops = [watchWorkers(run, pool, running)];
  const reporting = new Promise<never>((_resolve, reject) => {
    const { onProgress } = options;
    stops.push(reportProgress({ ...run, onProgress }, reject));
  });
  try {
    return await abortable(
      Promise.race([work, pool.crashed, merging, reporting]),
      options.signal,
    );
  } catch (error) {
    control.abort();
    if (!await settlesWithin(ended, ABORT_GRACE_MS)) await pool.close();
    throw error;
  } finally {
    for (const stop of stops) stop();
    pool.onPartials = () => {};
    if (run.plan.mapAccess !== undefined) await unmapSlots(run);
  }
}

/** Results of one thread, by name. */
type ThreadResults = Record<string, unknown>;

/** Starts all threads on the run. The calling thread, if it is one of them, is the first, and says when the others pay. */
function startThreads(
  run: PlannedRun,
  pool: Pool,
  running: Set<number>,
): Promise<ThreadResults>[] {
  const { threads, callerScans } = run.plan;
  const atOnce = !callerScans || othersAreUp(run, pool);
  const works = Array.from({ length: threads }, (_, index) => async () => {
    running.add(index);
    try {
      if (callerScans && index === 0) {
        return await scanBesideWorkers(run, atOnce ? undefined : call);
      }
      pool.grow(poolThreads(run.plan));
      const api = pool.api(callerScans ? index - 1 : index);
      return await api.run(workerTask(run, index));
    } finally {
      running.delete(index);
    }
  });
  const others = works.splice(1).map(startLater);
  const call = () => others.forEach(({ start }) => start());
  if (atOnce) call();
  const first = works.map((work) =>
    work().finally(() => others.forEach(({ skip }) => skip()))
  );
  return [...first, ...others.map(({ results }) => results)];
}

/** Whether there is nothing to gain by waiting for what the calling thread finds out. */
function othersAreUp({ plan, options }: PlannedRun, pool: Pool): boolean {
  // Whoever says which files are small is not second-guessed.
  return options.inlineBytes !== undefined || pool.size >= poolThreads(plan);
}

/** Work that may never be called for. */
interface LaterWork {
  readonly results: Promise<ThreadResults>;
  start(): void;
  /** Gives no results, unless it was started. */
  skip(): void;
}

function startLater(work: () => Promise<ThreadResults>): LaterWork {
  let settle: (results: ThreadResults | Promise<ThreadResults>) => void;
  let isOpen = true;
  const results = new Promise<ThreadResults>((resolve) => settle = resolve);
  const end = (give: () => ThreadResults | Promise<ThreadResults>) => () => {
    if (isOpen) settle(give());
    isOpen = false;
  };
  return { results, start: end(work), skip: end(() => ({})) };
}

/** Feeds the threads, where they cannot read for themselves, and waits for their results. */
async function finishWork(
  run: PlannedRun,
  threads: readonly Promise<Record<string, unknown>>[],
): Promise<Scanned> {
  const { plan, control } = run;
  const lanes = Promise.all(threads);
  const feeding = plan.fed ? feedThreads(run) : plan.byteLength;
  const [laneResults, byteLength = 0] = await Promise.all([lanes, feeding]);
  const results = Object.assign({}, ...laneResults);
  // What aborted threads leave is not whole, and not asked for.
  if (control.aborted) return { lanes: results, byteLength };
  return { lanes: joinPartResults(results, plan, byteLength), byteLength };
}

/** @returns Bytes of the source. @throws What reading throws; the run is aborted then. */
async function feedThreads(run: PlannedRun): Promise<number> {
  const { plan, source, control } = run;
  if (plan.update !== undefined && source.file !== undefined) {
    const { feedSegments } = await import("../update/feed_segments.ts");
    return await feedSegments(run, source.file);
  }
  const stream = openStream(source, plan);
  try {
    return await feed({
      ...run,
      buffer: sharedBuffer(run.memory),
      stream: run.tracer?.stream(stream) ?? stream,
    });
  } catch (error) {
    control.abort();
    throw error;
  }
}

function workerTask(run: PlannedRun, index: number): WorkerTask {
  return {
    run: run.id,
    index,
    memory: run.memory,
    kernels: run.kernels,
    plan: run.plan,
    source: run.plan.fed ? undefined : run.source.file,
    path: run.source.path,
    trace: run.tracer?.shared,
    job: run.jobRef,
    options: run.jobOptions,
  };
}

/** Merges the partials that arrive. @returns What rejects with an error of the job's `merge`. */
function mergePartials(run: PlannedRun, pool: Pool): Promise<never> {
  return new Promise<never>((_resolve, reject) => {
    pool.onPartials = (message: PartialsMessage) => {
      if (message.run === run.id) {
        run.steps.accept(message.partials).catch(reject);
      }
    };
  });
}

function watchWorkers(
  run: PlannedRun,
  pool: Pool,
  running: ReadonlySet<number>,
): () => void {
  return watch({
    pool,
    running,
    arenaBytes: run.memory.buffer.byteLength,
    control: run.control,
    stallMs: run.options.stallMs ?? STALL_MS_DEFAULT,
    rangeOf: (segment) => segmentRange(segment, run.plan),
    file: run.source.path,
  });
}

/** Asks for pages of 2 MiB under the slots: filling fresh memory is then three times as fast. */
async function adviseHugePages(run: PlannedRun): Promise<void> {
  const buffer = sharedBuffer(run.memory);
  const mapper = await loadMapper(buffer).catch(() => undefined);
  mapper?.adviseHugePages(run.layout.slots);
}
