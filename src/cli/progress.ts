/**
 * The progress bar, on a terminal only.
 *
 * @module
 */
import type { SingleBar } from "cli-progress";
import type { Progress } from "../runs.ts";
import type { CliIo } from "./io.ts";
import type { CommonOptions } from "./options.ts";
import { showDuration, showRate, showShortSize } from "./units.ts";

/** A run that ends before this shows no bar, which would only flicker. */
const SHOW_AFTER_MS = 300;

/** Columns that the figures beside the bar take. */
const FIGURE_COLUMNS = 50;
const BAR_COLUMNS_MAX = 40;

/** Shows how far a run is, with rate and time left, on one line of standard error. */
export class ProgressBar {
  readonly #io: CliIo;
  #bar: SingleBar | undefined;
  #state: "waiting" | "loading" | "shown" | "erased" = "waiting";
  #latest: Progress | undefined;

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
  show(progress: Progress): void {
    this.#latest = progress;
    if (this.#state === "shown") this.#update(progress);
    else if (this.#state === "waiting" && progress.elapsedMs >= SHOW_AFTER_MS) {
      void this.#load();
    }
  }

  /** Removes the bar for good and leaves the line empty. Safe to repeat. */
  erase(): void {
    this.#state = "erased";
    this.#bar?.stop();
    this.#bar = undefined;
  }

  async #load(): Promise<void> {
    this.#state = "loading";
    const { SingleBar } = await import("cli-progress");
    if (this.#isErased() || this.#latest === undefined) return;
    this.#state = "shown";
    this.#bar = new SingleBar(this.#options(this.#latest.byteLength));
    this.#bar.start(
      this.#latest.byteLength ?? 0,
      this.#latest.bytesDone,
      payload(this.#latest),
    );
  }

  /** Asked by a method, as the compiler does not see that waiting changes the state. */
  #isErased(): boolean {
    return this.#state === "erased";
  }

  #update(progress: Progress): void {
    this.#bar?.update(progress.bytesDone, payload(progress));
  }

  #options(
    byteLength: number | undefined,
  ): ConstructorParameters<typeof SingleBar>[0] {
    const { stderr } = this.#io;
    const columns = stderr.columns ?? 80;
    return {
      stream: terminalOf(stderr),
      format: byteLength === undefined
        ? "{done}  {rate}"
        : "{bar} {percentage}%  {done}  {rate}  ETA {left}",
      barsize: Math.max(1, Math.min(BAR_COLUMNS_MAX, columns - FIGURE_COLUMNS)),
      barCompleteChar: "█",
      barIncompleteChar: "░",
      clearOnComplete: true,
      // Switched off, it would stay so in the terminal of a run that is killed.
      linewrap: true,
    };
  }
}

function payload(progress: Progress): Record<"done" | "rate" | "left", string> {
  const { bytesDone, elapsedMs } = progress;
  return {
    done: showShortSize(bytesDone),
    rate: showRate(bytesDone, elapsedMs),
    left: showDuration(msLeft(progress)),
  };
}

/** Time left if the rest goes as fast as what is done; `undefined` before there is any, or an end. */
function msLeft(
  { bytesDone, byteLength, elapsedMs }: Progress,
): number | undefined {
  if (byteLength === undefined || bytesDone === 0) return undefined;
  return (elapsedMs * (byteLength - bytesDone)) / bytesDone;
}

/** What the bar needs of a terminal. */
function terminalOf(stderr: CliIo["stderr"]): NodeJS.WritableStream {
  const terminal = {
    isTTY: true,
    columns: stderr.columns ?? 80,
    write(text: string): boolean {
      void stderr.write(text);
      return true;
    },
  };
  // The library writes to its stream and asks for these two fields; nothing else.
  return terminal as unknown as NodeJS.WritableStream;
}
