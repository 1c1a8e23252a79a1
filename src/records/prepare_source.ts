/**
 * From what a caller says of records to how they are told apart and what is in them.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import { RECORD_BYTES_DEFAULT } from "../binary/framing/options.ts";
import { parseFormat } from "../binary/format.ts";
import { received } from "../binary/received.ts";
import type { FilePath } from "../platform/files.ts";
import { readHeader } from "./header.ts";
import {
  checkCount,
  isStream,
  notTogether,
  refuseTogether,
} from "./option_checks.ts";
import type { RecordLayoutOptions, RecordOptions } from "./options.ts";
import type { DelimitedFields, RecordSource, StructFields } from "./query.ts";
import { structValues } from "./struct_fields.ts";

const NEWLINE = 0x0a;

/**
 * Makes a source: of structs if there is a format, else of text.
 *
 * @throws As `prepareQuery`.
 */
export function sourceOf(path: FilePath, options: RecordOptions): RecordSource {
  const { struct, framing } = options;
  if (struct !== undefined) return structSource(struct, options);
  const hasText = options.delimiter !== undefined ||
    options.names !== undefined || options.header === true;
  if (framing?.kind === "lengthPrefixed" && !hasText) {
    return structSource("", options);
  }
  return textSource(path, options);
}

function structSource(
  format: string,
  options: RecordLayoutOptions,
): RecordSource {
  refuseTogether(options, "struct", ["delimiter", "header", "quote"]);
  const { names = [], structOffset: offset = 0 } = options;
  const parsed = parseFormat(format);
  const count = structValues(parsed).length;
  if (names.length !== count) {
    throw new TypeError(
      `Cannot name the fields of ${
        received(format)
      } as there must be ${count} names: received ${names.length}`,
    );
  }
  checkCount("structOffset", offset);
  const fields: StructFields = { kind: "struct", format, names, offset };
  const recordBytes = offset + parsed.size;
  const framing = options.framing ??
    { kind: "fixed", recordBytes, options: {} } as const;
  return { framing: bounded(framing, options.maxRecordBytes), fields };
}

function textSource(
  path: FilePath,
  options: RecordLayoutOptions,
): RecordSource {
  const { maxRecordBytes = RECORD_BYTES_DEFAULT } = options;
  if (options.structOffset !== undefined) {
    throw notTogether("structOffset", "text");
  }
  const delimiter = byteOf("delimiter", options.delimiter ?? ",");
  const quote = quoteOf(options.quote);
  if (quote === delimiter || delimiter === NEWLINE || quote === NEWLINE) {
    throw new TypeError(
      `Cannot read records as "delimiter" and "quote" must differ, and be no newline: received ${
        received(options.delimiter)
      }`,
    );
  }
  const layout = { delimiter, quote, maxRecordBytes };
  const fields: DelimitedFields = {
    kind: "delimited",
    ...namesOf(path, options, layout),
    delimiter,
    quote,
  };
  const framing = options.framing ?? {
    kind: "delimited",
    delimiter: NEWLINE,
    options: {
      crlf: true,
      maxRecordBytes,
      quote: quote < 0 ? undefined : quote,
    },
  } as const;
  return { framing: bounded(framing, options.maxRecordBytes), fields };
}

/** The names of fields of text, and where the records behind them start. */
function namesOf(
  path: FilePath,
  { names, header }: RecordLayoutOptions,
  layout: { delimiter: number; quote: number; maxRecordBytes: number },
): Pick<DelimitedFields, "names" | "recordsFrom"> {
  if (header !== true) {
    if (names !== undefined && names.length > 0) {
      return { names, recordsFrom: 0 };
    }
    throw new TypeError(
      `Cannot read records of text as there must be "names" or a "header": received neither`,
    );
  }
  if (isStream(path)) {
    // Its first line is the first record: nobody can look at it beforehand.
    if (names !== undefined) return { names, recordsFrom: 1 };
    throw new TypeError(
      `Cannot read the header of a stream as its fields must have "names": received none`,
    );
  }
  const found = readHeader(path, layout);
  return { names: names ?? found.names, recordsFrom: found.end };
}

/** A framing with another bound on its records. */
function bounded(
  framing: FramingDescription,
  maxRecordBytes: number | undefined,
): FramingDescription {
  if (maxRecordBytes === undefined || framing.kind === "fixed") return framing;
  return framing.kind === "delimited"
    ? { ...framing, options: { ...framing.options, maxRecordBytes } }
    : { ...framing, options: { ...framing.options, maxRecordBytes } };
}

function byteOf(name: string, text: string): number {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : [];
  const [byte = 0] = bytes;
  if (bytes.length === 1) return byte;
  throw new TypeError(
    `Cannot read records as "${name}" must be one ASCII character: received ${
      received(text)
    }`,
  );
}

function quoteOf(quote: string | boolean | undefined): number {
  if (quote === undefined || quote === false) return -1;
  return byteOf("quote", quote === true ? '"' : quote);
}
