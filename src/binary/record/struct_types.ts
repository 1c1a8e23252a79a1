/**
 * The types of a layout's fields from a struct format and names.
 *
 * @module
 */
import type { FieldType } from "./types.ts";

/**
 * What `record()` would take for the values of a format: `{ id: "u32", marks: "i16[3]" }` for `"<I3h"`
 * with the names `id` and `marks`. Fields of unknown names where one of both is no literal.
 */
export type StructFields<
  Format extends string,
  Names extends readonly string[],
> = string extends Format ? LooseFields
  : number extends Names["length"] ? LooseFields
  : Zip<Names, TypesOf<Format>>;

/** Fields that the types do not tell. */
export interface LooseFields {
  readonly [name: string]: FieldType;
}

type Zip<Names extends readonly string[], Types extends readonly unknown[]> = {
  readonly [
    Index in keyof Names & `${number}` as Names[Index]
  ]: Index extends keyof Types ? Types[Index] : never;
};

type TypesOf<Format extends string> = Format extends `@${infer Rest}`
  ? Parse<Rest, NativeScalars>
  : Format extends `${"=" | "<" | ">" | "!"}${infer Rest}`
    ? Parse<Rest, Scalars>
  : Parse<Format, NativeScalars>;

interface Scalars {
  b: "i8";
  B: "u8";
  "?": "bool";
  h: "i16";
  H: "u16";
  i: "i32";
  I: "u32";
  l: "i32";
  L: "u32";
  q: "i64";
  Q: "u64";
  e: "f16";
  f: "f32";
  d: "f64";
}

/** Some are as long as the platform has them. */
interface NativeScalars extends Omit<Scalars, "l" | "L"> {
  l: "i32" | "i64";
  L: "u32" | "u64";
  n: "i32" | "i64";
  N: "u32" | "u64";
  P: "u32" | "u64";
}

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Space = " " | "\t" | "\n" | "\v" | "\f" | "\r";

type Parse<
  Text extends string,
  Known,
  Count extends string = "",
  Types extends unknown[] = [],
> = Text extends `${infer Letter}${infer Rest}`
  ? Letter extends Digit ? Parse<Rest, Known, AddDigit<Count, Letter>, Types>
  : Letter extends Space ? Parse<Rest, Known, Count, Types>
  : Parse<Rest, Known, "", [...Types, ...Field<Letter, Known, Count>]>
  : Types;

/** Without zeros in front. */
type AddDigit<Count extends string, Next extends string> = Count extends
  "" | "0" ? Next
  : `${Count}${Next}`;

/** The field of a code with its count, or none. */
type Field<Letter, Known, Count extends string> = Letter extends "x" ? []
  : Letter extends "s" ? [`bytes[${LengthOf<Count>}]`]
  : Letter extends "p" ? [`pascal[${LengthOf<Count>}]`]
  : Count extends "0" ? []
  : Letter extends "c" ? [`bytes[${LengthOf<Count>}]`]
  : Letter extends keyof Known ? [Numbers<Known[Letter], Count>]
  : [never];

type Numbers<Scalar, Count extends string> = Count extends "" | "1" ? Scalar
  : `${Scalar & string}[${Count}]`;

type LengthOf<Count extends string> = Count extends "" ? "1" : Count;
