/**
 * What happens where bytes are no text: Python's five error modes.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../../errors.ts";
import type { TextEncodingName, TextErrorMode } from "./encodings.ts";
import type { TextBuilder } from "./text_builder.ts";

/**
 * Treats bytes that are no text.
 *
 * @param start Offset of the first of them.
 * @param end Behind the last.
 * @param reason What is wrong with them, in Python's words.
 * @returns The offset to go on at, above `start`.
 * @throws {SabmapError} `ERR_BAD_TEXT` if the mode does not treat them.
 */
export type DecodeFault = (
  start: number,
  end: number,
  reason: string,
) => number;

const REPLACEMENT = 0xfffd;
/** Added to a byte of 0x80 to 0xff that is no text. */
const ESCAPE_BASE = 0xdc00;

/** Makes what treats the faults of one text. */
export function decodeFault(
  mode: TextErrorMode,
  encoding: TextEncodingName,
  bytes: Uint8Array,
  out: TextBuilder,
): DecodeFault {
  const fail: DecodeFault = (start, end, reason) => {
    throw decodeError(encoding, bytes, { start, end }, reason);
  };
  switch (mode) {
    case "strict":
      return fail;
    case "ignore":
      return (_start, end) => end;
    case "replace":
      return (_start, end) => {
        out.unit(REPLACEMENT);
        return end;
      };
    case "backslashreplace":
      return (start, end) => {
        for (let i = start; i < end; i++) out.string(escaped(bytes[i] ?? 0));
        return end;
      };
    case "surrogateescape":
      return (start, end, reason) => {
        const next = escapeBytes(bytes, start, end, out);
        return next === start ? fail(start, end, reason) : next;
      };
  }
}

/** Escapes bytes up to the first of ASCII, which could not be told from text. @returns Where that is. */
function escapeBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: TextBuilder,
): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x80) return i;
    out.unit(ESCAPE_BASE + byte);
  }
  return end;
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function decodeError(
  encoding: TextEncodingName,
  bytes: Uint8Array,
  range: { start: number; end: number },
  reason: string,
): SabmapError {
  const hex = Array.from(
    bytes.subarray(range.start, range.end),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return new SabmapError(
    ErrorCode.BadText,
    `Cannot decode bytes as ${encoding} (${reason} at offset ${range.start}): received ${
      hex.join(" ")
    }`,
    { range },
  );
}
