/**
 * Random updates of records and what must come of them, computed in the obvious way: all values with Struct, one
 * record after the other, expressions as trees over bigints and doubles.
 *
 * @module
 */
import type { ElementValue } from "../src/binary/element.ts";
import { Struct } from "../src/binary/struct.ts";
import type { SetRequest } from "./set_driver.ts";

/** An update with its outcome. */
export interface SetTask {
  readonly content: Uint8Array;
  readonly request: SetRequest;
  readonly expected: Uint8Array;
  /** Part of the error's text; `undefined` if all values fit. */
  readonly failure: string | undefined;
  readonly matched: number;
  readonly changed: number;
  readonly bytesChanged: number;
}

/** An expression as text and as what it gives. */
interface Tree {
  readonly text: string;
  /** Whether it is a double whatever its value: all that has to do with a fraction is. */
  readonly isFloat: boolean;
  evaluate(values: readonly ElementValue[]): number | bigint;
}

/** A field by its name. */
interface Leaf {
  readonly name: string;
  readonly isFloat: boolean;
}

const CODES = "bBhHiIqQefd";

/**
 * Makes an update.
 *
 * @param simple Whether it is one that the fast loops carry out, or nearly so.
 */
export function setNaively(random: () => number, simple = false): SetTask {
  const pick = <T>(list: ArrayLike<T>): T =>
    list[Math.floor(random() * list.length)]!;
  const below = (count: number) => Math.floor(random() * count);
  const known = simple ? pick(["iI", "f", "d", "bBhHiIfd"]) : CODES;
  const codes = Array.from({ length: 1 + below(4) }, () => pick(known));
  const pads = codes.map(() => random() < 0.3 ? `${1 + below(5)}x` : "");
  const format = pick("<>") + codes.map((code, i) => code + pads[i]).join("");
  const struct = new Struct(format);
  const content = randomRecords(struct, codes, 1 + below(40), random);
  const names = codes.map((_, i) => `f${i}`);
  const targets = names.map((_, i) => i).filter(() => random() < 0.7);
  if (targets.length === 0) targets.push(0);
  if (simple) targets.length = 1;
  const leaves = names.map((name, i) => ({
    name,
    isFloat: "efd".includes(codes[i]!),
  }));
  const trees = targets.map(() => randomTree(leaves, simple ? 1 : 3, random));
  const bound = randomTree(leaves, 1, random);
  const hasCondition = random() < 0.5;
  const wraps = random() < 0.5;
  const request: SetRequest = {
    struct: format,
    names,
    set: targets.map((target, i) => `${names[target]} = ${trees[i]!.text}`),
    where: hasCondition ? `f0 <= ${bound.text}` : undefined,
    wraps,
  };
  const expected = Uint8Array.from(content);
  const task = { content, request, expected };
  let matched = 0, changed = 0, bytesChanged = 0;
  for (let at = 0; at < content.length; at += struct.size) {
    const values = struct.unpackFrom(content, at) as ElementValue[];
    if (hasCondition && !isAtMost(exact(values[0]!), bound.evaluate(values))) {
      continue;
    }
    matched++;
    const next = expected.subarray(at, at + struct.size);
    for (const [i, target] of targets.entries()) {
      const value = trees[i]!.evaluate(values);
      const code = codes[target]!;
      const fitting = fit(value, code, wraps);
      if (fitting === undefined) {
        const failure =
          `Cannot set field "f${target}" of the record at offset ${
            at.toLocaleString("en-US")
          } as`;
        return { ...task, failure, matched, changed, bytesChanged };
      }
      const order = format[0]!;
      next.set(
        new Struct(order + code).pack(fitting),
        offsetOf(struct, target),
      );
    }
    const old = content.subarray(at, at + struct.size);
    const differing = next.filter((byte, i) => byte !== old[i]).length;
    bytesChanged += differing;
    if (differing > 0) changed++;
  }
  return { ...task, failure: undefined, matched, changed, bytesChanged };
}

/** Where a value lies: by packing it alone among zeros. */
function offsetOf(struct: Struct, target: number): number {
  const codes = [...struct.format.slice(1).matchAll(/(\d*)([a-zA-Z])/g)];
  let offset = 0, index = 0;
  for (const [all, , code] of codes) {
    if (code !== "x" && index++ === target) return offset;
    offset += new Struct(`<${all}`).size;
  }
  throw new Error("no such value");
}

function randomRecords(
  struct: Struct,
  codes: readonly string[],
  count: number,
  random: () => number,
): Uint8Array {
  const content = Uint8Array.from(
    { length: count * struct.size },
    () => Math.floor(random() * 256),
  );
  codes.forEach((code, i) => {
    const offset = offsetOf(struct, i);
    const single = new Struct(struct.format[0]! + code);
    for (let at = offset; at < content.length; at += struct.size) {
      // NaNs have many forms, and large floats fit nowhere.
      const small = Math.floor(random() * 200) - 60;
      if ("efd".includes(code)) single.packInto(content, at, small / 4);
      else if (random() < 0.7) {
        single.packInto(content, at, Math.abs(small) % 100);
      }
    }
  });
  return content;
}

