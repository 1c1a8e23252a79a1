/**
 * Bytes as text.
 *
 * @module
 */

/** Digits as ASCII. */
const DIGITS = new TextEncoder().encode("0123456789abcdef");
const DECODER = new TextDecoder();

/** The two digits of each byte. */
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

/** Up to here, appending text is quicker than decoding it. */
const SHORT_BYTES = 128;

/** Two lower-case hexadecimal digits for each byte. Of many bytes too: takes 4 bytes of memory for each. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length <= SHORT_BYTES) {
    let short = "";
    for (let i = 0; i < bytes.length; i++) short += PAIRS[bytes[i]!];
    return short;
  }
  const text = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    // `!`: `i` is below the length, and there are sixteen digits.
    const byte = bytes[i]!;
    text[2 * i] = DIGITS[byte >> 4]!;
    text[2 * i + 1] = DIGITS[byte & 15]!;
  }
  return DECODER.decode(text);
}
