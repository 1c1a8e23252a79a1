/**
 * Records that end with a delimiter: lines, CSV, strings that end with NUL.
 *
 * @module
 */
import type { RecordFraming } from "./framing.ts";
import { CursorRecords } from "./framing/cursor.ts";
import {
  DelimitedCursor,
  type DelimitedLayout,
} from "./framing/delimited_cursor.ts";
import {
  type Delimiter,
  DELIMITER_BYTES_MAX,
  ReaderState,
} from "./framing/delimiter.ts";
import {
  checkWholeNumber,
  optionError,
  RECORD_BYTES_DEFAULT,
  RECORD_BYTES_MAX,
} from "./framing/options.ts";
import { stateIndexer } from "./framing/state_indexer.ts";

/** What {@link delimited} takes besides the delimiter. */
export interface DelimitedOptions {
  /**
   * The byte that opens and closes quotes, a number or one ASCII letter: `'"'` for CSV. A delimiter
   * inside of quotes is none. Each such byte counts, wherever it stands, so a doubled one inside of
   * quotes, as RFC 4180 has it, closes and opens them. Defaults to no quotes.
   */
  readonly quote?: number | string | undefined;
  /** Whether a carriage return in front of the delimiter, `"\n"`, belongs to it. Defaults to false. */
  readonly crlf?: boolean | undefined;
  /** Bound on the bytes of a record without its delimiter, up to 512 MiB. Defaults to 1 MiB. */
  readonly maxRecordBytes?: number | undefined;
}

const NEWLINE = 0x0a;

/**
 * The framing of records that each end with a delimiter.
 *
 * The delimiter is no part of a record. An empty record is one; the last needs no delimiter, and
 * behind the last delimiter there is no further record. Delimiters are found from the start of the
 * file on, and where two overlap, as in `"|||"` for `"||"`, the first counts.
 *
 * With quotes, and with a delimiter that can overlap itself, the bytes in front of a segment decide what
 * its own mean. One worker then goes through the file ahead of the others, which is quick (30 GB/s for
 * quotes), but more than nothing.
 *
 * @param delimiter A byte, or text, which is taken as UTF-8: 1 to 128 bytes.
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {RangeError} If one is out of bounds, or quotes are part of the delimiter.
 *
 * @example
 * ```ts
 * import { delimited } from "sabmap";
 *
 * const lines = delimited("\n", { crlf: true });
 * const csv = delimited("\n", { quote: '"', crlf: true });
 * console.log(lines.indexer === undefined, csv.indexer?.kind); // true parallel
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc4180 section 2
 */
export function delimited(
  delimiter: number | string,
  options: DelimitedOptions = {},
): RecordFraming {
  const { quote, crlf = false, maxRecordBytes = RECORD_BYTES_DEFAULT } =
    options;
  const checked = checkDelimiter(delimiter, quote);
  checkCrlf(crlf, checked);
  checkWholeNumber("maxRecordBytes", maxRecordBytes, 1, RECORD_BYTES_MAX);
  const { length } = checked.bytes;
  const indexer = stateIndexer(checked);
  const layout: DelimitedLayout = {
    delimiter: checked,
    crlf,
    maxRecordBytes,
    // One that starts at the segment's last byte, with its delimiter.
    after: maxRecordBytes + length - 1,
    defaultEntry: indexer === undefined
      ? ReaderState.ended(checked)
      : undefined,
  };
  return {
    before: length,
    after: layout.after,
    indexer,
    description: {
      kind: "delimited",
      delimiter,
      options: { quote, crlf, maxRecordBytes },
    },
    records: (range, entry) =>
      new CursorRecords(new DelimitedCursor(range, layout, entry)),
  };
}

function checkDelimiter(
  delimiter: unknown,
  quote: number | string | undefined,
): Delimiter {
  const bytes = toBytes("delimiter", delimiter);
  if (bytes.length < 1 || bytes.length > DELIMITER_BYTES_MAX) {
    throw new RangeError(
      `Cannot make a framing as "delimiter" must be 1 to ${DELIMITER_BYTES_MAX} bytes: received ${bytes.length}`,
    );
  }
  if (quote === undefined) return { bytes, quote: -1 };
  const [quoteByte = -1, ...others] = toBytes("quote", quote);
  if (quoteByte < 0 || others.length > 0) {
    throw optionError("quote", "one byte", quote);
  }
  if (bytes.includes(quoteByte)) {
    throw new RangeError(
      `Cannot make a framing as "quote" must be no part of the delimiter: received ${
        JSON.stringify(quote)
      }`,
    );
  }
  return { bytes, quote: quoteByte };
}

function toBytes(name: string, value: unknown): Uint8Array {
  if (typeof value === "string") {
    // A lone surrogate would become another character silently.
    if (/\p{Surrogate}/u.test(value)) {
      throw optionError(name, "text without lone surrogates", value);
    }
    return new TextEncoder().encode(value);
  }
  if (typeof value !== "number") {
    throw optionError(name, "a byte or text", value);
  }
  return Uint8Array.of(checkWholeNumber(name, value, 0, 255));
}

function checkCrlf(crlf: unknown, { bytes }: Delimiter): void {
  if (typeof crlf !== "boolean") {
    throw optionError("crlf", "true or false", crlf);
  }
  if (!crlf || (bytes.length === 1 && bytes[0] === NEWLINE)) return;
  throw optionError("crlf", 'left out unless the delimiter is "\\n"', crlf);
}
