/**
 * Shards of a file, for several machines: the library's side of `process plan`, `process shard` and `process merge`.
 *
 * What plans, runs and joins them is loaded when it is asked for, because everybody else's start need not wait for it.
 *
 * @module
 */
import type { FilePath } from "./platform/file_path.ts";
import { received } from "./received.ts";
import type { MergedResult, MergeOptions } from "./shards/merge.ts";
import type { OperationName } from "./shards/operation.ts";
import type { PlanOptions, ShardPlan, ShardTask } from "./shards/plan.ts";
import type { RunShardOptions } from "./shards/run_shard.ts";

export type {
  MergedResult,
  MergedResults,
  MergeOptions,
} from "./shards/merge.ts";
export type { FindResult } from "./shards/jobs/find.ts";
export type { RecordsResult } from "./shards/jobs/records.ts";
export type { ModuleOfJob } from "./shards/sharded_job.ts";
export type { Operation, OperationName } from "./shards/operation.ts";
export type { CutOptions } from "./shards/cut.ts";
export type {
  FileFingerprint,
  PlanOptions,
  ShardCut,
  ShardPlan,
  ShardRange,
  ShardRun,
  ShardTask,
  SourceFingerprint,
} from "./shards/plan.ts";
export type { RunShardOptions } from "./shards/run_shard.ts";

/** What is to be done to a file. */
export interface ShardedRequest {
  /** `hash`, `count`, `find`, `records` or `profile`. */
  readonly name: Exclude<OperationName, "run">;
  /** Options of the operation as plain data, as the lines of `process plan` have them. Defaults to none. */
  readonly parameters?: unknown;
}

/**
 * Cuts a file into shards, which any number of machines can work on. Reads 192 KiB of it; all but the last shard where
 * records are in quotes or behind their lengths.
 *
 * @param path A file, or the URL of an object; not a stream.
 * @returns The same plan for the same file, request and options on every machine. Plain data, also as JSON.
 * @throws {TypeError|RangeError} If an argument is wrong.
 * @throws {SabmapError} If the file cannot be read, or what is asked not be done shard by shard, with the reason.
 *
 * @example
 * ```ts
 * import { mergePartials, planShards, runShard, shardTask } from "sabmap";
 *
 * const plan = await planShards("big.data", { name: "hash", parameters: { algorithms: ["blake3"] } }, { shards: 4 });
 * const partials = [];
 * for (const { index } of plan.shards) partials.push(await runShard(await shardTask(plan, index)));
 * const merged = await mergePartials(partials);
 * if (merged.name === "hash") console.log(merged.result.digests.blake3);
 * ```
 */
export async function planShards(
  path: FilePath,
  { name, parameters = {} }: ShardedRequest,
  options: PlanOptions = {},
): Promise<ShardPlan> {
  const { makeOperation, OPERATION_NAMES } = await import(
    "./shards/operation.ts"
  );
  if (!OPERATION_NAMES.includes(name)) {
    throw new TypeError(
      `Cannot plan shards as "name" must be one of ${
        OPERATION_NAMES.join(", ")
      }: received ${received(name)}`,
    );
  }
  const plans = await import("./shards/plan.ts");
  return await plans.planShards(path, makeOperation(name, parameters), options);
}

/**
 * Takes one shard out of a plan, with all that whoever runs it needs besides the file. Plain data, also as JSON.
 *
 * @throws {RangeError} If there is no such shard.
 */
export async function shardTask(
  plan: ShardPlan,
  index: number,
): Promise<ShardTask> {
  const { taskOf } = await import("./shards/plan.ts");
  return taskOf(plan, index);
}

/**
 * Runs a shard.
 *
 * @param task What {@link shardTask} gave; may have come from elsewhere, as it is checked.
 * @returns What is to be joined with the other shards': the same bytes on every machine and runtime, whatever workers
 * and segments there are.
 * @throws {SabmapError} `ERR_BAD_SHARD` if the task is none, `ERR_FILE_CHANGED` if the file is another than planned
 * for; what the operation throws.
 */
export async function runShard(
  task: ShardTask,
  options: RunShardOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { checkTask } = await import("./shards/plan.ts");
  const shards = await import("./shards/run_shard.ts");
  return await shards.runShard(checkTask(task), options);
}

/**
 * Joins what was found of all shards, in any order, to what one machine would have found.
 *
 * @throws {SabmapError} `ERR_BAD_SHARD` for bytes that are no partial or were changed; `ERR_SHARD_MISMATCH` if shards are
 * missing, which are named, or do not go together. What the operation throws, such as for a bad record.
 */
export async function mergePartials(
  partials: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: MergeOptions = {},
): Promise<MergedResult> {
  const merge = await import("./shards/merge.ts");
  return await merge.mergePartials(partials, options);
}

/**
 * Joins what was found of some neighbouring shards, to be joined further.
 *
 * @throws {SabmapError} As {@link mergePartials}.
 */
export async function joinPartials(
  partials: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: MergeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { encodeJoined, joinPartials } = await import("./shards/join.ts");
  return encodeJoined(await joinPartials(partials, options));
}
