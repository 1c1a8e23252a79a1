/**
 * A worker of a fleet: takes shards from the queue, has them carried out, and hands back what it cannot finish.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Job, Worker } from "bullmq";
import { settlesWithin } from "../engine/promises.ts";
import { bullmqConnection, GOODBYE_MS, Link, notesOf } from "./connection.ts";
import { isPassing, reasonOf } from "./job_errors.ts";
import { JobHandler } from "./job_handler.ts";
import { Lease } from "./lease.ts";
import { loadPeers, type Peers } from "./peers.ts";
import { announce } from "./presence.ts";
import { redisTarget } from "./redis_target.ts";
import { JobName, type JobValue } from "./schema.ts";
import {
  leaseSettings,
  type QueueName,
  queueName,
  STALLED_COUNT_MAX,
} from "./settings.ts";
import { FETCH_AHEAD_MS } from "./turns.ts";
import type { FleetWorker, WorkerEvent, WorkerOptions } from "./types.ts";

/** How long a worker that is asked to end takes at most to hand back what it has. */
const CLOSE_MS = 5000;

/** Starts a worker. See `startWorker`, which is the public name. */
export async function openWorker(options: WorkerOptions): Promise<FleetWorker> {
  const queue = queueName(options);
  const lease = leaseSettings(options);
  const target = redisTarget(options.redis);
  options.signal?.throwIfAborted();
  const note = options.onNote ?? (() => {});
  const peers = await loadPeers();
  const handler = await JobHandler.open(options);
  try {
    const link = await Link.open(target, note);
    for (const text of notesOf(link.facts)) note(text);
    const shown = `${queue.prefix}:${queue.name} at ${target.shown}`;
    const setup = { options, queue, shown, lease, handler, link, peers };
    const worker = new QueueWorker(setup, bullmqConnection(target, link));
    await worker.ready();
    return worker;
  } catch (error) {
    await handler.close();
    throw error;
  }
}

interface WorkerSetup {
  readonly options: WorkerOptions;
  readonly queue: QueueName;
  readonly shown: string;
  readonly lease: { readonly lockMs: number; readonly stalledMs: number };
  readonly handler: JobHandler;
  readonly link: Link;
  readonly peers: Peers;
}

