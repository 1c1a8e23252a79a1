/**
 * What the commands that change a file have in common: how safely it is done, and how edits are told.
 *
 * @module
 */
import { toHex } from "../digest/hex.ts";
import type { Durability, ShownEdit } from "../runs.ts";
import { UsageError } from "./io.ts";
import { groupDigits } from "./units.ts";

const DURABILITIES: readonly (Durability | "auto")[] = [
  "auto",
  "journal",
  "copy",
  "none",
];

/** @throws {UsageError} If `text` is no mode of `--durability`. */
export function parseDurability(text: string): Durability | "auto" {
  const mode = DURABILITIES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new UsageError(
    `Cannot use --durability as it must be one of ${
      DURABILITIES.join(", ")
    }: received "${text}"`,
  );
}

/** An edit as JSON has it. */
export function jsonEdit(
  { offset, old, new: next, byteLength }: ShownEdit,
): object {
  return { offset, old: toHex(old), new: toHex(next), byteLength };
}

/** An edit as a line without its end. */
export function editLine(
  { offset, old, new: next, byteLength }: ShownEdit,
): string {
  const place = `0x${offset.toString(16).padStart(8, "0")}`;
  const bytes = `${toHex(old)} -> ${toHex(next)}`;
  return byteLength === undefined
    ? `${place}  ${bytes}`
    : `${place}  ${bytes} (the first ${old.length} of ${
      groupDigits(byteLength)
    } bytes)`;
}

/** A count with its noun: `1 edit`, `1,000 edits`. */
export function counted(count: number, noun: string): string {
  return `${groupDigits(count)} ${noun}${count === 1 ? "" : "s"}`;
}
