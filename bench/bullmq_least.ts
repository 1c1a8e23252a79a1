/**
 * The least that BullMQ costs: its own flow, queue and worker, and nothing of ours but the shards themselves.
 *
 * Jobs say an index, results are a number; two threads scan, and what they find stays where it is. No lease, progress,
 * checks, checksums, store or thread for the shard: whatever stands on BullMQ takes at least so long.
 *
 * @module
 */
import { FlowProducer, QueueEvents, Worker } from "bullmq";
import type { Engine } from "../src/engine.ts";
import { type ShardPlan, taskOf } from "../src/shards/plan.ts";
import { runShard } from "../src/shards/run_shard.ts";

const QUEUE = { name: "least", prefix: "least" };

/** What a run gave, and how long shards were worked on. */
export interface LeastRun {
  /** From the start of the first shard to the end of the last, in seconds. */
  readonly work: number;
  readonly partials: readonly Uint8Array[];
}

/** A worker of one shard at a time, and a submitter. */
export class LeastFleet {
  readonly #events: QueueEvents;
  readonly #producer: FlowProducer;
  readonly #worker: Worker;
  #plan: ShardPlan | undefined;
  #partials: Uint8Array[] = [];
  #startedAt = 0;
  #endedAt = 0;
  #runs = 0;

  constructor(url: string, engine: Engine) {
    const options = { connection: { url }, prefix: QUEUE.prefix };
    this.#events = new QueueEvents(QUEUE.name, options);
    this.#producer = new FlowProducer(options);
    this.#worker = new Worker(QUEUE.name, async ({ name, data }) => {
      if (name === "merge" || this.#plan === undefined) return 0;
      this.#startedAt ||= performance.now();
      const task = taskOf(this.#plan, data.index);
      const options = { path: task.file, engine, workers: 2 };
      this.#partials[data.index] = await runShard(task, options);
      this.#endedAt = performance.now();
      return 0;
    }, options);
  }

  async run(plan: ShardPlan): Promise<LeastRun> {
    await this.#events.waitUntilReady();
    this.#plan = plan;
    this.#partials = [];
    this.#startedAt = 0;
    const child = { name: "shard", queueName: QUEUE.name };
    const { job } = await this.#producer.add({
      name: "merge",
      queueName: QUEUE.name,
      opts: { jobId: `run-${this.#runs++}` },
      children: plan.shards.map(({ index }) => ({ ...child, data: { index } })),
    });
    await job.waitUntilFinished(this.#events);
    const work = (this.#endedAt - this.#startedAt) / 1000;
    return { work, partials: this.#partials };
  }

  async close(): Promise<void> {
    await this.#worker.close();
    await Promise.all([this.#events.close(), this.#producer.close()]);
  }
}
