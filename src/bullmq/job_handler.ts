/**
 * From a job of the queue to what it leaves: checks, then the work of a runner.
 *
 * @module
 */
import type { Job } from "bullmq";
import { ErrorCode, SabmapError } from "../errors.ts";
import { cpuCount } from "../platform/platform.ts";
import { isAllowedHost } from "../remote/hosts.ts";
import type { ShardTask } from "../shards/plan.ts";
import { Roots } from "./roots.ts";
import type { Runner, RunnerSettings } from "./runner.ts";
import {
  checkMergeData,
  checkShardData,
  inlineLimit,
  JobName,
  type JobValue,
  jobValue,
  partialsOf,
  type ShardProgress,
} from "./schema.ts";
import { checkInteger } from "./settings.ts";
import { openStore, type Store } from "./store.ts";
import { FETCH_AHEAD_MS, Turns } from "./turns.ts";
import type { WorkerOptions } from "./types.ts";

/** What is done when the turn comes. */
type Work = (runner: Runner) => Promise<JobValue>;

/** Most shards that one worker carries out at a time. */
const CONCURRENCY = { min: 1, max: 64 };

/** How long partials and results are kept that nobody removes. */
const KEEP_SECONDS_DEFAULT = 86_400;
const KEEP_SECONDS = { min: 60, max: 365 * 86_400 };
const SWEEP_MS = 3_600_000;

/** Below the first root, where no store is named. */
const STORE_DEFAULT = ".sabmap-store";

export class JobHandler {
  readonly #roots: Roots;
  readonly #allowHosts: readonly string[];
  readonly #store: Store | undefined;
  readonly #keepMs: number;
  readonly #turns: Turns;
  readonly #all: readonly Runner[];
  #sweeper: ReturnType<typeof setInterval> | undefined;

  private constructor(
    options: WorkerOptions,
    roots: Roots,
    store: Store | undefined,
    runners: readonly Runner[],
  ) {
    this.#roots = roots;
    this.#allowHosts = options.allowHosts ?? [];
    this.#store = store;
    this.#keepMs = 1000 * (options.keepSeconds ?? KEEP_SECONDS_DEFAULT);
    this.#all = runners;
    this.#turns = new Turns(runners);
  }

  /**
   * Checks the options and gets runners ready, whose threads start with the first job.
   *
   * @throws {TypeError|RangeError} If an option is wrong, or nothing could be read.
   * @throws {SabmapError} If a root is not there.
   */
  static async open(options: WorkerOptions): Promise<JobHandler> {
    const { roots: folders = [], allowHosts = [], concurrency = 1 } = options;
    checkInteger(concurrency, CONCURRENCY, "concurrency");
    if (options.keepSeconds !== undefined) {
      checkInteger(options.keepSeconds, KEEP_SECONDS, "keepSeconds");
    }
    if (folders.length === 0 && allowHosts.length === 0) {
      throw new RangeError(
        `Cannot start a worker as it must have roots or hosts to read from: received none`,
      );
    }
    const roots = Roots.open(folders);
    const place = options.store ?? defaultStore(roots);
    const store = place === undefined ? undefined : await openStore(place);
    const settings = runnerSettings(options, place, concurrency);
    const open = options.openRunner ?? await threadRunners();
    const runners = Array.from({ length: concurrency }, () => open(settings));
    return new JobHandler(options, roots, store, runners);
  }

  /**
   * Does the work of a job when its turn comes; what it says is checked before that.
   *
   * @param watch Told when the work begins, and does it by calling what it is given.
   * @returns `undefined` if the turn did not come within half a second: nothing was done.
   * @throws What went wrong; the reason of `signal` if that is aborted.
   */
  async handle(
    job: Job,
    signal: AbortSignal,
    watch: (work: () => Promise<JobValue>) => Promise<JobValue>,
  ): Promise<JobValue | undefined> {
    const work = this.#workOf(job, signal);
    const runner = await this.#turns.take(signal, FETCH_AHEAD_MS);
    if (runner === undefined) return undefined;
    try {
      return await watch(async () => {
        const value = await work(runner);
        signal.throwIfAborted();
        return value;
      });
    } finally {
      this.#turns.give(runner);
    }
  }

  /** @throws {SabmapError} If it is none of ours, or asks for what it may not have. */
  #workOf(job: Job, signal: AbortSignal): Work {
    if (job.name === JobName.Shard) return this.#shard(job, signal);
    if (job.name === JobName.Merge) return this.#merge(job, signal);
    throw unknownJob(job.name);
  }

  #shard(job: Job, signal: AbortSignal): Work {
    const { task, path } = checkShardData(job.data, job.id ?? "");
    const request = {
      run: task.run,
      task,
      path: this.#pathOf(path, task),
      inlineBytes: inlineLimit(task.cut.count, this.#store !== undefined),
    };
    const tell = (bytesDone: number) => {
      const progress: ShardProgress = { bytesDone };
      job.updateProgress(progress).catch(() => {});
    };
    return async (runner) => jobValue(await runner.run(request, signal, tell));
  }

  #merge(job: Job, signal: AbortSignal): Work {
    const { run } = checkMergeData(job.data, job.id ?? "");
    const inlineBytes = inlineLimit(1, this.#store !== undefined);
    return async (runner) => {
      const partials = partialsOf(run, await job.getChildrenValues());
      const request = { run: run.run, partials, inlineBytes };
      return jobValue(await runner.merge(request, signal));
    };
  }

  /** @throws {SabmapError} `ERR_OUTSIDE_ROOT` for what this worker does not serve. */
  #pathOf(path: string, { source }: ShardTask): string {
    if (source.kind === "file") return this.#roots.resolve(path);
    if (
      path === source.url && isAllowedHost(source.url, this.#allowHosts)
    ) return source.url;
    throw new SabmapError(
      ErrorCode.OutsideRoot,
      "is on a host that this worker may not ask: start it with --allow-host",
      { file: path },
    );
  }

  /** Removes from the store what the shards of a run left, now that it is joined. */
  clean(run: string | undefined): void {
    if (run !== undefined) void this.#store?.removeShards(run);
  }

  /** Removes what is old from the store, now and from time to time. */
  sweep(): void {
    const sweep = () => void this.#store?.removeOld(this.#keepMs);
    sweep();
    this.#sweeper ??= setInterval(sweep, SWEEP_MS);
  }

  /** Ends the runners. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all(this.#all.map((runner) => runner.close()));
  }
}

function defaultStore({ folders: [first] }: Roots): string | undefined {
  return first === undefined ? undefined : `${first}/${STORE_DEFAULT}`;
}

/** Runners share the cores. */
function runnerSettings(
  options: WorkerOptions,
  store: string | undefined,
  concurrency: number,
): RunnerSettings {
  const { workers, io, segmentBytes, allowHosts = [] } = options;
  const each = Math.max(1, Math.floor(cpuCount() / concurrency));
  return { store, workers: workers ?? each, io, segmentBytes, allowHosts };
}

async function threadRunners(): Promise<(settings: RunnerSettings) => Runner> {
  const { ThreadRunner } = await import("./thread_runner.ts");
  return (settings) => new ThreadRunner(settings);
}

function unknownJob(name: string): SabmapError {
  return new SabmapError(
    ErrorCode.BadShard,
    `Cannot work on a job as its name must be ${JobName.Shard} or ${JobName.Merge}: received "${
      name.slice(0, 100)
    }"`,
  );
}
