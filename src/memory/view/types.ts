/**
 * What formats and shapes mean to the types of a view.
 *
 * @module
 */
import type { ElementValue } from "../../binary/element.ts";

/** What elements of standard size are in JavaScript. */
export type StandardElements =
  & Readonly<Record<"c", Uint8Array>>
  & Readonly<Record<"?", boolean>>
  & Readonly<Record<"b" | "B" | "h" | "H" | "i" | "I" | "l" | "L", number>>
  & Readonly<Record<"e" | "f" | "d", number>>
  & Readonly<Record<"q" | "Q", bigint>>;

/** What elements of native size are: some have 4 or 8 bytes, as the platform has it. */
export type NativeElements =
  & Omit<StandardElements, "l" | "L">
  & Readonly<Record<"l" | "L" | "n" | "N" | "P", number | bigint>>;

/** Typed arrays over elements of standard size. */
export type StandardArrays =
  & Readonly<Record<"b", Int8Array>>
  & Readonly<Record<"B", Uint8Array>>
  & Readonly<Record<"h", Int16Array>>
  & Readonly<Record<"H", Uint16Array>>
  & Readonly<Record<"i" | "l", Int32Array>>
  & Readonly<Record<"I" | "L", Uint32Array>>
  & Readonly<Record<"q", BigInt64Array>>
  & Readonly<Record<"Q", BigUint64Array>>
  & Readonly<Record<"f", Float32Array>>
  & Readonly<Record<"d", Float64Array>>
  & Readonly<Record<"c" | "?" | "e", never>>;

/** Typed arrays over elements of native size. */
export type NativeArrays =
  & Omit<StandardArrays, "l" | "L">
  & Readonly<Record<"l" | "n", Int32Array | BigInt64Array>>
  & Readonly<Record<"L" | "N" | "P", Uint32Array | BigUint64Array>>;

/**
 * What is said of codes of native and of standard size, as said of formats; `Any` is said of those that
 * the types do not know.
 *
 * A table rather than a conditional type, so that a `View<"I">` can be used as a `View<string>`.
 */
export type FormatTable<Standard, Native, Any> =
  & Native
  & {
    readonly [Code in keyof Native & string as `@${Code}`]: Native[Code];
  }
  & {
    readonly [
      Code in keyof Standard & string as `${"=" | "<" | ">" | "!"}${Code}`
    ]: Standard[Code];
  }
  & { readonly [format: string]: Any };

/**
 * What an element of a format is in JavaScript: a bigint for integers of 8 bytes, a boolean for `?`,
 * one byte for `c`, and a number otherwise.
 */
export type ElementOf<Format extends string> = FormatTable<
  StandardElements,
  NativeElements,
  ElementValue
>[Format];

/** A typed array. */
export type TypedArray = NativeArrays[keyof NativeArrays];

/** The typed array whose elements are those of a format; `never` for `c`, `?` and `e`. */
export type TypedArrayOf<Format extends string> = FormatTable<
  StandardArrays,
  NativeArrays,
  TypedArray
>[Format];

/** A typed array as a type that has no stores, nor gives anything that has. */
export type WithoutStores<Array extends TypedArray> = Readonly<
  Omit<
    Array,
    | "buffer"
    | "copyWithin"
    | "fill"
    | "reverse"
    | "set"
    | "sort"
    | "subarray"
    | "valueOf"
  >
>;

/** Arrays of arrays, as deep as a view has dimensions. */
export type NestedArray<Value> = Value | readonly NestedArray<Value>[];

/** Elements of a view, by how many dimensions it has. */
export type ArraysOfRank<Value> =
  & Readonly<Record<0, Value>>
  & Readonly<Record<1, Value[]>>
  & Readonly<Record<2, Value[][]>>
  & Readonly<Record<3, Value[][][]>>
  & Readonly<Record<number, NestedArray<Value>>>;

/** What `toArray()` gives: one level of arrays for each dimension. */
export type ArrayOfRank<Value, Rank extends number> = ArraysOfRank<Value>[Rank];
