/**
 * From times of runs to figures.
 *
 * @module
 */
import type { BenchSpread } from "./types.ts";

/** The middle one; the mean of the middle two. @param values At least one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)];
  const high = sorted[Math.ceil(middle)];
  if (low === undefined || high === undefined) {
    throw new Error("Bug: the median of nothing");
  }
  return (low + high) / 2;
}

/** @param values At least one. */
export function spreadOf(values: readonly number[]): BenchSpread {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** The median of the values that are known; `undefined` if one is not. */
export function medianKnown(
  values: readonly (number | undefined)[],
): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length || known.length === 0
    ? undefined
    : median(known);
}

/**
 * How many times as fast as others, round by round: a machine that is shared is slower at one moment
 * than at another, for all runs of a round alike.
 *
 * @param seconds Of each round.
 * @param others Of the same rounds.
 * @returns The median; `undefined` if the others have no times.
 */
export function speedUp(
  seconds: readonly number[],
  others: readonly number[] | undefined,
): number | undefined {
  if (others === undefined || others.length !== seconds.length) {
    return undefined;
  }
  return median(
    seconds.map((value, round) => (others[round] ?? NaN) / value),
  );
}

/** Makes numbers that depend on a seed alone, `0 <= number < 1`: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The items in another order, all orders alike (Fisher and Yates). */
export function shuffled<T>(
  items: readonly T[],
  random: () => number,
): readonly T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const item = order[last];
    const swapped = order[other];
    if (item === undefined || swapped === undefined) continue;
    order[last] = swapped;
    order[other] = item;
  }
  return order;
}
