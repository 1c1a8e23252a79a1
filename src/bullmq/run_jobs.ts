/**
 * The jobs of a run in the queue: adding them, once, and asking what became of them.
 *
 * @module
 */
import type { FlowProducer, Job, Queue } from "bullmq";
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { type ShardPlan, shardRange } from "../shards/plan.ts";
import { bullmqConnection, hangUp, type Link } from "./connection.ts";
import { flowOf, type JobSettings } from "./flow.ts";
import { readReason } from "./job_errors.ts";
import type { PartialRef } from "./partial_ref.ts";
import type { Peers } from "./peers.ts";
import type { RedisTarget } from "./redis_target.ts";
import { checkJobValue, shardIndex, shardJobId } from "./schema.ts";
import type { QueueName } from "./settings.ts";

/** What the queue says of a run. */
export type RunState = "absent" | "waiting" | "completed" | "failed";

/** What jobs of a run are made from, and the way to them. */
export interface RunSetup {
  readonly peers: Peers;
  readonly target: RedisTarget;
  readonly link: Link;
  readonly queue: QueueName;
  readonly plan: ShardPlan;
  /** The file for workers. */
  readonly path: string;
  readonly settings: JobSettings;
  readonly onNote: (note: string) => void;
}

/** Keys of so many jobs are asked for at a time. */
const BATCH_COUNT = 1000;

export class RunJobs {
  readonly #setup: RunSetup;
  readonly #queue: Queue;
  readonly #producer: FlowProducer;

  constructor(setup: RunSetup) {
    const { peers: { bullmq }, target, link, queue } = setup;
    const options = {
      ...bullmqConnection(target, link),
      prefix: queue.prefix,
    };
    this.#setup = setup;
    this.#queue = new bullmq.Queue(queue.name, options);
    this.#producer = new bullmq.FlowProducer(options);
    // Outages are told by the link, and what commands throw by their callers.
    this.#queue.on("error", () => {});
    this.#producer.on("error", () => {});
  }

  get #run(): string {
    return this.#setup.plan.run;
  }

  async state(): Promise<RunState> {
    const state = await this.#queue.getJobState(this.#run);
    if (state === "unknown") return "absent";
    return state === "completed" || state === "failed" ? state : "waiting";
  }

  /**
   * Adds the run, unless it is in the queue.
   *
   * A run that has failed is taken up again: shards that were done then are not done again.
   *
   * @param fresh Whether a run that is done is done again.
   * @returns Whether it was there, running or done.
   */
  async add(fresh: boolean): Promise<boolean> {
    const state = await this.state();
    if (state === "waiting" || (state === "completed" && !fresh)) return true;
    const { plan, path, queue, settings } = this.#setup;
    if (state !== "absent") {
      await this.#queue.remove(this.#run, { removeChildren: false });
    }
    // Of other runs than one that has failed, what ran to its end may refer to partials that were removed with it.
    if (state !== "failed") await this.#clear();
    await this.#producer.add(flowOf(plan, path, queue, settings));
    if (state === "failed") await this.#retry();
    return false;
  }

  /** Removes what is left of shards. */
  async #clear(): Promise<void> {
    const ids = [
      ...await this.#shardsIn("failed"),
      ...await this.#shardsIn("completed"),
    ];
    await Promise.all(ids.map((id) => this.#queue.remove(id)));
  }

  /** Has shards that failed done again, as if they had not been tried; the new parent waits for them already. */
  async #retry(): Promise<void> {
    for (const id of await this.#shardsIn("failed")) {
      const job = await this.#queue.getJob(id);
      await job?.retry("failed", { resetAttemptsMade: true });
    }
  }

  async #shardsIn(set: "failed" | "completed"): Promise<string[]> {
    const { plan, link: { redis } } = this.#setup;
    const found: string[] = [];
    for (let at = 0; at < plan.shards.length; at += BATCH_COUNT) {
      const ids = plan.shards.slice(at, at + BATCH_COUNT)
        .map(({ index }) => shardJobId(this.#run, index));
      const scores = await redis.zmscore(this.#queue.toKey(set), ...ids);
      found.push(...ids.filter((_, i) => scores[i] != null));
    }
    return found;
  }

  /** How many shards are done. */
  async doneCount(): Promise<number> {
    const job = await this.#job();
    const { processed = 0 } = await job.getDependenciesCount({
      processed: true,
    });
    return processed;
  }

  /** Where the result is, of a run that is done. */
  async result(): Promise<PartialRef> {
    const job = await this.#job();
    return checkJobValue(job.returnvalue, "result").partial;
  }

  /** Why the run failed. */
  async failure(): Promise<SabmapError> {
    const { plan } = this.#setup;
    const reason = (await this.#job()).failedReason ?? "";
    const [, key] = /^child (\S+) failed$/.exec(reason) ?? [];
    const id = key?.slice(key.lastIndexOf(":") + 1) ?? "";
    const index = shardIndex(plan.run, id);
    if (index === undefined) {
      return failureOf("the merge failed", reason, plan.file);
    }
    const { start, end } = shardRange(plan.cut, index);
    const range = `[${groupDigits(start)}, ${groupDigits(end)})`;
    const what = `shard ${index} ${range}`;
    const child = await this.#queue.getJob(id);
    if (child === undefined) {
      return failureOf(`${what} failed`, reason, plan.file);
    }
    return failureOf(
      what + triesText(child),
      child.failedReason,
      plan.file,
      { start, end },
    );
  }

  async #job(): Promise<Job> {
    const job = await this.#queue.getJob(this.#run);
    if (job !== undefined) return job;
    throw new SabmapError(
      ErrorCode.Queue,
      `the queue does not hold run ${this.#run} any more: submit it again`,
    );
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await Promise.all([hangUp(this.#queue), hangUp(this.#producer)]);
  }
}

/** How BullMQ fails a job that was lost with its worker more often than it may be. */
const STALLED_REASON = /^job stalled more than allowable limit$/;

function triesText({ attemptsMade, failedReason = "" }: Job): string {
  return attemptsMade > 1 && !STALLED_REASON.test(failedReason)
    ? ` failed ${attemptsMade} times`
    : " failed";
}

function failureOf(
  what: string,
  reason: string,
  file: string,
  range?: { start: number; end: number },
): SabmapError {
  const { message, code } = STALLED_REASON.test(reason)
    ? { message: "each worker that took it died", code: undefined }
    : readReason(reason);
  return new SabmapError(code ?? ErrorCode.ShardFailed, `${what}: ${message}`, {
    file,
    range,
  });
}
