/**
 * The numbers that a record can hold: their names, sizes, and which values fit.
 *
 * @module
 */
import {
  type CheckedElement,
  type ElementCode,
  findElement,
} from "../element.ts";
import { HALF_OVERFLOW } from "../half_float.ts";
import { received } from "../../received.ts";

/** Name of a number (or boolean) of fixed size. */
export type ScalarName =
  | "u8"
  | "i8"
  | "bool"
  | "u16"
  | "i16"
  | "f16"
  | "u32"
  | "i32"
  | "f32"
  | "u64"
  | "i64"
  | "f64";

/** Bytes of each. */
export const SCALAR_BYTES: Readonly<Record<ScalarName, number>> = {
  u8: 1,
  i8: 1,
  bool: 1,
  u16: 2,
  i16: 2,
  f16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  u64: 8,
  i64: 8,
  f64: 8,
};

/** Numbers of more than a byte, which have a byte order. */
export type MultibyteName = Exclude<ScalarName, "u8" | "i8" | "bool">;

/** What numbers are in JavaScript. */
export type ScalarValues = {
  readonly [Name in ScalarName]: Name extends "u64" | "i64" ? bigint
    : Name extends "bool" ? boolean
    : number;
};

/** What a number is in JavaScript. */
export type Scalar = ScalarValues[ScalarName];

/** The codes of Python's struct. */
const CODES: Readonly<Record<ScalarName, ElementCode>> = {
  u8: "B",
  i8: "b",
  bool: "?",
  u16: "H",
  i16: "h",
  f16: "e",
  u32: "I",
  i32: "i",
  f32: "f",
  u64: "Q",
  i64: "q",
  f64: "d",
};

/** How a scalar is loaded from a DataView and stored into one. */
export function scalarElement(name: ScalarName): CheckedElement {
  const element = findElement(CODES[name], false);
  if (element === undefined) throw new Error(`Bug: no element for ${name}`);
  return element;
}

/** Whether a scalar has more than a byte. */
export function isMultibyte(name: ScalarName): name is MultibyteName {
  return SCALAR_BYTES[name] > 1;
}

/** Whether a text names a scalar. */
export function isScalarName(text: string): text is ScalarName {
  return Object.hasOwn(SCALAR_BYTES, text);
}

/**
 * Gives a value back that can be stored as it is.
 *
 * @throws {TypeError} If it is of the wrong kind.
 * @throws {RangeError} If it would be cut, or become infinite.
 */
export type Check<Value> = (value: unknown) => Value;

/** By the type that it is stored as. */
export const CHECKS: {
  readonly [Name in ScalarName]: Check<ScalarValues[Name]>;
} = {
  u8: integer("u8", 0, 2 ** 8 - 1),
  i8: integer("i8", -(2 ** 7), 2 ** 7 - 1),
  bool: (value) => {
    if (typeof value === "boolean") return value;
    throw new TypeError(refusal("bool", "a boolean", value));
  },
  u16: integer("u16", 0, 2 ** 16 - 1),
  i16: integer("i16", -(2 ** 15), 2 ** 15 - 1),
  f16: float("f16", (value) => Math.abs(value) < HALF_OVERFLOW),
  u32: integer("u32", 0, 2 ** 32 - 1),
  i32: integer("i32", -(2 ** 31), 2 ** 31 - 1),
  f32: float("f32", (value) => Number.isFinite(Math.fround(value))),
  u64: bigInteger("u64", 0n, 2n ** 64n - 1n),
  i64: bigInteger("i64", -(2n ** 63n), 2n ** 63n - 1n),
  f64: float("f64", () => true),
};

function integer(name: ScalarName, min: number, max: number): Check<number> {
  const rule = `an integer from ${min} to ${max}`;
  return (value) => {
    if (typeof value !== "number" || !Number.isInteger(value)) {
      throw new TypeError(refusal(name, rule, value));
    }
    if (value >= min && value <= max) return value;
    throw new RangeError(refusal(name, rule, value));
  };
}

function bigInteger(name: ScalarName, min: bigint, max: bigint): Check<bigint> {
  const rule = `a bigint from ${min} to ${max}`;
  return (value) => {
    if (typeof value !== "bigint") {
      throw new TypeError(refusal(name, rule, value));
    }
    if (value >= min && value <= max) return value;
    throw new RangeError(refusal(name, rule, value));
  };
}

/** @param fits Whether a finite number stays finite. */
function float(
  name: ScalarName,
  fits: (value: number) => boolean,
): Check<number> {
  const rule = `a number that ${8 * SCALAR_BYTES[name]} bits can hold`;
  return (value) => {
    if (typeof value !== "number") {
      throw new TypeError(refusal(name, "a number", value));
    }
    if (fits(value) || !Number.isFinite(value)) return value;
    throw new RangeError(refusal(name, rule, value));
  };
}

/** Why a value is not stored. */
export function refusal(type: string, rule: string, value: unknown): string {
  return `Cannot store a value as ${type} takes ${rule}: received ${
    received(value)
  }`;
}
