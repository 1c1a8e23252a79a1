/**
 * Bytes as text, with Python's encodings and error modes, out of shared memory too.
 *
 * @module
 */
import { asBytes, type BytesSource } from "./bytes.ts";
import { NATIVE_LITTLE_ENDIAN } from "./element.ts";
import { type DecodeFault, decodeFault } from "./text/decode_errors.ts";
import {
  checkEncoding,
  checkErrorMode,
  type TextEncodingName,
  type TextErrorMode,
} from "./text/encodings.ts";
import {
  decodeSingleBytes,
  SINGLE_BYTE_ENCODINGS,
} from "./text/single_byte.ts";
import { TextBuilder } from "./text/text_builder.ts";
import { decodeUtf16 } from "./text/utf16.ts";
import { decodeUtf8 } from "./text/utf8.ts";

export type { TextEncodingName, TextErrorMode } from "./text/encodings.ts";

/** A name of an encoding: one of ours, or another that Python knows it by, such as `"latin1"`. */
export type TextEncoding = TextEncodingName | (string & Record<never, never>);

/**
 * Decodes bytes as Python's `bytes.decode` does.
 *
 * Where bytes are no text, `errors` says what happens:
 *
 * | mode | what a fault becomes |
 * |---|---|
 * | `"strict"` | an error that names the offset |
 * | `"ignore"` | nothing |
 * | `"replace"` | one U+FFFD |
 * | `"backslashreplace"` | `\xhh` for each byte |
 * | `"surrogateescape"` | a lone surrogate U+DC80 to U+DCFF for each byte of 0x80 to 0xff, which {@link encodeText} turns back |
 *
 * `latin-1` is ISO 8859-1, in which each byte is the character of that number; `TextDecoder` means `cp1252`
 * by it. `utf-8` keeps a byte order mark as U+FEFF, `utf-8-sig` removes it, `utf-16` obeys it and takes the
 * machine's order where there is none.
 *
 * @param bytes The bytes, in plain or shared memory.
 * @param encoding Defaults to `"utf-8"`.
 * @param errors Defaults to `"strict"`.
 * @throws {TypeError} If `bytes` holds no bytes, or a name is no string.
 * @throws {RangeError} If there is no such encoding or mode.
 * @throws {SabmapError} `ERR_BAD_TEXT` with the `range` of bytes, if they are no text and the mode is strict; or is
 * `"surrogateescape"` and they start with one of ASCII, as in UTF-16.
 *
 * @example
 * ```ts
 * import { decodeText } from "sabmap";
 *
 * const bytes = Uint8Array.of(0x61, 0xff, 0x62);
 * console.log(decodeText(bytes, "utf-8", "replace")); // a\ufffdb
 * console.log(decodeText(bytes, "utf-8", "backslashreplace")); // a\xffb
 * console.log(decodeText(bytes, "latin-1")); // a\u00ffb
 * ```
 *
 * @see https://docs.python.org/3/library/codecs.html#error-handlers
 */
export function decodeText(
  bytes: BytesSource,
  encoding: TextEncoding = "utf-8",
  errors: TextErrorMode = "strict",
): string {
  const source = asBytes(bytes);
  const name = checkEncoding(encoding);
  const out = new TextBuilder();
  const fault = decodeFault(checkErrorMode(errors), name, source, out);
  decodeInto(source, name, out, fault);
  return out.finish();
}

function decodeInto(
  bytes: Uint8Array,
  encoding: TextEncodingName,
  out: TextBuilder,
  fault: DecodeFault,
): void {
  switch (encoding) {
    case "utf-8":
      return decodeUtf8(bytes, 0, out, fault);
    case "utf-8-sig":
      return decodeUtf8(
        bytes,
        startsWith(bytes, [0xef, 0xbb, 0xbf]),
        out,
        fault,
      );
    case "utf-16le":
      return decodeUtf16(bytes, 0, true, out, fault);
    case "utf-16be":
      return decodeUtf16(bytes, 0, false, out, fault);
    case "utf-16":
      return decodeMarkedUtf16(bytes, out, fault);
    default:
      decodeSingleBytes(bytes, SINGLE_BYTE_ENCODINGS[encoding], out, fault);
  }
}

function decodeMarkedUtf16(
  bytes: Uint8Array,
  out: TextBuilder,
  fault: DecodeFault,
): void {
  const little = startsWith(bytes, [0xff, 0xfe]);
  const big = startsWith(bytes, [0xfe, 0xff]);
  const littleEndian = little > 0 || (big === 0 && NATIVE_LITTLE_ENDIAN);
  decodeUtf16(bytes, little + big, littleEndian, out, fault);
}

/** @returns The mark's length if the bytes start with it, else 0. */
function startsWith(bytes: Uint8Array, mark: readonly number[]): number {
  return mark.every((byte, i) => bytes[i] === byte) ? mark.length : 0;
}
