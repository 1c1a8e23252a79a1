/**
 * Checksums in length-prefixed records: where they are, what they cover, and whether they are right.
 *
 * @module
 */
import { ErrorCode } from "../../errors.ts";
import { checksum } from "../checksums.ts";
import type { LengthPrefixedOptions } from "../length_prefixed.ts";
import { type HeaderField, requireCode, requireField } from "./header_field.ts";
import { checkWholeNumber, optionError } from "./options.ts";
import { recordError } from "./record_error.ts";

/** Where a checksum is and what it covers. */
export interface ChecksumLayout {
  /** Computes it of `bytes[start, end)`. */
  readonly compute: (
    bytes: Uint8Array<SharedArrayBuffer>,
    start: number,
    end: number,
  ) => number | bigint;
  /** What holds it. */
  readonly field: HeaderField;
  readonly isInHeader: boolean;
  /** First byte of the record that is covered. */
  readonly start: number;
}

/** Header and trailer of records, value by value. */
export interface RecordFields {
  readonly header: readonly HeaderField[];
  readonly names: readonly string[];
  readonly headerBytes: number;
  readonly trailer: readonly HeaderField[];
}

const UNSIGNED_CODES = "BHILQN";

/**
 * @returns `undefined` if nothing is to be checked.
 * @throws {TypeError} If an option is of the wrong type, or no field can hold the checksum.
 * @throws {RangeError} If there is no checksum of that name, or its start is not in the header.
 */
export function checksumLayout(
  options: LengthPrefixedOptions,
  { header, names, headerBytes, trailer }: RecordFields,
): ChecksumLayout | undefined {
  const { checksum: wanted, checksumField } = options;
  if (wanted === undefined) return undefined;
  const isInHeader = checksumField !== undefined;
  const field = isInHeader
    ? requireField("checksumField", header, names, checksumField)
    : trailer[0];
  if (field === undefined) {
    const rule = 'left out unless there is a "trailer" or "checksumField"';
    throw optionError("checksum", rule, wanted);
  }
  requireCode("checksum", field, UNSIGNED_CODES, "of an unsigned integer");
  const { checksumStart = isInHeader ? headerBytes : 0 } = options;
  checkWholeNumber("checksumStart", checksumStart, 0, headerBytes);
  const compute = computation(wanted);
  return { compute, field, isInHeader, start: checksumStart };
}

function computation(
  wanted: NonNullable<LengthPrefixedOptions["checksum"]>,
): ChecksumLayout["compute"] {
  if (typeof wanted === "function") {
    return (bytes, start, end) => wanted(bytes.subarray(start, end));
  }
  const compute = checksum(wanted);
  return (bytes, start, end) => compute(bytes, undefined, start, end);
}

/**
 * Compares the checksum in a record with that of its bytes.
 *
 * @param view Over the bytes of `window`.
 * @param start Position of the record, `payloadEnd` that behind its payload.
 * @param offset Of the record in the file, for the error.
 * @throws {SabmapError} `ERR_CHECKSUM` if they differ.
 */
export function verifyChecksum(
  layout: ChecksumLayout,
  window: Uint8Array<SharedArrayBuffer>,
  view: DataView,
  start: number,
  payloadEnd: number,
  offset: number,
): void {
  const { field } = layout;
  // The code of the field is that of an integer.
  const stored = field.get(
    view,
    layout.isInHeader ? start : payloadEnd,
  ) as number | bigint;
  const computed = unsigned(
    layout.compute(window, start + layout.start, payloadEnd),
  );
  if (stored === computed) return;
  // A function of the caller's may give either type.
  if (
    typeof stored !== typeof computed && BigInt(stored) === BigInt(computed)
  ) {
    return;
  }
  throw recordError(
    ErrorCode.Checksum,
    { start: offset, end: offset + payloadEnd - start },
    `its checksum must be ${hex(computed, field)}`,
    hex(stored, field),
  );
}

/** Bits that came out of 32-bit or 64-bit operations as a signed number. */
function unsigned(value: number | bigint): number | bigint {
  if (value >= 0) return value;
  return typeof value === "bigint" ? BigInt.asUintN(64, value) : value >>> 0;
}

function hex(value: number | bigint, { byteLength }: HeaderField): string {
  return `0x${value.toString(16).padStart(2 * byteLength, "0")}`;
}
