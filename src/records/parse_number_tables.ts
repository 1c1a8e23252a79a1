/**
 * What reading numbers looks up.
 *
 * @module
 */

/** The powers of ten that are exact doubles, 10**0 to 10**22. */
export const POWERS_OF_TEN: Float64Array = Float64Array.from(
  { length: 23 },
  (_, exponent) => Number(`1e${exponent}`),
);

/** Names of numbers that are none of digits, in lower case. */
const SPECIALS: readonly (readonly [name: string, value: number])[] = [
  ["inf", Infinity],
  ["infinity", Infinity],
  ["nan", NaN],
];

const LOWER = 0x20;

/**
 * Reads `inf`, `infinity` or `nan`, in letters of either case.
 *
 * @returns Its value; 0 if `bytes[start, end)` is none of them.
 */
export function readSpecial(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const found = SPECIALS.find(([name]) => isName(bytes, start, end, name));
  return found === undefined ? 0 : found[1];
}

function isName(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: string,
): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    if ((bytes[start + i]! | LOWER) !== name.charCodeAt(i)) return false;
  }
  return true;
}
