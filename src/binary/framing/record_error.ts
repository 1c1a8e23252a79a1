/**
 * The errors of bytes that are no record.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../../errors.ts";

/**
 * The error of a record that breaks a rule.
 *
 * @param range Where the record starts in the file, and where that is known or bounded, ends.
 * @param rule What must hold: `its length must not be negative`.
 * @param value What was found instead.
 */
export function recordError(
  code: ErrorCode,
  range: { readonly start: number; readonly end: number },
  rule: string,
  value: string,
): SabmapError {
  return new SabmapError(
    code,
    `Cannot read the record at offset ${
      groupDigits(range.start)
    } as ${rule}: ` +
      `received ${value}`,
    { range },
  );
}

/**
 * The error of a record that has more bytes than records may have.
 *
 * @param start Offset of the record in the file.
 * @param value What was found: how many bytes, or that there is no end.
 */
export function tooLongError(
  start: number,
  maxRecordBytes: number,
  value: string,
): SabmapError {
  return recordError(
    ErrorCode.RecordTooLong,
    { start, end: start + maxRecordBytes },
    `it must not exceed ${byteCount(maxRecordBytes)}`,
    value,
  );
}

/**
 * The error of a record that the end of the file cuts off, `byteLength` bytes behind its start.
 *
 * @param rule What would have to be in the file: `its 32 bytes must`.
 */
export function truncatedError(
  start: number,
  byteLength: number,
  rule: string,
): SabmapError {
  return recordError(
    ErrorCode.RecordTruncated,
    { start, end: start + byteLength },
    `${rule} be in the file`,
    byteCount(byteLength),
  );
}

/** A count of bytes as texts give it: `1,048,576 bytes`. */
export function byteCount(count: number | bigint): string {
  const digits = count.toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${digits} byte${digits === "1" ? "" : "s"}`;
}
