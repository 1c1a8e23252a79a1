/**
 * CSV as RFC 4180 has it, but with a newline alone at the end of lines.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180 section 2
 *
 * @module
 */
import type { TextSource } from "./expression/operand.ts";
import type { ByteWriter } from "./row_writer.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Writes a loaded text, in quotes where it needs them. */
export function writeCsvText(
  { bytes, start, byteLength }: TextSource,
  out: ByteWriter,
): void {
  if (!needsQuotes(bytes, start, byteLength)) {
    out.copy(bytes, start, byteLength);
    return;
  }
  out.byte(QUOTE);
  for (let at = start; at < start + byteLength; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) out.byte(QUOTE);
    out.byte(byte);
  }
  out.byte(QUOTE);
}

function needsQuotes(
  bytes: Uint8Array,
  start: number,
  byteLength: number,
): boolean {
  for (let at = start; at < start + byteLength; at++) {
    const byte = bytes[at];
    if (
      byte === COMMA || byte === QUOTE || byte === NEWLINE ||
      byte === CARRIAGE_RETURN
    ) return true;
  }
  return false;
}

/** A field of CSV. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
