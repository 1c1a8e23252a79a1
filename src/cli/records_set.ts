/**
 * `process records --set`: fields of records that get new values, where they lie.
 *
 * @module
 */
import type {
  RecordValue,
  SetEdit,
  UpdateRecordsOptions,
  UpdateRecordsResult,
} from "../update_records.ts";
import { toHex } from "../digest/hex.ts";
import { tellBad } from "./bad_records.ts";
import { changeFile, writeOutcome } from "./change.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { nameOnLine, showText, toPath } from "./names.ts";
import { type CommonOptions, parseInteger } from "./options.ts";
import { counted } from "./edits.ts";
import type { RawSetOptions } from "./records_set_options.ts";
import { withEngine } from "./run.ts";
import { groupDigits } from "./units.ts";

/** What is set, in which records. */
export type SetRequest = Omit<
  UpdateRecordsOptions,
  "set" | "durability" | "dryRun" | "shown"
>;

/** Sets the fields, and says what that came to. */
export async function runSet(
  names: readonly string[],
  request: SetRequest,
  raw: RawSetOptions,
  options: CommonOptions,
  io: CliIo,
): Promise<number> {
  const [name] = names;
  if (name === undefined) throw new UsageError("missing FILE");
  const shown = raw.show === undefined
    ? undefined
    : parseInteger(raw.show, 0, Number.MAX_SAFE_INTEGER, "--show");
  const asked: UpdateRecordsOptions = {
    ...request,
    set: raw.set ?? [],
    wrap: raw.wrap,
    dryRun: raw.dryRun,
    // A run that writes tells how much, not what.
    shown: raw.dryRun ? shown : 0,
    // The library says which there are.
    durability: raw.durability as UpdateRecordsOptions["durability"],
    keepUndo: raw.keepUndo,
    breakLinks: raw.breakLinks,
    anyDevice: raw.anyDevice,
  };
  return await withEngine(1, io, options, async (context) => {
    const { updateRecords } = await import("../update_records.ts");
    const result = await changeFile(
      name,
      context,
      raw.durability !== "none",
      ({ onProgress, ...run }) =>
        updateRecords(toPath(name), {
          ...run,
          ...asked,
          onProgress: ({ byteLength = 0, ...progress }) =>
            // The scan's own has no phase; what follows it has one.
            onProgress?.({ phase: "plan", ...progress, byteLength }),
        }),
    );
    if (result === undefined) return Exit.Failure;
    await writeOutcome(
      io,
      options.json ? jsonLine(name, result) : describe(name, result),
      !result.dryRun && result.edits !== 0,
    );
    await tellBad(name, result, request.onBad, context);
    return Exit.Done;
  });
}

function jsonLine(name: string, result: UpdateRecordsResult): string {
  const { records, matched, changed, edits, bytesChanged, badCount } = result;
  const { durability, dryRun, shown, undoKept } = result;
  return `${
    JSON.stringify({
      file: name,
      records,
      matched,
      changed,
      edits,
      bytesChanged,
      durability,
      dryRun,
      undoKept,
      badCount,
      ...(dryRun ? { shown: shown.map(jsonEdit) } : {}),
    })
  }\n`;
}

function jsonEdit({ offset, field, from, to, ...edit }: SetEdit): object {
  return {
    offset,
    field,
    from: jsonValue(from),
    to: jsonValue(to),
    old: toHex(edit.old),
    new: toHex(edit.new),
  };
}

/** Integers that readers of JSON would round, and what it has no numbers for, are texts. */
function jsonValue(value: RecordValue): RecordValue {
  if (typeof value === "bigint") return `${value}`;
  return typeof value === "number" && !Number.isFinite(value)
    ? `${value}`
    : value;
}

function describe(name: string, result: UpdateRecordsResult): string {
  const { records, changed, edits, bytesChanged, dryRun, shown } = result;
  const lines = shown.map(editLine);
  if (dryRun && edits > shown.length) {
    lines.push(`... and ${groupDigits(edits - shown.length)} more`);
  }
  const what = `${groupDigits(changed)} of ${counted(records, "record")} ${
    dryRun ? "would change" : "changed"
  }, ${counted(bytesChanged, "byte")}, durability ${result.durability}`;
  const tail = dryRun
    ? "; nothing was written"
    : result.undoKept
    ? "; kept for process undo"
    : "";
  lines.push(`${nameOnLine(showText(name))}: records set: ${what}${tail}`);
  return `${lines.join("\n")}\n`;
}

function editLine({ offset, field, from, to }: SetEdit): string {
  const place = `0x${offset.toString(16).padStart(8, "0")}`;
  return `${place}  ${showText(field)}: ${valueText(from)} -> ${valueText(to)}`;
}

function valueText(value: RecordValue): string {
  return typeof value === "string"
    ? showText(JSON.stringify(value))
    : String(value);
}
