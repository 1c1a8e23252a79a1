/**
 * Questions about the records of a file: as plain data, which travels to the workers.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import type { GroupSeed } from "./group_table.ts";

/** What can be computed of the numbers of a group. */
export type AggregateName = "count" | "sum" | "min" | "max" | "mean" | "stddev";

/** All of them, in the order of the help text. */
export const AGGREGATES: readonly AggregateName[] = [
  "count",
  "sum",
  "min",
  "max",
  "mean",
  "stddev",
];

/** What to do about a record that cannot be read. */
export type OnBad = "stop" | "skip" | "report";

/** The fields of a record are values of a struct format. */
export interface StructFields {
  readonly kind: "struct";
  readonly format: string;
  /** One for each value of the format. */
  readonly names: readonly string[];
  /** Bytes of the record, or its payload, in front of the format. */
  readonly offset: number;
}

/** The fields of a record are texts with delimiters between them. */
export interface DelimitedFields {
  readonly kind: "delimited";
  /** The byte between fields. */
  readonly delimiter: number;
  /** The byte around fields; -1 for none. */
  readonly quote: number;
  readonly names: readonly string[];
  /** Offset of the first record: what starts in front of it are names of fields. */
  readonly recordsFrom: number;
}

/** How the records of a file are told apart and what is in them. */
export interface RecordSource {
  readonly framing: FramingDescription;
  readonly fields: StructFields | DelimitedFields;
}

/** By which column the output is sorted. */
export interface SortKey {
  /** Its name. */
  readonly column: string;
  /** Whether the greatest come first. */
  readonly descending: boolean;
}

/** How rows of a run without aggregates leave the workers. */
export type RowFormat = "csv" | "json" | "values";

/** A run that gives a row for each record that matches. */
export interface RowsQuery {
  readonly kind: "rows";
  /** A list of expressions; `undefined` for all fields. */
  readonly select: string | undefined;
  readonly format: RowFormat;
  /** Rows at most, the first of the file. */
  readonly head: number | undefined;
}

/** A run that gives a row for each group of records that match. */
export interface GroupsQuery {
  readonly kind: "groups";
  /** Names of fields; none for one group of all. */
  readonly groupBy: readonly string[];
  readonly aggregates: readonly AggregateName[];
  /** A list of expressions whose numbers are aggregated; `undefined` where records are only counted. */
  readonly of: string | undefined;
  /** Digits behind the point that means of decimals are rounded to; `undefined` for as many as the field has, "all" for doubles. */
  readonly decimals: number | "all" | undefined;
}

/** What is asked, and how it is ordered. */
export interface RecordQuery {
  readonly source: RecordSource;
  /** Which records count; `undefined` for all. */
  readonly where: string | undefined;
  readonly output: RowsQuery | GroupsQuery;
  readonly sort: SortKey | undefined;
  /** Rows of the output at most, the first as sorted. */
  readonly top: number | undefined;
  readonly onBad: OnBad;
  readonly seed: GroupSeed;
  /** Bytes of each worker's group table. */
  readonly tableBytes: number;
  /** Whether tables are joined where they lie, before the run ends. */
  readonly lendsTables: boolean;
  /** Bytes that rows may take which are sorted, with what they are sorted by. */
  readonly sortBytes: number;
}

/**
 * A value of the result. Integers of fields of 64 bits, and such that no double holds, are bigints, decimals of more than 15 digits are texts,
 * and what there is none of, as the least of no records, is null.
 */
export type RecordValue = number | bigint | string | boolean | null;

/** A column of the result. */
export interface RecordColumn {
  /** As the query has it. */
  readonly name: string;
  /** What its values are, where there are any. */
  readonly type: "number" | "text" | "boolean";
  /** Digits behind the point of each of its numbers; `undefined` where they have as many as they need. */
  readonly decimals: number | undefined;
  /** Whether its values are integers of 64 bits, or made of such: in JSON these are text. Defaults to false. */
  readonly wide?: boolean;
}

/** A record that could not be read. */
export interface BadRecord {
  /** Offset in the file of its first byte. */
  readonly offset: number;
  /** Bytes of it, as far as that is known. */
  readonly byteLength: number;
  /** Why. */
  readonly reason: string;
  /** What the run would have stopped with. */
  readonly code: string;
}
