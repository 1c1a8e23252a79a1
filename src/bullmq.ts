/**
 * Work on a file by many machines, through BullMQ on Redis or Valkey.
 *
 * Needs the packages `bullmq` and `ioredis`, which `sabmap` itself does not.
 *
 * @example
 * ```ts
 * import { makeOperation, startWorker, submitRun } from "sabmap/bullmq";
 *
 * const redis = { url: "redis://localhost" };
 * // On each machine:
 * await using worker = await startWorker({ redis, roots: ["/data"] });
 *
 * // On one of them, or elsewhere:
 * const run = await submitRun({
 *   redis,
 *   root: "/data",
 *   path: "/data/big.data",
 *   operation: makeOperation("hash", { algorithms: ["blake3"] }),
 * });
 * const { result } = await run.result();
 * await run.close();
 * ```
 *
 * @module
 */
import { openRun } from "./bullmq/submit.ts";
import type {
  FleetWorker,
  SubmitOptions,
  SubmittedRun,
  WorkerOptions,
} from "./bullmq/types.ts";
import { openWorker } from "./bullmq/worker.ts";

export type {
  FleetWorker,
  SubmitOptions,
  SubmittedRun,
  WorkerEvent,
  WorkerOptions,
} from "./bullmq/types.ts";
export type { RedisOptions } from "./bullmq/redis_target.ts";
export type { LeaseSettings, QueueOptions } from "./bullmq/settings.ts";
export type { IoMode, Progress } from "./options.ts";
export type {
  FileFingerprint,
  ShardCut,
  ShardRun,
  SourceFingerprint,
} from "./shards/plan.ts";
export { makeOperation } from "./shards/operation.ts";
export type { Operation, OperationName } from "./shards/operation.ts";
export type { MergedResult, MergedResults } from "./shards/merge.ts";
export type { FindResult } from "./shards/jobs/find.ts";
export type { RecordsResult } from "./shards/jobs/records.ts";
export type { CountJobResult } from "./jobs/count.ts";
export type { HashJobResult } from "./jobs/hash.ts";
export type { ProfileJobResult } from "./jobs/profile.ts";

/**
 * Starts a worker, which takes shards from the queue until it is closed.
 *
 * Shards are carried out in a thread, which starts the engine's workers. A shard whose lock the queue has not renewed
 * for three quarters of `lockMs` is given up: another worker has it by then, or will.
 *
 * @throws {TypeError} If an option is of the wrong type.
 * @throws {RangeError} If an option is out of range, or Redis on another machine would be talked to without TLS.
 * @throws {SabmapError} `ERR_PEER_MISSING` if a package is missing; `ERR_QUEUE` if Redis cannot be used; the errno's
 * name if a root is not there.
 */
export async function startWorker(
  options: WorkerOptions,
): Promise<FleetWorker> {
  return await openWorker(options);
}

/**
 * Cuts a file into shards and queues them, unless the same run is queued already, running or done: then this attaches
 * to it. A run that has failed is taken up again where it was.
 *
 * @returns The run, whose `close` has to be called.
 * @throws {TypeError} If an option is of the wrong type.
 * @throws {RangeError} If an option is out of range, or Redis on another machine would be talked to without TLS.
 * @throws {SabmapError} `ERR_PEER_MISSING` if a package is missing; `ERR_QUEUE` if Redis cannot be used; the errno's
 * name if the file cannot be read, or `ERR_SHARD_MISMATCH` if it cannot be cut as asked.
 */
export async function submitRun(
  options: SubmitOptions,
): Promise<SubmittedRun> {
  return await openRun(options);
}
