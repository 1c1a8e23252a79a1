/**
 * Comparisons of texts by their bytes, where they lie. Bytes in UTF-8 have the order of code points.
 *
 * @module
 */
import type { TextSource } from "./operand.ts";

/** Less than 0 if `a` comes first, 0 if they are the same, else more. Both must be loaded. */
export function compareTexts(a: TextSource, b: TextSource): number {
  const length = Math.min(a.byteLength, b.byteLength);
  const first = a.bytes, second = b.bytes;
  const from = a.start, other = b.start;
  for (let i = 0; i < length; i++) {
    // `!`: both texts are inside of their memory.
    const difference = first[from + i]! - second[other + i]!;
    if (difference !== 0) return difference;
  }
  return a.byteLength - b.byteLength;
}

/** Tells whether two loaded texts are the same. */
export function equalTexts(a: TextSource, b: TextSource): boolean {
  return a.byteLength === b.byteLength && hasPrefix(a, b);
}

/** Tells whether a loaded text begins with another. */
export function hasPrefix(text: TextSource, prefix: TextSource): boolean {
  const length = prefix.byteLength;
  if (text.byteLength < length) return false;
  const first = text.bytes, second = prefix.bytes;
  const from = text.start, other = prefix.start;
  for (let i = 0; i < length; i++) {
    if (first[from + i] !== second[other + i]) return false;
  }
  return true;
}
