/**
 * A runner in a thread of its own, which starts the engine's workers: whatever a shard or a merge takes, the event
 * loop that renews locks stays free. (Work of 4 s on that loop, with a lock of 1 s, made every shard stall.)
 *
 * @module
 */
import type { Remote } from "comlink";
import { wrap } from "../comlink.ts";
import { abortable, settlesWithin } from "../engine/promises.ts";
import { ErrorCode, SabmapError } from "../errors.ts";
import { ownModuleUrl } from "../platform/own_modules.ts";
import { platform } from "../platform/platform.ts";
import type { WorkerHandle } from "../platform/worker_handle.ts";
import { keepErrorsWhole } from "../protocol.ts";
import type { PartialRef } from "./partial_ref.ts";
import type {
  MergeRequest,
  Runner,
  RunnerSettings,
  RunnerThreadApi,
  ShardRequest,
} from "./runner.ts";

/** How often the thread is asked how far it is. Nobody is told more often than once a second. */
const PROGRESS_MS = 1000;

/** Time in which aborted work has to end, before its thread is ended. The engine promises a quarter of a second. */
const ABORT_GRACE_MS = 500;

interface Thread {
  readonly handle: WorkerHandle;
  readonly api: Remote<RunnerThreadApi>;
  /** Rejects when the thread dies. */
  readonly crashed: Promise<never>;
  /** Whether it has its settings: to say them with each shard would be a message more. */
  isOpen: boolean;
}

export class ThreadRunner implements Runner {
  readonly #settings: RunnerSettings;
  #thread: Thread | undefined;

  constructor(settings: RunnerSettings) {
    keepErrorsWhole();
    this.#settings = settings;
    // It comes up while the queue is connected to.
    this.#thread = this.#start();
  }

  async run(
    request: ShardRequest,
    signal: AbortSignal,
    onProgress: (bytesDone: number) => void,
  ): Promise<PartialRef> {
    const timer = setInterval(() => this.#ask(onProgress), PROGRESS_MS);
    try {
      return await this.#call(signal, (api) => api.run(request));
    } finally {
      clearInterval(timer);
    }
  }

  async merge(request: MergeRequest, signal: AbortSignal): Promise<PartialRef> {
    return await this.#call(signal, (api) => api.merge(request));
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.handle.terminate();
  }

  async #call<T>(
    signal: AbortSignal,
    action: (api: Remote<RunnerThreadApi>) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const thread = this.#thread ??= this.#start();
    const call = this.#open(thread).then(() => action(thread.api));
    try {
      return await abortable(Promise.race([call, thread.crashed]), signal);
    } catch (error) {
      if (signal.aborted) await this.#wind(thread, call);
      throw error;
    }
  }

  async #open(thread: Thread): Promise<void> {
    if (thread.isOpen) return;
    await thread.api.open(this.#settings);
    thread.isOpen = true;
  }

  /** Ends the work of a thread, or the thread. */
  async #wind(thread: Thread, call: Promise<unknown>): Promise<void> {
    thread.api.abort().catch(() => {});
    if (!await settlesWithin(Promise.allSettled([call]), ABORT_GRACE_MS)) {
      await this.close();
    }
  }

  #ask(onProgress: (bytesDone: number) => void): void {
    this.#thread?.api.bytesDone().then(onProgress).catch(() => {});
  }

  #start(): Thread {
    let crash: (error: SabmapError) => void = () => {};
    const crashed = new Promise<never>((_resolve, reject) => crash = reject);
    // Heard by the next call.
    crashed.catch(() => {});
    const handle = platform.startWorker({
      url: ownModuleUrl("workers/shard"),
      heapMebibytes: undefined,
      onCrash: (what) => {
        void this.close();
        crash(
          new SabmapError(
            ErrorCode.WorkerCrashed,
            `the thread of the shard died: ${what}`,
          ),
        );
      },
    });
    const api = wrap<RunnerThreadApi>(handle.endpoint);
    return { handle, api, crashed, isOpen: false };
  }
}
