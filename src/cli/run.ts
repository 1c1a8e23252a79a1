/**
 * From checked options to calls of the library, one file after the other.
 *
 * @module
 */
import { isRemote } from "../remote/is_remote.ts";
import type { Engine, RunOptions } from "../runs.ts";
import { failureLine, isFatal } from "./failure.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { showText, toPath } from "./names.ts";
import type { CommonOptions } from "./options.ts";
import type { ProgressBar } from "./progress.ts";
import { hideSecrets } from "./secrets.ts";

/** What a command works with. */
export interface CommandContext {
  readonly io: CliIo;
  readonly options: CommonOptions;
  /** Shared by the files of the command; `undefined` where there is one only. */
  readonly engine: Engine | undefined;
}

/**
 * Runs an action on every file. A file that fails does not keep the next from being worked on.
 *
 * @param names The files, at least one.
 * @returns The exit code: 2 if an action failed, else 0.
 * @throws {UsageError} If there are no files.
 */
export async function forEachFile(
  names: readonly string[],
  io: CliIo,
  options: CommonOptions,
  action: (name: string, context: CommandContext) => Promise<void>,
): Promise<number> {
  if (names.length === 0) {
    throw new UsageError(`missing FILE (use "-" for standard input)`);
  }
  return await withEngine(names.length, io, options, async (context) => {
    let code: number = Exit.Done;
    for (const name of hideSecrets(names)) {
      try {
        await action(name, context);
      } catch (error) {
        if (isFatal(error, io)) throw error;
        await io.stderr.write(failureLine(error, io, name));
        code = Exit.Failure;
      }
    }
    return code;
  });
}

/** Runs an action with workers that are shared if there are several files. */
export async function withEngine<T>(
  fileCount: number,
  io: CliIo,
  options: CommonOptions,
  action: (context: CommandContext) => Promise<T>,
): Promise<T> {
  if (fileCount < 2) return await action({ io, options, engine: undefined });
  const { Engine } = await import("../engine.ts");
  const engine = new Engine();
  try {
    return await action({ io, options, engine });
  } finally {
    await engine.close();
  }
}

/**
 * Calls the library on one file, with a progress bar while it works.
 *
 * @param call Gets the options to pass on.
 */
export async function withProgress<T>(
  context: CommandContext,
  call: (options: RunOptions) => Promise<T>,
): Promise<T> {
  const { io, options, engine } = context;
  const bar = await openBar(io, options);
  try {
    return await call({
      ...runOptions(io, options),
      engine,
      onProgress: bar && ((progress) => bar.show(progress)),
    });
  } finally {
    await bar?.erase();
  }
}

/** Loads what shows progress, where somebody may see it. */
async function openBar(
  io: CliIo,
  options: CommonOptions,
): Promise<ProgressBar | undefined> {
  if (!io.stderr.isTty) return undefined;
  const { ProgressBar } = await import("./progress.ts");
  return ProgressBar.for(io, options);
}

/** Tells of a patch that was not finished who opens a file by no run of the library, which would tell. */
export async function noteHotFile(
  name: string,
  io: CliIo,
  options: CommonOptions,
): Promise<void> {
  if (name === "-" || isRemote(name)) return;
  const { noteHotJournal } = await import("../patch/hot_journal.ts");
  noteHotJournal(toPath(name), runOptions(io, options).onNote);
}

/** What the common options ask of a run of the library. */
export function runOptions(io: CliIo, options: CommonOptions): RunOptions {
  return {
    workers: options.workers,
    io: options.io,
    segmentBytes: options.segmentBytes,
    signal: io.signal,
    // Nothing else waits for this thread.
    callerScans: true,
    onTrace: options.onTrace,
    onNote: options.quiet
      ? undefined
      : (note) => void io.stderr.write(`process: note: ${showText(note)}\n`),
  };
}
