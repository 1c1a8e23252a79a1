/**
 * What is asked of a fleet, and what it tells. Types only.
 *
 * @module
 */
import type { IoMode, Progress } from "../options.ts";
import type { MergedResult } from "../shards/merge.ts";
import type { Operation } from "../shards/operation.ts";
import type { RedisOptions } from "./redis_target.ts";
import type { Runner, RunnerSettings } from "./runner.ts";
import type { LeaseSettings, QueueOptions } from "./settings.ts";

/** Options of `startWorker`. */
export interface WorkerOptions extends QueueOptions, LeaseSettings {
  /** How to reach Redis, or Valkey. */
  readonly redis: RedisOptions;
  /** Folders that it serves: nothing outside of them is read, whatever the queue says. */
  readonly roots?: readonly string[] | undefined;
  /** Hosts that may be asked: `host`, `host:port`, `*.domain`, `s3://bucket`. Defaults to none. */
  readonly allowHosts?: readonly string[] | undefined;
  /**
   * Where partials above 64 KiB are put for the worker that joins them: a folder that all workers share, or
   * `s3://bucket/prefix`. Defaults to `.sabmap-store` below the first root; without roots there is none.
   */
  readonly store?: string | undefined;
  /** Shards at a time. Defaults to 1, as each takes all cores. */
  readonly concurrency?: number | undefined;
  /** Threads for each shard. Defaults to the cores, shared by the shards. */
  readonly workers?: number | undefined;
  /** How files are read. Defaults to `"auto"`: plain reads. */
  readonly io?: IoMode | "auto" | undefined;
  /** Length of a segment, a power of two, 64 KiB to 1 GiB. */
  readonly segmentBytes?: number | undefined;
  /** How long what is in the store is kept. Defaults to a day. */
  readonly keepSeconds?: number | undefined;
  /** Ends the worker when it had no work for so many milliseconds. Defaults to never. */
  readonly idleExitMs?: number | undefined;
  /** Ends the worker as `close` does. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is no error, such as a connection that is lost and will be back. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Told when shards begin and end. */
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
  /**
   * Makes what carries out shards. Defaults to threads.
   *
   * @internal
   */
  readonly openRunner?: ((settings: RunnerSettings) => Runner) | undefined;
}

/** What became of a job of a worker. */
export interface WorkerEvent {
  /** Whether it began, ended well, failed, or was handed back as the worker ends. */
  readonly event: "start" | "done" | "failed" | "returned";
  /** Id of the run, with a dash and the index of the shard where it is no merge. */
  readonly job: string;
  /** From 1. */
  readonly attempt: number;
  /** With `done`: how long it took. */
  readonly ms?: number | undefined;
  /** With `failed`: why. */
  readonly reason?: string | undefined;
}

/** A worker that runs. */
export interface FleetWorker extends AsyncDisposable {
  /** Names it among the workers of the queue. */
  readonly id: string;
  /** Queue and server, for messages. */
  readonly queue: string;
  /** Resolves when it has ended. */
  readonly closed: Promise<void>;
  /** Hands back the shards that it is at, within half a second, and ends. Safe to repeat. */
  close(): Promise<void>;
}

/** Options of `submitRun`. */
export interface SubmitOptions extends QueueOptions {
  /** How to reach Redis, or Valkey. */
  readonly redis: RedisOptions;
  /** The file, or the URL of an object. */
  readonly path: string;
  /** What to do, as `operation()` makes it. */
  readonly operation: Operation;
  /** How many shards. Defaults to shards of 64 MiB, 2,000 of them at most. */
  readonly shards?: number | undefined;
  /** How long a shard is; not together with `shards`. */
  readonly shardBytes?: number | undefined;
  /**
   * The folder that workers serve, as it is called here. They get the path relative to it; without it they get the
   * absolute path, and have to have the file at the same place.
   */
  readonly root?: string | undefined;
  /** Where workers put large results, as it is called here. Defaults to `.sabmap-store` below `root`. */
  readonly store?: string | undefined;
  /** How often a shard is tried. Defaults to 3. */
  readonly attempts?: number | undefined;
  /** Milliseconds before a shard is tried for the second time, doubled with each further one. Defaults to 1,000. */
  readonly backoffMs?: number | undefined;
  /** How long Redis keeps the run when it has ended. Defaults to a day. */
  readonly keepSeconds?: number | undefined;
  /** Runs again what has run already, instead of giving the result that is kept. */
  readonly fresh?: boolean | undefined;
  /** How long to wait for a server that is not reached. Defaults to 300,000 ms. */
  readonly patienceMs?: number | undefined;
  /** Ends the wait; the run goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the run is, about once a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Told what is no error, such as a connection that is lost and will be back. */
  readonly onNote?: ((note: string) => void) | undefined;
  /**
   * Time after which it is told that nobody works. Defaults to 3,000 ms.
   *
   * @internal
   */
  readonly unattendedMs?: number | undefined;
}

/** A run that has been submitted. */
export interface SubmittedRun {
  /** Names it: 64 hexadecimal digits, the same for the same file, operation and cut. */
  readonly run: string;
  /** How many shards it has. */
  readonly shards: number;
  /** Whether it was in the queue already, running or done. */
  readonly attached: boolean;
  /** Waits for the result. @throws {SabmapError} `ERR_SHARD_FAILED` or a shard's own code if the run failed. */
  result(): Promise<MergedResult>;
  /** As `result`, as one partial of all shards, such as `process merge` takes. */
  partial(): Promise<Uint8Array>;
  /** Ends the wait, and the connections. The run goes on. */
  close(): Promise<void>;
}
