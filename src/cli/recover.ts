/**
 * The command `process recover`.
 *
 * @module
 */
import type { Command } from "commander";
import { changeFile } from "./change.ts";
import { type CliIo, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import { checkCommonOptions, type RawCommonOptions } from "./options.ts";
import { withEngine } from "./run.ts";
import { report } from "./undo.ts";

interface RawRecoverOptions extends RawCommonOptions {
  readonly undo?: boolean;
  readonly discard?: boolean;
  readonly anyDevice?: boolean;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE")
    .description(
      "Finishes a patch that a crash interrupted, or takes it back.\n\n" +
        "A journal that is not this file's, or was changed, changes nothing. A patch that had not come " +
        "as far as to change the file is discarded.",
    )
    .argument("<file>", "file that was being patched")
    .option("--undo", "take the patch back instead of finishing it")
    .option(
      "--discard",
      "remove the journal, whatever it is, and leave the file as it is: perhaps patched in part",
    )
    .option(
      "--any-device",
      "take a journal whose device had another number, as some have after a restart",
    )
    .addHelpText(
      "after",
      `
Examples:
  process recover disk.img
  process recover --undo disk.img`,
    );
}

/** Recovers, and tells what was done. */
export async function run(
  [name = ""]: readonly string[],
  raw: RawRecoverOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const { undo, discard, anyDevice } = raw;
  if (undo && discard) {
    throw new UsageError(
      "Cannot use --undo with --discard, which leaves the file as it is",
    );
  }
  return await withEngine(1, io, options, async (context) => {
    const { recoverFile } = await import("../patch_file.ts");
    const result = await changeFile(
      name,
      context,
      true,
      ({ signal, onProgress, onNote }) =>
        recoverFile(toPath(name), {
          signal,
          onProgress,
          onNote,
          undo,
          discard,
          anyDevice,
        }),
    );
    const discarded = discard
      ? "the journal was removed, and the file is as it was left, perhaps patched in part"
      : undefined;
    return await report(name, result, io, options.json, discarded);
  });
}
