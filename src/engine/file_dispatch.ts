/**
 * Decides where each of many files is done: small ones in this thread or, whole, in one worker; large
 * ones by all workers.
 *
 * ```text
 * something changed?
 *   a run of all workers is on            -> wait for it
 *   workers are up and have room          -> send each a batch of small files
 *   none is up                            -> scan here for some milliseconds, then start them
 *   the caller is one of the workers      -> scan here as long as there are files, in turns with the event loop
 *   only large files are left, no batch out -> let the engine do one, with all workers
 * ```
 *
 * A thread finds out how large a file is when it comes to it: nobody looks at all files beforehand.
 * Batches and runs of all workers are never out together, or a worker that has a long file would
 * look hung to the run that waits for it.
 *
 * @module
 */
import type { Engine } from "../engine.ts";
import { Fifo } from "../fifo.ts";
import { FilesControl } from "../memory/files_control.ts";
import type { Progress } from "../options.ts";
import type { FilePath } from "../platform/file_path.ts";
import { isRemote } from "../remote/is_remote.ts";
import {
  deserializeError,
  type FileOutcome,
  type JobRef,
} from "../protocol.ts";
import { scanFiles } from "./file_batches.ts";
import type { WholeFile } from "./whole_files.ts";
import {
  takeAlike,
  taskFor,
  taskKernels,
  WorkerBatches,
} from "./worker_batches.ts";

/** A file and what to do with it. */
export interface FileEntry<Result> {
  readonly path: FilePath;
  readonly job: JobRef;
  readonly jobOptions: unknown;
  /** The same for entries whose job and options are. */
  readonly key: string;
  /** Largest file that one worker does alone; -1 if all of them are to do it in any case. */
  readonly wholeBytesMax: number;
  /** Makes the result of a file that one thread has scanned. @param workers 0 if it was the calling one. */
  finish(file: WholeFile, workers: number): Result;
  /** Does the file with all workers, unless the signal is aborted. */
  run(
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<Result>;
}

/** A file that is to be done, and what became of it. */
export interface FileSlot<Result> {
  /** Its place in the order of the files. */
  readonly index: number;
  readonly entry: FileEntry<Result>;
  /** `undefined` until the file is done. */
  outcome:
    | { readonly result: Result; readonly error?: undefined }
    | { readonly result?: undefined; readonly error: unknown }
    | undefined;
}

/** What the work is done with. */
export interface DispatchSetup {
  readonly engine: Engine;
  readonly workers: number;
  readonly inlineBytes: number;
  /** Whether the calling thread is one of the workers: one thread less is started then. */
  readonly callerScans: boolean;
}

/** Whom a dispatcher tells. */
export interface DispatchListener {
  /** A slot has got its outcome. */
  onSettled(): void;
  /** The work cannot go on. */
  onFailure(error: unknown): void;
}

/** The calling thread works for so long before workers start: they take 6 to 40 ms to come up. */
const INLINE_MS = 10;
/** Less work than this is done sooner than a thread is up and as quick as the one that began. */
const THREAD_MS = 40;
/** It lets other tasks have their turn so often. */
const SLICE_MS = 4;
/** Files that it takes at once, at most. */
const SLICE_FILES = 16;

export class FileDispatcher<Result> {
  readonly #setup: DispatchSetup;
  readonly #listener: DispatchListener;
  readonly #control = new FilesControl();
  readonly #kernels = taskKernels();
  /** Ends the run of all workers that is on. */
  readonly #stop = new AbortController();
  /** Files that any thread may look at. */
  readonly #waiting = new Fifo<FileSlot<Result>>();
  /** Files that are too large for the calling thread. */
  readonly #forWorkers = new Fifo<FileSlot<Result>>();
  /** Files that all workers are to do. */
  readonly #large: FileSlot<Result>[] = [];
  readonly #workers: WorkerBatches<Result>;
  #inlineMs = 0;
  #inlineFiles = 0;
  #run: Promise<void> | undefined;
  #runBytes = 0;
  #largeBytes = 0;
  #isDue = false;
  #hasEnded = false;

