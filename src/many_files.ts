/**
 * Many files with a job of ours, their outcomes in order.
 *
 * ```text
 * targets -> window of at most WINDOW_FILES -> outcomes, in the order of the targets
 *                      |  ^
 *            FileDispatcher (engine/file_dispatch.ts): this thread, a worker, or all of them
 * ```
 *
 * The window bounds memory: whoever takes the outcomes slowly holds the work back, and a large file
 * lets the ones behind it run ahead only so far.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import {
  FileDispatcher,
  type FileEntry,
  type FileSlot,
} from "./engine/file_dispatch.ts";
import { Fifo } from "./fifo.ts";
import { reportOften } from "./progress.ts";

/** How far the work on many files is. */
export interface FilesProgress {
  /** Files that are done, failed ones among them. */
  readonly filesDone: number;
  /** Bytes that are done, of all files. */
  readonly bytesDone: number;
  /** Since the first file was begun. */
  readonly elapsedMs: number;
}

/** What the work on many files is done with. */
export interface ManyFilesSetup {
  readonly engine: Engine;
  readonly workers: number;
  /** Files up to this size may be done on the calling thread. */
  readonly inlineBytes: number;
  /** Whether the calling thread is one of the workers. */
  readonly callerScans: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: FilesProgress) => void) | undefined;
}

/** Entries that are begun and not yet taken, at most. */
const WINDOW_FILES = 4096;

/** Things, all there or coming one by one. */
export type Many<T> = Iterable<T> | AsyncIterable<T>;

/** Makes an entry of a target. */
export type ToEntry<Target, Result> = (
  target: Target,
) => FileEntry<Result> | Promise<FileEntry<Result>>;

/** A file whose outcome is there. */
export type SettledSlot<Result> = FileSlot<Result> & {
  readonly outcome: NonNullable<FileSlot<Result>["outcome"]>;
};

/** The entries between those that are not begun and those whose outcome was taken. */
export class FileWindow<Result> {
  readonly #setup: ManyFilesSetup;
  readonly #dispatcher: FileDispatcher<Result>;
  readonly #startedAt = performance.now();
  readonly #slots = new Fifo<FileSlot<Result>>();
  readonly #stops: (() => void)[] = [];
  #isLast = false;
  #hasEnded = false;
  #begun = 0;
  #filesDone = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  /** @throws The reason of the signal if it is aborted. */
  constructor(setup: ManyFilesSetup) {
    setup.signal?.throwIfAborted();
    this.#setup = setup;
    this.#dispatcher = new FileDispatcher(setup, {
      onSettled: () => {
        this.#filesDone++;
        this.#wake();
      },
      onFailure: (error) => this.#fail(error),
    });
    this.#listen();
  }

  #listen(): void {
    const { signal, engine, onProgress } = this.#setup;
    if (signal !== undefined) this.#failWith(signal);
    this.#failWith(engine.closing, () => {
      // Or its next file would give the engine threads that nobody ends.
      this.#dispatcher.end().catch(() => {});
    });
    if (onProgress === undefined) return;
    this.#stops.push(
      reportOften(
        () => onProgress(this.#progress()),
        (error) => this.#fail(error),
      ),
    );
  }

  #failWith(signal: AbortSignal, stop: () => void = () => {}): void {
    const onAbort = () => {
      stop();
      this.#fail(signal.reason);
    };
    signal.addEventListener("abort", onAbort);
    this.#stops.push(() => signal.removeEventListener("abort", onAbort));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /**
   * Begins files as fast as the window allows. To be called once.
   *
   * @param toEntry Makes an entry of a target, and a promise of it only where it has to wait. What it and the targets throw comes out of {@link next}.
   */
  take<Target>(
    targets: Many<Target>,
    toEntry: ToEntry<Target, Result>,
  ): void {
    this.#takeAll(targets, toEntry).catch((error) => this.#fail(error));
  }

  async #takeAll<Target>(
    targets: Many<Target>,
    toEntry: ToEntry<Target, Result>,
  ): Promise<void> {
    if (Symbol.iterator in targets) {
      // Waiting for what is there would take longer than small files do.
      for (const target of targets) {
        if (this.#isFull() && !await this.#room()) return;
        const entry = toEntry(target);
        this.#begin(entry instanceof Promise ? await entry : entry);
      }
    } else {
      for await (const target of targets) {
        if (this.#isFull() && !await this.#room()) return;
        this.#begin(await toEntry(target));
      }
    }
    this.#isLast = true;
    this.#wake();
  }

  #isFull(): boolean {
    return this.#slots.length >= WINDOW_FILES || this.#hasEnded;
  }

  /** Waits until the window has room. @returns Whether more files are wanted. */
  async #room(): Promise<boolean> {
    while (this.#isFull() && !this.#hasEnded) await this.#change();
    return !this.#hasEnded;
  }

  #begin(entry: FileEntry<Result>): void {
    const slot = { index: this.#begun++, entry, outcome: undefined };
    this.#slots.push(slot);
    this.#dispatcher.add(slot);
  }

  /**
   * Takes the next file in order, once its outcome is there.
   *
   * @returns `undefined` behind the last one.
   * @throws The reason of the signal once it is aborted, and what the targets have thrown.
   */
  async next(): Promise<SettledSlot<Result> | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const slot = this.#slots.at(0);
      if (slot !== undefined && isSettled(slot)) {
        this.#slots.shift();
        this.#wake();
        return slot;
      }
      if (slot === undefined && this.#isLast) {
        this.#setup.onProgress?.(this.#progress());
        return undefined;
      }
      await this.#change();
    }
  }

  /** Waits until something has changed. Both those who wait, for an outcome and for room, look again. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#wake;
      this.#wake = () => {
        this.#wake = () => {};
        others();
        resolve();
      };
    });
  }

  #progress(): FilesProgress {
    return {
      filesDone: this.#filesDone,
      bytesDone: this.#dispatcher.bytesDone,
      elapsedMs: performance.now() - this.#startedAt,
    };
  }

  /** Stops what is still going on. Safe to call at any point. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    for (const stop of this.#stops) stop();
    this.#wake();
    await this.#dispatcher.end();
  }
}

function isSettled<Result>(
  slot: FileSlot<Result>,
): slot is SettledSlot<Result> {
  return slot.outcome !== undefined;
}
