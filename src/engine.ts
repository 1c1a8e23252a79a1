/**
 * The engine: workers and an arena that several runs share, one run after the other.
 *
 * @module
 */
import { coordinate, type RunRequest } from "./coordinator.ts";
import { ErrorCode, SabmapError } from "./errors.ts";
import {
  type ArenaLayout,
  createMemory,
  sharedBuffer,
} from "./memory/arena.ts";
import { loadMapper } from "./memory/load_mapper.ts";
import type { RunOptions, RunOutcome } from "./options.ts";
import type { FilePath } from "./platform/file_path.ts";
import type { Pool, PoolSettings } from "./pool.ts";
import type { JobRef } from "./protocol.ts";

/** A run as our own operations ask for it. */
export type OwnRequest = Omit<RunRequest, "resources" | "closing">;

/**
 * Keeps workers and arena between runs.
 *
 * @example
 * ```ts
 * const engine = new Engine();
 * for (const path of paths) console.log(await hashFile(path, { engine }));
 * await engine.close();
 * ```
 */
export class Engine {
  #pool: Pool | undefined;
  #memory: WebAssembly.Memory | undefined;
  #runs = 0;
  /** Runs that are not over whose results somebody takes one by one. */
  #streamed = 0;
  #last: Promise<unknown> = Promise.resolve();
  #closing = new AbortController();

  /**
   * Aborted when the engine is closed, with what runs fail with that were asked for before; later ones have another.
   *
   * @internal
   */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Runs a job as `runJob` does, after the runs that were asked for before; where the results of one of those are
   * taken one by one, beside them and with threads of its own, as whoever takes them may wait for this one.
   */
  run<JobOptions, Result>(
    path: FilePath | URL,
    job: JobRef,
    jobOptions: JobOptions,
    options: RunOptions = {},
  ): Promise<RunOutcome<Result>> {
    return this.runOwn({ path, job, jobOptions, options, internals: {} });
  }

  /**
   * As {@link Engine.run}, for our own operations, which may ask for more.
   *
   * @internal
   */
  runOwn<Result>(request: OwnRequest): Promise<RunOutcome<Result>> {
    if (this.#streamed > 0) return runAlone(request);
    const streamed = request.internals.queue === undefined ? 0 : 1;
    this.#streamed += streamed;
    const { closing } = this;
    const turn = this.#last.then(() => {
      closing.throwIfAborted();
      return coordinate<Result>({ ...request, resources: this, closing });
    }).finally(() => this.#streamed -= streamed);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /**
   * Ends the workers and drops the arena. Safe to repeat; a later run makes new ones.
   *
   * Runs that are going on, or wait for their turn, fail with `ERR_ABORTED`.
   */
  async close(): Promise<void> {
    const pool = this.#pool;
    const memory = this.#memory;
    const closing = this.#closing;
    this.#pool = undefined;
    this.#memory = undefined;
    this.#closing = new AbortController();
    const error = new SabmapError(
      ErrorCode.Aborted,
      "the engine was closed meanwhile",
    );
    closing.abort(error);
    pool?.fail(error);
    await pool?.close();
    if (memory !== undefined) await releasePages(memory);
  }

  /** As {@link Engine.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Number of the next run: messages of an aborted one are told apart by it.
   *
   * @internal
   */
  nextRun(): number {
    return ++this.#runs;
  }

  /**
   * The pool of the last run where it is of use, otherwise a new one. Its threads start when they are asked for.
   *
   * @param closing The engine's when the run was asked for: a pool that comes later would be closed by nobody.
   * @throws {SabmapError} `ERR_ABORTED` if the engine was closed meanwhile.
   * @internal
   */
  async pool(settings: PoolSettings, closing: AbortSignal): Promise<Pool> {
    closing.throwIfAborted();
    const last = this.#pool;
    if (
      last !== undefined && !last.closed && isSame(last.settings, settings)
    ) return last;
    void last?.close();
    // Threads that are being ended may still write to their arena.
    this.dropArena();
    // Loaded here, with Comlink: a small file needs neither.
    const { Pool } = await import("./pool.ts");
    const pool = await Pool.open(settings);
    if (closing.aborted) {
      void pool.close();
      throw closing.reason;
    }
    return this.#pool = pool;
  }

  /**
   * The arena of the last run where it is large enough, otherwise a new one.
   *
   * @internal
   */
  arena(layout: ArenaLayout): WebAssembly.Memory {
    // Threads that were ended may still write to it: Deno lets them go on for 2 s.
    if (this.#pool?.closed === true) {
      this.#pool = undefined;
      this.dropArena();
    }
    if (
      this.#memory === undefined ||
      this.#memory.buffer.byteLength < layout.byteLength
    ) {
      this.#memory = createMemory(layout);
    }
    return this.#memory;
  }

  /**
   * Leaves the arena to whoever may still write to it; the next run has another one.
   *
   * @internal
   */
  dropArena(): void {
    this.#memory = undefined;
  }
}

function isSame(left: PoolSettings, right: PoolSettings): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Arenas up to this size may wait for the garbage collector. */
const KEPT_BYTES_MAX = 64 * 1024 ** 2;

/**
 * Gives the pages of a large arena back now, where there is FFI: the garbage collector sees a small
 * object and would keep them for long.
 */
async function releasePages(memory: WebAssembly.Memory): Promise<void> {
  const buffer = sharedBuffer(memory);
  if (buffer.byteLength <= KEPT_BYTES_MAX) return;
  const mapper = await loadMapper(buffer).catch(() => undefined);
  mapper?.unmap({ byteOffset: 0, byteLength: buffer.byteLength });
}

/**
 * Runs a job over a file, on the engine of the options or on one that lives as long as the run.
 *
 * @param path Path of the file, or `"-"` for standard input.
 * @throws {RangeError} If an option is out of bounds, before any worker starts.
 * @throws {SabmapError} If the file, the machine or a worker fails; errors of the job pass through.
 */
export async function runJob<JobOptions, Result>(
  path: FilePath | URL,
  job: JobRef,
  jobOptions: JobOptions,
  options: RunOptions = {},
): Promise<RunOutcome<Result>> {
  return await runOwnJob({ path, job, jobOptions, options, internals: {} });
}

/** The end of the engine that was made last for one run. */
let lastEnd: Promise<void> = Promise.resolve();

/** As {@link runJob}, for our own operations, which may ask for more. */
export async function runOwnJob<Result>(
  request: OwnRequest,
): Promise<RunOutcome<Result>> {
  const given = request.options.engine;
  return await (given?.runOwn(request) ?? runAlone(request));
}

/** Carries a run out on an engine that lives as long as it. */
async function runAlone<Result>(
  request: OwnRequest,
): Promise<RunOutcome<Result>> {
  // So that runs one after the other have one arena in memory.
  await lastEnd;
  const engine = new Engine();
  try {
    return await engine.runOwn(request);
  } finally {
    // Its threads have nothing left to do, and take 5 ms on Node until they are gone, which nobody has to wait for.
    lastEnd = engine.close().catch(() => {});
  }
}
