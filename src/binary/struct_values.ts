/**
 * The types of a record's values, from the letters of its format.
 *
 * @module
 */
import type { ElementValue } from "./element.ts";

/**
 * The values of a record: a tuple where the format is a literal, a list otherwise.
 *
 * Counts of three and more digits end in a list of unknown length.
 *
 * @example
 * ```ts
 * import type { StructValues } from "sabmap";
 *
 * const values: StructValues<"<2Hd4s"> = [1, 2, 0.5, new Uint8Array(4)];
 * ```
 */
export type StructValues<Text extends string> = string extends Text
  ? ElementValue[]
  : Text extends `@${infer Rest}` ? Parse<Rest, NativeCodes>
  : Text extends `${"=" | "<" | ">" | "!"}${infer Rest}` ? Parse<Rest, Codes>
  : Parse<Text, NativeCodes>;

/**
 * Types of values by their code, where sizes are standard.
 *
 * @internal
 */
interface Codes {
  c: Uint8Array;
  b: number;
  B: number;
  "?": boolean;
  h: number;
  H: number;
  i: number;
  I: number;
  l: number;
  L: number;
  q: bigint;
  Q: bigint;
  e: number;
  f: number;
  d: number;
  s: Uint8Array;
  p: Uint8Array;
}

/**
 * The same where sizes are native: integers are bigints if they have 8 bytes on this machine.
 *
 * @internal
 */
interface NativeCodes extends Omit<Codes, "l" | "L"> {
  l: number | bigint;
  L: number | bigint;
  n: number | bigint;
  N: number | bigint;
  P: number | bigint;
}

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Space = " " | "\t" | "\n" | "\v" | "\f" | "\r";

/**
 * Values of a format behind its byte order: the parser in `format.ts`, as a type.
 *
 * @internal
 */
type Parse<
  Text extends string,
  Known,
  Count extends string = "",
  Values extends unknown[] = [],
> = Text extends `${infer Letter}${infer Rest}`
  ? Letter extends Digit ? Parse<Rest, Known, `${Count}${Letter}`, Values>
  : Letter extends Space ? Parse<Rest, Known, Count, Values>
  : Letter extends "x" ? Parse<Rest, Known, "", Values>
  : Letter extends "s" | "p" ? Parse<Rest, Known, "", [...Values, Uint8Array]>
  : Letter extends keyof Known ? Parse<
      Rest,
      Known,
      "",
      [...Values, ...Repeat<Known[Letter], Count>]
    >
  : never
  : Values;

/** As many values as a count says: exactly so up to 99. */
type Repeat<Value, Count extends string> = Count extends "" ? [Value]
  : Count extends Digit | `${Exclude<Digit, "0">}${Digit}` ? Fill<Value, Count>
  : Value[];

type Fill<
  Value,
  Count extends string,
  Values extends unknown[] = [],
> = `${Values["length"]}` extends Count ? Values
  : Fill<Value, Count, [...Values, Value]>;
