/**
 * The pool: starts the worker threads, watches them, and ends them.
 *
 * A worker that throws outside a call, exits, runs out of memory or gives no sign of life makes
 * {@link Pool.crashed} reject, so that a run ends with an error and never hangs.
 *
 * @module
 */
import type { Remote } from "comlink";
import { wrap } from "./comlink.ts";
import { type ByteRange, ErrorCode, SabmapError } from "./errors.ts";
import type { ControlBlock } from "./memory/control_block.ts";
import { platform } from "./platform/platform.ts";
import { ownModuleUrl } from "./platform/own_modules.ts";
import type { SandboxSettings } from "./platform/sandbox.ts";
import type { StartWorker, WorkerHandle } from "./platform/worker_handle.ts";
import {
  type ExitMessage,
  isOwnMessage,
  type JobRef,
  keepErrorsWhole,
  type PartialsMessage,
  type WorkerApi,
} from "./protocol.ts";

interface PoolWorker {
  readonly handle: WorkerHandle;
  readonly api: Remote<WorkerApi>;
  /** Hears the messages that are not Comlink's. */
  readonly listener: (event: unknown) => void;
}

/** What the threads of a pool are like. */
export interface PoolSettings {
  /** Bound on each thread's JavaScript heap, for code that is not ours. */
  readonly heapMebibytes: number | undefined;
  /** Where threads start without the permissions of the process (Deno). */
  readonly sandbox: SandboxSettings | undefined;
}

export class Pool {
  readonly settings: PoolSettings;
  readonly #startWorker: StartWorker;
  readonly #workers: PoolWorker[] = [];
  #host: PoolWorker | undefined;
  readonly #fail: (error: SabmapError) => void;
  #closed = false;
  #ended: Promise<void> | undefined;

  /** Rejects when a worker dies; otherwise never settles. */
  readonly crashed: Promise<never>;

  /** Gets the partials that workers send. */
  onPartials: (message: PartialsMessage) => void = () => {};

  /** @throws {SabmapError} `ERR_SANDBOX_REFUSED` if the settings ask for a sandbox and there can be none. */
  static async open(settings: PoolSettings): Promise<Pool> {
    const startSandboxed = settings.sandbox &&
      await platform.openSandbox?.(settings.sandbox);
    return new Pool(settings, startSandboxed ?? platform.startWorker);
  }

  private constructor(settings: PoolSettings, startWorker: StartWorker) {
    keepErrorsWhole();
    this.settings = settings;
    this.#startWorker = startWorker;
    const { promise, reject } = withRejecter();
    this.crashed = promise;
    this.#fail = reject;
    // Heard by whoever waits for a run; a crash between runs is found by the next one.
    promise.catch(() => {});
  }

  /** Whether a worker has died or the pool was closed: it is of no more use. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many threads were started, beside that of the host. */
  get size(): number {
    return this.#workers.length;
  }

  /** Starts threads until there are `count` of them. They come up while the caller goes on. */
  grow(count: number): void {
    while (this.#workers.length < count) {
      this.#workers.push(this.#start(`worker ${this.#workers.length}`));
    }
  }

  /** Has the threads load what runs of a job need, while the caller goes on. What fails is told by the run. */
  preload(job: JobRef, updates: boolean): void {
    for (const { api } of this.#workers) {
      api.load(job, updates).catch(() => {});
    }
  }

  /** The API of worker `index`, which {@link grow} has started. */
  api(index: number): Remote<WorkerApi> {
    const worker = this.#workers[index];
    if (worker === undefined) {
      throw new Error(`Bug: worker ${index} was not started`);
    }
    return worker.api;
  }

  /** The API of the thread beside the workers that takes a job's other steps; it starts with the first call. */
  host(): Remote<WorkerApi> {
    this.#host ??= this.#start("the thread of the job's module");
    return this.#host.api;
  }

