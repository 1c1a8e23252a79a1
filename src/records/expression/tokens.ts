/**
 * The words of the expression language.
 *
 * ```text
 * number   123  1.5  .5  1e-3  0xff
 * text     "abc"  'abc'     with the escapes \n \r \t \0 \\ \" \' \xHH \u{H...}
 * name     letters, digits and _, not beginning with a digit; any other between ` and `
 * sign     ( ) , + - * / % == = != <> < <= > >= ^= ! && ||
 * ```
 *
 * @module
 */
import { ExpressionError } from "./error.ts";

/** One word. */
export interface Token {
  readonly kind: "number" | "text" | "name" | "quotedName" | "sign" | "end";
  /** The number's digits, the text without quotes and escapes, the name, the sign. */
  readonly text: string;
  /** Of its first UTF-16 unit in the expression. */
  readonly index: number;
}

const BLANK = /\s+/uy;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/uy;
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const SIGN = /==|!=|<>|<=|>=|\^=|&&|\|\||[()+\-*/%<>=!,]/uy;
const ESCAPE =
  /\\(?:([nrt0\\"'`])|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\})/uy;

const ESCAPED: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  0: "\0",
};

/** Longest expression, in UTF-16 units. */
const LENGTH_MAX = 65_536;

/**
 * Cuts an expression into words.
 *
 * @returns At least one: the last is the end.
 * @throws {ExpressionError} If a part is no word.
 */
export function tokenize(expression: string): Token[] {
  if (expression.length > LENGTH_MAX) {
    throw new ExpressionError(
      expression.slice(0, 40),
      40,
      `must not be followed by so much, as expressions have ${LENGTH_MAX} characters at most: received ${expression.length}`,
    );
  }
  const tokens: Token[] = [];
  let index = 0;
  while ((index = matchEnd(BLANK, expression, index)) < expression.length) {
    const [token, end] = nextToken(expression, index);
    tokens.push(token);
    index = end;
  }
  tokens.push({ kind: "end", text: "", index });
  return tokens;
}

/** What a word is called in texts of errors. */
export function showToken({ kind, text }: Token): string {
  return kind === "end" ? "its end" : JSON.stringify(text);
}

function nextToken(expression: string, index: number): [Token, number] {
  const letter = expression.charAt(index);
  if (letter === '"' || letter === "'") {
    return quoted(expression, index, "text");
  }
  if (letter === "`") return quoted(expression, index, "quotedName");
  const kinds = [["number", NUMBER], ["name", NAME], ["sign", SIGN]] as const;
  for (const [kind, pattern] of kinds) {
    const end = matchEnd(pattern, expression, index);
    if (end === index) continue;
    // `12ab` is neither a number nor a name.
    if (kind === "number" && matchEnd(NAME, expression, end) > end) {
      throw unknown(expression, end);
    }
    const text = expression.slice(index, end);
    return [{ kind, text, index }, end];
  }
  throw unknown(expression, index);
}

function unknown(expression: string, index: number): ExpressionError {
  const letter = String.fromCodePoint(expression.codePointAt(index) ?? 0);
  return new ExpressionError(
    expression,
    index,
    `must be a value, a name or an operator: received ${
      JSON.stringify(letter)
    }`,
  );
}

/** End of what the pattern matches at `index`; `index` if it does not. */
function matchEnd(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : index;
}

/** A text or a name between quotes. */
function quoted(
  expression: string,
  index: number,
  kind: "text" | "quotedName",
): [Token, number] {
  const quote = expression.charAt(index);
  let text = "";
  for (let at = index + 1; at < expression.length;) {
    const letter = expression.charAt(at);
    if (letter === quote) return [{ kind, text, index }, at + 1];
    if (letter !== "\\") {
      text += letter;
      at++;
      continue;
    }
    const [unescaped, end] = unescape(expression, at);
    text += unescaped;
    at = end;
  }
  throw new ExpressionError(
    expression,
    expression.length,
    `must be the closing ${quote}: received its end`,
  );
}

function unescape(expression: string, at: number): [string, number] {
  ESCAPE.lastIndex = at;
  const [all, letter, byte, point] = ESCAPE.exec(expression) ?? [];
  const code = Number.parseInt(byte ?? point ?? "0", 16);
  if (all === undefined || code > 0x10ffff) {
    throw new ExpressionError(
      expression,
      at,
      "must be one of the escapes \\n \\r \\t \\0 \\\\ \\\" \\' \\` \\xHH \\u{H}: received " +
        JSON.stringify(expression.slice(at, at + 2)),
    );
  }
  const text = letter === undefined
    ? String.fromCodePoint(code)
    : ESCAPED[letter] ?? letter;
  return [text, at + all.length];
}
