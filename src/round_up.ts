/**
 * Sizes in whole steps.
 *
 * @module
 */

/** Rounds up to a multiple of a number. Exact for `0 <= value < 2**53`. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
