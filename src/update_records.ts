/**
 * Sets fields of the records of a file.
 *
 * @module
 */
import type { RunOptions, RunStats } from "./options.ts";
import type { Durability } from "./patch/options.ts";
import type { RecoverOutcome } from "./patch/recover.ts";
import type { FilePath } from "./platform/file_path.ts";
import type { RecordCounts, RecordValue } from "./record_stats.ts";
import type { RecordLayoutOptions } from "./records/options.ts";
import type { OnBad } from "./records/query.ts";
import type { SetEdit } from "./records/set_query.ts";
import type { UpdateOptions } from "./update/options.ts";

export type { RecordValue, SetEdit };

/** Options of {@link updateRecords}. */
export interface UpdateRecordsOptions
  extends RunOptions, RecordLayoutOptions, UpdateOptions {
  /**
   * What is set: `"value = value * 1.1"`, several with commas between them. All are computed from what a record
   * held before, as in SQL: `"a = b, b = a"` exchanges two fields.
   */
  readonly set: string | readonly string[];
  /** Which records are changed: an expression. Defaults to all. */
  readonly where?: string | undefined;
  /** Lets integers that get out of the range of their field start again at the other end; otherwise that is an error. */
  readonly wrap?: boolean | undefined;
  /** What to do about records that cannot be read: others than `"stop"` leave them as they are. Defaults to `"stop"`. */
  readonly onBad?: OnBad | undefined;
}

/** What {@link updateRecords} has done. */
export interface UpdateRecordsResult extends RecordCounts {
  /** Path of the file as text. */
  readonly file: string;
  /** Records that hold other bytes now; of a dry run, would. */
  readonly changed: number;
  /** Fields that do. */
  readonly edits: number;
  /** Bytes that have another value. */
  readonly bytesChanged: number;
  /** How the file was kept from being lost. */
  readonly durability: Durability;
  /** Whether nothing was written. */
  readonly dryRun: boolean;
  /** The first edits. */
  readonly shown: readonly SetEdit[];
  /** What became of a journal that an earlier run had left. */
  readonly recovered: RecoverOutcome;
  /** Whether `undoPatch` can take it back. */
  readonly undoKept: boolean;
  /** How the run was carried out. */
  readonly stats: RunStats;
}

/**
 * Sets fields of the records of a file where they lie, on all cores; the file's length stays.
 *
 * Binary fields take what Python's `struct` packs: integers whole numbers in their range, of 64 bits exactly, text
 * fields texts that are not too long, which are filled up with zeros; floats are rounded. A fraction is no integer
 * unless the expression says how, by `round`, `floor`, `ceil` or `trunc`. A field of delimited text takes texts, and
 * numbers as they are printed, that are as long as what it holds. A value that does not fit is an error, and then
 * nothing is changed but with durability `none`; bytes outside of the fields that are set never change.
 *
 * @param path The file: a regular one.
 * @throws {TypeError} If an option is of the wrong type or does not go with another, an expression is none
 * (`ExpressionError`, with the column), or a field is unknown or cannot be set.
 * @throws {RangeError} If an option is out of range.
 * @throws {SabmapError} `ERR_VALUE_RANGE` for the first record of the file with a value that does not fit; for a bad
 * record, unless `onBad` says otherwise; else what `patchFile` throws.
 *
 * @example
 * ```ts
 * import { updateRecords } from "sabmap";
 *
 * const { matched, changed, durability } = await updateRecords("trades.bin", {
 *   struct: "<IIdQ8x",
 *   names: ["id", "kind", "value", "ts"],
 *   set: "value = value * 1.1",
 *   where: "kind == 3",
 * });
 * ```
 */
export async function updateRecords(
  path: FilePath | URL,
  options: UpdateRecordsOptions,
): Promise<UpdateRecordsResult> {
  const records = await import("./records/set_run.ts");
  return await records.updateRecords(path, options);
}
