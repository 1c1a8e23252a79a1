/**
 * Functions that make whole numbers: integers stay what they are, of any size.
 *
 * @module
 */
import type { NumberOperand, Numeric, Operand } from "./operand.ts";

/** What is done to a number that is no bigint. */
export type Rounding = (value: number) => number;

/** The functions by their names. */
export const ROUNDINGS: ReadonlyMap<string, Rounding> = new Map([
  ["round", roundHalfAway],
  ["floor", Math.floor],
  ["ceil", Math.ceil],
  ["trunc", Math.trunc],
]);

/** Applies a rounding to what an operand gives. */
export function roundOperand(
  operand: NumberOperand,
  rounding: Rounding,
): Operand {
  if (operand.type === "float") {
    const { number } = operand;
    return { type: "float", number: () => rounding(number()) };
  }
  const { number } = operand;
  return { type: "number", number: () => roundNumeric(number(), rounding) };
}

function roundNumeric(value: Numeric, rounding: Rounding): Numeric {
  return typeof value === "bigint" ? value : rounding(value);
}

/** To the nearest; halves away from 0, as SQL and C have it. `Math.round` takes -0.5 to 0. */
function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}
