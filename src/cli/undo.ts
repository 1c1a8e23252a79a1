/**
 * The command `process undo`.
 *
 * @module
 */
import type { Command } from "commander";
import type { RecoverResult } from "../runs.ts";
import { changeFile, writeOutcome } from "./change.ts";
import { type CliIo, Exit } from "./io.ts";
import { nameOnLine, showText, toPath } from "./names.ts";
import { checkCommonOptions, type RawCommonOptions } from "./options.ts";
import { counted } from "./edits.ts";
import { withEngine } from "./run.ts";

interface RawUndoOptions extends RawCommonOptions {
  readonly anyDevice?: boolean;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE")
    .description(
      "Takes back the last patch that was kept by process patch --keep-undo.\n\n" +
        "The file must still hold all bytes that the patch wrote; otherwise nothing is changed.",
    )
    .argument("<file>", "file that was patched")
    .option("--any-device", "as for process recover")
    .addHelpText(
      "after",
      `
Examples:
  process patch --at 0=ff --keep-undo big.data
  process undo big.data`,
    );
}

/** Takes the patch back, and tells what was done. */
export async function run(
  [name = ""]: readonly string[],
  raw: RawUndoOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const { anyDevice } = raw;
  return await withEngine(1, io, options, async (context) => {
    const { undoPatch } = await import("../patch_file.ts");
    const result = await changeFile(
      name,
      context,
      true,
      ({ signal, onProgress, onNote }) =>
        undoPatch(toPath(name), { signal, onProgress, onNote, anyDevice }),
    );
    return await report(name, result, io, options.json);
  });
}

const OUTCOMES = {
  none: "nothing to recover",
  discarded: "a patch that had changed nothing was discarded",
  redone: "the patch was finished",
  undone: "the patch was taken back",
} as const satisfies Readonly<Record<RecoverResult["outcome"], string>>;

/**
 * Tells what became of a patch.
 *
 * @param discarded What is said of a journal that was discarded.
 * @returns The exit code.
 */
export async function report(
  name: string,
  result: RecoverResult | undefined,
  io: CliIo,
  json: boolean,
  discarded: string = OUTCOMES.discarded,
): Promise<number> {
  if (result === undefined) return Exit.Failure;
  const { outcome, edits, bytesWritten } = result;
  const told = { ...OUTCOMES, discarded };
  const figures = bytesWritten === 0
    ? ""
    : `, ${counted(edits, "edit")}, ${counted(bytesWritten, "byte")}`;
  await writeOutcome(
    io,
    json
      ? `${JSON.stringify({ file: name, outcome, edits, bytesWritten })}\n`
      : `${nameOnLine(showText(name))}: ${told[outcome]}${figures}\n`,
    bytesWritten > 0,
  );
  return Exit.Done;
}
