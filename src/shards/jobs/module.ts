/**
 * A user's job, shard by shard. Its code runs in threads only, as in any run; its partials are joined when all are
 * there.
 *
 * What `Job.end` of workers has gathered depends on which segments each had, so the partials of such jobs are not the
 * same bytes each time; the result is.
 *
 * @module
 */
import type { FramingDescription } from "../../binary/framing/description.ts";
import { openSteps } from "../../coordinator.ts";
import type { JobSteps, UnfinishedRun } from "../../engine/job_steps.ts";
import { Engine, runOwnJob } from "../../engine.ts";
import { ErrorCode, SabmapError } from "../../errors.ts";
import { workerResultName, workerResults } from "../../job.ts";
import { ArenaLayout, createMemory, sharedBuffer } from "../../memory/arena.ts";
import type { RunOptions } from "../../options.ts";
import { type JobDescription, planRun } from "../../plan.ts";
import { openReader, pathOfUrl } from "../../platform/files.ts";
import { blake3Hex } from "../blake3_bytes.ts";
import { RUN, type RunParameters } from "../parameters/run.ts";
import { wrongValue } from "../shape.ts";
import type { ModuleOfJob, ShardedFile, ShardedJob } from "../sharded_job.ts";
import { expectationOf, tellExit } from "./scan_range.ts";

/** What is known of neighbouring shards. */
interface ModuleState {
  /** Partials of shards, in file order. */
  readonly partials: readonly unknown[];
  /** What the job's `end` gave in each worker. */
  readonly workers: readonly unknown[];
}

/** Runs and joins a user's job. */
export function moduleShards(
  module: ModuleOfJob,
): ShardedJob<RunParameters, ModuleState, unknown> {
  return {
    async run({ path, range, source, options, entry, onExit }, parameters) {
      checkSource(module, parameters);
      const { result } = await runOwnJob<UnfinishedRun>({
        path,
        job: { module: module.url },
        jobOptions: parameters.options,
        options,
        internals: {
          range,
          entry,
          readOn: true,
          unfinished: true,
          expect: expectationOf(source),
        },
      });
      const { partial, lanes } = result;
      tellExit(lanes, onExit);
      return { partials: [partial], workers: workerResults(lanes) };
    },
    empty: () => ({ partials: [], workers: [] }),
    write: (state) => state,
    read: readState,
    join: (states) => ({
      partials: states.flatMap(({ partials }) => partials),
      workers: states.flatMap(({ workers }) => workers),
    }),
    finish(state, parameters, file) {
      checkSource(module, parameters);
      return withSteps(
        module.url,
        parameters.options,
        module.options,
        (steps) => finishState(steps, state, file),
      );
    },
  };
}

function readState(body: unknown): ModuleState {
  const { partials, workers } = (body ?? {}) as Partial<ModuleState>;
  if (Array.isArray(partials) && Array.isArray(workers)) {
    return { partials, workers };
  }
  throw wrongValue("body", "partials of a job", body);
}

/**
 * The parameters of a job on this machine.
 *
 * @param framing What {@link checkShardable} gave.
 */
export function moduleParameters(
  url: string,
  options: Readonly<Record<string, string>>,
  framing?: FramingDescription,
): RunParameters {
  return { source: sourceOf(url), options, framing };
}

/** Only the module itself is looked at, not what it imports. */
function sourceOf(url: string): string {
  if (!url.startsWith("file:")) return blake3Hex(new TextEncoder().encode(url));
  const reader = openReader(pathOfUrl(new URL(url)));
  try {
    const { byteLength } = reader.status();
    const bytes = new Uint8Array(new SharedArrayBuffer(byteLength));
    return blake3Hex(bytes.subarray(0, reader.readAt(bytes, 0)));
  } finally {
    reader.close();
  }
}

function checkSource({ url }: ModuleOfJob, { source }: RunParameters): void {
  if (sourceOf(url) === source) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot work on shards of a job as its module must be the one that they were begun with: received another, "${url}"`,
  );
}

/**
 * Asks a job whether shards of a file tell it all.
 *
 * @returns How it tells records apart, where the bytes of a shard do not tell where its first one starts.
 * @throws {SabmapError} With the reason, if they do not; what loading the module throws.
 */
export async function checkShardable(
  url: string,
  jobOptions: unknown,
  options: RunOptions,
): Promise<FramingDescription | undefined> {
  return await withSteps(url, jobOptions, options, ({ description }) => {
    const reason = refusalOf(description);
    if (reason === undefined) return Promise.resolve(description.indexedBy);
    throw new SabmapError(
      ErrorCode.ShardMismatch,
      `Cannot run a job shard by shard as ${reason}`,
    );
  });
}

function refusalOf(
  { laneCount, indexed, indexedBy, parts, updates }: JobDescription,
): string | undefined {
  if (laneCount > 0) return "its lanes see all bytes of a file in order";
  if (parts.length > 0) return "its part lanes see whole parts of a file";
  if (indexed && !isOurs(indexedBy)) {
    return "its framing, of which all bytes in front of a shard tell where the first record starts, is none of this program's";
  }
  return updates
    ? "a file that several machines write to is never wholly old or wholly new"
    : undefined;
}

/** Whether a framing can be made again from what it says of itself. */
function isOurs(framing: FramingDescription | undefined): boolean {
  try {
    RUN.check({ source: "", options: {}, framing }, "");
    return framing !== undefined;
  } catch {
    return false;
  }
}

/** Opens a job in a thread of its own, as long as an action takes. */
async function withSteps<T>(
  url: string,
  jobOptions: unknown,
  options: RunOptions,
  action: (steps: JobSteps) => Promise<T>,
): Promise<T> {
  const engine = new Engine();
  const request = {
    path: "",
    job: { module: url },
    jobOptions,
    options: { ...options, workers: 1 },
    resources: engine,
    closing: engine.closing,
    internals: {},
  };
  let steps: JobSteps | undefined;
  try {
    steps = await openSteps(request, { byteLength: 0 });
    return await action(steps);
  } finally {
    await steps?.close();
    await engine.close();
  }
}

/** Takes the partials through the steps of a run in which nothing is scanned. */
async function finishState(
  steps: JobSteps,
  { partials, workers }: ModuleState,
  { file: path, byteLength }: ShardedFile,
): Promise<unknown> {
  const plan = planRun({
    ...steps.description,
    io: "stream",
    byteLength: 0,
    workers: 1,
    segmentBytes: undefined,
    fed: false,
    inlineBytes: 0,
  });
  const layout = new ArenaLayout(plan.shape);
  const memory = createMemory(layout);
  const control = layout.controlBlock(sharedBuffer(memory));
  control.reset(partials.length);
  await steps.begin({ memory, plan, control });
  for (const [first, partial] of partials.entries()) {
    await steps.accept([{ first, count: 1, partial }]);
  }
  const lanes = workers.map((result, i) =>
    [workerResultName(i), result] as const
  );
  return await steps.finish({
    segmentCount: partials.length,
    file: { path, byteLength },
    lanes: Object.fromEntries(lanes),
  });
}
