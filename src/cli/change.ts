/**
 * Calls of the library that change a file, and what an interrupt of them means.
 *
 * ```text
 * before the first byte changes   130: nothing was changed
 * while the file changes          0 if it is finished; 2 if not, and the line says what finishes it
 * after that                      0
 * ```
 *
 * @module
 */
import type { PatchPhase, RunOptions } from "../runs.ts";
import { failureLine } from "./failure.ts";
import { type CliIo, Exit, OutputError, UsageError } from "./io.ts";
import { showText } from "./names.ts";
import { type CommandContext, withProgress } from "./run.ts";

/** Options of a run with progress that names its phase, as those that change files have it. */
export type ChangeRunOptions = Omit<RunOptions, "onProgress"> & {
  readonly onProgress: (progress: ChangeProgress) => void;
};

interface ChangeProgress {
  /** Absent while a job scans the file. */
  readonly phase?: PatchPhase;
  readonly bytesDone: number;
  readonly byteLength: number | undefined;
  readonly elapsedMs: number;
}

/**
 * Changes a file, and says if it was not for the interrupt alone that it failed.
 *
 * @param isJournaled Whether what is left in the middle can be recovered.
 * @returns `undefined` after a failure that was told of.
 * @throws {InterruptError} If nothing was changed, which exit code 130 stands for.
 */
export async function changeFile<Result>(
  name: string,
  context: CommandContext,
  isJournaled: boolean,
  call: (options: ChangeRunOptions) => Promise<Result>,
): Promise<Result | undefined> {
  const { io } = context;
  // Another file may have been changed before.
  io.endAtInterrupt?.(undefined);
  const hold = new Hold(name, io, isJournaled);
  const change = withProgress(context, (run) =>
    call({
      ...run,
      onProgress: (progress) => {
        hold.see(progress.phase);
        run.onProgress?.(progress);
      },
    }));
  return await endOf(name, io, change);
}

/**
 * Writes what a command has done.
 *
 * @param isChanged Whether the file is: a failure to tell so must not be taken for one to do so.
 */
export async function writeOutcome(
  io: CliIo,
  text: string,
  isChanged: boolean,
): Promise<void> {
  try {
    await io.stdout.write(text);
  } catch (error) {
    if (!(error instanceof OutputError) || !isChanged) throw error;
    const { code, message } = error;
    const told = `${message}; the file is changed all the same`;
    throw new OutputError(code, told, { cause: error });
  }
}

/** Waits for the change, and says from then on how an interrupt ends the process. */
async function endOf<Result>(
  name: string,
  io: CliIo,
  change: Promise<Result>,
): Promise<Result | undefined> {
  try {
    const result = await change;
    io.endAtInterrupt?.({ code: Exit.Done });
    return result;
  } catch (error) {
    if (error === io.signal.reason || error instanceof UsageError) throw error;
    io.endAtInterrupt?.({ code: Exit.Failure });
    await io.stderr.write(failureLine(error, io, name));
    return undefined;
  }
}

/** From the first change on it is no longer the signal that ends the process. */
class Hold {
  readonly #name: string;
  readonly #io: CliIo;
  readonly #isJournaled: boolean;
  #isHeld = false;

  constructor(name: string, io: CliIo, isJournaled: boolean) {
    this.#name = name;
    this.#io = io;
    this.#isJournaled = isJournaled;
  }

  see(phase: PatchPhase | undefined): void {
    const changes = phase === "apply" || phase === "verify" || phase === "sync";
    if (!changes || this.#isHeld) return;
    this.#isHeld = true;
    const { signal, endAtInterrupt } = this.#io;
    endAtInterrupt?.({
      code: Exit.Failure,
      line: this.#line(
        this.#isJournaled
          ? 'interrupted while it was changed: "process recover" finishes or undoes the changes'
          : "interrupted while it was changed: it holds a part of the changes",
      ),
      isSoon: true,
    });
    signal.addEventListener("abort", this.#tell, { once: true });
  }

  readonly #tell = (): void => {
    const what = this.#isJournaled
      ? "is being changed: that is finished now, or soon left to be recovered"
      : "is being changed: that ends now";
    void this.#io.stderr.write(this.#line(what));
  };

  #line(what: string): string {
    return `process: ${showText(this.#name)}: ${what}\n`;
  }
}
