/**
 * Bytes as users write them.
 *
 * @module
 */

/** How bytes are written. */
export type BytesKind = "hex" | "text";

/** Splits `hex:` or `text:` off. */
export function splitKind(
  text: string,
  otherwise: BytesKind,
): { readonly kind: BytesKind; readonly body: string } {
  for (const kind of ["hex", "text"] as const) {
    if (text.startsWith(`${kind}:`)) {
      return { kind, body: text.slice(kind.length + 1) };
    }
  }
  return { kind: otherwise, body: text };
}

/**
 * Reads bytes: hexadecimal digits, two a byte, spaces allowed between bytes; or text as UTF-8.
 *
 * @param otherwise What text without `hex:` or `text:` in front is.
 * @returns `undefined` if the digits are none, or the text has half of a character.
 */
export function parseBytes(
  text: string,
  otherwise: BytesKind,
): Uint8Array | undefined {
  const { kind, body } = splitKind(text, otherwise);
  if (kind === "hex") return parseHex(body);
  // Half of a character would become another one.
  return body.isWellFormed() ? new TextEncoder().encode(body) : undefined;
}

function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0[xX]|[ _]/g, "");
  if (digits.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = digitValue(digits.charCodeAt(2 * i));
    const low = digitValue(digits.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return undefined;
    bytes[i] = 16 * high + low;
  }
  return bytes;
}

/** @returns -1 for what is no digit. */
function digitValue(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
