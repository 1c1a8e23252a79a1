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
  : NamedTypes<Names, FormatTypes<Format>>;

/** Fields that the types do not tell. */
export interface LooseFields {
  /** Any name may be a field. */
  readonly [name: string]: FieldType;
}

/** An object of names and the types at the same places. */
export type NamedTypes<
  Names extends readonly string[],
  Types extends readonly unknown[],
> = {
  readonly [
    Index in keyof Names & `${number}` as Names[Index]
  ]: Index extends keyof Types ? Types[Index] : never;
};

/** The types of the values of a format. */
export type FormatTypes<Format extends string> = Format extends `@${infer Rest}`
  ? ParsedFormat<Rest, NativeFormatScalars>
  : Format extends `${"=" | "<" | ">" | "!"}${infer Rest}`
    ? ParsedFormat<Rest, FormatScalars>
  : ParsedFormat<Format, NativeFormatScalars>;

/** Part of the types of fields from formats. */
export type FormatScalars = {
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
};

/** Some are as long as the platform has them. */
export type NativeFormatScalars = Omit<FormatScalars, "l" | "L"> & {
  l: "i32" | "i64";
  L: "u32" | "u64";
  n: "i32" | "i64";
  N: "u32" | "u64";
  P: "u32" | "u64";
};

/** Part of the types of fields from formats. */
export type FormatDigit =
  | "0"
  | "1"
  | "2"
  | "3"
  | "4"
  | "5"
  | "6"
  | "7"
  | "8"
  | "9";
/** Part of the types of fields from formats. */
export type FormatSpace = " " | "\t" | "\n" | "\v" | "\f" | "\r";

/** Part of the types of fields from formats. */
export type ParsedFormat<
  Text extends string,
  Known,
  Count extends string = "",
  Types extends unknown[] = [],
> = Text extends `${infer Letter}${infer Rest}`
  ? Letter extends FormatDigit
    ? ParsedFormat<Rest, Known, FormatCount<Count, Letter>, Types>
  : Letter extends FormatSpace ? ParsedFormat<Rest, Known, Count, Types>
  : ParsedFormat<
    Rest,
    Known,
    "",
    [...Types, ...FormatFieldTypes<Letter, Known, Count>]
  >
  : Types;

/** Without zeros in front. */
export type FormatCount<Count extends string, Next extends string> =
  Count extends "" | "0" ? Next
    : `${Count}${Next}`;

/** The field of a code with its count, or none. */
export type FormatFieldTypes<Letter, Known, Count extends string> =
  Letter extends "x" ? []
    : Letter extends "s" ? [`bytes[${LengthOf<Count>}]`]
    : Letter extends "p" ? [`pascal[${LengthOf<Count>}]`]
    : Count extends "0" ? []
    : Letter extends "c" ? [`bytes[${LengthOf<Count>}]`]
    : Letter extends keyof Known ? [Numbers<Known[Letter], Count>]
    : [never];

/** Part of the types of fields from formats. */
export type Numbers<Scalar, Count extends string> = Count extends "" | "1"
  ? Scalar
  : `${Scalar & string}[${Count}]`;

/** Part of the types of fields from formats. */
export type LengthOf<Count extends string> = Count extends "" ? "1" : Count;
