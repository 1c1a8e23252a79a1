/**
 * Which queries a fast path can answer.
 *
 * @module
 */
import { parseFormat } from "../binary/format.ts";
import type { WorkerContext } from "../job.ts";
import { FieldKind } from "../kernels/records.ts";
import {
  FastFixedScan,
  type FixedKey,
  type FixedPlaces,
} from "./fast_fixed_scan.ts";
import { FastLinesScan } from "./fast_lines_scan.ts";
import { shareTable } from "./fast_table.ts";
import { GroupScan } from "./group_scan.ts";
import type {
  AggregateName,
  DelimitedFields,
  GroupsQuery,
  RecordQuery,
  StructFields,
} from "./query.ts";
import type { Scan } from "./scan.ts";
import { type StructValue, structValues } from "./struct_fields.ts";

/** What kernels gather. */
const AGGREGATES: readonly AggregateName[] = [
  "count",
  "sum",
  "min",
  "max",
  "mean",
];

/** Smaller tables are not shared between two paths. */
const TABLE_BYTES_MIN = 8 * 1024 ** 2;

/** Lines are told apart without looking how long they are, up to this. */
const RECORD_BYTES_MIN = 512;

const NEWLINE = 0x0a;

/**
 * Makes the fast scan of a query.
 *
 * @returns `undefined` if only the general path can answer it.
 */
export function chooseFast(
  query: RecordQuery,
  output: GroupsQuery,
  worker: WorkerContext,
): Scan | undefined {
  const { fields } = query.source;
  if (!isSimple(query, output)) return undefined;
  if (fields.kind === "delimited") {
    if (!isKeyAndNumber(query, output, fields)) return undefined;
    return new FastLinesScan(makeGeneral(query, output, worker), {
      query,
      fields,
      worker,
    });
  }
  const places = fixedPlaces(query, output, fields);
  if (places === undefined) return undefined;
  const general = makeGeneral(query, output, worker);
  return new FastFixedScan(general, { query, places, worker });
}

function makeGeneral(
  query: RecordQuery,
  output: GroupsQuery,
  worker: WorkerContext,
): GroupScan {
  return new GroupScan(
    query,
    output,
    worker,
    shareTable(query, worker).general,
  );
}

function isSimple(
  { where, tableBytes }: RecordQuery,
  { aggregates, of }: GroupsQuery,
): boolean {
  return where === undefined && of !== undefined &&
    tableBytes >= TABLE_BYTES_MIN &&
    aggregates.every((name) => AGGREGATES.includes(name));
}

/** Whether a line is a key and a number, and groups are made by the first. */
function isKeyAndNumber(
  { source: { framing } }: RecordQuery,
  { groupBy, of }: GroupsQuery,
  { names, quote, delimiter }: DelimitedFields,
): boolean {
  if (framing.kind !== "delimited") return false;
  const { quote: framingQuote, maxRecordBytes = RECORD_BYTES_MIN } =
    framing.options;
  const isLines = framing.delimiter === "\n" || framing.delimiter === NEWLINE;
  return isLines && framingQuote === undefined && quote < 0 &&
    delimiter !== NEWLINE && maxRecordBytes >= RECORD_BYTES_MIN &&
    names.length === 2 && groupBy.length === 1 && groupBy[0] === names[0] &&
    of?.trim() === names[1];
}

/** @returns `undefined` if kernels cannot load the fields. */
function fixedPlaces(
  { source: { framing } }: RecordQuery,
  { groupBy, of = "", aggregates }: GroupsQuery,
  { format: text, names, offset }: StructFields,
): FixedPlaces | undefined {
  const format = parseFormat(text);
  if (framing.kind !== "fixed" || !format.littleEndian) return undefined;
  const { recordBytes } = framing;
  if (offset + format.size > recordBytes || groupBy.length > 1) {
    return undefined;
  }
  const values = structValues(format);
  const valueOf = (name: string) => values[names.indexOf(name)];
  const value = valueOf(of.trim());
  const valueKind = value === undefined ? undefined : kindOf(value);
  if (value === undefined || valueKind === undefined) return undefined;
  const [keyName] = groupBy;
  const key = keyName === undefined
    ? undefined
    : keyOf(valueOf(keyName), offset);
  if (keyName !== undefined && key === undefined) return undefined;
  const extremes = aggregates.includes("min") || aggregates.includes("max");
  return {
    recordBytes,
    key,
    value: offset + value.offset,
    valueKind,
    extremes,
  };
}

function keyOf(
  value: StructValue | undefined,
  offset: number,
): FixedKey | undefined {
  const kind = value === undefined ? undefined : kindOf(value);
  if (value === undefined || kind === undefined || kind <= FieldKind.F32) {
    return undefined;
  }
  const signed = kind === FieldKind.I8 || kind === FieldKind.I16 ||
    kind === FieldKind.I32;
  return {
    offset: offset + value.offset,
    // Integers of a kind have one of these.
    byteLength: value.byteLength as FixedKey["byteLength"],
    signed,
  };
}

function kindOf({ code, byteLength }: StructValue): FieldKind | undefined {
  if (code === "d") return FieldKind.F64;
  if (code === "f") return FieldKind.F32;
  const signed = "bhilqn".includes(code);
  if (!signed && !"BHILQN".includes(code)) return undefined;
  switch (byteLength) {
    case 1:
      return signed ? FieldKind.I8 : FieldKind.U8;
    case 2:
      return signed ? FieldKind.I16 : FieldKind.U16;
    case 4:
      return signed ? FieldKind.I32 : FieldKind.U32;
    default:
      return undefined;
  }
}