  constructor(setup: DispatchSetup, listener: DispatchListener) {
    this.#setup = setup;
    this.#listener = listener;
    this.#workers = new WorkerBatches(setup, this.#control.buffer, {
      onOutcome: (slot, outcome) => this.#settle(slot, outcome, 1),
      onChange: () => this.#schedule(),
    });
  }

  /** Bytes of all files that are done. */
  get bytesDone(): number {
    return this.#control.bytesDone + this.#largeBytes + this.#runBytes;
  }

  add(slot: FileSlot<Result>): void {
    const { path, wholeBytesMax } = slot.entry;
    // Names that are not UTF-8 are few, and standard input is no file; nor is what other machines have.
    const isFile = typeof path === "string" && path !== "-" && !isRemote(path);
    const isSmall = isFile && wholeBytesMax >= 0;
    (isSmall ? this.#waiting : this.#large).push(slot);
    this.#schedule();
  }

  /** Stops all work, and returns when none is left. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#control.abort();
    this.#stop.abort();
    await this.#run;
    await this.#workers.end();
  }

  /** Looks at what there is to do once the current task has ended: until then more may come. */
  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (this.#hasEnded) return;
      try {
        this.#work();
      } catch (error) {
        this.#listener.onFailure(error);
      }
    });
  }

  #work(): void {
    if (this.#run !== undefined) return;
    this.#workers.send(this.#forWorkers);
    this.#workers.send(this.#waiting);
    if (this.#mayScanHere()) this.#scanHere();
    const threads = this.#threadsWanted();
    if (threads > 0) {
      this.#workers.start(threads).catch(this.#listener.onFailure);
    }
    const waiting = this.#forWorkers.length + this.#waiting.length;
    if (waiting === 0 && this.#workers.areIdle) this.#runLarge();
  }

  /** Whether this thread has files to scan: all the time if it is one of the workers, else until those are up. */
  #mayScanHere(): boolean {
    const { callerScans, workers } = this.#setup;
    if (callerScans) return this.#workers.busyCount < workers;
    return !this.#workers.areUp &&
      (this.#inlineMs < INLINE_MS || this.#workers.areStarting);
  }

  /** How many threads are worth their start: what this one has no time for, or what is too large for it. */
  #threadsWanted(): number {
    const { callerScans, workers } = this.#setup;
    if (this.#forWorkers.length > 0) return workers;
    if (this.#waiting.length === 0 || this.#inlineMs < INLINE_MS) return 0;
    if (!callerScans) return workers;
    const leftMs = this.#waiting.length * this.#inlineMs / this.#inlineFiles;
    return leftMs > THREAD_MS ? workers - 1 : 0;
  }

  /** Scans in this thread for a moment. */
  #scanHere(): void {
    const startedAt = performance.now();
    let elapsedMs = 0;
    // As many at once as take a part of the time, which is known behind the first.
    const most = SLICE_MS / 8 / (this.#inlineMs / this.#inlineFiles);
    while (elapsedMs < SLICE_MS && this.#waiting.length > 0) {
      this.#scanSlots(takeAlike(this.#waiting, Math.min(most, SLICE_FILES)));
      elapsedMs = performance.now() - startedAt;
    }
    this.#inlineMs += elapsedMs;
    if (this.#waiting.length > 0) this.#schedule();
  }

  #scanSlots(slots: readonly FileSlot<Result>[]): void {
    const task = taskFor(slots, this.#control.buffer, this.#kernels);
    const bytesMax = Math.min(this.#setup.inlineBytes, task.bytesMax);
    const outcomes = scanFiles({ ...task, bytesMax });
    slots.forEach((slot, i) => this.#settle(slot, outcomes[i], 0));
    this.#inlineFiles += slots.length;
  }

  /** @param workers How many workers have looked at the file: 0 or 1. */
  #settle(
    slot: FileSlot<Result>,
    outcome: FileOutcome,
    workers: number,
  ): void {
    // Nobody wants it any more.
    if (outcome === undefined) return;
    if ("left" in outcome) return this.#passOn(slot, outcome.left, workers);
    slot.outcome = "error" in outcome
      ? { error: deserializeError(outcome.error) }
      : { result: slot.entry.finish(outcome, workers) };
    this.#listener.onSettled();
  }

  /** @param byteLength Size of the file; `undefined` if it has none to trust. */
  #passOn(
    slot: FileSlot<Result>,
    byteLength: number | undefined,
    workers: number,
  ): void {
    const { wholeBytesMax } = slot.entry;
    const isForOne = workers === 0 && byteLength !== undefined &&
      byteLength <= wholeBytesMax;
    (isForOne ? this.#forWorkers : this.#large).push(slot);
    this.#schedule();
  }

  /** The first in the order of the files: outcomes are wanted in it, and a pipe may come to no end. */
  #takeFirstLarge(): FileSlot<Result> | undefined {
    let first = 0;
    this.#large.forEach(({ index }, at) => {
      if (index < (this.#large[first]?.index ?? index)) first = at;
    });
    return this.#large.splice(first, 1)[0];
  }

  #runLarge(): void {
    const slot = this.#takeFirstLarge();
    if (slot === undefined) return;
    const progress = ({ bytesDone }: Progress) => {
      this.#runBytes = bytesDone;
    };
    this.#run = slot.entry.run(progress, this.#stop.signal).then(
      (result) => slot.outcome = { result },
      (error) => slot.outcome = { error },
    ).then(() => {
      this.#run = undefined;
      this.#largeBytes += this.#runBytes;
      this.#runBytes = 0;
      this.#listener.onSettled();
      this.#schedule();
    });
  }
}
