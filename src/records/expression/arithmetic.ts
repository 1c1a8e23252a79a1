/**
 * Arithmetic that is exact for integers of any size, at the speed of doubles where those hold them.
 *
 * An integer is a bigint if and only if it is beyond 2**53 - 1, so that equal ones have the same type.
 *
 * @module
 */
import { toDouble } from "../exact_rational.ts";
import type { Numeric } from "./operand.ts";

/** The form that integers have here. */
export function normal(value: bigint): Numeric {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** `a + b`. */
export function add(a: Numeric, b: Numeric): Numeric {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    return isExact(sum, a, b) ? sum : normal(BigInt(a) + BigInt(b));
  }
  return isWhole(a) && isWhole(b)
    ? normal(BigInt(a) + BigInt(b))
    : Number(a) + Number(b);
}

/** `a - b`. */
export function subtract(a: Numeric, b: Numeric): Numeric {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    return isExact(difference, a, b)
      ? difference
      : normal(BigInt(a) - BigInt(b));
  }
  return isWhole(a) && isWhole(b)
    ? normal(BigInt(a) - BigInt(b))
    : Number(a) - Number(b);
}

/** `a * b`. */
export function multiply(a: Numeric, b: Numeric): Numeric {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    return isExact(product, a, b) ? product : normal(BigInt(a) * BigInt(b));
  }
  return isWhole(a) && isWhole(b)
    ? normal(BigInt(a) * BigInt(b))
    : Number(a) * Number(b);
}

/** `a / b`, always a double, the nearest: 1 / 2 is 0.5, 1 / 0 infinite. */
export function divide(a: Numeric, b: Numeric): number {
  if (typeof a === "number" && typeof b === "number") return a / b;
  if (!isWhole(a) || !isWhole(b) || b == 0) return Number(a) / Number(b);
  const divisor = BigInt(b), sign = divisor < 0n ? -1n : 1n;
  return toDouble({
    numerator: sign * BigInt(a),
    denominator: sign * divisor,
  });
}

/** What is left of a division, with the sign of `a`; NaN where `b` is 0. */
export function remainder(a: Numeric, b: Numeric): Numeric {
  if (typeof a === "number" && typeof b === "number") return a % b;
  if (!isWhole(a) || !isWhole(b)) return Number(a) % Number(b);
  return b == 0 ? NaN : normal(BigInt(a) % BigInt(b));
}

/** `-a`. */
export function negate(a: Numeric): Numeric {
  return typeof a === "number" ? -a : normal(-a);
}

/** Whether doubles have given the exact result, or operands are no integers anyway. */
function isExact(result: number, a: number, b: number): boolean {
  return Number.isSafeInteger(result) || !Number.isSafeInteger(a) ||
    !Number.isSafeInteger(b);
}

function isWhole(value: Numeric): boolean {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}
