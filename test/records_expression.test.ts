/** Expressions over the fields of records. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { divide } from "../src/records/expression/arithmetic.ts";
import {
  compileCondition,
  compileNode,
  type Scope,
} from "../src/records/expression/compile.ts";
import { ExpressionError } from "../src/records/expression/error.ts";
import type { Operand, TextSource } from "../src/records/expression/operand.ts";
import { parseExpression, parseList } from "../src/records/expression/parse.ts";
import { rounds } from "./effort.ts";
import { quotientDistance } from "./set_oracle.ts";

const encoder = new TextEncoder();

function textOf(value: string): TextSource {
  const bytes = encoder.encode(`..${value}..`);
  const byteLength = bytes.length - 4;
  return { bytes, start: 2, byteLength, load: () => {} };
}

function scopeOf(fields: Readonly<Record<string, unknown>>): Scope {
  return new Map(
    Object.entries(fields).map(([name, value]) => [name, operandOf(value)]),
  );
}

/** Texts that begin with `=` are fields of text. */
function operandOf(value: unknown): Operand {
  if (typeof value === "boolean") {
    return { type: "boolean", boolean: () => value };
  }
  if (typeof value === "string") {
    if (!value.startsWith("=")) return { type: "text", text: textOf(value) };
    const text = value.slice(1);
    const whole = /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
    const number = () => whole ? BigInt(text) : Number(text);
    return { type: "field", text: textOf(text), number };
  }
  if (Number.isInteger(value) || typeof value === "bigint") {
    const number = value as number | bigint;
    return { type: "number", number: () => number };
  }
  return { type: "float", number: () => value as number };
}

const FIELDS = {
  small: 7,
  big: 2n ** 64n - 1n,
  low: -(2n ** 63n),
  half: 0.5,
  name: "Zürich",
  city: "=New York",
  temp: "=-12.5",
  id: "=18446744073709551615",
  on: true,
  "unit price": 3,
};

function evaluate(text: string, fields: object = FIELDS): unknown {
  const scope = scopeOf(fields as Record<string, unknown>);
  const operand = compileNode(parseExpression(text), text, scope);
  if (operand.type === "boolean") return operand.boolean();
  if (operand.type === "text" || operand.type === "field") {
    operand.text.load();
    const { bytes, start, byteLength } = operand.text;
    return new TextDecoder().decode(bytes.slice(start, start + byteLength));
  }
  return operand.number();
}

function errorOf(action: () => unknown): ExpressionError {
  try {
    action();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("compileNode() computes", () => {
  test.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 2 - 3", 5],
    ["-small + 10", 3],
    ["- - small", 7],
    ["7 / 2", 3.5],
    ["7 % 4", 3],
    ["-7 % 4", -3],
    ["1 % 0", NaN],
    ["big % 0", NaN],
    ["1 / 0", Infinity],
    ["0x10 + .5 + 1e1", 26.5],
    ["0xffffffffffffffff", 2n ** 64n - 1n],
    ["9007199254740993", 2n ** 53n + 1n],
    ["9007199254740992 - 1", 9007199254740991],
    ["9007199254740991 + 2", 2n ** 53n + 1n],
    ["big * big", (2n ** 64n - 1n) ** 2n],
    ["big - big", 0],
    ["low - 1", -(2n ** 63n) - 1n],
    ["-low", 2n ** 63n],
    ["big + half", 2 ** 64],
    ["4294967295 * 4294967295", 4294967295n ** 2n],
    ["temp * 2", -25],
    ["id + 1", 2n ** 64n],
    ["number(temp)", -12.5],
    ["length(name)", 7],
    ["`unit price` * 2", 6],
    ["city", "New York"],
    ["text(temp)", "-12.5"],
    ['"a\\x41\\u{1f642}\\n\\"\\\\"', 'aA🙂\n"\\'],
  ])("%s", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });
});

