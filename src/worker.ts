/**
 * What a worker thread runs: one call, `run`, that works until no segment of the file is left.
 *
 * @module
 */
import { expose } from "../src/comlink.ts";
import { Emitter } from "../src/engine/emitter.ts";
import { type Filler, openFiller } from "../src/engine/fill.ts";
import { scanLoop } from "../src/engine/scan_loop.ts";
import { loadJob } from "../src/jobs/load.ts";
import { createKernels } from "../src/kernels/load.ts";
import { ArenaLayout, sharedBuffer } from "../src/memory/arena.ts";
import { connectToParent, guardExits } from "../src/platform/parent.ts";
import {
  type ExitMessage,
  keepErrorsWhole,
  type PartialsMessage,
  type WorkerApi,
  type WorkerTask,
} from "../src/protocol.ts";

const parent = connectToParent();
const api: WorkerApi = { run };
keepErrorsWhole();
expose(api, parent);

function tellExit(what: string): void {
  const message: ExitMessage = { sabmap: "exit", what };
  parent.postMessage(message);
}

async function run(task: WorkerTask): Promise<Record<string, unknown>> {
  const { plan, memory, index } = task;
  const buffer = sharedBuffer(memory);
  const layout = new ArenaLayout(plan.shape);
  const control = layout.controlBlock(buffer);
  let filler: Filler | undefined;
  try {
    if ("module" in task.job) guardExits(tellExit);
    const job = await loadJob(task.job);
    filler = task.source && await openFiller(plan, task.source, buffer);
    const emitter = new Emitter(job, (partials) => {
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
      kernels: createKernels(memory, task.kernels, layout.kernelScratch(index)),
      scratch: layout.jobScratch(index),
      file: { path: task.path, byteLength: plan.byteLength },
    };
    const setup = {
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
    return "module" in task.job
      ? await inOwnTask(() => scanLoop(setup))
      : scanLoop(setup);
  } catch (error) {
    // The others need not finish a run that has failed.
    control.abort();
    throw error;
  } finally {
    filler?.close();
  }
}

/**
 * Runs code that is not ours in a timer's task. Deno (2.9) tells of an exhausted heap there, but not in
 * the handler of a message; and a promise that the code left rejected is reported before the result goes out.
 */
function inOwnTask<T>(action: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setTimeout(() => {
      try {
        const result = action();
        setTimeout(() => resolve(result));
      } catch (error) {
        reject(error);
      }
    });
  });
}
