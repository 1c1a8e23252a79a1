/**
 * The command `process hexdump`.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";
import type { Command } from "commander";
import { type CliIo, UsageError } from "./io.ts";
import { showText, toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { parseOffset } from "./parse_size.ts";
import { forEachFile, noteHotFile } from "./run.ts";

interface RawHexdumpOptions extends RawCommonOptions {
  readonly start?: string;
  readonly length?: string;
  readonly columns: string;
  readonly squeeze: boolean;
  readonly revert?: boolean;
}

const COLUMNS_MAX = 256;

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE")
    .description(
      "Shows the bytes of a file as hexdump -C does, or reads such a dump back.\n\n" +
        "A row that repeats the one before shows as *. The last line is the offset behind the " +
        "last byte.",
    )
    .argument(
      "<file>",
      'file or URL to show, or dump to read; "-" is standard input',
    )
    .option("--start <offset>", "first byte to show, such as 0x1f40 or 1MiB")
    .option("--length <size>", "most bytes to show")
    .option("--columns <n>", `bytes in a row, 1 to ${COLUMNS_MAX}`, "16")
    .option("--no-squeeze", "show all rows, even those that repeat")
    .option(
      "--revert",
      "read a dump of hexdump -C or xxd, and write the bytes it stands for",
    )
    .addHelpText(
      "after",
      `
Examples:
  process hexdump --start 0x1000 --length 256 big.data
  head -c 64 /dev/urandom | process hexdump -
  process hexdump big.data > dump.txt
  process hexdump --revert dump.txt > copy.data`,
    );
}

/** Dumps, or reverts. */
export async function run(
  operands: readonly string[],
  raw: RawHexdumpOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  if (options.json) {
    throw new UsageError(
      "Cannot use --json with hexdump, whose output is text",
    );
  }
  const pieces = raw.revert
    ? await reverting(raw, io, options)
    : await dumping(raw, io);
  return await forEachFile(operands, io, options, async (name) => {
    await noteHotFile(name, io, options);
    for await (const piece of pieces(name)) {
      if (piece.length > 0) await io.stdout.write(piece);
      // Output that is taken at once never lets the event loop turn, and signals come only there.
      await nextTurn(io.signal);
    }
  });
}

/** Makes the output for a file. */
type Pieces = (name: string) => AsyncIterable<Uint8Array>;

async function dumping(raw: RawHexdumpOptions, io: CliIo): Promise<Pieces> {
  const { start = "0", length, columns, squeeze } = raw;
  const options = {
    start: parseOffset(start, "--start"),
    length: length === undefined ? undefined : parseOffset(length, "--length"),
    columns: parseInteger(columns, 1, COLUMNS_MAX, "--columns"),
    squeeze,
    signal: io.signal,
  };
  const { hexdumpFile } = await import("../hexdump_file.ts");
  return (name) => hexdumpFile(toPath(name), options);
}

async function reverting(
  raw: RawHexdumpOptions,
  io: CliIo,
  options: CommonOptions,
): Promise<Pieces> {
  for (const name of ["start", "length"] as const) {
    if (raw[name] !== undefined) {
      throw new UsageError(
        `Cannot use --${name} with --revert, which reads the whole dump`,
      );
    }
  }
  const { revertHexdumpFile } = await import("../hexdump_file.ts");
  return (name) =>
    revertHexdumpFile(toPath(name), {
      signal: io.signal,
      onNote: options.quiet ? undefined : (note) =>
        void io.stderr.write(
          `process: note: ${showText(name)}: ${note}\n`,
        ),
    });
}
