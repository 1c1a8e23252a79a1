/**
 * Finds the name that a misspelt one was meant to be.
 *
 * @module
 */

/**
 * Finds the name nearest to what was typed.
 *
 * Case, dashes and underscores do not count, so that `SHA-256` finds `sha256`; the
 * beginning of a name finds the name.
 *
 * @returns The nearest name; `undefined` when more than a third of the letters would have to change.
 */
export function nearest(
  typed: string,
  names: readonly string[],
): string | undefined {
  const wanted = plain(typed);
  if (wanted === "") return undefined;
  let best = names.find((name) => plain(name).startsWith(wanted));
  let bestDistance = best === undefined ? Math.ceil(wanted.length / 3) + 1 : 1;
  for (const name of names) {
    const distance = editDistance(wanted, plain(name));
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

function plain(name: string): string {
  // Longer than any name of ours; keeps the distance cheap whatever was typed.
  return name.slice(0, 64).toLowerCase().replace(/[-_ ]/g, "");
}

/** How many letters to insert, remove or replace to get from `a` to `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = at(above, j) + (a[i] === b[j] ? 0 : 1);
      row.push(Math.min(replaced, at(above, j + 1) + 1, at(row, j) + 1));
    }
    above = row;
  }
  return at(above, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
