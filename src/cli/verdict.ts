/**
 * Whether a file has the digest that was written, and how that is said.
 *
 * @module
 */
import { shownPath } from "../remote/is_remote.ts";
import { isDigest } from "./digest_forms.ts";
import { escapeName, type ListedDigest } from "./sum_lines.ts";

/** The algorithm whose digest a line has; `undefined` if it is none that was computed. */
export function matchOf(
  { algorithms, digest }: ListedDigest,
  digests: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  return algorithms.find((name) =>
    digests[name]?.some((computed) => isDigest(computed, digest))
  );
}

/** As sha256sum: other names that a list escapes do not break the line. */
export function verdictLine(file: string, verdict: string): string {
  const shown = shownPath(file);
  const name = shown.includes("\n") ? `\\${escapeName(shown)}` : shown;
  return `${name}: ${verdict}\n`;
}