describe("compileNode() compares", () => {
  test.each([
    ["big == 18446744073709551615", true],
    ["big == 18446744073709551616.0", false],
    ["big < 18446744073709551616.0", true],
    ["big > half", true],
    ["id == big", true],
    ["low < -9223372036854775807", true],
    ["9007199254740993 == 9007199254740992.0", false],
    ["9007199254740992 == 9007199254740992.0", true],
    ["half = 0.5", true],
    ["half <> 0.5", false],
    ["temp < 0 and temp > -13", true],
    ['temp == "-12.5"', true],
    ['temp == "-12.50"', false],
    ["temp == -12.50", true],
    ['city ^= "New"', true],
    ['city STARTSWITH "new"', false],
    ['"New York City" ^= city', true],
    ["city == name", false],
    ["city == city", true],
    ["id > temp", true],
    ['name > "Zz" and name < "Z\\u{ffff}"', true],
    ["on", true],
    ["not on", false],
    ["!on || on == true", true],
    ["on != false and not (1 > 2)", true],
    ["true or on and false", true],
    ["(true or on) and false", false],
    ['name == ""', false],
    ['name ^= ""', true],
  ])("%s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test("NaN with nothing", () => {
    for (const operator of ["==", "<", "<=", ">", ">="]) {
      expect(evaluate(`nan ${operator} nan`, { nan: NaN })).toBe(false);
      expect(evaluate(`nan ${operator} big`, { nan: NaN, big: 2n ** 64n }))
        .toBe(false);
    }
    expect(evaluate("nan != nan", { nan: NaN })).toBe(true);
  });

  test("no more than it has to", () => {
    let looked = false;
    const scope = new Map<string, Operand>([
      ["no", { type: "boolean", boolean: () => false }],
      ["seen", { type: "boolean", boolean: () => (looked = true) }],
    ]);
    expect(compileCondition("no and seen", scope)()).toBe(false);
    expect(looked).toBe(false);
  });
});

describe("an ExpressionError points at the column", () => {
  test.each([
    ["", 1, "a value"],
    ["   ", 4, "a value"],
    ["small >", 8, "a value"],
    ["small > > 3", 9, "a value"],
    ["small 3", 7, "an operator or the end"],
    ["(small", 7, 'or ")"'],
    ["small)", 6, "an operator or the end"],
    ["1 < 2 < 3", 7, '"and"'],
    ["12ab", 3, "a value, a name"],
    ["small # 3", 7, "a value, a name"],
    ["😀 > 1", 1, "a value, a name"],
    ['name == "🙂" x', 13, "an operator or the end"],
    ['name == "x', 11, "closing"],
    ['name == "\\q"', 10, "escapes"],
    ['name == "\\u{110000}"', 10, "escapes"],
    ["nam == 1", 1, 'the fields "small"'],
    ["f(1)", 1, "functions"],
    ["name + 1", 1, "numbers"],
    ["1 + name", 5, "numbers"],
    ["name == 1", 6, "compared"],
    ["on < on", 4, "compared"],
    ["on and small", 8, "truth values"],
    ["not 1", 5, "truth values"],
    ["length(1)", 8, "text"],
    ["and", 1, "a value"],
    ["small as x", 7, "an operator or the end"],
  ])("%j: %d", (text, column, rule) => {
    const error = errorOf(() => evaluate(text));
    expect(error.column, error.message).toBe(column);
    expect(error.expression).toBe(text);
    expect(error.message).toContain(rule);
    expect(error.message).toMatch(/^Cannot read expression .*: received /);
  });

  test("of a condition that is none", () => {
    const error = errorOf(() => compileCondition("1 + 2", scopeOf(FIELDS)));
    expect(error.column).toBe(3);
  });

  test("of what is too long or too deep", () => {
    const cases = [
      "(".repeat(100_000),
      "-".repeat(60_000) + "1",
      "not ".repeat(10_000) + "on",
      "1" + "+1".repeat(20_000),
      "x".repeat(100_000),
    ];
    for (const text of cases) {
      expect(errorOf(() => evaluate(text)).message.length)
        .toBeLessThan(200_000);
    }
  });
});