function randomTree(
  names: readonly Leaf[],
  depth: number,
  random: () => number,
): Tree {
  const kind = random();
  if (depth === 0 || kind < 0.25) return randomLeaf(names, random);
  if (kind < 0.4) {
    const operand = randomTree(names, depth - 1, random);
    return {
      text: `floor(${operand.text})`,
      isFloat: operand.isFloat,
      evaluate: (values) => whole(operand.evaluate(values), Math.floor),
    };
  }
  const left = randomTree(names, depth - 1, random);
  const right = randomTree(names, depth - 1, random);
  const operator = "+-*/"[Math.floor(random() * 4)]!;
  const isFloat = left.isFloat || right.isFloat || operator === "/";
  return {
    isFloat,
    text: `(${left.text} ${operator} ${right.text})`,
    evaluate: (values) => {
      const a = left.evaluate(values), b = right.evaluate(values);
      const result = compute(operator, a, b);
      return isFloat ? Number(result) : result;
    },
  };
}

function randomLeaf(names: readonly Leaf[], random: () => number): Tree {
  if (random() < 0.6) {
    const index = Math.floor(random() * names.length);
    const { name: text, isFloat } = names[index]!;
    return { text, isFloat, evaluate: (values) => exact(values[index]!) };
  }
  const number = Math.floor(random() * 40) / (random() < 0.3 ? 4 : 1);
  const isFloat = !Number.isInteger(number);
  return { text: `${number}`, isFloat, evaluate: () => number };
}

/** Integers are bigints only beyond 2**53, as in the language. */
function exact(value: ElementValue): number | bigint {
  if (typeof value !== "bigint") return value as number;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function isWhole(value: number | bigint): boolean {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

function whole(
  value: number | bigint,
  rounding: (value: number) => number,
): number | bigint {
  return typeof value === "bigint" ? value : rounding(value);
}

function compute(
  operator: string,
  a: number | bigint,
  b: number | bigint,
): number | bigint {
  if (operator === "/") {
    const isExact = isWhole(a) && isWhole(b) && b != 0;
    return isExact && (typeof a === "bigint" || typeof b === "bigint")
      ? nearestQuotient(BigInt(a), BigInt(b))
      : Number(a) / Number(b);
  }
  const double = computeDouble(operator, Number(a), Number(b));
  const areDoubles = typeof a === "number" && typeof b === "number";
  // Doubles know the sign of a result that is 0.
  if (!isWhole(a) || !isWhole(b) || areDoubles && double === 0) return double;
  const [x, y] = [BigInt(a), BigInt(b)];
  return exact(operator === "+" ? x + y : operator === "-" ? x - y : x * y);
}

/** Of the doubles about a quotient, the one that is nearest; of two, the even one. */
function nearestQuotient(a: bigint, b: bigint): number {
  const about = Number(a) / Number(b);
  const step = about * 2 ** -53;
  const [nearest = about] = [-2, -1, 0, 1, 2].map((k) => about + k * step)
    .sort((x, y) => {
      const left = quotientDistance(a, b, x), right = quotientDistance(a, b, y);
      return left < right ? -1 : left > right ? 1 : lastBit(x) - lastBit(y);
    });
  return nearest;
}

/** How far a double is from a quotient, times the divisor and a large number. */
export function quotientDistance(a: bigint, b: bigint, double: number): bigint {
  const unit = 2n ** 200n;
  const scaled = BigInt(double * 2 ** 200);
  const difference = a * unit - b * scaled;
  return difference < 0n ? -difference : difference;
}

function lastBit(double: number): number {
  return new Uint8Array(Float64Array.of(double).buffer)[0]! & 1;
}

function computeDouble(operator: string, a: number, b: number): number {
  return operator === "+" ? a + b : operator === "-" ? a - b : a * b;
}

function isAtMost(a: number | bigint, b: number | bigint): boolean {
  return a <= b;
}

/** What the field gets; `undefined` if the value does not fit. */
function fit(
  value: number | bigint,
  code: string,
  wraps: boolean,
): ElementValue | undefined {
  if ("efd".includes(code)) {
    const double = Number(value);
    const single = code === "f" ? Math.fround(double) : double;
    const isTooLarge = code === "e"
      ? Math.abs(double) >= 65520
      : !Number.isFinite(single);
    if (isTooLarge && Number.isFinite(double)) return undefined;
    // The sum of infinities is another NaN to the processor.
    return Number.isNaN(double) ? Number.NaN : double;
  }
  if (typeof value === "number" && !Number.isInteger(value)) return undefined;
  const bits = 8 * new Struct(`<${code}`).size;
  const integer = BigInt(value);
  const wrapped = code === code.toLowerCase()
    ? BigInt.asIntN(bits, integer)
    : BigInt.asUintN(bits, integer);
  return wraps || wrapped === integer ? wrapped : undefined;
}