class QueueWorker implements FleetWorker {
  readonly id: string = randomUUID();
  readonly queue: string;
  readonly closed: Promise<void>;
  readonly #setup: WorkerSetup;
  readonly #worker: Worker;
  readonly #leases = new Map<string, Lease>();
  readonly #withdraw: () => void;
  #resolveClosed = (): void => {};
  #closing: Promise<void> | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    setup: WorkerSetup,
    connection: ReturnType<typeof bullmqConnection>,
  ) {
    const { options, queue, lease, peers, link } = setup;
    this.#setup = setup;
    this.queue = setup.shown;
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
    this.#worker = new peers.bullmq.Worker(
      queue.name,
      (job, token) => this.#process(job, token ?? ""),
      {
        ...connection,
        name: this.id,
        prefix: queue.prefix,
        concurrency: options.concurrency ?? 1,
        lockDuration: lease.lockMs,
        stalledInterval: lease.stalledMs,
        maxStalledCount: STALLED_COUNT_MAX,
        // Without the network it would wait 15 s before it asks again.
        runRetryDelay: 1000,
      },
    );
    this.#listen();
    this.#withdraw = announce(link.redis, queue);
    const { signal } = options;
    signal?.addEventListener("abort", () => void this.close(), { once: true });
  }

  /** @throws {SabmapError} If the queue cannot be used after all. */
  async ready(): Promise<void> {
    await this.#worker.waitUntilReady();
    this.#setup.handler.sweep();
    this.#watchIdleness();
    // Aborted while the worker was being opened.
    if (this.#setup.options.signal?.aborted) await this.close();
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Ends the worker some time after the last job. */
  #watchIdleness(): void {
    clearTimeout(this.#idleTimer);
    const { idleExitMs } = this.#setup.options;
    if (idleExitMs === undefined || this.#leases.size > 0) return;
    this.#idleTimer = setTimeout(() => void this.close(), idleExitMs);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#withdraw();
    for (const lease of this.#leases.values()) lease.lose("handed back");
    const { link, handler } = this.#setup;
    // By force where the server is away: BullMQ would wait for connections that are never ended.
    const isDown = link.downMs > 0;
    const closed = this.#worker.close(isDown);
    await settlesWithin(closed, isDown ? GOODBYE_MS : CLOSE_MS);
    await handler.close();
    link.close();
    this.#resolveClosed();
  }

  #listen(): void {
    const worker = this.#worker;
    worker.on("locksRenewed", ({ jobIds }) => {
      for (const id of jobIds) this.#leases.get(id)?.renewed();
    });
    worker.on("lockRenewalFailed", (jobIds) => {
      for (const id of jobIds) {
        this.#leases.get(id)?.lose("another worker was given the shard");
      }
    });
    worker.on("error", (error) => this.#note(error));
    worker.on("completed", (job) => {
      if (job.name === JobName.Merge) this.#setup.handler.clean(job.id);
    });
    worker.on("failed", (job) => {
      // What is left of a run that has failed is nobody's work any more.
      if (job?.name === JobName.Merge && job.finishedOn !== undefined) {
        job.removeUnprocessedChildren().catch(() => {});
      }
    });
  }

  /** Tells what is not told elsewhere: outages are by the link, lost leases with their shards. */
  #note(error: Error): void {
    const isKnown = this.#setup.link.downMs > 0 ||
      /Connection is closed|ECONN|EPIPE|Socket timeout|lock for job/.test(
        `${(error as { code?: string }).code} ${error.message}`,
      );
    if (!isKnown) this.#setup.options.onNote?.(`queue: ${error.message}`);
  }

  async #process(job: Job, token: string): Promise<JobValue> {
    const id = job.id ?? "";
    const age = Date.now() - (job.processedOn ?? Date.now());
    const lease = new Lease(this.#setup.lease.lockMs, Math.max(0, age));
    this.#leases.set(id, lease);
    this.#watchIdleness();
    const about = { job: id, attempt: job.attemptsMade + 1 };
    try {
      const value = await this.#setup.handler.handle(
        job,
        lease.signal,
        (work) => this.#watched(job, work, about),
      );
      if (value !== undefined) return value;
    } catch (error) {
      if (this.#closing === undefined) {
        this.#tell({ event: "failed", ...about, reason: reasonOf(error) });
        throw this.#asJobError(error);
      }
    } finally {
      lease.close();
      this.#leases.delete(id);
      if (this.#closing === undefined) this.#watchIdleness();
    }
    if (this.#closing !== undefined) {
      this.#tell({ event: "returned", ...about });
    }
    return await this.#handBack(job, token);
  }

  /** Tells when the work of a job begins and ends, and fetches ahead while shards are short. */
  async #watched(
    job: Job,
    work: () => Promise<JobValue>,
    about: Pick<WorkerEvent, "job" | "attempt">,
  ): Promise<JobValue> {
    const startedAt = performance.now();
    this.#tell({ event: "start", ...about });
    const value = await work();
    const ms = sinceMs(startedAt);
    this.#tell({ event: "done", ...about, ms });
    if (job.name === JobName.Shard) this.#fetchAhead(ms < FETCH_AHEAD_MS);
    return value;
  }

  /** Whether to take one shard more than there are turns: the queue's answer then comes while another is scanned. */
  #fetchAhead(ahead: boolean): void {
    const { concurrency = 1 } = this.#setup.options;
    this.#worker.concurrency = concurrency + (ahead ? 1 : 0);
  }

  /** Gives a job to the others at once, and as if it had not been tried. */
  async #handBack(job: Job, token: string): Promise<never> {
    // What had no turn here is not to come back.
    this.#fetchAhead(false);
    await job.moveToWait(token);
    throw new this.#setup.peers.bullmq.WaitingError();
  }

  #asJobError(error: unknown): Error {
    const reason = reasonOf(error);
    const { UnrecoverableError } = this.#setup.peers.bullmq;
    return isPassing(error)
      ? new Error(reason)
      : new UnrecoverableError(reason);
  }

  #tell(event: WorkerEvent): void {
    this.#setup.options.onEvent?.(event);
  }
}

function sinceMs(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
