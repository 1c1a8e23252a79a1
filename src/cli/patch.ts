/**
 * The command `process patch`.
 *
 * @module
 */
import type { Command } from "commander";
import type { PatchOptions, PatchResult } from "../runs.ts";
import { changeFile, writeOutcome } from "./change.ts";
import { counted, editLine, jsonEdit, parseDurability } from "./edits.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { nameOnLine, showText, toPath } from "./names.ts";
import {
  checkCommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { parseAddition, parsePlace, parseReplacement } from "./patch_edits.ts";
import { withEngine } from "./run.ts";
import { groupDigits } from "./units.ts";

interface RawPatchOptions extends RawCommonOptions {
  readonly at: readonly string[];
  readonly expect: readonly string[];
  readonly add: readonly string[];
  readonly replace: readonly string[];
  readonly script?: string;
  readonly wrap?: boolean;
  readonly dryRun?: boolean;
  readonly show: string;
  readonly durability: string;
  readonly keepUndo?: boolean;
  readonly breakLinks?: boolean;
  readonly anyDevice?: boolean;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  const collect = (value: string, values: readonly string[]) => [
    ...values,
    value,
  ];
  const many = (flags: string, text: string) =>
    command.option(flags, text, collect, []);
  command
    .usage("[options] FILE")
    .description(
      "Changes bytes of a file, whose length stays: all of the edits, or none of them.\n\n" +
        "Edits may come in any order; those that overlap must be equal. What has to be there before " +
        "is compared first, and one byte that differs keeps all of the file as it is.",
    )
    .argument("<file>", "file to change");
  many("--at <offset=hex>", "put bytes at an offset; repeatable");
  many(
    "--expect <offset=hex>",
    "change nothing unless these bytes are there; repeatable",
  );
  many(
    "--add <type@offset=delta>",
    "add to a number: u8 to u64, i8 to i64, f32, f64, little-endian unless be stands behind (u32be); repeatable",
  );
  many(
    "--replace <old=new>",
    "replace text, or hex:BYTES, by as many bytes, wherever it occurs; repeatable",
  );
  command
    .option(
      "--script <file>",
      'read edits from lines {"offset": 4096, "expect": "00ff", "bytes": "01fe"}; "-" is standard input',
    )
    .option(
      "--wrap",
      "let whole numbers that get out of range start again at the other end",
    )
    .option("--dry-run", "show the edits, and change nothing")
    .option("--show <n>", "most edits that --dry-run shows", "20")
    .option(
      "--durability <mode>",
      "journal, copy, none, or auto: copy for more than a quarter of the file",
      "auto",
    )
    .option("--keep-undo", 'keep the patch for "process undo"')
    .option(
      "--break-links",
      "let a copy replace a file whose other names keep the old bytes",
    )
    .option("--any-device", "as for process recover")
    .addHelpText("after", HELP);
}

const HELP = `
journal: the file is changed in place, and is all old or all new after a crash, once it is recovered.
copy:    a changed copy takes the file's place; other names and open readers keep the old file.
none:    the file is changed in place, and a crash leaves any part of the edits.

Exit codes: 0 done, 1 nothing to replace was found, 2 wrong usage or failure, 130 interrupted and
nothing changed. A run that is interrupted while the file changes finishes if that is soon done (0),
or ends with 2: its journal is left to "process recover"; without one, a part of the edits stays.

Examples:
  process patch --at 0x1fe=55aa --expect 0x1fe=0000 disk.img
  process patch --add u32@16=1 --add f64be@64=-0.5 counters.bin
  process patch --replace hex:cafebabe=deadbeef --dry-run big.data
  process patch --script edits.ndjson --keep-undo big.data`;

/** Patches, or shows what would be patched. */
export async function run(
  [name = ""]: readonly string[],
  raw: RawPatchOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const patch = checkPatch(raw, io);
  return await withEngine(1, io, options, async (context) => {
    const { patchFile } = await import("../patch_file.ts");
    const isJournaled = patch.durability !== "none";
    const result = await changeFile(
      name,
      context,
      isJournaled,
      (run) => patchFile(toPath(name), { ...run, ...patch }),
    );
    if (result === undefined) return Exit.Failure;
    await writeOutcome(
      io,
      options.json ? jsonLine(name, result) : describe(name, result),
      !result.dryRun && result.bytesChanged > 0,
    );
    return raw.replace.length > 0 && result.edits === 0
      ? Exit.Negative
      : Exit.Done;
  });
}

/** @throws {UsageError} If an option is wrong, or nothing is asked for. */
function checkPatch(raw: RawPatchOptions, io: CliIo): PatchOptions {
  const { at, expect, add, replace, script } = raw;
  const isAsked = [at, expect, add, replace].some((list) => list.length > 0);
  if (!isAsked && script === undefined) {
    throw new UsageError(
      "missing edits: use --at, --add, --replace, --script or --expect",
    );
  }
  return {
    edits: at.map((text) => parsePlace(text, "--at")),
    expect: expect.map((text) => parsePlace(text, "--expect")),
    additions: add.map((text) => parseAddition(text, raw.wrap === true)),
    replacements: replace.map(parseReplacement),
    script: script === "-"
      ? io.readStdin()
      : script === undefined
      ? undefined
      : toPath(script),
    durability: parseDurability(raw.durability),
    keepUndo: raw.keepUndo === true,
    dryRun: raw.dryRun === true,
    shown: raw.dryRun === true
      ? parseInteger(raw.show, 0, Number.MAX_SAFE_INTEGER, "--show")
      : 0,
    breakLinks: raw.breakLinks === true,
    anyDevice: raw.anyDevice === true,
  };
}

function jsonLine(name: string, result: PatchResult): string {
  const { edits, bytesChanged, durability, dryRun, shown } = result;
  return `${
    JSON.stringify({
      file: name,
      edits,
      bytesChanged,
      durability,
      dryRun,
      ...(dryRun ? { shown: shown.map(jsonEdit) } : {}),
    })
  }\n`;
}

function describe(name: string, result: PatchResult): string {
  const { edits, bytesChanged, durability, dryRun, shown } = result;
  const lines = shown.map(editLine);
  if (dryRun && edits > shown.length) {
    lines.push(`... and ${groupDigits(edits - shown.length)} more`);
  }
  const what = `${counted(edits, "edit")}, ${counted(bytesChanged, "byte")} ${
    dryRun ? "would change" : "changed"
  }, durability ${durability}`;
  const tail = dryRun
    ? "; nothing was written"
    : result.undoKept
    ? "; kept for process undo"
    : "";
  lines.push(`${nameOnLine(showText(name))}: ${what}${tail}`);
  return `${lines.join("\n")}\n`;
}
