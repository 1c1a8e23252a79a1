/**
 * Bytes as hexadecimal text, as Python's `bytes.hex` writes it.
 *
 * @module
 */
import { received } from "../../received.ts";
import { requireInteger } from "./integer.ts";

const DIGITS = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

/**
 * Two lower-case digits for each byte.
 *
 * @param separator One ASCII character between groups; nothing if it is absent.
 * @param bytesPerSeparator Bytes of a group, counted from the right, or from the left if negative;
 * with 0 there are no separators.
 * @throws {TypeError} If a parameter is of the wrong type.
 * @throws {RangeError} If `separator` is not one ASCII character.
 */
export function hex(
  bytes: Uint8Array,
  separator: string | undefined,
  bytesPerSeparator: number,
): string {
  if (separator !== undefined) checkSeparator(separator);
  requireInteger(bytesPerSeparator, "Cannot separate bytes as their count");
  const size = Math.abs(bytesPerSeparator);
  if (separator === undefined || size === 0) return digitsOf(bytes);
  // From the right: the first group has what is left over.
  let left = bytesPerSeparator > 0 ? bytes.length % size || size : size;
  let text = "";
  for (const byte of bytes) {
    if (left === 0) {
      text += separator;
      left = size;
    }
    text += DIGITS[byte];
    left--;
  }
  return text;
}

function digitsOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

function checkSeparator(separator: unknown): void {
  if (typeof separator !== "string") {
    throw new TypeError(
      `Cannot separate bytes as the separator must be a string: received ${
        received(separator)
      }`,
    );
  }
  // All of ASCII.
  if (/^[\0-\x7f]$/.test(separator)) return;
  throw new RangeError(
    `Cannot separate bytes as the separator must be one ASCII character: received ${
      received(separator)
    }`,
  );
}
