/**
 * Batches of small files in the workers of an engine.
 *
 * @module
 */
import type { Engine } from "../engine.ts";
import { chooseBackend, compileKernels } from "../kernels/load.ts";
import type { Fifo } from "../fifo.ts";
import type { Pool } from "../pool.ts";
import {
  type FileOutcome,
  type FilesTask,
  serializeError,
} from "../protocol.ts";
import type { FileSlot } from "./file_dispatch.ts";
import { settlesWithin } from "./promises.ts";

/** What a batch is to take: much longer than its message, and not so long that one worker has the last files to itself. */
const BATCH_MS = 4;
const BATCH_FILES_MAX = 256;
/** Batches that a worker has, so that it need not wait for the next one. */
const BATCHES_AHEAD = 2;
/** Before anything is known: small enough for files of several MiB. */
const MS_PER_FILE = 0.5;

/** How long workers may take to return by themselves before their threads are ended. */
const ABORT_GRACE_MS = 100;

/** The threads of our own jobs need neither a heap limit nor a sandbox. */
const POOL_SETTINGS = { heapMebibytes: undefined, sandbox: undefined };

/** Whom the batches tell. */
export interface BatchListener<Result> {
  onOutcome(slot: FileSlot<Result>, outcome: FileOutcome): void;
  /** A worker is up, or has room again. */
  onChange(): void;
}

/** The kernels for all tasks of a run. */
export function taskKernels(): WebAssembly.Module | undefined {
  return chooseBackend() === "simd" ? compileKernels() : undefined;
}

/**
 * Makes the task that is about the files of some slots, all with the same key.
 *
 * @param kernels As {@link taskKernels} has given them, once: to look at the environment takes Deno 7 us.
 */
export function taskFor(
  slots: readonly FileSlot<unknown>[],
  control: SharedArrayBuffer,
  kernels: WebAssembly.Module | undefined,
): FilesTask {
  const [first] = slots;
  if (first === undefined) throw new Error("Bug: a batch without files");
  const { key, job, jobOptions, wholeBytesMax } = first.entry;
  return {
    key,
    job,
    options: jobOptions,
    kernels,
    control,
    paths: slots.map(({ entry }) => String(entry.path)),
    bytesMax: wholeBytesMax,
  };
}

/** Takes files of one key from the front of a queue that is not empty: one, or up to `most`. */
export function takeAlike<Result>(
  queue: Fifo<FileSlot<Result>>,
  most: number,
): FileSlot<Result>[] {
  const key = queue.at(0)?.entry.key;
  let count = 1;
  while (count < most && queue.at(count)?.entry.key === key) count++;
  return queue.take(count);
}

export class WorkerBatches<Result> {
  readonly #setup: { readonly engine: Engine; readonly workers: number };
  readonly #control: SharedArrayBuffer;
  readonly #listener: BatchListener<Result>;
  readonly #kernels = taskKernels();
  readonly #closing: AbortSignal;
  /** How many batches each worker has that is up. */
  readonly #loads = new Map<number, number>();
  /** The files of the batches that are out. */
  readonly #batches = new Map<Promise<void>, readonly FileSlot<Result>[]>();
  #pool: Pool | undefined;
  /** Threads that were started. */
  #threads = 0;
  #isOpening = false;
  #isStarting = false;
  #msPerFile = MS_PER_FILE;

  constructor(
    setup: { readonly engine: Engine; readonly workers: number },
    control: SharedArrayBuffer,
    listener: BatchListener<Result>,
  ) {
    this.#setup = setup;
    this.#closing = setup.engine.closing;
    this.#control = control;
    this.#listener = listener;
  }

