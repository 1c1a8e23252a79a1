/**
 * Encodings in which a byte is a character.
 *
 * @module
 */
import type { DecodeFault } from "./decode_errors.ts";
import type { TextBuilder } from "./text_builder.ts";

/** Characters of cp1252 from 0x80 to 0x9f; a space where there is none. */
const CP1252_CHARACTERS = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/** No character of any of them. */
const NONE = -1;

/** An encoding of 256 bytes at most. */
export interface SingleByteEncoding {
  /** Code of each byte's character, `i32[256]`; negative where there is none. */
  readonly codes: Int32Array;
  /** What is wrong with a byte that has none, in Python's words. */
  readonly decodeReason: string;
  /** What is wrong with a character that no byte has. */
  readonly encodeReason: string;
}

const ASCII: SingleByteEncoding = {
  codes: codesOf((byte) => byte < 0x80 ? byte : NONE),
  decodeReason: "ordinal not in range(128)",
  encodeReason: "ordinal not in range(128)",
};

const LATIN1: SingleByteEncoding = {
  codes: codesOf((byte) => byte),
  decodeReason: "",
  encodeReason: "ordinal not in range(256)",
};

const CP1252: SingleByteEncoding = {
  codes: codesOf((byte) => {
    if (byte < 0x80 || byte >= 0xa0) return byte;
    const code = CP1252_CHARACTERS.charCodeAt(byte - 0x80);
    return code === 0x20 ? NONE : code;
  }),
  decodeReason: "character maps to <undefined>",
  encodeReason: "character maps to <undefined>",
};

/** The encodings of this kind, by name. */
export const SINGLE_BYTE_ENCODINGS: Readonly<
  Record<"ascii" | "latin-1" | "cp1252", SingleByteEncoding>
> = { "ascii": ASCII, "latin-1": LATIN1, "cp1252": CP1252 };

function codesOf(codeOf: (byte: number) => number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => codeOf(byte));
}

/** Decodes all bytes. */
export function decodeSingleBytes(
  bytes: Uint8Array,
  { codes, decodeReason }: SingleByteEncoding,
  out: TextBuilder,
  fault: DecodeFault,
): void {
  for (let at = 0; at < bytes.length;) {
    // `!`: below the length, and there is an entry for each byte.
    const code = codes[bytes[at]!]!;
    if (code >= 0) {
      out.unit(code);
      at++;
    } else at = fault(at, at + 1, decodeReason);
  }
}
