/**
 * A run as BullMQ's flow: one parent, one child for each shard.
 *
 * @module
 */
import type { FlowJob, JobsOptions } from "bullmq";
import { type ShardPlan, taskOf } from "../shards/plan.ts";
import { JobName, mergeData, shardData, shardJobId } from "./schema.ts";
import { checkInteger, type QueueName } from "./settings.ts";
import type { SubmitOptions } from "./types.ts";

/** How shards are tried, and for how long what became of them is kept. */
export interface JobSettings {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly keepSeconds: number;
}

const ATTEMPTS = { min: 1, max: 100 };
const BACKOFF_MS = { min: 0, max: 3_600_000 };
const KEEP_SECONDS = { min: 60, max: 365 * 86_400 };

/** Share of each wait that is random, so that hosts that failed together do not come back together. */
const JITTER = 0.5;

/** Checks the settings of a submission. @throws {RangeError} If one is out of range. */
export function jobSettings(
  { attempts = 3, backoffMs = 1000, keepSeconds = 86_400 }: SubmitOptions,
): JobSettings {
  checkInteger(attempts, ATTEMPTS, "attempts");
  checkInteger(backoffMs, BACKOFF_MS, "backoffMs");
  checkInteger(keepSeconds, KEEP_SECONDS, "keepSeconds");
  return { attempts, backoffMs, keepSeconds };
}

/**
 * Describes the flow of a plan.
 *
 * @param path The file for workers.
 */
export function flowOf(
  plan: ShardPlan,
  path: string,
  queue: QueueName,
  settings: JobSettings,
): FlowJob {
  const options = jobOptions(settings);
  const { run } = plan;
  return {
    name: JobName.Merge,
    queueName: queue.name,
    prefix: queue.prefix,
    data: mergeData(plan),
    opts: { ...options, jobId: run },
    children: plan.shards.map(({ index }) => ({
      name: JobName.Shard,
      queueName: queue.name,
      prefix: queue.prefix,
      data: shardData(path, taskOf(plan, index)),
      opts: {
        ...options,
        jobId: shardJobId(run, index),
        // Or the parent would wait for good.
        failParentOnFailure: true,
      },
    })),
  };
}

function jobOptions(
  { attempts, backoffMs, keepSeconds }: JobSettings,
): JobsOptions {
  return {
    attempts,
    backoff: { type: "exponential", delay: backoffMs, jitter: JITTER },
    removeOnComplete: { age: keepSeconds },
    removeOnFail: { age: keepSeconds },
    // Its text says what happened; where in our code, nobody asks the queue.
    stackTraceLimit: 1,
  };
}
