/**
 * Runs one shard of a file.
 *
 * @module
 */
import type { RunOptions } from "../options.ts";
import type { FilePath } from "../platform/file_path.ts";
import { checkFingerprint } from "./fingerprint.ts";
import { loadShardedJob } from "./operation.ts";
import { encodePartial } from "./partial.ts";
import type { ShardTask } from "./plan.ts";

/** How a shard is run, and where its file is. */
export interface RunShardOptions extends RunOptions {
  /** Defaults to the name of the file in the task. */
  readonly path?: FilePath | undefined;
  /** The module of a user's job, as `moduleUrl` gives it; only for the operation `run`. */
  readonly module?: string | undefined;
}

/**
 * Runs a shard: scans its bytes, and gives what is to be joined with the others'.
 *
 * The file is looked at before and behind that: if it is not, or no longer, the one that was planned for, nothing
 * comes out.
 *
 * @param task What `taskOf` or `checkTask` gave.
 * @returns The partial, for `mergePartials`. The same shard gives the same bytes on every machine and runtime,
 * whatever workers and segments there are.
 * @throws {SabmapError} `ERR_FILE_CHANGED` if the file is another; what a run throws.
 */
export async function runShard(
  task: ShardTask,
  options: RunShardOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { path = task.file, module: url, ...run } = options;
  const { source, operation, start, end, entry } = task;
  const { parameters } = operation;
  await checkFingerprint(path, source, run.signal, run.remote);
  const job = await loadShardedJob(
    operation,
    url === undefined ? undefined : { url, options: run },
  );
  const range = { start, end };
  if (start === end) {
    const state = job.empty(range, parameters);
    return encodePartial(task, job.write(state, parameters, range));
  }
  const work = { path, range, source, options: run, entry };
  const state = await job.run(work, parameters);
  await checkFingerprint(path, source, run.signal, run.remote);
  return encodePartial(task, job.write(state, parameters, range));
}
