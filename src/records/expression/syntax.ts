/**
 * What an expression is made of, before names and types are looked at.
 *
 * @module
 */

/** Operators of two values, each with its sign or word. */
export type BinaryOperator =
  | "or"
  | "and"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "startswith"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

/** A part of an expression. `index` is where it, or its operator, stands in the text. */
export type Node =
  | {
    readonly kind: "number";
    readonly value: number | bigint;
    /** Whether it is written without a point and an exponent. */
    readonly whole: boolean;
    readonly index: number;
  }
  | { readonly kind: "text"; readonly value: string; readonly index: number }
  | {
    readonly kind: "boolean";
    readonly value: boolean;
    readonly index: number;
  }
  | { readonly kind: "name"; readonly name: string; readonly index: number }
  | {
    readonly kind: "call";
    readonly name: string;
    readonly operand: Node;
    readonly index: number;
  }
  | {
    readonly kind: "unary";
    readonly operator: "not" | "-";
    readonly operand: Node;
    readonly index: number;
  }
  | {
    readonly kind: "binary";
    readonly operator: BinaryOperator;
    readonly left: Node;
    readonly right: Node;
    readonly index: number;
  };

/** One of the expressions of `--select`. */
export interface NamedNode {
  readonly node: Node;
  /** What is behind `as`; else the name of the field, or the text of the expression. */
  readonly name: string;
}

/** One of the assignments of `--set`. `index` is where the name stands in the text. */
export interface Assignment {
  /** Of the field that gets the value. */
  readonly name: string;
  readonly node: Node;
  readonly index: number;
}
