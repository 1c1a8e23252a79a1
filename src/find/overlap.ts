/**
 * Whether matches of patterns can overlap: if they cannot, every match counts, wherever a search begins.
 *
 * @module
 */
import { type BytePattern, isLiteral } from "./pattern.ts";

/** Positions that are compared at most before the answer is "perhaps", which only costs time. */
const COMPARISONS_MAX = 4_000_000;

/** @returns False only if no text holds two overlapping matches that start at different places. */
export function canOverlap(patterns: readonly BytePattern[]): boolean {
  const [only] = patterns;
  if (patterns.length === 1 && only !== undefined && isLiteral(only)) {
    return hasBorder(only.values);
  }
  let left = COMPARISONS_MAX;
  for (const first of patterns) {
    for (const second of patterns) {
      for (let shift = 1; shift < first.values.length; shift++) {
        const compared = compareAt(first, second, shift);
        left -= compared.count;
        if (compared.fits || left < 0) return true;
      }
    }
  }
  return false;
}

/** Whether a prefix of the needle, not all of it, is a suffix too: the prefix function of Knuth, Morris and Pratt. */
function hasBorder(needle: Uint8Array): boolean {
  const borders = new Uint32Array(needle.length);
  let border = 0;
  for (let at = 1; at < needle.length; at++) {
    while (border > 0 && needle[at] !== needle[border]) {
      border = borders[border - 1] ?? 0;
    }
    if (needle[at] === needle[border]) border++;
    borders[at] = border;
  }
  return border > 0;
}

/** Whether some text fits `first`, and `second` from `shift` on, as far as `first` goes. */
function compareAt(
  first: BytePattern,
  second: BytePattern,
  shift: number,
): { fits: boolean; count: number } {
  const length = Math.min(first.values.length - shift, second.values.length);
  for (let at = 0; at < length; at++) {
    // SAFETY: below the lengths of both.
    const both = first.masks[at + shift]! & second.masks[at]!;
    if ((first.values[at + shift]! ^ second.values[at]!) & both) {
      return { fits: false, count: at + 1 };
    }
  }
  return { fits: true, count: length };
}
