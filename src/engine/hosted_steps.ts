/**
 * The steps of a user's module, taken in a thread that the pool keeps for it.
 *
 * @module
 */
import type { Remote } from "comlink";
import { ErrorCode, SabmapError } from "../errors.ts";
import type { JobDescription } from "../plan.ts";
import type { Pool } from "../pool.ts";
import type { JobRef, SegmentPartial, WorkerApi } from "../protocol.ts";
import type { JobSteps, RunEnd, StepsArena } from "./job_steps.ts";
import { abortable, settlesWithin } from "./promises.ts";

/** How long an abandoned call may take to return by itself before the threads are ended. */
const ABANDON_GRACE_MS = 100;

/** What steps in another thread work with. */
export interface HostSetup {
  readonly pool: Pool;
  readonly job: JobRef;
  readonly jobOptions: unknown;
  readonly signal: AbortSignal | undefined;
  /** Time after which a call that has not returned counts as hung. */
  readonly stallMs: number;
}

/**
 * Loads the job in the pool's host thread.
 *
 * @throws Whatever the module throws; `ERR_WORKER_CRASHED` if its thread dies or hangs.
 */
export async function openHostedSteps(setup: HostSetup): Promise<JobSteps> {
  const host = setup.pool.host();
  const watchdog = new Watchdog(setup);
  try {
    // Starting a thread is no work of the job's, and takes its time on a busy machine.
    await watchdog.guard(host.ready(true));
    const description = await watchdog.follow(
      host.describe(setup.job, setup.jobOptions),
    );
    return new HostedSteps(host, watchdog, description);
  } catch (error) {
    await watchdog.close();
    throw error;
  }
}

class HostedSteps implements JobSteps {
  readonly description: JobDescription;
  readonly #host: Remote<WorkerApi>;
  readonly #watchdog: Watchdog;
  readonly #accepted: Promise<void>[] = [];

  constructor(
    host: Remote<WorkerApi>,
    watchdog: Watchdog,
    description: JobDescription,
  ) {
    this.description = description;
    this.#host = host;
    this.#watchdog = watchdog;
  }

  async begin({ memory, plan }: StepsArena): Promise<void> {
    await this.#watchdog.follow(this.#host.begin(memory, plan));
  }

  async accept(partials: readonly SegmentPartial[]): Promise<void> {
    const accepted = this.#watchdog.follow(this.#host.accept(partials));
    this.#accepted.push(accepted);
    await accepted;
  }

  async finish(end: RunEnd): Promise<unknown> {
    // An error of a join is told before one of the result that lacks it.
    await Promise.all(this.#accepted);
    return await this.#watchdog.follow(this.#host.finish(end));
  }

  async close(): Promise<void> {
    await this.#watchdog.close();
  }
}

/** Sees to it that calls of a thread return, or fail when the thread dies, hangs or is not wanted any more. */
class Watchdog {
  readonly #setup: HostSetup;
  readonly #open = new Set<Promise<unknown>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(setup: HostSetup) {
    this.#setup = setup;
  }

  /** Follows a call that may take any time. Fails when its thread dies or the signal is aborted. */
  async guard<T>(call: Promise<T>): Promise<T> {
    const { pool, signal } = this.#setup;
    return await abortable(Promise.race([call, pool.crashed]), signal);
  }

  /** As {@link guard}; fails also when no call returns for too long. */
  async follow<T>(call: Promise<T>): Promise<T> {
    this.#open.add(call);
    this.#rearm();
    const settled = () => {
      this.#open.delete(call);
      this.#rearm();
    };
    call.then(settled, settled);
    return await this.guard(call);
  }

  /** Ends the threads if one of them does not come back. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#open.size === 0 || this.#setup.pool.closed) return;
    const all = Promise.allSettled(this.#open);
    if (!await settlesWithin(all, ABANDON_GRACE_MS)) {
      await this.#setup.pool.close();
    }
    clearTimeout(this.#timer);
  }

  /** Each call that returns is a sign of life. */
  #rearm(): void {
    clearTimeout(this.#timer);
    if (this.#open.size === 0) return;
    const { pool, stallMs } = this.#setup;
    const bark = () =>
      pool.fail(
        new SabmapError(
          ErrorCode.WorkerCrashed,
          `the job's module made no progress for ${stallMs / 1000} s`,
        ),
      );
    this.#timer = setTimeout(bark, stallMs);
  }
}