  /** Whether there is a worker to send batches to. */
  get areUp(): boolean {
    // The engine may have given its pool up after a run that failed.
    if (this.#pool?.closed === true) this.#loads.clear();
    return this.#loads.size > 0;
  }

  /** Whether the threads were started, and none of them has answered. */
  get areStarting(): boolean {
    return this.#isStarting;
  }

  /** Whether no batch is out. */
  get areIdle(): boolean {
    return this.#batches.size === 0;
  }

  /** How many workers have files. */
  get busyCount(): number {
    let count = 0;
    for (const load of this.#loads.values()) if (load > 0) count++;
    return count;
  }

  /** Starts workers until there are `count` of them, up or about to be. To be called again while some are wanted. */
  async start(count: number): Promise<void> {
    const first = this.#pool?.closed === true ? 0 : this.#threads;
    // Two calls at once would open two pools.
    if (first >= count || this.#isOpening) return;
    this.#isOpening = true;
    this.#isStarting ||= this.#loads.size === 0;
    const opening = this.#setup.engine.pool(
      POOL_SETTINGS,
      this.#closing,
    );
    const pool = await opening.finally(() => this.#isOpening = false);
    this.#threads = count;
    if (pool !== this.#pool) {
      this.#pool = pool;
      pool.crashed.catch((error) => this.#drop(pool, error));
    }
    pool.grow(count);
    for (let index = first; index < count; index++) {
      pool.api(index).ready().then(
        () => this.#addWorker(pool, index),
        () => {},
      );
    }
  }

  #addWorker(pool: Pool, index: number): void {
    if (pool !== this.#pool || pool.closed) return;
    this.#isStarting = false;
    this.#loads.set(index, 0);
    this.#listener.onChange();
  }

  /** A worker has died, and the pool with it: what was in the workers has failed, the rest gets new ones. */
  #drop(pool: Pool, error: unknown): void {
    if (pool !== this.#pool) return;
    this.#pool = undefined;
    this.#threads = 0;
    this.#isStarting = false;
    this.#loads.clear();
    const failed = [...this.#batches.values()].flat();
    this.#batches.clear();
    const outcome = { error: serializeError(error) };
    for (const slot of failed) this.#listener.onOutcome(slot, outcome);
    this.#listener.onChange();
  }

  /** Sends batches from the front of a queue while workers have room. */
  send(queue: Fifo<FileSlot<Result>>): void {
    if (!this.areUp) return;
    while (queue.length > 0) {
      const [index, load] = this.#leastLoaded();
      if (load >= BATCHES_AHEAD) return;
      this.#sendTo(index, this.#takeBatch(queue));
    }
  }

  #leastLoaded(): [index: number, load: number] {
    let least: [number, number] = [0, Infinity];
    for (const entry of this.#loads) if (entry[1] < least[1]) least = entry;
    return least;
  }

  /** Takes files of one key: as many as take {@link BATCH_MS}, and leaves some for the others. */
  #takeBatch(queue: Fifo<FileSlot<Result>>): FileSlot<Result>[] {
    const share = Math.ceil(queue.length / (2 * this.#setup.workers));
    const inTime = Math.round(BATCH_MS / this.#msPerFile);
    return takeAlike(queue, Math.min(share, inTime, BATCH_FILES_MAX));
  }

  #sendTo(index: number, slots: readonly FileSlot<Result>[]): void {
    const pool = this.#pool;
    if (pool === undefined) throw new Error("Bug: a batch without workers");
    this.#loads.set(index, (this.#loads.get(index) ?? 0) + 1);
    const task = taskFor(slots, this.#control, this.#kernels);
    const batch = pool.api(index).scanFiles(task).then(
      (outcomes) => outcomes,
      (error: unknown) => {
        const outcome = { error: serializeError(error) };
        return slots.map(() => outcome);
      },
    ).then((outcomes) => {
      // A worker that died has settled them already.
      if (!this.#batches.delete(batch)) return;
      this.#loads.set(index, (this.#loads.get(index) ?? 1) - 1);
      this.#learn(outcomes);
      slots.forEach((slot, i) => this.#listener.onOutcome(slot, outcomes[i]));
      this.#listener.onChange();
    });
    this.#batches.set(batch, slots);
  }

  /** Follows how long a file takes: half of what is known is from the last batch. */
  #learn(outcomes: readonly FileOutcome[]): void {
    let elapsedMs = 0;
    for (const outcome of outcomes) {
      if (outcome !== undefined && "elapsedMs" in outcome) {
        elapsedMs += outcome.elapsedMs;
      }
    }
    if (outcomes.length === 0) return;
    const latest = Math.max(0.005, elapsedMs / outcomes.length);
    this.#msPerFile = (this.#msPerFile + latest) / 2;
  }

  /** Returns when no worker has a batch any more. `FilesControl.abort` was called before. */
  async end(): Promise<void> {
    const batches = Promise.all(this.#batches.keys());
    if (await settlesWithin(batches, ABORT_GRACE_MS)) return;
    await this.#pool?.close();
  }
}
