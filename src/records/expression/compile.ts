/**
 * The compiler of expressions: checks names and types, and makes functions of them, once for each worker.
 *
 * @module
 */
import {
  add,
  divide,
  multiply,
  negate,
  remainder,
  subtract,
} from "./arithmetic.ts";
import { compileComparison } from "./compile_comparison.ts";
import { ExpressionError } from "./error.ts";
import {
  type BooleanOperand,
  isNumeric,
  isTextual,
  literalText,
  type NumberOperand,
  type Numeric,
  type Operand,
  TYPE_NAMES,
} from "./operand.ts";
import { parseExpression } from "./parse.ts";
import { ROUNDINGS, roundOperand } from "./rounding.ts";
import type { BinaryOperator, Node } from "./syntax.ts";

/** The fields that an expression can name. */
export type Scope = ReadonlyMap<string, Operand>;

/**
 * Compiles an expression that is true or false.
 *
 * @throws {ExpressionError} If the text is none.
 */
export function compileCondition(text: string, scope: Scope): () => boolean {
  const node = parseExpression(text);
  const operand = new Compiler(text, scope).compile(node);
  if (operand.type === "boolean") return operand.boolean;
  throw new ExpressionError(
    text,
    node.index,
    `must be a comparison or another truth value: received ${
      TYPE_NAMES[operand.type]
    }`,
  );
}

/**
 * Compiles a part of an expression.
 *
 * @param text All of the expression, for errors.
 * @throws {ExpressionError} If it names no field, or its types do not fit.
 */
export function compileNode(node: Node, text: string, scope: Scope): Operand {
  return new Compiler(text, scope).compile(node);
}

type BinaryNode = Node & { readonly kind: "binary" };
type CallNode = Node & { readonly kind: "call" };
type UnaryNode = Node & { readonly kind: "unary" };

const EXACT: Readonly<
  Partial<Record<BinaryOperator, (a: Numeric, b: Numeric) => Numeric>>
> = { "+": add, "-": subtract, "*": multiply, "%": remainder };

class Compiler {
  readonly #text: string;
  readonly #scope: Scope;

  constructor(text: string, scope: Scope) {
    this.#text = text;
    this.#scope = scope;
  }

  compile(node: Node): Operand {
    switch (node.kind) {
      case "number":
        return numberLiteral(node.value, node.whole);
      case "text":
        return { type: "text", text: literalText(node.value) };
      case "boolean":
        return { type: "boolean", boolean: () => node.value };
      case "name":
        return this.#field(node.name, node.index);
      case "call":
        return this.#call(node);
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#binary(node);
    }
  }

