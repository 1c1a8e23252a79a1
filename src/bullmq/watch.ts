/**
 * Waiting for the end of a run, and telling how far it is.
 *
 * The end comes as an event. Events may be missed, as when Redis is restarted, so the run is asked about each second
 * as well: whoever waits always comes to an end.
 *
 * @module
 */
import type { QueueEvents } from "bullmq";
import { ErrorCode, SabmapError } from "../errors.ts";
import type { Progress } from "../options.ts";
import type { ShardCut } from "../shards/plan.ts";
import { bullmqConnection, hangUp } from "./connection.ts";
import { isAttended } from "./presence.ts";
import type { RunJobs, RunSetup, RunState } from "./run_jobs.ts";
import { bytesDoneOf, shardIndex } from "./schema.ts";

/** How often the run is asked about. */
const POLL_MS = 1000;

/** What a watch needs. */
export interface WatchSetup extends RunSetup {
  readonly jobs: RunJobs;
  readonly patienceMs: number;
  /** Time after which it is told that nobody works. */
  readonly unattendedMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

export class Watch {
  readonly #setup: WatchSetup;
  readonly #events: QueueEvents;
  readonly #startedAt = performance.now();
  readonly #progress: RunProgress;
  readonly #end: Promise<"completed" | "failed">;
  #resolve: (state: "completed" | "failed") => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #timer: ReturnType<typeof setInterval> | undefined;
  #isAsking = false;
  #wasTold = false;

  private constructor(setup: WatchSetup) {
    const { peers, target, link, queue, plan } = setup;
    this.#setup = setup;
    this.#progress = new RunProgress(plan.cut);
    this.#events = new peers.bullmq.QueueEvents(queue.name, {
      ...bullmqConnection(target, link),
      prefix: queue.prefix,
    });
    this.#end = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Heard by whoever waits.
    this.#end.catch(() => {});
    this.#listen();
  }

  /** Begins before the run is added, so that no event is missed. */
  static async open(setup: WatchSetup): Promise<Watch> {
    const watch = new Watch(setup);
    await watch.#events.waitUntilReady();
    return watch;
  }

  /**
   * Waits.
   *
   * @throws {SabmapError} `ERR_QUEUE` if the server stays away, or has lost the run.
   */
  async end(): Promise<"completed" | "failed"> {
    const { signal } = this.#setup;
    const stop = () => this.#reject(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    void this.#ask();
    this.#timer ??= setInterval(() => this.#look(), POLL_MS);
    try {
      return await this.#end;
    } finally {
      clearInterval(this.#timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await hangUp(this.#events);
  }

  #listen(): void {
    const { plan: { run } } = this.#setup;
    const events = this.#events;
    events.on("error", () => {});
    events.on("completed", ({ jobId }) => {
      if (jobId === run) this.#resolve("completed");
      this.#shard(jobId, (index) => this.#progress.done(index));
    });
    events.on("failed", ({ jobId }) => {
      if (jobId === run) this.#resolve("failed");
    });
    events.on("progress", ({ jobId, data }) => {
      this.#shard(jobId, (index) => {
        this.#progress.at(index, bytesDoneOf(data));
      });
    });
  }

  #shard(jobId: string, note: (index: number) => void): void {
    const index = shardIndex(this.#setup.plan.run, jobId);
    if (index === undefined) return;
    note(index);
    this.#tell();
  }

  #look(): void {
    const { link, patienceMs } = this.#setup;
    if (link.downMs > patienceMs) this.#reject(link.outageError());
    void this.#ask();
    this.#tell();
  }

  /** Asks the server, one question at a time: while it is away, the first one waits for it. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const { jobs, onProgress } = this.#setup;
      this.#hear(await jobs.state());
      if (onProgress) this.#progress.doneAtLeast(await jobs.doneCount());
      await this.#checkAttended();
    } catch {
      // The server is away, or the run has just gone: the next question tells.
    } finally {
      this.#isAsking = false;
    }
  }

  #hear(state: RunState): void {
    if (state === "completed" || state === "failed") this.#resolve(state);
    if (state !== "absent") return;
    this.#reject(
      new SabmapError(
        ErrorCode.Queue,
        "the queue does not hold the run any more, as if Redis was restarted without its data: submit it again",
      ),
    );
  }

  async #checkAttended(): Promise<void> {
    const { link, queue, unattendedMs, onNote } = this.#setup;
    const isNew = performance.now() - this.#startedAt < unattendedMs;
    if (isNew || this.#wasTold) return;
    if (await isAttended(link.redis, queue)) return;
    this.#wasTold = true;
    onNote(
      `no worker serves the queue ${queue.prefix}:${queue.name}: start one with process work`,
    );
  }

  #tell(): void {
    this.#setup.onProgress?.({
      bytesDone: this.#progress.bytesDone,
      byteLength: this.#progress.byteLength,
      elapsedMs: performance.now() - this.#startedAt,
    });
  }
}

/** How far a run is, from what is heard of its shards. Never goes back. */
class RunProgress {
  readonly byteLength: number;
  readonly #shardBytes: number;
  readonly #isDone = new Set<number>();
  readonly #underway = new Map<number, number>();
  #doneCount = 0;
  #shown = 0;

  constructor({ start, end, count }: ShardCut) {
    this.byteLength = end - start;
    this.#shardBytes = this.byteLength / count;
  }

  at(index: number, bytesDone: number): void {
    if (!this.#isDone.has(index)) this.#underway.set(index, bytesDone);
  }

  done(index: number): void {
    this.#isDone.add(index);
    this.#underway.delete(index);
  }

  /** Shards that were done before anyone listened count too. */
  doneAtLeast(count: number): void {
    this.#doneCount = Math.max(this.#doneCount, count);
  }

  get bytesDone(): number {
    const count = Math.max(this.#doneCount, this.#isDone.size);
    let bytes = count * this.#shardBytes;
    for (const part of this.#underway.values()) {
      bytes += Math.min(part, this.#shardBytes);
    }
    this.#shown = Math.max(
      this.#shown,
      Math.min(Math.floor(bytes), this.byteLength),
    );
    return this.#shown;
  }
}
