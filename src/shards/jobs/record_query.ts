/**
 * From parameters of `records` to queries.
 *
 * @module
 */
import type { Header } from "../../records/header.ts";
import type { RecordOptions } from "../../records/options.ts";
import { type PreparedQuery, prepareQuery } from "../../records/prepare.ts";
import { prepareRun } from "../../records/prepare_stream.ts";
import { STANDARD_INPUT } from "../../source.ts";
import type { RecordsParameters } from "../parameters/records.ts";
import type { ShardWork } from "../sharded_job.ts";
import type { RecordKind, ShardQuery } from "./record_shards.ts";

/** Which kind of question parameters ask. */
export function kindOf(parameters: RecordsParameters): RecordKind {
  const { aggregates, of, groupBy, sort, head } = parameters;
  const isGrouped = [aggregates, of, groupBy].some((one) => one !== undefined);
  if (isGrouped) return "groups";
  return sort !== undefined && head === undefined ? "sorted" : "rows";
}

/** Makes the query of a shard; reads the line of names, if there is one. */
export async function openQuery(
  { path, options }: ShardWork,
  parameters: RecordsParameters,
): Promise<ShardQuery> {
  const { format, ...asked } = parameters;
  const prepared = await prepareRun(path, { ...options, ...asked }, format);
  const kind = kindOf(parameters);
  return { ...prepared, kind, header: headerOf(prepared, asked) };
}

function headerOf(
  { query: { source: { fields } } }: PreparedQuery,
  { header }: RecordOptions,
): Header | undefined {
  if (header !== true || fields.kind !== "delimited") return undefined;
  return { names: fields.names, end: fields.recordsFrom };
}

/** The last query that was made of parameters, as many partials of one run come one after the other. */
const kept = new WeakMap<RecordsParameters, ShardQuery>();

/** Makes the query by which partials are read and joined, of which the file is not needed. */
export function readableQuery(
  parameters: RecordsParameters,
  header: Header | undefined,
): ShardQuery {
  const last = kept.get(parameters);
  if (last !== undefined && isSameHeader(last.header, header)) return last;
  const { format, ...asked } = parameters;
  const prepared = prepareQuery(STANDARD_INPUT, asked, format, header);
  const kind = kindOf(parameters);
  const query = { ...prepared, kind, header, source: undefined };
  kept.set(parameters, query);
  return query;
}

function isSameHeader(
  left: Header | undefined,
  right: Header | undefined,
): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
