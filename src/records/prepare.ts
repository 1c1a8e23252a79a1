/**
 * From what a caller asks to a query: checks all of it before a worker starts.
 *
 * @module
 */
import { framingFrom } from "../binary/framing/description.ts";
import { received } from "../received.ts";
import { statPath } from "../platform/files.ts";
import type { FilePath } from "../platform/file_path.ts";
import { cpuCount } from "../platform/platform.ts";
import { bindColumns, bindQuery } from "./bind.ts";
import { groupScratchBytes, newGroupSeed } from "./group_table.ts";
import { columnNames, columnType, shapeOf } from "./groups_result.ts";
import type { Header } from "./header.ts";
import { checkCount, isStream, refuseTogether } from "./option_checks.ts";
import type { RecordOptions } from "./options.ts";
import { rowOrder } from "./order.ts";
import { sourceOf } from "./prepare_source.ts";
import {
  type AggregateName,
  AGGREGATES,
  type GroupsQuery,
  type RecordColumn,
  type RecordQuery,
  type RowFormat,
  type RowsQuery,
  type SortKey,
} from "./query.ts";

/** A query, and the columns of its result as far as they are known beforehand. */
export interface PreparedQuery {
  readonly query: RecordQuery;
  readonly columns: readonly RecordColumn[];
}

const DECIMALS_SHOWN_MAX = 100;

/** Bytes that groups of a file of so many bytes take at most; beyond that, a table is just handed over earlier. */
const TABLE_BYTES_PER_BYTE = 64;

/** What the fast paths take two tables from. */
const TABLE_BYTES_MIN = 8 * 1024 ** 2;

/** What rows that are sorted take in one process, before they are printed or handed over. */
const SORT_BYTES_MAX = 4 * 1024 ** 3;

const TABLE_BYTES_ALL = 1.75 * 1024 ** 3;

/**
 * Makes a query.
 *
 * @param format How rows are written, where there are no aggregates.
 * @param header The first line of a stream, where it has been read.
 * @throws {TypeError} If an option is of the wrong type or does not go with another, an expression is none
 * (`ExpressionError`, with the column), or a field unknown.
 * @throws {RangeError} If a number is out of range.
 * @throws {SabmapError} If the names of fields are to be read from the file, and cannot be.
 */
export function prepareQuery(
  path: FilePath,
  options: RecordOptions,
  format: RowFormat,
  header?: Header,
): PreparedQuery {
  const source = sourceOf(path, options, header);
  const output = outputOf(options, format);
  const top = checkCount("top", options.top);
  const unsorted: RecordQuery = {
    source,
    where: options.where,
    output,
    sort: undefined,
    top,
    onBad: checkOnBad(options.onBad ?? "stop"),
    seed: newGroupSeed(),
    tableBytes: tableBytesOf(path, options, output),
    lendsTables: false,
    sortBytes: SORT_BYTES_MAX,
  };
  framingFrom(source.framing);
  const columns = columnsOf(unsorted);
  const sort = sortOf(options) ?? topOf(top, output, columns);
  rowOrder(columns, sort, 0);
  return { query: { ...unsorted, sort }, columns };
}

function columnsOf(query: RecordQuery): RecordColumn[] {
  const { output } = query;
  if (output.kind === "groups") {
    const shape = shapeOf(query, output);
    return columnNames(output, shape).map((name, i): RecordColumn => {
      const keyType = shape.keyTypes[i];
      const type = keyType === undefined ? "number" : columnType(keyType);
      return { name, type, decimals: undefined };
    });
  }
  const bound = bindQuery(query, new SharedArrayBuffer(0));
  return bindColumns(output, bound).map(({ name, operand }) => ({
    name,
    type: columnType(operand.type),
    decimals: undefined,
  }));
}

