/**
 * What length-prefixed records look like: from options to offsets, and from a length field to bytes.
 *
 * @module
 */
import { ErrorCode, type SabmapError } from "../../errors.ts";
import type { ElementValue } from "../element.ts";
import { type Format, parseFormat } from "../format.ts";
import type { LengthPrefixedOptions } from "../length_prefixed.ts";
import { Struct } from "../struct.ts";
import {
  type HeaderField,
  headerFields,
  requireCode,
  requireField,
} from "./header_field.ts";
import {
  checkWholeNumber,
  optionError,
  RECORD_BYTES_DEFAULT,
  RECORD_BYTES_MAX,
} from "./options.ts";
import { type ChecksumLayout, checksumLayout } from "./record_checksum.ts";
import {
  byteCount,
  recordError,
  tooLongError,
  truncatedError,
} from "./record_error.ts";

/** Options that have been checked. */
export interface PrefixLayout {
  readonly header: Struct;
  readonly headerBytes: number;
  readonly trailer: Struct;
  readonly trailerBytes: number;
  readonly maxRecordBytes: number;
  /** The header's values, and their names if they have any. */
  readonly fields: readonly HeaderField[];
  readonly names: readonly string[];
  /** A record has `scale` times the value of this field, and `constant` bytes more. */
  readonly length: HeaderField;
  readonly scale: number;
  readonly constant: number;
  readonly checksum: ChecksumLayout | undefined;
}

/** Headers are short; a count of billions in a format is a mistake. */
const HEADER_BYTES_MAX = 64 * 1024;

const INTEGER_CODES = "bBhHiIlLqQnN";

/**
 * @throws {TypeError} If an option is of the wrong type, or names no field.
 * @throws {RangeError} If a number is out of bounds.
 */
export function prefixLayout(options: LengthPrefixedOptions): PrefixLayout {
  const header = checkFormat("header", options.header);
  const trailer = checkFormat("trailer", options.trailer ?? "");
  const fields = headerFields(header);
  const names = checkNames(options.names ?? [], fields.length);
  const length = requireField("length", fields, names, options.length);
  requireCode("length", length, INTEGER_CODES, "of an integer");
  const { maxRecordBytes = RECORD_BYTES_DEFAULT } = options;
  const least = header.size + trailer.size;
  return {
    header: new Struct(header.text),
    headerBytes: header.size,
    trailer: new Struct(trailer.text),
    trailerBytes: trailer.size,
    maxRecordBytes: checkWholeNumber(
      "maxRecordBytes",
      maxRecordBytes,
      least,
      RECORD_BYTES_MAX,
    ),
    fields,
    names,
    length,
    ...checkLength(options, header, trailer),
    checksum: checksumLayout(options, {
      header: fields,
      names,
      headerBytes: header.size,
      trailer: headerFields(trailer),
    }),
  };
}

function checkFormat(name: string, text: unknown): Format {
  if (typeof text !== "string") throw optionError(name, "a format", text);
  const format = parseFormat(text);
  if (format.size <= HEADER_BYTES_MAX) return format;
  throw new RangeError(
    `Cannot make a framing as "${name}" must not exceed ${
      byteCount(HEADER_BYTES_MAX)
    }: received ${byteCount(format.size)}`,
  );
}

function checkNames(
  names: readonly string[],
  count: number,
): readonly string[] {
  if (!Array.isArray(names) || new Set(names).size !== names.length) {
    throw optionError("names", "a list of different names", names);
  }
  if (names.length === 0 || names.length === count) return names;
  throw new TypeError(
    `Cannot make a framing as "names" must have one for each of the header's ${count} values: received ${names.length}`,
  );
}

function checkLength(
  options: LengthPrefixedOptions,
  header: Format,
  trailer: Format,
): Pick<PrefixLayout, "scale" | "constant"> {
  const { lengthIncludes = [], lengthScale = 1, lengthBias = 0 } = options;
  checkWholeNumber("lengthScale", lengthScale, 1, RECORD_BYTES_MAX);
  checkWholeNumber(
    "lengthBias",
    lengthBias,
    -RECORD_BYTES_MAX,
    RECORD_BYTES_MAX,
  );
  const known = (part: unknown) => part === "header" || part === "trailer";
  if (!Array.isArray(lengthIncludes) || !lengthIncludes.every(known)) {
    const rule = 'a list of "header" and "trailer"';
    throw optionError("lengthIncludes", rule, lengthIncludes);
  }
  const besides = (lengthIncludes.includes("header") ? 0 : header.size) +
    (lengthIncludes.includes("trailer") ? 0 : trailer.size);
  return { scale: lengthScale, constant: lengthBias + besides };
}

/** The most bytes that a record may have: what the bound allows and the length can say; at least a header. */
export function longestRecord(layout: PrefixLayout): number {
  const { length, scale, constant, maxRecordBytes } = layout;
  const signed = length.code === length.code.toLowerCase();
  const longest = 2 ** (8 * length.byteLength - (signed ? 1 : 0)) - 1;
  return Math.max(
    layout.headerBytes,
    Math.min(maxRecordBytes, longest * scale + constant),
  );
}

/**
 * Bytes of a record, by its header.
 *
 * Nothing is read behind the header, and nothing allocated, whatever the header says.
 *
 * @param at Byte offset of the record in `view`, which holds its header.
 * @param offset Of the record in the file, for errors.
 * @throws {SabmapError} `ERR_RECORD_TOO_LONG`; `ERR_BAD_RECORD` if the payload had less than no bytes.
 */
export function recordBytes(
  layout: PrefixLayout,
  view: DataView,
  at: number,
  offset: number,
): number {
  const length = layout.length.get(view, at);
  // Rounding of what exceeds 2**53 does not matter: that is too long anyway.
  const total = Number(length) * layout.scale + layout.constant;
  const least = layout.headerBytes + layout.trailerBytes;
  if (total >= least && total <= layout.maxRecordBytes) return total;
  throw lengthError(layout, length, total < least, offset);
}

function lengthError(
  layout: PrefixLayout,
  length: ElementValue,
  isTooShort: boolean,
  offset: number,
): SabmapError {
  const { scale, constant, headerBytes, trailerBytes, maxRecordBytes } = layout;
  // Exact, as the text tells it. The code of the field is that of an integer.
  const total = BigInt(length as number | bigint) * BigInt(scale) +
    BigInt(constant);
  if (!isTooShort) {
    return tooLongError(offset, maxRecordBytes, byteCount(total));
  }
  return recordError(
    ErrorCode.BadRecord,
    { start: offset, end: offset + headerBytes },
    `its length must not leave less than 0 bytes for the payload`,
    byteCount(total - BigInt(headerBytes + trailerBytes)),
  );
}

/** The error of a header that the end of the file cuts off, `byteLength` bytes behind its start. */
export function headerCutError(
  { headerBytes }: PrefixLayout,
  offset: number,
  byteLength: number,
): SabmapError {
  const rule = `its header of ${byteCount(headerBytes)} must`;
  return truncatedError(offset, byteLength, rule);
}

/** The error of a record of `total` bytes that the end of the file cuts off. */
export function recordCutError(
  offset: number,
  byteLength: number,
  total: number,
): SabmapError {
  return truncatedError(offset, byteLength, `its ${byteCount(total)} must`);
}
