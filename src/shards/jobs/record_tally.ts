/**
 * Counts of records, as parts of bodies.
 *
 * @module
 */
import type { BadRecord, OnBad } from "../../records/query.ts";
import { BAD_RECORDS_MAX, type Tally } from "../../records/tally.ts";
import { integer, list, object, type Shape, text } from "../shape.ts";

/** Checks a bad record. */
export const BAD_RECORD: Shape<BadRecord> = object({
  offset: integer(0),
  byteLength: integer(0),
  reason: text(65_536),
  code: text(64),
});

/** Checks counts. */
export const TALLY: Shape<Tally> = object({
  offset: integer(0),
  records: integer(0),
  matched: integer(0),
  badCount: integer(0),
  bad: list(BAD_RECORD, BAD_RECORDS_MAX),
});

/** The record that ends a run, if one does. */
export function firstBad(
  { bad: [first] }: Tally,
  onBad: OnBad,
): BadRecord | undefined {
  return onBad === "stop" ? first : undefined;
}
