/**
 * The parser of expressions: one function for each rule, as they follow here.
 *
 * ```text
 * list     = item { "," item }
 * set      = name "=" or { "," name "=" or }
 * item     = or [ "as" name ]
 * or       = and { ( "or" | "||" ) and }
 * and      = not { ( "and" | "&&" ) not }
 * not      = { "not" | "!" } compare
 * compare  = sum [ ( "==" | "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "startswith" | "^=" ) sum ]
 * sum      = product { ( "+" | "-" ) product }
 * product  = unary { ( "*" | "/" | "%" ) unary }
 * unary    = { "-" | "+" } value
 * value    = number | text | "true" | "false" | name | name "(" or ")" | "(" or ")"
 * ```
 *
 * Words of the language are not case-sensitive; a field of such a name is written between backquotes.
 *
 * @module
 */
import { ExpressionError } from "./error.ts";
import type { Assignment, BinaryOperator, NamedNode, Node } from "./syntax.ts";
import { showToken, type Token, tokenize } from "./tokens.ts";

/** Parts of an expression at most, so that no walk through one exhausts the stack. */
const NODES_MAX = 1000;

/** Brackets and signs inside of each other at most, for the same reason. */
const DEPTH_MAX = 200;

const RESERVED: ReadonlySet<string> = new Set([
  "and",
  "as",
  "false",
  "not",
  "or",
  "startswith",
  "true",
]);

type Operators = Readonly<Record<string, BinaryOperator>>;

const OR: Operators = { "or": "or", "||": "or" };
const AND: Operators = { "and": "and", "&&": "and" };
const COMPARE: Operators = {
  "==": "==",
  "=": "==",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "startswith": "startswith",
  "^=": "startswith",
};
const SUM: Operators = { "+": "+", "-": "-" };
const PRODUCT: Operators = { "*": "*", "/": "/", "%": "%" };

/**
 * Reads one expression.
 *
 * @throws {ExpressionError} If the text is none.
 */
export function parseExpression(text: string): Node {
  const parser = new Parser(text);
  const node = parser.or();
  parser.expectEnd("an operator or the end");
  return node;
}

/**
 * Reads expressions with commas between them, each with a name.
 *
 * @returns At least one.
 * @throws {ExpressionError} If the text is no such list.
 */
export function parseList(text: string): NamedNode[] {
  const parser = new Parser(text);
  const items = [parser.item()];
  while (parser.takeSign(",")) items.push(parser.item());
  parser.expectEnd('an operator, "as", a comma or the end');
  return items;
}

/**
 * Reads assignments with commas between them: `value = value * 1.1, kind = 3`.
 *
 * @returns At least one.
 * @throws {ExpressionError} If the text is no such list.
 */
