/**
 * Runs a job of ours whose partials are the result: they come in file order, as the consumer asks for them.
 *
 * @module
 */
import { PartialQueue } from "./engine/partial_queue.ts";
import { runOwnJob } from "./engine.ts";
import type { ByteRange } from "./errors.ts";
import type { BuiltinJobName } from "./jobs/registry.ts";
import type { RunOptions, RunStats } from "./options.ts";
import type { FilePath } from "./platform/file_path.ts";
import type { RemoteExpectation } from "./remote/types.ts";
import type { Source } from "./source.ts";

/** What is run over what. */
export interface StreamRequest {
  readonly path: FilePath | URL;
  readonly job: BuiltinJobName;
  /** What the job's functions get as `options`. */
  readonly jobOptions: unknown;
  readonly options: RunOptions;
  /** The part of a file to scan. A stream is scanned as a whole: the job has to know where to look. */
  readonly range?: ByteRange | undefined;
  /** Whether neighbour bytes behind `range` may be read. */
  readonly readOn?: boolean | undefined;
  /** The version that an object on another machine has to be. */
  readonly expect?: RemoteExpectation | undefined;
  /** What the path names, opened already: the run closes it. */
  readonly source?: Source | undefined;
  /** The entry of the first segment of `range`, where the framing has an indexer. */
  readonly entry?: number | undefined;
  /** Told what the lanes gave, once all was scanned; some partials may not be taken yet. */
  readonly onLanes?:
    | ((lanes: Readonly<Record<string, unknown>>) => void)
    | undefined;
}

/** What a stopped run ends with; nobody sees it. */
const STOPPED = new Error("the consumer has stopped");

/**
 * Yields the partials of a run in file order. Neighbours that one worker had may come joined by the job's `merge`;
 * `finish` is not called.
 *
 * Workers run ahead of the consumer by a bounded distance and, where the job says what partials weigh, by a bounded
 * number of bytes. Leaving the loop ends the run, as `options.signal` does.
 *
 * @returns How the run was carried out, once all of it was taken.
 * @throws As `runJob` does, after the partials that came before the failure.
 */
export async function* streamJob<Partial>(
  request: StreamRequest,
): AsyncGenerator<Partial, RunStats, void> {
  const queue = new PartialQueue(request.onLanes);
  const stop = new AbortController();
  const run = start(request, queue, stop.signal);
  // Heard below, unless the consumer leaves first.
  run.catch(() => {}).then(() => queue.end());
  let partial: Partial | undefined;
  try {
    while ((partial = await queue.take() as Partial | undefined)) {
      request.options.signal?.throwIfAborted();
      yield partial;
    }
    return (await run).stats;
  } finally {
    stop.abort(STOPPED);
    // Its threads and files are free again when this returns.
    await run.catch(() => {});
  }
}

function start(
  { path, job, jobOptions, options, onLanes: _, ...internals }: StreamRequest,
  queue: PartialQueue,
  stopped: AbortSignal,
): Promise<{ stats: RunStats }> {
  const { signal } = options;
  return runOwnJob({
    path,
    job: { builtin: job },
    jobOptions,
    options: {
      ...options,
      signal: signal ? AbortSignal.any([signal, stopped]) : stopped,
    },
    internals: { ...internals, queue },
  });
}
