/**
 * File names, which are bytes to Linux, as text.
 *
 * A name that is not UTF-8 keeps its odd bytes as lone surrogates U+DC80 to U+DCFF (Python's
 * "surrogateescape"), so that it can pass through option parser, lists and JSON as a string
 * and still become the same bytes again.
 *
 * @module
 */
import { revealName } from "./secrets.ts";

/** Added to a byte (0x80 to 0xff) that is no part of a UTF-8 sequence. */
const ESCAPE_BASE = 0xdc00;

/** Turns the bytes of a name into text. The inverse of {@link encodeName}. */
export function decodeName(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let start = 0;
  for (let i = 0; i < bytes.length;) {
    const length = sequenceBytes(bytes, i);
    i += Math.max(1, length);
    if (length > 0) continue;
    text += decoder.decode(bytes.subarray(start, i - 1));
    text += String.fromCharCode(ESCAPE_BASE + (bytes[i - 1] ?? 0));
    start = i;
  }
  return text + decoder.decode(bytes.subarray(start));
}

/**
 * Length of the UTF-8 sequence at an offset; 0 if there is none (Unicode standard, table 3-7).
 *
 * Asking a decoder that throws would take a millisecond per kilobyte of binary data.
 */
function sequenceBytes(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2
    ? 0
    : lead < 0xe0
    ? 2
    : lead < 0xf0
    ? 3
    : lead < 0xf5
    ? 4
    : 0;
  const second = bytes[offset + 1] ?? 0;
  const min = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const max = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < min || second > max) return 0;
  for (let i = 2; i < length; i++) {
    if (((bytes[offset + i] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** Turns text into the bytes it stands for. */
export function encodeName(text: string): Uint8Array {
  const encoder = new TextEncoder();
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  // By code point: a lone surrogate comes as one, a pair as a single character.
  for (const character of text) {
    const unit = character.charCodeAt(0);
    if (character.length === 1 && unit >= 0xdc80 && unit <= 0xdcff) {
      bytes.push(unit - ESCAPE_BASE);
    } else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** The name as the library takes it: text where it is UTF-8, else bytes. */
export function toPath(name: string): string | Uint8Array {
  return name.isWellFormed() ? revealName(name) : encodeName(name);
}

/**
 * Makes text safe to show on one line of a terminal: control characters, lone surrogates and
 * what reorders or hides text appear as escapes.
 */
export function showText(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const short: Record<string, string> = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
  };
  const unit = character.codePointAt(0) ?? 0;
  if (unit >= 0xdc80 && unit <= 0xdcff) {
    return `\\x${(unit - ESCAPE_BASE).toString(16)}`;
  }
  if (unit < 0x80) {
    return short[character] ?? `\\x${unit.toString(16).padStart(2, "0")}`;
  }
  return `\\u{${unit.toString(16)}}`;
}

/** A name in output that is read line by line: as it is, but for line breaks. */
export function nameOnLine(name: string): string {
  return name.replace(/[\n\r]/g, escapeCharacter);
}