function outputOf(
  options: RecordOptions,
  format: RowFormat,
): RowsQuery | GroupsQuery {
  const { aggregates, groupBy, of } = options;
  if (aggregates === undefined && groupBy === undefined && of === undefined) {
    const head = checkCount("head", options.head);
    // The first of the file are compared as values, when there are no more.
    const isOrdered = head !== undefined && options.sort !== undefined;
    return {
      kind: "rows",
      select: listOf(options.select),
      format: isOrdered ? "values" : format,
      head,
    };
  }
  refuseTogether(options, "aggregates", ["select", "head"]);
  return {
    kind: "groups",
    groupBy: groupBy ?? [],
    aggregates: checkAggregates(aggregates, of !== undefined),
    of: listOf(of),
    decimals: checkDecimals(options.decimals),
  };
}

function listOf(
  list: string | readonly string[] | undefined,
): string | undefined {
  return typeof list === "object" ? list.join(", ") : list;
}

function checkAggregates(
  names: readonly AggregateName[] | undefined,
  hasInputs: boolean,
): readonly AggregateName[] {
  const wanted = names ??
    (hasInputs ? ["count", "sum", "min", "max", "mean"] : ["count"]);
  const isList = wanted.length > 0 &&
    wanted.every((name) => AGGREGATES.includes(name)) &&
    new Set(wanted).size === wanted.length;
  if (!isList) {
    throw new TypeError(
      `Cannot aggregate as "aggregates" must be some of ${
        AGGREGATES.join(", ")
      }, each once: received ${wanted.join(", ") || "none"}`,
    );
  }
  if (!hasInputs && wanted.some((name) => name !== "count")) {
    throw new TypeError(
      `Cannot aggregate as "of" must name fields for all but a count: received ${
        wanted.join(", ")
      } of nothing`,
    );
  }
  return wanted;
}

function checkDecimals(
  decimals: number | "all" | undefined,
): number | "all" | undefined {
  return typeof decimals === "number"
    ? checkCount("decimals", decimals, DECIMALS_SHOWN_MAX)
    : decimals;
}

function sortOf({ sort }: RecordOptions): SortKey | undefined {
  if (typeof sort !== "string") return sort;
  const [, column = sort, direction] = /^([^]*):(asc|desc)$/.exec(sort) ?? [];
  return { column, descending: direction === "desc" };
}

/** By what the top groups are the top ones, where nothing is said: the first aggregate. */
function topOf(
  top: number | undefined,
  output: RowsQuery | GroupsQuery,
  columns: readonly RecordColumn[],
): SortKey | undefined {
  if (top === undefined) return undefined;
  const column = output.kind === "groups"
    ? columns[output.groupBy.length]?.name
    : undefined;
  if (column !== undefined) return { column, descending: true };
  throw new TypeError(
    `Cannot take the top rows as "sort" must say by which column: received none`,
  );
}

/** @throws {TypeError} If it is none of what there is. */
export function checkOnBad(onBad: RecordQuery["onBad"]): RecordQuery["onBad"] {
  if (["stop", "skip", "report"].includes(onBad)) return onBad;
  throw new TypeError(
    `Cannot read records as "onBad" must be stop, skip or report: received ${
      received(onBad)
    }`,
  );
}

/**
 * How large the table of each worker is: address space only, until it is used.
 *
 * All tables stay below 2 GiB together, so that what lies behind them, the records, has addresses that engines
 * keep as integers: beyond 2**31, the general path takes five times as long (Deno 2.9, 2026-11-21).
 */
function tableBytesOf(
  path: FilePath,
  { workers = cpuCount() }: RecordOptions,
  output: RowsQuery | GroupsQuery,
): number {
  if (output.kind === "rows") return 0;
  if (output.groupBy.length === 0) return TABLE_BYTES_MIN;
  const fair = Math.floor(TABLE_BYTES_ALL / workers / 64) * 64;
  const most = Math.min(fair, groupScratchBytes(workers));
  if (isStream(path)) return Math.max(TABLE_BYTES_MIN, most);
  const { byteLength } = statPath(path);
  const needed = Math.ceil(byteLength * TABLE_BYTES_PER_BYTE / 64) * 64;
  return Math.max(TABLE_BYTES_MIN, Math.min(most, needed));
}
