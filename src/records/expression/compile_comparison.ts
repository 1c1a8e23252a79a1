/**
 * Comparisons, each with a function for the types it is between.
 *
 * Numbers of all kinds compare by their exact values. A field of a text file is a number where it meets
 * a number, and text where it meets text. Two of them are texts for `==` and `!=`, and numbers for what
 * asks for an order: so a column of texts is noticed and never ordered by its digits.
 *
 * @module
 */
import { compareTexts, equalTexts, hasPrefix } from "./compare_text.ts";
import {
  isNumeric,
  isTextual,
  type Numeric,
  type Operand,
  type TextSource,
} from "./operand.ts";
import type { BinaryOperator } from "./syntax.ts";

/** Compiles a comparison. @returns `undefined` if there is none between such types. */
export function compileComparison(
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
): (() => boolean) | undefined {
  if (comparesTexts(operator, left, right)) {
    // Both have texts, or there would be numbers to compare.
    if (!isTextual(left) || !isTextual(right)) return undefined;
    return compareAsTexts(operator, left.text, right.text);
  }
  if (left.type === "boolean" && right.type === "boolean") {
    return compareTruths(operator, left.boolean, right.boolean);
  }
  if (!isNumeric(left) || !isNumeric(right)) return undefined;
  return left.type === "float" && right.type === "float"
    ? compareFloats(operator, left.number, right.number)
    : compareNumbers(operator, left.number, right.number);
}

function comparesTexts(
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
): boolean {
  if (operator === "startswith") return true;
  if (left.type === "text" || right.type === "text") return true;
  const isEquality = operator === "==" || operator === "!=";
  return isEquality && left.type === "field" && right.type === "field";
}

function compareAsTexts(
  operator: BinaryOperator,
  left: TextSource,
  right: TextSource,
): (() => boolean) | undefined {
  const load = () => {
    left.load();
    right.load();
  };
  switch (operator) {
    case "==":
      return () => (load(), equalTexts(left, right));
    case "!=":
      return () => (load(), !equalTexts(left, right));
    case "startswith":
      return () => (load(), hasPrefix(left, right));
    case "<":
      return () => (load(), compareTexts(left, right) < 0);
    case "<=":
      return () => (load(), compareTexts(left, right) <= 0);
    case ">":
      return () => (load(), compareTexts(left, right) > 0);
    case ">=":
      return () => (load(), compareTexts(left, right) >= 0);
  }
  return undefined;
}

function compareTruths(
  operator: BinaryOperator,
  a: () => boolean,
  b: () => boolean,
): (() => boolean) | undefined {
  if (operator === "==") return () => a() === b();
  return operator === "!=" ? () => a() !== b() : undefined;
}

function compareFloats(
  operator: BinaryOperator,
  a: () => number,
  b: () => number,
): (() => boolean) | undefined {
  switch (operator) {
    case "==":
      return () => a() === b();
    case "!=":
      return () => a() !== b();
    default:
      return compareNumbers(operator, a, b);
  }
}

/** The language compares numbers with bigints by their exact values. */
function compareNumbers(
  operator: BinaryOperator,
  a: () => Numeric,
  b: () => Numeric,
): (() => boolean) | undefined {
  switch (operator) {
    case "==":
      return () => isEqual(a(), b());
    case "!=":
      return () => !isEqual(a(), b());
    case "<":
      return () => a() < b();
    case "<=":
      return () => a() <= b();
    case ">":
      return () => a() > b();
    case ">=":
      return () => a() >= b();
  }
  return undefined;
}

/** A double beyond 2**53 can equal a bigint; `===` would not say so. */
function isEqual(a: Numeric, b: Numeric): boolean {
  return typeof a === typeof b ? a === b : a >= b && a <= b;
}
