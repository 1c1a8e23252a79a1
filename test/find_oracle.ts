/**
 * What searches for patterns are held against: each place, each pattern, byte by byte.
 *
 * @module
 */
import type { BytePattern } from "../src/find/pattern.ts";

/** A match: where it starts, and which pattern. */
export type NaiveMatch = readonly [offset: number, pattern: number];

/** Whether a pattern fits at a place. */
export function fits(
  text: Uint8Array,
  at: number,
  { values, masks }: BytePattern,
): boolean {
  if (at + values.length > text.length) return false;
  for (let i = 0; i < values.length; i++) {
    if ((text[at + i]! & masks[i]!) !== values[i]) return false;
  }
  return true;
}

/** All matches, by place and then pattern. */
export function allMatches(
  text: Uint8Array,
  patterns: readonly BytePattern[],
): NaiveMatch[] {
  const found: NaiveMatch[] = [];
  for (let at = 0; at < text.length; at++) {
    patterns.forEach((pattern, index) => {
      if (fits(text, at, pattern)) found.push([at, index]);
    });
  }
  return found;
}

/** Of each place the longest, of equal ones the first given. */
export function bestMatches(
  text: Uint8Array,
  patterns: readonly BytePattern[],
): NaiveMatch[] {
  const best = new Map<number, number>();
  for (const [at, index] of allMatches(text, patterns)) {
    const other = best.get(at);
    const length = patterns[index]!.values.length;
    if (other === undefined || length > patterns[other]!.values.length) {
      best.set(at, index);
    }
  }
  return [...best];
}

/** From the left, each behind the end of the one before. */
export function disjointMatches(
  text: Uint8Array,
  patterns: readonly BytePattern[],
): NaiveMatch[] {
  let open = 0;
  return bestMatches(text, patterns).filter(([at, index]) => {
    if (at < open) return false;
    open = at + patterns[index]!.values.length;
    return true;
  });
}
