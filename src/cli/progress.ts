/**
 * The progress bar, on a terminal only.
 *
 * @module
 */
import type { SingleBar } from "cli-progress";
import type { Progress } from "../runs.ts";
import type { CliIo } from "./io.ts";
import type { CommonOptions } from "./options.ts";
import { draw, setShownBar, type ShownBar } from "./shown_bar.ts";
import { groupDigits, showDuration, showRate, showShortSize } from "./units.ts";

/** A run that ends before this shows no bar, which would only flicker. */
const SHOW_AFTER_MS = 300;

/** Columns that the figures beside the bar take, and the count of files behind them. */
const FIGURE_COLUMNS = 50;
const FILES_COLUMNS = 24;
const BAR_COLUMNS_MAX = 40;

/** What is shown: of one run, or of the work on many files. */
export interface ShownProgress extends Progress {
  readonly files?: {
    readonly done: number;
    /** How many there are, once that is known. */
    readonly total: number | undefined;
  };
}

/** Shows how far a run is, with rate and time left, on one line of standard error. */
export class ProgressBar implements ShownBar {
  readonly #io: CliIo;
  #bar: SingleBar | undefined;
  #Bar: typeof SingleBar | undefined;
  #state: "waiting" | "loading" | "shown" | "erased" = "waiting";
  #latest: ShownProgress | undefined;
  #hasTotal = false;
  /** Fulfilled when the terminal has all that was drawn so far. */
  #drawn: Promise<void> = Promise.resolve();

  private constructor(io: CliIo) {
    this.#io = io;
  }

  /**
   * Makes a bar, unless nobody would see it or want it.
   *
   * @returns `undefined` if standard error is no terminal, or an option forbids the bar.
   */
  static for(io: CliIo, options: CommonOptions): ProgressBar | undefined {
    const wanted = io.stderr.isTty && options.progress && !options.quiet &&
      !options.json;
    return wanted ? new ProgressBar(io) : undefined;
  }

  /** Shows progress; not before the run has taken a while. */
  show(progress: ShownProgress): void {
    this.#latest = progress;
    if (this.#state === "shown") this.#update(progress);
    else if (this.#state === "waiting" && progress.elapsedMs >= SHOW_AFTER_MS) {
      void this.#load();
    }
  }

  /**
   * Leaves the line empty for other output, until {@link show} is called again.
   *
   * @returns What is fulfilled when the terminal has been told: other output must not overtake that.
   */
  clear(): Promise<void> {
    this.#bar?.stop();
    this.#bar = undefined;
    setShownBar(undefined);
    return this.#drawn;
  }

  /** As {@link clear}, for good. Safe to repeat. */
  erase(): Promise<void> {
    this.#state = "erased";
    return this.clear();
  }

  async #load(): Promise<void> {
    this.#state = "loading";
    ({ SingleBar: this.#Bar } = await import("cli-progress"));
    if (this.#isErased() || this.#latest === undefined) return;
    this.#state = "shown";
    this.#update(this.#latest);
  }

  /** Asked by a method, as the compiler does not see that waiting changes the state. */
  #isErased(): boolean {
    return this.#state === "erased";
  }

  #update(progress: ShownProgress): void {
    const { bytesDone, byteLength } = progress;
    // What is shown changes when the total becomes known.
    if (this.#hasTotal !== (byteLength !== undefined)) void this.clear();
    if (this.#bar !== undefined) {
      this.#bar.setTotal(byteLength ?? 0);
      this.#bar.update(bytesDone, payload(progress));
    } else if (this.#Bar !== undefined) {
      this.#hasTotal = byteLength !== undefined;
      this.#bar = new this.#Bar(this.#options(progress));
      setShownBar(this);
      this.#bar.start(byteLength ?? 0, bytesDone, payload(progress));
    }
  }

  #options(
    { byteLength, files }: ShownProgress,
  ): ConstructorParameters<typeof SingleBar>[0] {
    const { stderr } = this.#io;
    const columns = stderr.columns ?? 80;
    const figures = FIGURE_COLUMNS + (files === undefined ? 0 : FILES_COLUMNS);
    const counted = files === undefined ? "" : "  {files}";
    return {
      stream: terminalOf(stderr, (drawn) => this.#drawn = drawn),
      format: byteLength === undefined
        ? `{done}  {rate}${counted}`
        : `{bar} {percentage}%  {done}  {rate}  ETA {left}${counted}`,
      barsize: Math.max(1, Math.min(BAR_COLUMNS_MAX, columns - figures)),
      barCompleteChar: "█",
      barIncompleteChar: "░",
      clearOnComplete: true,
      // Switched off, it would stay so in the terminal of a run that is killed.
      linewrap: true,
    };
  }
}

function payload(
  progress: ShownProgress,
): Record<"done" | "rate" | "left" | "files", string> {
  const { bytesDone, elapsedMs, files } = progress;
  return {
    files: files === undefined ? "" : showFiles(files),
    done: showShortSize(bytesDone),
    rate: showRate(bytesDone, elapsedMs),
    left: showDuration(msLeft(progress)),
  };
}

/** `12 of 100 files`, or `12 files` where nobody knows how many there are. */
function showFiles(
  { done, total }: { done: number; total: number | undefined },
): string {
  const counted = total === undefined
    ? groupDigits(done)
    : `${groupDigits(done)} of ${groupDigits(total)}`;
  return `${counted} files`;
}

/** Time left if the rest goes as fast as what is done; `undefined` before there is any, or an end. */
function msLeft(
  { bytesDone, byteLength, elapsedMs }: Progress,
): number | undefined {
  if (byteLength === undefined || bytesDone === 0) return undefined;
  return (elapsedMs * (byteLength - bytesDone)) / bytesDone;
}

/**
 * What the bar needs of a terminal.
 *
 * @param onDrawn Gets the promise of each write.
 */
function terminalOf(
  stderr: CliIo["stderr"],
  onDrawn: (drawn: Promise<void>) => void,
): NodeJS.WritableStream {
  const terminal = {
    isTTY: true,
    columns: stderr.columns ?? 80,
    write(text: string): boolean {
      onDrawn(draw(stderr, text));
      return true;
    },
  };
  // The library writes to its stream and asks for these two fields; nothing else.
  return terminal as unknown as NodeJS.WritableStream;
}