  #start(name: string): PoolWorker {
    const handle = this.#startWorker({
      url: ownModuleUrl("workers/worker"),
      heapMebibytes: this.settings.heapMebibytes,
      onCrash: (what) => this.#crash(name, what),
    });
    const listener = (event: unknown) => {
      const { data } = event as MessageEvent<unknown>;
      if (isOwnMessage(data)) this.#receive(name, data);
    };
    handle.endpoint.addEventListener("message", listener as EventListener);
    return { handle, api: wrap<WorkerApi>(handle.endpoint), listener };
  }

  #receive(name: string, message: PartialsMessage | ExitMessage): void {
    if (message.sabmap === "partials") this.onPartials(message);
    else this.#crash(name, message.what);
  }

  #crash(name: string, what: string): void {
    this.fail(
      new SabmapError(ErrorCode.WorkerCrashed, `${name} died: ${what}`),
    );
  }

  /** Ends the run that uses the pool with an error, and the pool with it. */
  fail(error: SabmapError): void {
    if (this.#closed) return;
    this.#fail(error);
    void this.close();
  }

  /**
   * Ends all threads, whatever they do.
   *
   * Comlink's registry of proxies holds the endpoint of each until its proxy is collected. An endpoint that led to the
   * pool, and so to its own proxy, would keep both, and the arena, for ever: 2 MB a run (Bun 1.4.5, 2026-11-21).
   */
  close(): Promise<void> {
    return this.#ended ??= this.#end();
  }

  async #end(): Promise<void> {
    this.#closed = true;
    const all = [...this.#workers, ...(this.#host ? [this.#host] : [])];
    await Promise.all(all.map(({ handle, listener }) => {
      handle.endpoint.removeEventListener("message", listener as EventListener);
      return handle.terminate();
    }));
  }
}

function withRejecter(): {
  promise: Promise<never>;
  reject: (error: SabmapError) => void;
} {
  let reject: (error: SabmapError) => void = () => {};
  const promise = new Promise<never>((_resolve, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}

/** How often a watch looks at the workers, at most. A heap grows by 2 GB a second. */
const WATCH_MS = 100;

/** What a watch needs to know. */
export interface WatchSetup {
  readonly pool: Pool;
  readonly control: ControlBlock;
  /** Time without a sign of life after which a worker counts as hung. */
  readonly stallMs: number;
  /** Workers that have not returned yet. */
  readonly running: ReadonlySet<number>;
  /** Bytes that the arena may take, beside the heaps. */
  readonly arenaBytes: number;
  /** Where a segment lies in the file. */
  rangeOf(segment: number): ByteRange;
  readonly file: string;
}

/**
 * Watches the workers of a run for signs of life.
 *
 * @returns What ends the watch.
 */
export function watch(setup: WatchSetup): () => void {
  const seen = new Map<number, { beat: number; at: number }>();
  const heap = watchHeap(setup);
  const look = () => {
    const hung = [...setup.running].find((index) => isHung(setup, seen, index));
    if (hung !== undefined) setup.pool.fail(stallError(setup, hung));
    if (heap?.() === false) setup.pool.fail(heapError());
  };
  const timer = setInterval(
    look,
    Math.max(1, Math.min(WATCH_MS, setup.stallMs / 4)),
  );
  return () => clearInterval(timer);
}

/**
 * The growth of the process stands in for what no runtime bounds: typed arrays, and on Bun all of a thread's heap.
 *
 * @returns What tells whether the workers are within their bound; `undefined` where there is nothing to watch.
 */
function watchHeap(
  { pool, running, arenaBytes }: WatchSetup,
): (() => boolean) | undefined {
  const { heapMebibytes } = pool.settings;
  if (heapMebibytes === undefined) return undefined;
  const before = residentBytes();
  // Those that have returned keep their heaps.
  let threads = 0;
  return () => {
    threads = Math.max(threads, running.size);
    // Pages of the arena count as well: what is read into it, and files that are mapped over it.
    const most = heapMebibytes * threads * 1024 ** 2 + arenaBytes;
    return residentBytes() - before <= most;
  };
}

/** What this process has in memory. Deno is asked itself, as the first touch of `process` takes 10 ms there. */
function residentBytes(): number {
  const { Deno: deno } = globalThis as {
    Deno?: { memoryUsage(): { readonly rss: number } };
  };
  return deno === undefined
    ? process.memoryUsage.rss()
    : deno.memoryUsage().rss;
}

function heapError(): SabmapError {
  return new SabmapError(
    ErrorCode.WorkerCrashed,
    "the workers ran out of memory",
  );
}

function isHung(
  setup: WatchSetup,
  seen: Map<number, { beat: number; at: number }>,
  index: number,
): boolean {
  const beat = setup.control.heartbeat(index);
  const last = seen.get(index);
  if (last === undefined || last.beat !== beat) {
    seen.set(index, { beat, at: performance.now() });
    return false;
  }
  return performance.now() - last.at >= setup.stallMs;
}

function stallError(setup: WatchSetup, index: number): SabmapError {
  const range = setup.rangeOf(setup.control.lastSegment(index));
  return new SabmapError(
    ErrorCode.WorkerCrashed,
    `worker ${index} made no progress for ${
      setup.stallMs / 1000
    } s at offset ${range.start}`,
    { file: setup.file, range },
  );
}
