/**
 * From what a caller says of records to how they are told apart and what is in them.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import { RECORD_BYTES_DEFAULT } from "../binary/framing/options.ts";
import { parseFormat } from "../binary/format.ts";
import { received } from "../received.ts";
import { ErrorCode, SabmapError } from "../errors.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { type Header, type HeaderLayout, readHeader } from "./header.ts";
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
 * @param header The first line of a stream, where it has been read.
 * @throws As `prepareQuery`.
 */
export function sourceOf(
  path: FilePath,
  options: RecordOptions,
  header?: Header,
): RecordSource {
  const { struct, framing } = options;
  if (struct !== undefined) return structSource(struct, options);
  const hasText = options.delimiter !== undefined ||
    options.names !== undefined || options.header === true;
  if (framing?.kind === "lengthPrefixed" && !hasText) {
    return structSource("", options);
  }
  return textSource(path, options, header);
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
      } as there must be ${count} ${
        count === 1 ? "name" : "names"
      }: received ${names.length}`,
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
  header: Header | undefined,
): RecordSource {
  if (options.structOffset !== undefined) {
    throw notTogether("structOffset", "text");
  }
  const layout = headerLayout(options);
  const { delimiter, quote, maxRecordBytes } = layout;
  const fields: DelimitedFields = {
    kind: "delimited",
    ...namesOf(path, options, layout, header),
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

/**
 * How the first line of text is told apart.
 *
 * @throws {TypeError} If an option is none.
 */
export function headerLayout(options: RecordLayoutOptions): HeaderLayout {
  const { maxRecordBytes = RECORD_BYTES_DEFAULT } = options;
  const delimiter = byteOf("delimiter", options.delimiter ?? ",");
  const quote = quoteOf(options.quote);
  if (quote === delimiter || delimiter === NEWLINE || quote === NEWLINE) {
    const given = [delimiter, quote].filter((byte) => byte >= 0)
      .map((byte) => JSON.stringify(String.fromCharCode(byte)));
    throw new TypeError(
      `Cannot read records as "delimiter" and "quote" must differ, and be no newline: received ${
        given.join(" and ")
      }`,
    );
  }
  return { delimiter, quote, maxRecordBytes };
}

/** The names of fields of text, and where the records behind them start. */
function namesOf(
  path: FilePath,
  { names, header }: RecordLayoutOptions,
  layout: HeaderLayout,
  streamHeader: Header | undefined,
): Pick<DelimitedFields, "names" | "recordsFrom"> {
  if (header !== true) {
    if (names !== undefined && names.length > 0) {
      return { names, recordsFrom: 0 };
    }
    throw new TypeError(
      `Cannot read records of text as there must be "names" or a "header": received neither`,
    );
  }
  const found = streamHeader ?? knownHeader(path, names, layout);
  if (names === undefined && found.names.length === 0) {
    throw new SabmapError(
      ErrorCode.BadRecord,
      "Cannot read the names of fields as there must be a line that is not empty: received none",
      { file: pathText(path) },
    );
  }
  return { names: names ?? found.names, recordsFrom: found.end };
}

function knownHeader(
  path: FilePath,
  names: readonly string[] | undefined,
  layout: HeaderLayout,
): Header {
  if (!isStream(path)) return readHeader(path, layout);
  // Who only asks about columns has not read it, nor need know where it ends.
  if (names !== undefined) return { names, end: 0 };
  throw new TypeError(
    `Cannot tell the columns of a stream beforehand as its header must not be read twice: received no "names"`,
  );
}

/** A framing with another bound on its records. */
export function bounded(
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
