/**
 * What `process run` takes and prints for jobs that change their file.
 *
 * @module
 */
import type { Command } from "commander";
import type { UpdateOptions, UpdateSummary } from "../update/options.ts";
import { counted, editLine, jsonEdit, parseDurability } from "./edits.ts";
import { UsageError } from "./io.ts";
import { nameOnLine, showText } from "./names.ts";
import { parseInteger } from "./options.ts";
import { groupDigits } from "./units.ts";

/** Options of updates, as they were given. */
export interface RawUpdateOptions {
  readonly durability?: string;
  readonly dryRun?: boolean;
  readonly show?: string;
  readonly keepUndo?: boolean;
  readonly breakLinks?: boolean;
  readonly anyDevice?: boolean;
}

/** Declares the options. */
export function configureUpdate(command: Command): void {
  command
    .option(
      "--durability <mode>",
      "of a job that changes its file: journal, copy, none, or auto: copy for more than a quarter of the file",
    )
    .option("--dry-run", "show what the job would change, and change nothing")
    .option("--show <n>", "most edits that --dry-run shows (default: 20)")
    .option("--keep-undo", 'keep the changes for "process undo"')
    .option(
      "--break-links",
      "let a copy replace a file whose other names keep the old bytes",
    )
    .option("--any-device", "as for process recover");
}

/** @returns What was given, and nothing else: a job that only reads refuses it. */
export function checkUpdate(raw: RawUpdateOptions): UpdateOptions {
  const { keepUndo, breakLinks, anyDevice, dryRun } = raw;
  if (raw.show !== undefined && dryRun !== true) {
    throw new UsageError("Cannot use --show without --dry-run");
  }
  return {
    durability: raw.durability === undefined
      ? undefined
      : parseDurability(raw.durability),
    shown: raw.show === undefined
      ? undefined
      : parseInteger(raw.show, 0, Number.MAX_SAFE_INTEGER, "--show"),
    keepUndo,
    breakLinks,
    anyDevice,
    dryRun,
  };
}

/** What was done to a file, for programs. */
export function updateJson(update: UpdateSummary): object {
  const { edits, bytesChanged, durability, dryRun, shown, undoKept } = update;
  return {
    // `null` where nobody has counted.
    edits: edits ?? null,
    bytesChanged: bytesChanged ?? null,
    durability,
    dryRun,
    undoKept,
    ...(dryRun ? { shown: shown.map(jsonEdit) } : {}),
  };
}

/** What was done to a file, for people. */
export function describeUpdate(name: string, update: UpdateSummary): string {
  const { edits, bytesChanged, dryRun, shown, durability, undoKept } = update;
  const lines = shown.map(editLine);
  if (dryRun && edits !== undefined && edits > shown.length) {
    lines.push(`... and ${groupDigits(edits - shown.length)} more`);
  }
  const changed = dryRun ? "would change" : "changed";
  const counts = [
    edits === undefined ? [] : [counted(edits, "edit")],
    // Nobody counts what goes into the file at once.
    bytesChanged === undefined
      ? ["updated"]
      : [`${counted(bytesChanged, "byte")} ${changed}`],
  ].flat();
  const tail = dryRun
    ? "; nothing was written"
    : undoKept
    ? "; kept for process undo"
    : "";
  lines.push(
    `${nameOnLine(showText(name))}: ${
      counts.join(", ")
    }, durability ${durability}${tail}`,
  );
  return lines.join("\n");
}
