/**
 * What goes through the queue: JSON, checked on both ends, as anyone who reaches Redis may have written it.
 *
 * A run is one job, the parent, which joins what its children give: one job for each shard. Their ids are made from
 * the run's, which is the digest of file, operation and cut, so the same request has the same jobs.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import {
  checkRun,
  checkTask,
  type ShardRun,
  type ShardTask,
} from "../shards/plan.ts";
import { exactly, object, type Shape, text } from "../shards/shape.ts";
import { PARTIAL_REF, type PartialRef } from "./partial_ref.ts";

/** Version of all this. */
const VERSION = 1;

/** Names of jobs. */
export const JobName = { Shard: "shard", Merge: "merge" } as const;

/** Data of a shard's job. */
export interface ShardData {
  readonly v: typeof VERSION;
  /** The file for workers: below one of their roots, or a URL. */
  readonly path: string;
  readonly task: ShardTask;
}

/** Data of a run's job. */
export interface MergeData {
  readonly v: typeof VERSION;
  readonly run: ShardRun;
}

/** What a job leaves: where its partial is. */
export interface JobValue {
  readonly v: typeof VERSION;
  readonly partial: PartialRef;
}

/** Progress of a shard's job. */
export interface ShardProgress {
  readonly bytesDone: number;
}

/** Partials of a run that go through the queue come to so many bytes at most. */
const INLINE_BYTES_MAX = 16 * 1024 ** 2;
const INLINE_BYTES_EACH = 64 * 1024;
/** Where there is no store, there is no other way. */
const INLINE_BYTES_WITHOUT_STORE = 4 * 1024 ** 2;

/** Up to how many bytes a partial goes through the queue, if there are so many of them. */
export function inlineLimit(count: number, hasStore: boolean): number {
  const each = hasStore ? INLINE_BYTES_EACH : INLINE_BYTES_WITHOUT_STORE;
  return Math.min(each, Math.floor(INLINE_BYTES_MAX / count));
}

/** Id of the job of a shard. */
export function shardJobId(run: string, index: number): string {
  return `${run}-${index}`;
}

/** Which shard of a run a job is of; `undefined` if it is of another run. */
export function shardIndex(run: string, jobId: string): number | undefined {
  const index = jobId.startsWith(`${run}-`)
    ? jobId.slice(run.length + 1)
    : undefined;
  return index !== undefined && /^[0-9]+$/.test(index)
    ? Number(index)
    : undefined;
}

/** Data of the job of a shard. */
export function shardData(path: string, task: ShardTask): ShardData {
  return { v: VERSION, path, task };
}

/** Data of the job of a run. */
export function mergeData(run: ShardRun): MergeData {
  const { v, run: id, file, source, operation, cut } = run;
  return { v: VERSION, run: { v, run: id, file, source, operation, cut } };
}

/** What a job leaves. */
export function jobValue(partial: PartialRef): JobValue {
  return { v: VERSION, partial };
}

const HEAD: Shape<{ v: typeof VERSION }> = object({ v: exactly(VERSION) });
const PATH: Shape<{ path: string }> = object({ path: text(65_536) });
const VALUE: Shape<JobValue> = object({
  v: exactly(VERSION),
  partial: PARTIAL_REF,
});

/**
 * Checks the data of a shard's job.
 *
 * @throws {SabmapError} `ERR_BAD_SHARD` if it is none, or another's.
 */
export function checkShardData(data: unknown, jobId: string): ShardData {
  HEAD(data, "");
  const { path } = PATH(data, "");
  const { task: json } = data as { task?: unknown };
  const task = checkTask(json, runOf(json));
  checkId(jobId, shardJobId(task.run, task.index));
  return { v: VERSION, path, task };
}

/** The run that was checked last. */
let known: { readonly text: string; readonly run: ShardRun } | undefined;

/** The run of a shard. They are mostly of one, whose digest would take 0.25 ms each time. */
function runOf(json: unknown): ShardRun {
  const { v, run, file, source, operation, cut } = (json ?? {}) as Partial<
    ShardRun
  >;
  const text = JSON.stringify([v, run, file, source, operation, cut]);
  if (known?.text !== text) known = { text, run: checkRun(json) };
  return known.run;
}

/** As {@link checkShardData}, of a run's job. */
export function checkMergeData(data: unknown, jobId: string): MergeData {
  HEAD(data, "");
  const run = checkRun((data as { run?: unknown }).run);
  checkId(jobId, run.run);
  return { v: VERSION, run };
}

function checkId(received: string, expected: string): void {
  if (received === expected) return;
  throw new SabmapError(
    ErrorCode.BadShard,
    `Cannot work on a job as its id must be that of its data, "${expected}": received "${
      received.slice(0, 100)
    }"`,
  );
}

/** Checks what a job left. @throws {SabmapError} `ERR_BAD_SHARD` if it is nothing of ours. */
export function checkJobValue(value: unknown, at: string): JobValue {
  return VALUE(value, at);
}

/**
 * Puts in order what the shards of a run left.
 *
 * @param values By key of the job, which ends with its id.
 * @throws {SabmapError} `ERR_SHARD_MISMATCH` if there is not one of each shard.
 */
export function partialsOf(
  { run, cut }: ShardRun,
  values: Readonly<Record<string, unknown>>,
): PartialRef[] {
  const partials = new Map<number, PartialRef>();
  for (const [key, value] of Object.entries(values)) {
    const index = shardIndex(run, key.slice(key.lastIndexOf(":") + 1));
    if (index === undefined || index >= cut.count) continue;
    partials.set(index, checkJobValue(value, `shard ${index}`).partial);
  }
  return Array.from({ length: cut.count }, (_, index) => {
    const partial = partials.get(index);
    if (partial !== undefined) return partial;
    throw new SabmapError(
      ErrorCode.ShardMismatch,
      `Cannot join the shards of a run as all of them must be there: received none of shard ${index}`,
    );
  });
}

/** Checks what a job says of its progress; 0 for what is nothing of ours. */
export function bytesDoneOf(progress: unknown): number {
  const { bytesDone } = (progress ?? {}) as Partial<ShardProgress>;
  return typeof bytesDone === "number" && bytesDone >= 0 ? bytesDone : 0;
}