  #field(name: string, index: number): Operand {
    const operand = this.#scope.get(name);
    if (operand !== undefined) return operand;
    const names = [...this.#scope.keys()].map((known) => JSON.stringify(known));
    throw this.#error(
      index,
      `must be one of the fields ${names.join(", ")}: received ${
        JSON.stringify(name)
      }`,
    );
  }

  #call({ name, operand: node, index }: CallNode): Operand {
    const operand = this.compile(node);
    const word = name.toLowerCase();
    const rounding = ROUNDINGS.get(word);
    if (rounding !== undefined) {
      return roundOperand(this.#numeric(operand, node, `${word}()`), rounding);
    }
    switch (word) {
      case "number":
        return asNumber(this.#numeric(operand, node, "number()"));
      case "text":
        return { type: "text", text: this.#textual(operand, node, "text()") };
      case "length": {
        const text = this.#textual(operand, node, "length()");
        return {
          type: "number",
          number: () => (text.load(), text.byteLength),
        };
      }
    }
    throw this.#error(
      index,
      `must be one of the functions ${FUNCTIONS}: received ${
        JSON.stringify(name)
      }`,
    );
  }

  #unary({ operator, operand: node }: UnaryNode): Operand {
    const operand = this.compile(node);
    if (operator === "not") {
      const { boolean } = this.#truth(operand, node, '"not"');
      return { type: "boolean", boolean: () => !boolean() };
    }
    const numeric = this.#numeric(operand, node, '"-"');
    if (numeric.type === "float") {
      const { number } = numeric;
      return { type: "float", number: () => -number() };
    }
    const { number } = numeric;
    return { type: "number", number: () => negate(number()) };
  }

  #binary(node: BinaryNode): Operand {
    const { operator } = node;
    if (operator === "and" || operator === "or") return this.#logical(node);
    const left = this.compile(node.left);
    const right = this.compile(node.right);
    if (operator in ARITHMETIC) return this.#arithmetic(node, left, right);
    const boolean = compileComparison(operator, left, right);
    if (boolean !== undefined) return { type: "boolean", boolean };
    throw this.#error(
      node.index,
      `must be an operator of two values that can be compared: received ${
        JSON.stringify(operator)
      } between ${TYPE_NAMES[left.type]} and ${TYPE_NAMES[right.type]}`,
    );
  }

  #logical({ operator, left, right }: BinaryNode): BooleanOperand {
    const sign = JSON.stringify(operator);
    const first = this.#truth(this.compile(left), left, sign).boolean;
    const second = this.#truth(this.compile(right), right, sign).boolean;
    return {
      type: "boolean",
      boolean: operator === "and"
        ? () => first() && second()
        : () => first() || second(),
    };
  }

  #arithmetic(
    { operator, left: leftNode, right: rightNode }: BinaryNode,
    left: Operand,
    right: Operand,
  ): Operand {
    const sign = JSON.stringify(operator);
    const a = this.#numeric(left, leftNode, sign);
    const b = this.#numeric(right, rightNode, sign);
    if (a.type === "float" && b.type === "float") {
      return floatArithmetic(operator, a.number, b.number);
    }
    const first = a.number, second = b.number;
    if (operator === "/") {
      return { type: "float", number: () => divide(first(), second()) };
    }
    const exact = EXACT[operator];
    if (exact === undefined) {
      throw new Error(`Bug: no arithmetic "${operator}"`);
    }
    if (a.type === "float" || b.type === "float") {
      return { type: "float", number: () => Number(exact(first(), second())) };
    }
    return { type: "number", number: () => exact(first(), second()) };
  }

  #numeric(operand: Operand, node: Node, taker: string): NumberOperand {
    if (isNumeric(operand)) return operand;
    throw this.#mismatch(node, `numbers, which ${taker} takes`, operand);
  }

  #textual(operand: Operand, node: Node, taker: string) {
    if (isTextual(operand)) return operand.text;
    throw this.#mismatch(node, `text, which ${taker} takes`, operand);
  }

  #truth(operand: Operand, node: Node, taker: string): BooleanOperand {
    if (operand.type === "boolean") return operand;
    throw this.#mismatch(node, `truth values, which ${taker} takes`, operand);
  }

  #mismatch(node: Node, wanted: string, { type }: Operand): ExpressionError {
    return this.#error(
      node.index,
      `must be one of the ${wanted}: received ${TYPE_NAMES[type]}`,
    );
  }

  #error(index: number, rule: string): ExpressionError {
    return new ExpressionError(this.#text, index, rule);
  }
}

/** The functions that there are, for texts of errors. */
const FUNCTIONS: string = ["number", "text", "length", ...ROUNDINGS.keys()]
  .map((name) => JSON.stringify(name)).join(", ");

const ARITHMETIC = { "+": true, "-": true, "*": true, "/": true, "%": true };

function floatArithmetic(
  operator: BinaryOperator,
  a: () => number,
  b: () => number,
): Operand {
  switch (operator) {
    case "+":
      return { type: "float", number: () => a() + b() };
    case "-":
      return { type: "float", number: () => a() - b() };
    case "*":
      return { type: "float", number: () => a() * b() };
    case "/":
      return { type: "float", number: () => a() / b() };
    default:
      return { type: "float", number: () => a() % b() };
  }
}

/** A field of text as the number it holds: an integer may be a bigint, so that is its type. */
function asNumber(operand: NumberOperand): Operand {
  return operand.type === "field"
    ? { type: "number", number: operand.number }
    : operand;
}

function numberLiteral(value: Numeric, whole: boolean): Operand {
  if (typeof value === "number" && !whole) {
    return { type: "float", number: () => value };
  }
  return { type: "number", number: () => value };
}
