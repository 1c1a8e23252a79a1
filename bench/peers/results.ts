/**
 * What programs print, in a form that is the same for all who found out the same thing.
 *
 * @module
 */

/** First word of a text; empty if there is none. */
export function firstWord(text: string): string {
  return /\S+/.exec(text)?.[0] ?? "";
}

/** First words of all lines. */
export function firstWords(text: string): string {
  return text.trim().split("\n").map(firstWord).join(" ");
}

/** The digest behind the equals sign of tagged lines. */
export function taggedDigest(text: string): string {
  return / = ([0-9a-f]+)\s*$/.exec(text)?.[1] ?? "";
}

/** How many offsets there are, and their sum: `OFFSET` or `OFFSET:MATCH` lines. */
export function offsetsIn(text: string): string {
  const offsets = text.trim().split("\n").filter(Boolean).map(parseFloat);
  const sum = offsets.reduce((total, offset) => total + offset, 0);
  return `${offsets.length} at ${sum}`;
}

/** The sum of numbers, one a line. */
export function sumOfLines(text: string): string {
  const numbers = text.trim().split("\n").map(Number);
  return String(numbers.reduce((total, number) => total + number, 0));
}
