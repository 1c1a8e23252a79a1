/**
 * What happens with characters that an encoding does not have: Python's error modes.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../../errors.ts";
import type { TextEncodingName, TextErrorMode } from "./encodings.ts";

/** What is written in a character's place: text of ASCII, or a byte. */
export type Substitute = string | number;

/**
 * Treats a character that the encoding does not have.
 *
 * @param index Where it stands, in UTF-16 code units.
 * @throws {SabmapError} `ERR_BAD_TEXT` if the mode does not treat it.
 */
export type EncodeFault = (codePoint: number, index: number) => Substitute;

/** Added to a byte of 0x80 to 0xff that was no text. */
const ESCAPE_BASE = 0xdc00;

/**
 * Makes what treats the faults of one text.
 *
 * @param reason What is wrong with such characters, in Python's words.
 * @param hasBytes Whether the encoding can write a byte that is no text.
 */
export function encodeFault(
  mode: TextErrorMode,
  encoding: TextEncodingName,
  reason: string,
  hasBytes: boolean,
): EncodeFault {
  const fail: EncodeFault = (codePoint, index) => {
    throw new SabmapError(
      ErrorCode.BadText,
      `Cannot encode text as ${encoding} (${reason} at index ${index}): received ${
        showCodePoint(codePoint)
      }`,
    );
  };
  switch (mode) {
    case "strict":
      return fail;
    case "ignore":
      return () => "";
    case "replace":
      return () => "?";
    case "backslashreplace":
      return escapedText;
    case "surrogateescape":
      return (codePoint, index) =>
        hasBytes && codePoint >= 0xdc80 && codePoint <= 0xdcff
          ? codePoint - ESCAPE_BASE
          : fail(codePoint, index);
  }
}

function escapedText(codePoint: number): string {
  const digits = codePoint.toString(16);
  if (codePoint < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return codePoint < 0x10000
    ? `\\u${digits.padStart(4, "0")}`
    : `\\U${digits.padStart(8, "0")}`;
}

function showCodePoint(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
}
