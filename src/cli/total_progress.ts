/**
 * Progress over many files, with the time that all of them will take.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";
import type { FilesProgress } from "../runs.ts";
import type { CliIo } from "./io.ts";
import type { CommonOptions } from "./options.ts";
import { ProgressBar } from "./progress.ts";
import { fileSize, type Found } from "./walk.ts";

/** What all files come to, as far as they were looked at. */
interface Total {
  files: number;
  byteLength: number;
  isKnown: boolean;
}

/** So long sizes are asked for before the thread goes on with its other work. */
const SLICE_MS = 5;

/** Shows how far the work on many files is. Sizes are summed while the work goes on, and only for a bar that is seen. */
export class TotalProgress {
  readonly #bar: ProgressBar;
  readonly #find: (() => AsyncIterable<Found>) | undefined;
  readonly #total: Total = { files: 0, byteLength: 0, isKnown: false };
  #isCounting = false;
  #hasEnded = false;

  private constructor(
    bar: ProgressBar,
    find: (() => AsyncIterable<Found>) | undefined,
  ) {
    this.#bar = bar;
    this.#find = find;
  }

  /**
   * Makes a bar, unless nobody would see it or want it.
   *
   * @param find Finds the files once more, to sum up their sizes; absent if they cannot be found twice.
   */
  static for(
    io: CliIo,
    options: CommonOptions,
    find: (() => AsyncIterable<Found>) | undefined,
  ): TotalProgress | undefined {
    const bar = ProgressBar.for(io, options);
    return bar && new TotalProgress(bar, find);
  }

  /** Shows progress; the first call begins to sum up. */
  show({ bytesDone, filesDone, elapsedMs }: FilesProgress): void {
    if (!this.#isCounting) {
      this.#isCounting = true;
      this.#count().catch(() => {});
    }
    const { isKnown, files, byteLength } = this.#total;
    this.#bar.show({
      bytesDone,
      // Files may grow, or come after they were counted.
      byteLength: isKnown ? Math.max(byteLength, bytesDone) : undefined,
      elapsedMs,
      files: {
        done: filesDone,
        total: isKnown ? Math.max(files, filesDone) : undefined,
      },
    });
  }

  /** Removes the bar for good. */
  end(): Promise<void> {
    this.#hasEnded = true;
    return this.#bar.erase();
  }

  async #count(): Promise<void> {
    if (this.#find === undefined) return;
    let start = performance.now();
    for await (const found of this.#find()) {
      if (this.#hasEnded) return;
      if (found.kind !== "file") continue;
      this.#total.files++;
      this.#total.byteLength += fileSize(found.name) ?? 0;
      if (performance.now() - start < SLICE_MS) continue;
      await nextTurn();
      start = performance.now();
    }
    this.#total.isKnown = true;
  }
}
