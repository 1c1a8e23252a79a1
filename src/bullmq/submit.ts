/**
 * Submitting a run: plan, queue, wait, result.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { fingerprintOf } from "../shards/fingerprint.ts";
import type { MergedResult } from "../shards/merge.ts";
import {
  makePlan,
  planShards,
  type ShardPlan,
  withEntries,
} from "../shards/plan.ts";
import { Link, notesOf } from "./connection.ts";
import { jobSettings } from "./flow.ts";
import { getPartial } from "./partial_ref.ts";
import { loadPeers } from "./peers.ts";
import { redisTarget } from "./redis_target.ts";
import { pathForWorkers } from "./roots.ts";
import { RunJobs } from "./run_jobs.ts";
import { checkInteger, queueName } from "./settings.ts";
import { openStore, RESULT_NAME } from "./store.ts";
import type { SubmitOptions, SubmittedRun } from "./types.ts";
import { Watch, type WatchSetup } from "./watch.ts";

/** Length of a shard, unless something else is asked for: 0.5 ms in the queue are nothing beside it. */
const SHARD_BYTES_DEFAULT = 64 * 1024 ** 2;
/** Of larger files, shards are longer. */
const SHARDS_DEFAULT_MAX = 2000;
/** Shards that one parent takes. */
const SHARDS_MAX = 10_000;

const PATIENCE_MS = { min: 0, max: 7 * 86_400_000 };
const PATIENCE_MS_DEFAULT = 300_000;
const UNATTENDED_MS_DEFAULT = 3000;

/** Submits a run. See `submitRun`, which is the public name. */
export async function openRun(options: SubmitOptions): Promise<SubmittedRun> {
  const { patienceMs = PATIENCE_MS_DEFAULT, signal, onProgress } = options;
  const { unattendedMs = UNATTENDED_MS_DEFAULT } = options;
  const onNote = options.onNote ?? (() => {});
  const queue = queueName(options);
  const settings = jobSettings(options);
  checkInteger(patienceMs, PATIENCE_MS, "patienceMs");
  const target = redisTarget(options.redis);
  const plan = await makeRunPlan(options);
  const path = placeOf(plan, options);
  const peers = await loadPeers();
  const link = await Link.open(target, onNote);
  for (const note of notesOf(link.facts)) onNote(note);
  const setup = { peers, target, link, queue, plan, path, settings, onNote };
  const jobs = new RunJobs(setup);
  const run = new QueuedRun(
    { ...setup, jobs, patienceMs, unattendedMs, signal, onProgress },
    storeOf(options),
  );
  try {
    await run.add(options.fresh === true);
    return run;
  } catch (error) {
    await run.close();
    throw error;
  }
}

async function makeRunPlan(options: SubmitOptions): Promise<ShardPlan> {
  const { path, operation, shards, shardBytes, signal } = options;
  if (shards !== undefined || shardBytes !== undefined) {
    const cut = { shards, shardBytes, signal };
    return checkCount(await planShards(path, operation, cut));
  }
  const source = await fingerprintOf(path, signal);
  const least = Math.ceil(source.size / SHARDS_DEFAULT_MAX);
  const each = Math.max(SHARD_BYTES_DEFAULT, least);
  const plan = makePlan(path, source, operation, { shardBytes: each });
  return await withEntries(checkCount(plan), path, { signal });
}

function checkCount(plan: ShardPlan): ShardPlan {
  if (plan.shards.length <= SHARDS_MAX) return plan;
  throw new RangeError(
    `Cannot queue a run as it may have ${
      groupDigits(SHARDS_MAX)
    } shards at most: received ${groupDigits(plan.shards.length)}`,
  );
}

/** The file for workers; of a URL, without user and password. */
function placeOf({ source }: ShardPlan, { path, root }: SubmitOptions): string {
  return source.kind === "file" ? pathForWorkers(path, root) : source.url;
}

/** Where results are that do not go through the queue. */
function storeOf({ store, root }: SubmitOptions): string | undefined {
  return store ?? (root === undefined ? undefined : `${root}/.sabmap-store`);
}

class QueuedRun implements SubmittedRun {
  readonly #setup: WatchSetup;
  readonly #store: string | undefined;
  #watch: Watch | undefined;
  #attached = false;

  constructor(setup: WatchSetup, store: string | undefined) {
    this.#setup = setup;
    this.#store = store;
  }

  get run(): string {
    return this.#setup.plan.run;
  }

  get shards(): number {
    return this.#setup.plan.shards.length;
  }

  get attached(): boolean {
    return this.#attached;
  }

  async add(fresh: boolean): Promise<void> {
    await this.#watch?.close();
    this.#watch = await Watch.open(this.#setup);
    this.#attached = await this.#setup.jobs.add(fresh);
  }

  async result(): Promise<MergedResult> {
    const partial = await this.partial();
    const { mergePartials } = await import("../shards/merge.ts");
    return await mergePartials([partial]);
  }

  async partial(): Promise<Uint8Array> {
    try {
      return await this.#outcome();
    } catch (error) {
      // The result that was kept is gone from the store: it is made again.
      const mayBeGone = this.#attached && this.#store !== undefined;
      if (!mayBeGone || !isGone(error)) throw error;
      await this.add(true);
      return await this.#outcome();
    }
  }

  async #outcome(): Promise<Uint8Array> {
    const { jobs } = this.#setup;
    const end = await this.#watch?.end();
    if (end !== "completed") throw await jobs.failure();
    const ref = await jobs.result();
    const store = ref.inline === undefined && this.#store !== undefined
      ? await openStore(this.#store)
      : undefined;
    const place = { run: this.run, name: RESULT_NAME, store };
    return await getPartial(ref, place);
  }

  async close(): Promise<void> {
    await Promise.all([this.#watch?.close(), this.#setup.jobs.close()]);
    this.#setup.link.close();
  }
}

function isGone(error: unknown): boolean {
  return error instanceof SabmapError &&
    (error.code === "ENOENT" || error.code === ErrorCode.Store);
}