export function parseAssignments(text: string): Assignment[] {
  const parser = new Parser(text);
  const assignments = [parser.assignment()];
  while (parser.takeSign(",")) assignments.push(parser.assignment());
  parser.expectEnd("an operator, a comma or the end");
  return assignments;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #nodes = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  item(): NamedNode {
    const { index } = this.#token;
    const node = this.or();
    const text = this.#text.slice(index, this.#token.index).trim();
    if (this.#takeWord("as")) return { node, name: this.#alias() };
    return { node, name: node.kind === "name" ? node.name : text };
  }

  assignment(): Assignment {
    const { index } = this.#token;
    const name = this.#alias();
    if (!this.takeSign("=")) throw this.#unexpected('"="');
    return { name, index, node: this.or() };
  }

  or(): Node {
    return this.#chain(OR, () => this.#and());
  }

  takeSign(sign: string): boolean {
    const { kind, text } = this.#token;
    if (kind !== "sign" || text !== sign) return false;
    this.#next++;
    return true;
  }

  expectEnd(wanted: string): void {
    if (this.#token.kind !== "end") throw this.#unexpected(wanted);
  }

  #and(): Node {
    return this.#chain(AND, () => this.#not());
  }

  #not(): Node {
    const { index } = this.#token;
    if (!this.takeSign("!") && !this.#takeWord("not")) return this.#compare();
    const operand = this.#nested(() => this.#not());
    return this.#made({ kind: "unary", operator: "not", operand, index });
  }

  #compare(): Node {
    const left = this.#sum();
    const { index } = this.#token;
    const operator = this.#takeOperator(COMPARE);
    if (operator === undefined) return left;
    const right = this.#sum();
    // `a < b < c` would compare a truth with a number.
    if (this.#operator(COMPARE) !== undefined) {
      throw this.#unexpected('"and", "or" or the end of the comparison');
    }
    return this.#made({ kind: "binary", operator, left, right, index });
  }

  #sum(): Node {
    return this.#chain(SUM, () => this.#product());
  }

  #product(): Node {
    return this.#chain(PRODUCT, () => this.#unary());
  }

  /** Operands with operators of one rank between them, joined from the left. */
  #chain(operators: Operators, operand: () => Node): Node {
    let left = operand();
    for (;;) {
      const { index } = this.#token;
      const operator = this.#takeOperator(operators);
      if (operator === undefined) return left;
      const right = operand();
      left = this.#made({ kind: "binary", operator, left, right, index });
    }
  }

  #unary(): Node {
    const { index } = this.#token;
    if (this.takeSign("+")) return this.#nested(() => this.#unary());
    if (!this.takeSign("-")) return this.#value();
    const operand = this.#nested(() => this.#unary());
    return this.#made({ kind: "unary", operator: "-", operand, index });
  }

  #value(): Node {
    const token = this.#token;
    const { kind, text, index } = token;
    if (this.takeSign("(")) return this.#bracketed();
    if (kind === "sign" || kind === "end" || isReserved(token)) {
      throw this.#unexpected("a value");
    }
    this.#next++;
    if (kind === "number") return this.#made(numberNode(text, index));
    if (kind === "text") return this.#made({ kind, value: text, index });
    if (kind === "name" && /^(?:true|false)$/i.test(text)) {
      const value = text.toLowerCase() === "true";
      return this.#made({ kind: "boolean", value, index });
    }
    if (kind === "quotedName" || !this.takeSign("(")) {
      return this.#made({ kind: "name", name: text, index });
    }
    const operand = this.#bracketed();
    return this.#made({ kind: "call", name: text, operand, index });
  }

  /** Behind an opening bracket. */
  #bracketed(): Node {
    const node = this.#nested(() => this.or());
    if (this.takeSign(")")) return node;
    throw this.#unexpected('an operator or ")"');
  }

  #alias(): string {
    const token = this.#token;
    const isName = token.kind === "quotedName" ||
      (token.kind === "name" && !RESERVED.has(token.text.toLowerCase()));
    if (!isName || token.text === "") throw this.#unexpected("a name");
    this.#next++;
    return token.text;
  }

  #nested(rule: () => Node): Node {
    if (++this.#depth > DEPTH_MAX) {
      throw this.#tooMuch(`${DEPTH_MAX} brackets and signs inside of another`);
    }
    const node = rule();
    this.#depth--;
    return node;
  }

  #made(node: Node): Node {
    if (++this.#nodes > NODES_MAX) throw this.#tooMuch(`${NODES_MAX} parts`);
    return node;
  }

  #tooMuch(most: string): ExpressionError {
    const rule = `must end it, as it may have ${most} at most: received more`;
    return new ExpressionError(this.#text, this.#token.index, rule);
  }

  get #token(): Token {
    // `!`: the end is never taken.
    return this.#tokens[this.#next]!;
  }

  #takeWord(word: string): boolean {
    const { kind, text } = this.#token;
    if (kind !== "name" || text.toLowerCase() !== word) return false;
    this.#next++;
    return true;
  }

  #operator(operators: Operators): BinaryOperator | undefined {
    const { kind, text } = this.#token;
    if (kind !== "sign" && kind !== "name") return undefined;
    const word = text.toLowerCase();
    return Object.hasOwn(operators, word) ? operators[word] : undefined;
  }

  #takeOperator(operators: Operators): BinaryOperator | undefined {
    const operator = this.#operator(operators);
    if (operator !== undefined) this.#next++;
    return operator;
  }

  #unexpected(wanted: string): ExpressionError {
    const token = this.#token;
    return new ExpressionError(
      this.#text,
      token.index,
      `must be ${wanted}: received ${showToken(token)}`,
    );
  }
}

function isReserved({ kind, text }: Token): boolean {
  const word = text.toLowerCase();
  return kind === "name" && RESERVED.has(word) && word !== "true" &&
    word !== "false";
}

function numberNode(text: string, index: number): Node {
  const whole = /^(?:0[xX].*|\d+)$/.test(text);
  const number = Number(text);
  const value = whole && !Number.isSafeInteger(number) ? BigInt(text) : number;
  return { kind: "number", value, whole, index };
}
