/**
 * The command `process count`.
 *
 * @module
 */
import type { Command } from "commander";
import type { CliIo } from "./io.ts";
import { nameOnLine, toPath } from "./names.ts";
import { checkCommonOptions, type RawCommonOptions } from "./options.ts";
import { forEachFile, withProgress } from "./run.ts";

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE...")
    .description("Counts the lines of files, as wc -l does: newlines, that is.")
    .argument("[files...]", 'files to count; "-" is standard input')
    .addHelpText(
      "after",
      `
Examples:
  process count big.log
  process count --json logs/*.log
  zcat big.log.gz | process count -`,
    );
}

/** Counts and prints. */
export async function run(
  names: readonly string[],
  raw: RawCommonOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  let total = 0;
  const code = await forEachFile(names, io, options, async (name, context) => {
    const { countFile } = await import("../runs.ts");
    const { count } = await withProgress(
      context,
      (runOptions) => countFile(toPath(name), runOptions),
    );
    total += count;
    await io.stdout.write(
      options.json
        ? `${JSON.stringify({ file: name, count })}\n`
        : countLine(count, name),
    );
  });
  if (names.length > 1 && !options.json) {
    await io.stdout.write(`${total} total\n`);
  }
  return code;
}

function countLine(count: number, name: string): string {
  return name === "-" ? `${count}\n` : `${count} ${nameOnLine(name)}\n`;
}