describe("parseList()", () => {
  test("names each expression", () => {
    const names = parseList('small, small*2 as double, name ^= "a,b" , `x y`')
      .map(({ name }) => name);
    expect(names).toEqual(["small", "double", 'name ^= "a,b"', "x y"]);
  });

  test.each([["a,", 3], ["a as", 5], ["a as 1", 6], ["a as and", 6]])(
    "refuses %j",
    (text, column) => {
      expect(errorOf(() => parseList(text)).column).toBe(column);
    },
  );
});

/** A random expression of numbers, and what it is worth. */
interface Known {
  readonly text: string;
  readonly value: bigint;
}

const known: fc.Arbitrary<Known> = fc.letrec<{ any: Known }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.bigInt({ min: 0n, max: 2n ** 64n }).map((value) => ({
      text: String(value),
      value,
    })),
    fc.constantFrom<Known>(
      { text: "small", value: 7n },
      { text: "big", value: FIELDS.big },
      { text: "id", value: FIELDS.big },
      { text: "low", value: FIELDS.low },
    ),
    fc.tuple(tie("any"), fc.constantFrom("+", "-", "*"), tie("any")).map(
      ([left, operator, right]) => ({
        text: `(${left.text} ${operator} ${right.text})`,
        value: operator === "+"
          ? left.value + right.value
          : operator === "-"
          ? left.value - right.value
          : left.value * right.value,
      }),
    ),
    tie("any").map(({ text, value }) => ({ text: `-${text}`, value: -value })),
  ),
})).any;

describe("random expressions", () => {
  test("of integers are exact, and compare exactly", () => {
    fc.assert(
      fc.property(known, known, (left, right) => {
        expect(BigInt(evaluate(left.text) as bigint)).toBe(left.value);
        const compared = evaluate(`${left.text} < ${right.text}`);
        expect(compared).toBe(left.value < right.value);
        expect(evaluate(`${left.text} == ${right.text}`))
          .toBe(left.value === right.value);
      }),
    );
  });

  const word = fc.constantFrom(
    "small",
    "name",
    "city",
    "on",
    "temp",
    "1",
    "2.5",
    "0x1f",
    '"x"',
    "'y'",
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "<",
    "^=",
    "and",
    "or",
    "not",
    "startswith",
    "as",
    ",",
    "number",
    "`",
    "\\",
    "é",
    "🙂",
    "\t",
    "true",
  ); // deno-fmt-ignore

  test("throw nothing but an ExpressionError, whose column is in the text", () => {
    const texts = fc.oneof(
      fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")),
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    const scope = scopeOf(FIELDS);
    fc.assert(
      fc.property(texts, (text) => {
        try {
          for (const { node } of parseList(text)) {
            const operand = compileNode(node, text, scope);
            if (operand.type === "boolean") operand.boolean();
            else if ("number" in operand) operand.number();
          }
        } catch (error) {
          if (!(error instanceof ExpressionError)) throw error;
          expect(error.column).toBeGreaterThanOrEqual(1);
          expect(error.column).toBeLessThanOrEqual([...text].length + 1);
        }
      }),
      { numRuns: rounds(1500) },
    );
  });
});

describe("divide()", () => {
  test("gives the double nearest to a quotient of large integers", () => {
    const large = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
      .filter((value) => !Number.isSafeInteger(Number(value)));
    const any = fc.oneof(large, fc.integer({ min: 1, max: 2 ** 31 }));
    fc.assert(
      fc.property(large, any, (a, b) => {
        const double = divide(a, b);
        const step = Math.abs(double) * 2 ** -52;
        const own = quotientDistance(a, BigInt(b), double);
        for (const other of [double - step, double + step]) {
          expect(own <= quotientDistance(a, BigInt(b), other)).toBe(true);
        }
      }),
      { numRuns: rounds(300) },
    );
  });

  test.each([
    [9007199254740993n, 3, 3002399751580331],
    [-9007199254740993n, 3, -3002399751580331],
    [9007199254740993n, 1, 9007199254740992],
    [18446744073709551615n, -9223372036854775808n, -2],
    [9007199254740993n, 0, Infinity],
    [9007199254740993n, 0.5, 18014398509481984],
    [0, 9007199254740993n, 0],
  ])("%s / %s is %s", (a, b, expected) => {
    expect(divide(a, b)).toBe(expected);
  });
});
