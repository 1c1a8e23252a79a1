/**
 * Joins partials of shards to the result of the whole file.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import type { CountJobResult } from "../jobs/count.ts";
import type { HashJobResult } from "../jobs/hash.ts";
import type { ProfileJobResult } from "../jobs/profile.ts";
import { inShards, joinPartials, wholeOf } from "./join.ts";
import type { OperationName } from "./operation.ts";
import type { ShardRun } from "./plan.ts";
import type { FindResult } from "./jobs/find.ts";
import type { RecordsResult } from "./jobs/records.ts";
import type { ModuleOfJob } from "./sharded_job.ts";

/** The results of operations, by name. */
export interface MergedResults {
  /** Digests. */
  readonly hash: HashJobResult;
  /** How many lines or matches. */
  readonly count: CountJobResult;
  /** Matches, in file order. */
  readonly find: FindResult;
  /** Rows or groups. */
  readonly records: RecordsResult;
  /** What the file is made of. */
  readonly profile: ProfileJobResult;
  /** What a user's job returned. */
  readonly run: unknown;
}

/** The result of all shards. */
export type MergedResult = {
  readonly [Name in OperationName]: {
    readonly name: Name;
    /** What all shards had in common. */
    readonly run: ShardRun;
    readonly result: MergedResults[Name];
  };
}[OperationName];

/** Options of {@link mergePartials}. */
export interface MergeOptions {
  /** Ends the joins. */
  readonly signal?: AbortSignal | undefined;
  /** The module, if the shards are of a user's job. */
  readonly module?: ModuleOfJob | undefined;
}

/**
 * Joins the partials of all shards of a run, in any order, and makes the result of the whole file: what one machine
 * would have found.
 *
 * @param partials What `runShard` or `joinPartials` gave. One that is there twice counts once.
 * @throws {SabmapError} `ERR_BAD_SHARD` for bytes that are no partial or were changed, `ERR_SHARD_MISMATCH` if
 * shards are missing, which are named, or partials are of different runs, or of one shard and different. What the
 * operation throws, such as for a bad record.
 */
export async function mergePartials(
  partials: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: MergeOptions = {},
): Promise<MergedResult> {
  const joined = await joinPartials(partials, { ...options, whole: true });
  const { run, state, job } = joined;
  const { name, parameters } = run.operation;
  const { file } = run;
  const result = await inShards(() =>
    job.finish(state, parameters, wholeOf(run))
  ).catch((error: unknown) => {
    const isFiles = error instanceof SabmapError && error.file === undefined &&
      error.code !== ErrorCode.BadShard;
    throw isFiles ? Object.assign(error, { file }) : error;
  });
  // The one cast: the job is that of the name.
  return { name, run, result } as MergedResult;
}
