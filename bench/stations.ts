/**
 * Answers to the One Billion Row Challenge, in a form that is the same for all who found out the same.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** `station;min;mean;max` lines, in any order, means with any digits. */
export function linesDigest(text: string): string {
  return stationsDigest(
    text.trimEnd().split("\n").map((line) => {
      const [station = "", ...numbers] = line.split(";");
      return { station, numbers: numbers.map(Number) };
    }),
  );
}

/** The same from objects, one a line. */
export function jsonDigest(text: string): string {
  return stationsDigest(
    text.trimEnd().split("\n").map((line) => {
      const { station, min, mean, max } = JSON.parse(line) as Record<
        string,
        number
      >;
      return {
        station: String(station),
        numbers: [min, mean, max].map(Number),
      };
    }),
  );
}

function stationsDigest(
  rows: readonly { readonly station: string; readonly numbers: number[] }[],
): string {
  const lines = rows.map(({ station, numbers }) => {
    // Halves go up, as the challenge rounds; means of other engines are a little off their halves.
    const tenths = numbers.map((number) => Math.round(number * 10 + 1e-9));
    return `${station};${tenths.join(";")}`;
  });
  return digestOf(lines.toSorted());
}

/** Digest of lines. */
export function digestOf(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
