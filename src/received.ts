/**
 * What was received, for the end of an error's text.
 *
 * @module
 */

/** Longer strings are cut. */
const TEXT_MAX = 40;

/** A value in a few words: numbers as they are, strings in quotes, bytes by their length. */
export function received(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shorten(value));
  if (typeof value === "bigint") return `${shorten(value.toString())}n`;
  if (ArrayBuffer.isView(value)) {
    return `${nameOf(value)} of ${value.byteLength} bytes`;
  }
  if (typeof value === "object" && value !== null) return nameOf(value);
  return typeof value === "function" || typeof value === "symbol"
    ? typeof value
    : String(value);
}

function shorten(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text;
}

function nameOf(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === "function" && constructor.name !== ""
    ? constructor.name
    : "object";
}
