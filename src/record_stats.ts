/**
 * Questions about the records of a file: which there are, and what they add up to.
 *
 * @module
 */
import type { RunStats } from "./options.ts";
import type { FilePath } from "./platform/file_path.ts";
import type { RecordLayoutOptions, RecordOptions } from "./records/options.ts";
import type { RecordRow } from "./records/order.ts";
import type {
  AggregateName,
  BadRecord,
  OnBad,
  RecordColumn,
  RecordValue,
  SortKey,
} from "./records/query.ts";

export { ExpressionError } from "./records/expression/error.ts";

// What reads records is loaded when it is asked for, because everybody else's start need not wait for it.

export type {
  AggregateName,
  BadRecord,
  OnBad,
  RecordColumn,
  RecordLayoutOptions,
  RecordOptions,
  RecordRow,
  RecordValue,
  SortKey,
};

/** How many records a run has seen. */
export interface RecordCounts {
  /** Records that could be read. */
  readonly records: number;
  /** Those of them for which `where` holds. */
  readonly matched: number;
  /** Records that could not be read; 0 unless `onBad` lets a run go on. */
  readonly badCount: number;
  /** The first thousand of those. */
  readonly bad: readonly BadRecord[];
}

/** The answer to a question about records. */
export interface RecordStatsResult extends RecordCounts {
  /** Path of the file as text; `"-"` for standard input. */
  readonly file: string;
  /** What the values of a row are, in order. */
  readonly columns: readonly RecordColumn[];
  /** A list of values for each group, or each record that matches. */
  readonly rows: readonly RecordRow[];
  /** How the run was carried out; `undefined` where `head` ended it. */
  readonly stats: RunStats | undefined;
}

/**
 * Selects, counts, adds up and groups the records of a file, on all cores.
 *
 * With `aggregates`, `of` or `groupBy` there is a row for each group, ordered by its keys unless `sort` says
 * otherwise; else one for each record for which `where` holds, in file order, or by the column of `sort`, where
 * equal ones stay in file order. These are all in memory: for files of many records, see {@link recordRows}.
 *
 * Integers are exact, of 64 bits too. Sums are exact until they are rounded, once: those of decimals in text have
 * all their digits, those of floats are the nearest doubles, as Python's `math.fsum`. So results do not depend on
 * workers, segments or `io`. The deviation is that of a sample.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @throws {TypeError} If an option is of the wrong type or does not go with another, an expression is none
 * (`ExpressionError`, with the column), or a field unknown.
 * @throws {RangeError} If an option is out of range.
 * @throws {SabmapError} If the file cannot be read or changes meanwhile, or a worker fails; if there is no line of
 * names where there is to be one, or rows to be sorted take more than 4 GiB (`ERR_SORT_TOO_LARGE`); for a bad record,
 * unless `onBad` says otherwise, with its range: the first of the file.
 *
 * @example
 * ```ts
 * import { recordStats } from "sabmap";
 *
 * const { columns, rows } = await recordStats("measurements.txt", {
 *   delimiter: ";",
 *   names: ["station", "temp"],
 *   where: "temp > 0",
 *   aggregates: ["count", "mean"],
 *   of: "temp",
 *   groupBy: ["station"],
 * });
 * ```
 */
export async function recordStats(
  path: FilePath | URL,
  options: RecordOptions,
): Promise<RecordStatsResult> {
  const records = await import("./records/run.ts");
  return await records.recordStats(path, options);
}

/** The answer to a question about records, whose rows are made when somebody goes through them. */
export interface RecordResult extends Omit<RecordStatsResult, "rows"> {
  /** As those of {@link recordStats}; each time through, they are made again. */
  readonly rows: Iterable<RecordRow> & { readonly length: number };
}

/**
 * As {@link recordStats}, for millions of groups: these stay packed as the workers left them, and a row is made when
 * it is asked for.
 *
 * @throws What {@link recordStats} throws.
 */
export async function recordResult(
  path: FilePath | URL,
  options: RecordOptions,
): Promise<RecordResult> {
  const records = await import("./records/run.ts");
  return await records.recordResult(path, options);
}

/** What {@link recordRows} yields. */
export interface RecordRows {
  /** Rows, each with a newline at its end. */
  readonly bytes: Uint8Array;
  /** How many. */
  readonly rowCount: number;
  /** What the values of a row are: the same at each step. */
  readonly columns: readonly RecordColumn[];
  /** What was seen up to here; all of the file, where rows are sorted. */
  readonly counts: RecordCounts;
}

/**
 * Selects the records of a file, and gives them as text while the search goes on, which waits for whoever takes
 * them: memory stays bounded. Rows in another order than that of the file come once all of it was searched: with
 * `top`, workers keep that many each; else all rows are held, as text, in up to 4 GiB.
 *
 * Takes what {@link recordStats} takes, but for aggregates, and `head` beside `sort`. CSV has no line of names. There
 * is at least one step, which may have no rows.
 *
 * @param format `"csv"` as in RFC 4180, text as it is in the file; `"json"` for one object in each line.
 * @throws What {@link recordStats} throws, with the loop.
 *
 * @example
 * ```ts
 * import { recordRows } from "sabmap";
 *
 * const wanted = { struct: "<IIdQ8x", names: ["id", "kind", "value", "ts"], where: "kind == 3" };
 * for await (const { bytes } of recordRows("trades.bin", "json", wanted)) console.log(bytes);
 * ```
 */
export async function* recordRows(
  path: FilePath | URL,
  format: "csv" | "json",
  options: RecordOptions,
): AsyncGenerator<RecordRows, void, void> {
  const records = await import("./records/run.ts");
  yield* records.recordRows(path, format, options);
}

/**
 * Tells what the columns of a result will be, where nothing has been read of the file but its line of names. Those
 * of a stream must be given, as it can be read only once: its columns come with {@link recordRows}.
 *
 * @throws What {@link recordStats} throws for its options.
 */
export async function recordColumns(
  path: FilePath | URL,
  options: RecordOptions,
): Promise<readonly RecordColumn[]> {
  const records = await import("./records/run.ts");
  return records.recordColumns(path, options);
}
