/**
 * What a caller may ask of a run, and what a run tells of itself.
 *
 * @module
 */
import type { Backend } from "./kernels/kernels.ts";
import type { Engine } from "./engine.ts";
import type { PermissionName } from "./platform/permissions.ts";
import type { RemoteOptions } from "./remote/types.ts";
import type { RunTrace } from "./trace/types.ts";
import type { UpdateSummary } from "./update/options.ts";

/** How the bytes of a file come into the arena. */
export type IoMode = "map" | "preload" | "stream";

/** Progress of a run, read from the control block. */
export interface Progress {
  /** Bytes done so far; a byte that several lanes must see counts by the share of them that have. */
  readonly bytesDone: number;
  /** Bytes in all; `undefined` for a stream of unknown length. */
  readonly byteLength: number | undefined;
  /** Milliseconds since the call. */
  readonly elapsedMs: number;
}

/** Without a sign of life for so many milliseconds, a worker counts as hung. */
export const STALL_MS_DEFAULT: number = 60_000;

/** Options of every operation on a file. */
export interface RunOptions {
  /** Worker threads, 1 to 512. Defaults to the number of cores. */
  readonly workers?: number | undefined;
  /** Defaults to `"auto"`. */
  readonly io?: IoMode | "auto" | undefined;
  /** Length of a segment: a power of two, 64 KiB to 1 GiB. */
  readonly segmentBytes?: number | undefined;
  /**
   * Ends the run within 250 ms; the promise then rejects with the signal's reason, or with `ERR_ABORTED` if a job has
   * changed a part of its file by then, as it may with `durability: "none"`.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Milliseconds without a sign of life after which a worker counts as hung. Defaults to 60,000. */
  readonly stallMs?: number | undefined;
  /** Called with remarks that are no errors, such as a mapping that was refused. */
  readonly onNote?: ((note: string) => void) | undefined;
  /**
   * Heap of each worker that runs a user's module, in MiB. Defaults to 2,048. The process may grow by as much for each
   * of them: typed arrays are in no heap, and on Bun nothing is.
   */
  readonly heapMebibytes?: number | undefined;
  /**
   * On Deno, what a user's module keeps of the permissions of the process. Defaults to none; then its
   * threads see the bytes that they are given, and nothing else. Other runtimes have no permissions.
   */
  readonly permissions?: "all" | readonly PermissionName[] | undefined;
  /** Files up to this size are done on the calling thread, without workers. Defaults to 4 MiB. */
  readonly inlineBytes?: number | undefined;
  /**
   * Whether the calling thread may be one of the workers: it begins at once, and the others start when it has seen
   * that the rest would take it longer than they take to start, or at once if `inlineBytes` is given. Its event loop
   * then has a turn between segments only, every few milliseconds. For runs of our own jobs whose segments are no
   * longer than 1 MiB and need no order. Defaults to false.
   */
  readonly callerScans?: boolean | undefined;
  /**
   * Called when the run has ended, also if it failed, with what each thread did and when. Nothing is
   * written down, and nothing costs time, unless this is given.
   */
  readonly onTrace?: ((trace: RunTrace) => void) | undefined;
  /** How a file that is a URL is fetched. */
  readonly remote?: RemoteOptions | undefined;
  /** An engine to run on, so that several runs share its workers; one is made and closed otherwise. */
  readonly engine?: Engine | undefined;
}

/** How a run was carried out. */
export interface RunStats {
  /** Mode used. */
  readonly io: IoMode;
  /** Worker threads at most, the calling one among them if it may scan; 0 where it was to do the work by itself. */
  readonly workers: number;
  /** Length of a segment. */
  readonly segmentBytes: number;
  /** Which kernels ran. */
  readonly backend: Backend;
  /** Bytes of the file. */
  readonly byteLength: number;
  /** From the call to the result, workers started in it where needed. */
  readonly elapsedMs: number;
}

/** Result of a run and how it was carried out. */
export interface RunOutcome<Result> {
  /** What the job's `finish` returned. */
  readonly result: Result;
  /** How the run was carried out. */
  readonly stats: RunStats;
  /** What was done to the file; absent unless the job's `access` is `"update"`. */
  readonly update?: UpdateSummary;
}
