/**
 * Rows as text, written in the workers: CSV, JSON, or values for the library.
 *
 * @module
 */
import type { Numeric, Operand, TextSource } from "./expression/operand.ts";
import { writeCsvText } from "./csv.ts";
import type { RowFormat } from "./query.ts";

const COMMA = 0x2c;
const NEWLINE = 0x0a;

/** Bytes that a writer begins with. */
const BYTES_INITIAL = 64 * 1024;

/** A growing run of bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(BYTES_INITIAL);
  #length = 0;

  /** How many were written. */
  get byteLength(): number {
    return this.#length;
  }

  /** What was written, in a memory that is larger. Another one after the next write. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Takes back what was written behind a length. */
  truncate(byteLength: number): void {
    this.#length = byteLength;
  }

  /** Writes one byte. */
  byte(byte: number): void {
    this.reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  /** Writes ASCII. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      this.#bytes[this.#length++] = text.charCodeAt(i);
    }
  }

  /** Writes bytes of another memory as they are. */
  copy(source: Uint8Array, start: number, byteLength: number): void {
    this.reserve(byteLength);
    const bytes = this.#bytes;
    let at = this.#length;
    // `!`: the caller's text is inside of its memory.
    for (let i = 0; i < byteLength; i++) bytes[at++] = source[start + i]!;
    this.#length = at;
  }

  /** Copies out what was written, and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Makes room. */
  reserve(byteCount: number): void {
    const needed = this.#length + byteCount;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** One column of the output. */
export interface RowColumn {
  readonly name: string;
  readonly operand: Operand;
}

/**
 * Makes what writes the current record's row, with its newline.
 *
 * Text of CSV is as it was in the file, whatever its encoding; JSON has U+FFFD for what is no UTF-8.
 */
export function rowWriter(
  format: RowFormat,
  columns: readonly RowColumn[],
  out: ByteWriter,
): () => void {
  const cells = columns.map(({ operand }) =>
    format === "csv" ? csvCell(operand, out) : jsonCell(operand, out)
  );
  const names = columns.map(({ name }) =>
    format === "json"
      ? new TextEncoder().encode(`${JSON.stringify(name)}:`)
      : undefined
  );
  const [open, close] = format === "csv"
    ? ["", ""]
    : format === "json"
    ? ["{", "}"]
    : ["[", "]"];
  return () => {
    const start = out.byteLength;
    out.ascii(open);
    for (let i = 0; i < cells.length; i++) {
      if (i > 0) out.byte(COMMA);
      const name = names[i];
      if (name !== undefined) out.copy(name, 0, name.length);
      cells[i]!();
    }
    out.ascii(close);
    // A line without anything would be none.
    if (out.byteLength === start) out.ascii('""');
    out.byte(NEWLINE);
  };
}

function csvCell(operand: Operand, out: ByteWriter): () => void {
  switch (operand.type) {
    case "text":
    case "field":
      return () => {
        operand.text.load();
        writeCsvText(operand.text, out);
      };
    case "boolean":
      return () => out.ascii(String(operand.boolean()));
    default:
      return () => out.ascii(showNumber(operand.number()));
  }
}

/** A number as text: -0 is 0. */
export function showNumber(value: Numeric): string {
  return value === 0 ? "0" : String(value);
}

function jsonCell(operand: Operand, out: ByteWriter): () => void {
  switch (operand.type) {
    case "text":
    case "field":
      return () => writeJsonText(operand.text, out);
    case "boolean":
      return () => out.ascii(String(operand.boolean()));
    case "number":
      if (operand.wide !== true) break;
      return () => out.ascii(`"${showNumber(operand.number())}"`);
  }
  return () => out.ascii(jsonNumber(operand.number()));
}

/** JSON has no infinities and no NaN: they are text, as are integers that readers of JSON would round. */
export function jsonNumber(value: Numeric): string {
  const text = showNumber(value);
  return typeof value === "bigint" || !Number.isFinite(value)
    ? `"${text}"`
    : text;
}

const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();

function writeJsonText(source: TextSource, out: ByteWriter): void {
  source.load();
  const { bytes, start, byteLength } = source;
  if (isPlain(bytes, start, byteLength)) {
    out.byte(0x22);
    out.copy(bytes, start, byteLength);
    out.byte(0x22);
    return;
  }
  const text = DECODER.decode(bytes.slice(start, start + byteLength));
  const encoded = ENCODER.encode(JSON.stringify(text));
  out.copy(encoded, 0, encoded.length);
}

/** Whether text is ASCII that JSON writes as it is. */
function isPlain(
  bytes: Uint8Array,
  start: number,
  byteLength: number,
): boolean {
  for (let at = start; at < start + byteLength; at++) {
    const byte = bytes[at]!;
    if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c) {
      return false;
    }
  }
  return true;
}
