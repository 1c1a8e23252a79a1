/**
 * What callers ask of records.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import type { RunOptions } from "../options.ts";
import type { AggregateName, OnBad, SortKey } from "./query.ts";

/** How the records of a file are told apart, and how their fields are called. */
export interface RecordLayoutOptions {
  /**
   * Struct format of binary records, or of the payload of those of `framing`: `"<IIdQ8x"`. Files of text
   * have none.
   */
  readonly struct?: string | undefined;
  /** Bytes of each record, or its payload, in front of the format. Defaults to 0. */
  readonly structOffset?: number | undefined;
  /** The character between the fields of text, one byte: `";"`. Defaults to a comma. */
  readonly delimiter?: string | undefined;
  /** Names of the fields, one for each value of the format or each field of text. */
  readonly names?: readonly string[] | undefined;
  /**
   * Whether the first line of text that is not empty names the fields; `names` then go before those. Defaults to
   * false.
   */
  readonly header?: boolean | undefined;
  /**
   * The character around fields that hold delimiters, quotes or newlines; `true` for `"`. Defaults to none:
   * then a quote is a character like others, and files are read faster.
   */
  readonly quote?: string | boolean | undefined;
  /**
   * How records are told apart: a description as of `framing.description`, plain data. Defaults to lines for
   * text, and to records of the format's size.
   */
  readonly framing?: FramingDescription | undefined;
  /** Bound on the bytes of a record, up to 512 MiB. Defaults to 1 MiB. */
  readonly maxRecordBytes?: number | undefined;
}

/** What is asked of records. */
export interface RecordOptions extends RunOptions, RecordLayoutOptions {
  /** Which records count: an expression, `'temp > 30 and station ^= "S"'`. Defaults to all. */
  readonly where?: string | undefined;
  /** Columns of the output, without aggregates: expressions, each with a name by `as`. Defaults to all fields. */
  readonly select?: string | readonly string[] | undefined;
  /** What to compute of `of`, or of each group. Defaults to a row for each record. */
  readonly aggregates?: readonly AggregateName[] | undefined;
  /** What is aggregated: fields or other expressions. */
  readonly of?: string | readonly string[] | undefined;
  /** Fields by whose values records are grouped. */
  readonly groupBy?: readonly string[] | undefined;
  /**
   * By which column rows are ordered: a name, with `:desc` for the greatest first. Text that is a number is ordered as
   * one, in front of other text; rows that are equal stay in file order. Defaults to keys, or file order.
   */
  readonly sort?: string | SortKey | undefined;
  /**
   * Rows at most, as ordered; without `sort`, the groups of the greatest first aggregate. Workers keep no more rows
   * than these.
   */
  readonly top?: number | undefined;
  /** Rows at most, the first in the file, without aggregates. The rest of the file is not read. */
  readonly head?: number | undefined;
  /** What to do about records that cannot be read. Defaults to `"stop"`. */
  readonly onBad?: OnBad | undefined;
  /**
   * Digits behind the point of means and deviations, rounded half up. Defaults to as many as the field has for
   * means of decimals in text, and to all for others.
   */
  readonly decimals?: number | "all" | undefined;
}
