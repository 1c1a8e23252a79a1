/**
 * Rows that workers wrote as values, read again: one JSON list in each line.
 *
 * @module
 */
import type { RecordRow } from "./order.ts";
import type { RecordColumn, RecordValue } from "./query.ts";

const DECODER = new TextDecoder();

/** Reads rows. @param types Of their columns. */
export function readValues(
  bytes: Uint8Array,
  types: readonly RecordColumn["type"][],
): RecordRow[] {
  if (bytes.length === 0) return [];
  const lines = DECODER.decode(bytes).slice(0, -1).split("\n");
  return lines.map((line) => {
    // Our own rows have such values only.
    const values = JSON.parse(line) as (string | number | boolean)[];
    return values.map((value, i) => readValue(value, types[i]));
  });
}

/** Numbers that JSON does not have are texts in it. */
function readValue(
  value: string | number | boolean,
  type: RecordColumn["type"] | undefined,
): RecordValue {
  if (type !== "number" || typeof value !== "string") return value;
  return /^-?\d+$/.test(value) ? BigInt(value) : Number(value);
}
