/**
 * The option `--trace`.
 *
 * @module
 */
import type { RunTrace } from "../runs.ts";
import { formatChromeTrace } from "../trace/chrome_trace.ts";
import { type CliIo, UsageError } from "./io.ts";
import { showText } from "./names.ts";
import { OutputFile } from "./output_file.ts";
import { shownPath } from "../remote/is_remote.ts";

/** What a command is called with. */
export interface TracedCommand {
  /** Name of the command, for the title of the trace. */
  readonly name: string;
  readonly operands: readonly string[];
  /** Operands, and values of options that may name a file. */
  readonly words: readonly string[];
  /** Whether notes are unwanted. */
  readonly quiet: boolean;
}

/**
 * Runs a command and writes what its runs did to a file, also if the command fails, but not if it was called wrongly.
 *
 * @param file Name of the file.
 * @param run Does the work; passes on where traces go.
 * @throws {SabmapError} With the errno's name if the file cannot be written: before the work begins, if that can be told.
 */
export async function withTraceFile(
  file: string,
  { name, operands, words, quiet }: TracedCommand,
  io: CliIo,
  run: (onTrace: (trace: RunTrace) => void) => Promise<number>,
): Promise<number> {
  const target = await OutputFile.open(file, "--trace", words, io.signal);
  const traces: RunTrace[] = [];
  try {
    return await run((trace) => traces.push(trace));
  } catch (error) {
    if (error instanceof UsageError) await target.discard();
    throw error;
  } finally {
    if (!target.closed) {
      if (traces.length === 0 && !quiet) await noteNothing(file, io);
      const title = [name, ...operands]
        .map((word) => showText(shownPath(word))).join(" ");
      await target.write(formatChromeTrace(traces, title));
    }
  }
}

async function noteNothing(file: string, io: CliIo): Promise<void> {
  await io.stderr.write(
    `process: note: ${showText(file)}: there was no run to trace\n`,
  );
}
