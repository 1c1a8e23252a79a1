/**
 * What a worker thread offers to the coordinator: `run`, which works until no segment of the file is
 * left, and the steps of a user's module (engine/hosted_steps.ts).
 *
 * @module
 */
import type { Endpoint } from "comlink";
import { expose } from "./comlink.ts";
import { Emitter } from "./engine/emitter.ts";
import { type Filler, openFiller } from "./engine/fill.ts";
import type { JobHost } from "./engine/job_host.ts";
import { loadLoop } from "./engine/plain_loop.ts";
import type { ScanSetup } from "./engine/segment_scan.ts";
import { type ImportModule, importModule, loadJob } from "./jobs/load.ts";
import type { AnyJob } from "./job.ts";
import { bindKernels } from "./kernels/bind.ts";
import type { Kernels, Region } from "./kernels/kernels.ts";
import { ArenaLayout, sharedBuffer } from "./memory/arena.ts";
import { guardExits } from "./platform/parent.ts";
import {
  type ExitMessage,
  type JobRef,
  keepErrorsWhole,
  type PartialsMessage,
  type WorkerApi,
  type WorkerTask,
} from "./protocol.ts";
import type { SharedTrace } from "./trace/span_ring.ts";
import type {
  ChangeTracker,
  TrackedFiller,
  TrackerSetup,
} from "./update/changes.ts";

/**
 * Serves a coordinator.
 *
 * @param parent Where it calls from.
 * @param load How to get at the user's module; by its URL, if nothing is said.
 */
export function serve(
  parent: Endpoint,
  load: ImportModule = importModule,
): void {
  let host: Promise<JobHost> | undefined;
  const getHost = () => host ??= openHost();
  const getModule: ImportModule = (url) => {
    guardExits((what) => tellExit(parent, what));
    return load(url);
  };
  const getJob = (ref: JobRef, options: unknown) =>
    loadJob(ref, options, getModule);
  const api: WorkerApi = {
    run: async (task) =>
      await run(task, parent, await getJob(task.job, task.options)),
    ready: async (takesSteps) => {
      if (takesSteps) await getHost();
    },
    load: async (ref, updates) => {
      const modules = [
        "module" in ref ? getModule(ref.module) : undefined,
        updates ? import("./update/changes.ts") : undefined,
      ];
      await Promise.allSettled(modules);
    },
    scanFiles: async (task) => {
      await getJob(task.job, task.options);
      const { scanFiles } = await import("./engine/file_batches.ts");
      return scanFiles(task);
    },
    describe: async (ref, options) => {
      const job = await getJob(ref, options);
      const steps = await getHost();
      return await inOwnTask(() => steps.describe(job, options));
    },
    begin: async (memory, plan) => (await getHost()).begin(memory, plan),
    accept: async (partials) => {
      const steps = await getHost();
      await inOwnTask(() => steps.accept(partials));
    },
    finish: async (end) => {
      const steps = await getHost();
      return await inOwnTask(() => steps.finish(end));
    },
  };
  keepErrorsWhole();
  expose(api, parent);
}

function tellExit(parent: Endpoint, what: string): void {
  const message: ExitMessage = { sabmap: "exit", what };
  parent.postMessage(message);
}

async function run(
  task: WorkerTask,
  parent: Endpoint,
  job: AnyJob,
): Promise<Record<string, unknown>> {
  const { plan, memory, index } = task;
  const buffer = sharedBuffer(memory);
  const layout = new ArenaLayout(plan.shape);
  const control = layout.controlBlock(buffer);
  const startedAt = performance.now();
  let filler: Filler | undefined;
  let changes: ChangeTracker | undefined;
  try {
    filler = task.source && await openFiller(plan, task.source, memory);
    const emitter = new Emitter((partials) => {
      const message: PartialsMessage = {
        sabmap: "partials",
        run: task.run,
        partials,
      };
      parent.postMessage(message);
    });
    const context = {
      index,
      count: plan.threads,
      memory,
      kernels: await bind(memory, task.kernels, layout.kernelScratch(index)),
      scratch: layout.jobScratch(index),
      file: { path: task.path, byteLength: plan.byteLength },
    };
    const { backend } = context.kernels;
    if (plan.update !== undefined) {
      const tracked = { plan, layout, memory, backend, index };
      ({ filler, changes } = await track(tracked, filler));
    }
    const plain = {
      changes,
      plan,
      layout,
      control,
      buffer,
      filler,
      job,
      options: task.options,
      context,
      emitter,
    };
    const setup = task.trace === undefined
      ? plain
      : await traced(plain, task.trace, startedAt);
    const scan = await loadLoop(plan);
    return "module" in task.job
      ? await inOwnTask(() => scan(setup))
      : scan(setup);
  } catch (error) {
    // The others need not finish a run that has failed.
    control.abort();
    throw error;
  } finally {
    filler?.close();
    changes?.close();
  }
}

/** Loads what only the thread needs that takes the steps of a user's module. */
async function openHost(): Promise<JobHost> {
  const { JobHost } = await import("./engine/job_host.ts");
  return new JobHost();
}

/** Binds the kernels that were sent along; those of the scalar backend are loaded first. */
async function bind(
  memory: WebAssembly.Memory,
  module: WebAssembly.Module | undefined,
  scratch: Region,
): Promise<Kernels> {
  if (module !== undefined) return bindKernels(memory, module, scratch);
  const { createKernels } = await import("./kernels/load.ts");
  return createKernels(memory, undefined, scratch);
}

/** Loads what only runs need that change their file. */
async function track(
  setup: TrackerSetup,
  filler: Filler | undefined,
): Promise<TrackedFiller> {
  const { trackFiller } = await import("./update/changes.ts");
  return trackFiller(setup, filler);
}

/** Loads what only traced runs need. */
async function traced(
  setup: ScanSetup,
  trace: SharedTrace,
  startedAt: number,
): Promise<ScanSetup> {
  const { SpanRing, tracedSetup } = await import("./trace/traced_setup.ts");
  const ring = new SpanRing(trace, setup.context.index);
  return tracedSetup(setup, ring, startedAt);
}

/**
 * Runs code that is not ours in a task of its own. Deno (2.9) tells of an exhausted heap there, but not in
 * the handler of a message; and a promise that the code left rejected is reported before the result goes out.
 *
 * No timers, which take 1 to 2 ms each: a run of a job passes here eight times, one after the other.
 */
function inOwnTask<T>(action: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(async () => {
      try {
        const result = await action();
        setImmediate(() => resolve(result));
      } catch (error) {
        reject(error);
      }
    });
  });
}
