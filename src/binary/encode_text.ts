/**
 * Text as bytes, with Python's encodings and error modes: the way back from {@link decodeText}.
 *
 * @module
 */
import type { TextEncoding, TextErrorMode } from "./decode_text.ts";
import { NATIVE_LITTLE_ENDIAN } from "./element.ts";
import { received } from "../received.ts";
import { ByteBuilder } from "./text/byte_builder.ts";
import {
  type EncodeFault,
  encodeFault,
  type Substitute,
} from "./text/encode_errors.ts";
import {
  checkEncoding,
  checkErrorMode,
  type TextEncodingName,
} from "./text/encodings.ts";
import {
  SINGLE_BYTE_ENCODINGS,
  type SingleByteEncoding,
} from "./text/single_byte.ts";

const BYTE_ORDER_MARK = "\ufeff";
/** With the flag `u` pairs are characters, so that only lone ones match. */
const LONE_SURROGATE = /[\ud800-\udfff]/gu;
const NO_SURROGATES = "surrogates not allowed";

/** Writes a text, and calls `fault` for characters that it cannot write. */
type Writer = (text: string, out: ByteBuilder, fault: EncodeFault) => void;

/**
 * Encodes text as Python's `str.encode` does.
 *
 * Where the encoding does not have a character, or a surrogate stands alone, `errors` says what happens:
 * `"strict"` throws, `"ignore"` leaves it out, `"replace"` writes `?`, `"backslashreplace"` writes `\xhh`,
 * `\uhhhh` or `\Uhhhhhhhh`, and `"surrogateescape"` writes the byte that {@link decodeText} has made U+DC80 to
 * U+DCFF of. `utf-16` and `utf-8-sig` start with a byte order mark.
 *
 * @param encoding Defaults to `"utf-8"`.
 * @param errors Defaults to `"strict"`.
 * @returns The bytes, in memory of their own.
 * @throws {TypeError} If `text` or a name is no string.
 * @throws {RangeError} If there is no such encoding or mode.
 * @throws {SabmapError} `ERR_BAD_TEXT`, with the index of the character, if the mode does not treat it.
 *
 * @example
 * ```ts
 * import { decodeText, encodeText } from "sabmap";
 *
 * const name = Uint8Array.of(0x61, 0xff); // a file's name that is no UTF-8
 * const text = decodeText(name, "utf-8", "surrogateescape");
 * console.log(encodeText(text, "utf-8", "surrogateescape")); // Uint8Array [ 97, 255 ]
 * ```
 */
export function encodeText(
  text: string,
  encoding: TextEncoding = "utf-8",
  errors: TextErrorMode = "strict",
): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string") {
    throw new TypeError(
      `Cannot encode text as it must be a string: received ${received(text)}`,
    );
  }
  const name = checkEncoding(encoding);
  const mode = checkErrorMode(errors);
  const { write, reason, hasBytes } = writerOf(name);
  const out = new ByteBuilder(text.length);
  write(text, out, encodeFault(mode, name, reason, hasBytes));
  return out.finish();
}

function writerOf(
  encoding: TextEncodingName,
): { write: Writer; reason: string; hasBytes: boolean } {
  switch (encoding) {
    case "utf-8":
    case "utf-8-sig":
      return {
        write: encoding === "utf-8" ? writeUtf8 : marked(writeUtf8),
        reason: NO_SURROGATES,
        hasBytes: true,
      };
    case "utf-16":
    case "utf-16le":
    case "utf-16be":
      // A byte alone would shift all units behind it.
      return {
        write: utf16Writer(encoding),
        reason: NO_SURROGATES,
        hasBytes: false,
      };
    default: {
      const single = SINGLE_BYTE_ENCODINGS[encoding];
      return {
        write: singleByteWriter(single),
        reason: single.encodeReason,
        hasBytes: true,
      };
    }
  }
}

function marked(write: Writer): Writer {
  return (text, out, fault) => {
    write(BYTE_ORDER_MARK, out, fault);
    write(text, out, fault);
  };
}

function writeUtf8(text: string, out: ByteBuilder, fault: EncodeFault): void {
  const encoder = new TextEncoder();
  let start = 0;
  for (const { index } of text.matchAll(LONE_SURROGATE)) {
    out.bytes(encoder.encode(text.slice(start, index)));
    const substitute = fault(text.charCodeAt(index), index);
    if (typeof substitute === "number") out.byte(substitute);
    else out.bytes(encoder.encode(substitute));
    start = index + 1;
  }
  out.bytes(encoder.encode(text.slice(start)));
}

function utf16Writer(encoding: "utf-16" | "utf-16le" | "utf-16be"): Writer {
  const littleEndian = encoding === "utf-16"
    ? NATIVE_LITTLE_ENDIAN
    : encoding === "utf-16le";
  const writeUnits = (text: string, out: ByteBuilder): void => {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      out.byte(littleEndian ? unit & 255 : unit >> 8);
      out.byte(littleEndian ? unit >> 8 : unit & 255);
    }
  };
  const write: Writer = (text, out, fault) => {
    let start = 0;
    for (const { index } of text.matchAll(LONE_SURROGATE)) {
      writeUnits(text.slice(start, index), out);
      const substitute = fault(text.charCodeAt(index), index);
      if (typeof substitute === "number") {
        throw new Error("Bug: a byte within UTF-16");
      }
      writeUnits(substitute, out);
      start = index + 1;
    }
    writeUnits(text.slice(start), out);
  };
  return encoding === "utf-16" ? marked(write) : write;
}

function singleByteWriter({ codes }: SingleByteEncoding): Writer {
  const bytes = new Map(Array.from(codes, (code, byte) => [code, byte]));
  return (text, out, fault) => {
    let index = 0;
    for (const character of text) {
      const codePoint = character.codePointAt(0) ?? 0;
      const byte = bytes.get(codePoint);
      if (byte !== undefined) out.byte(byte);
      else writeAscii(fault(codePoint, index), out);
      index += character.length;
    }
  };
}

function writeAscii(substitute: Substitute, out: ByteBuilder): void {
  if (typeof substitute === "number") return out.byte(substitute);
  for (let i = 0; i < substitute.length; i++) {
    out.byte(substitute.charCodeAt(i));
  }
}
