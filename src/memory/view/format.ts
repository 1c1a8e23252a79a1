/**
 * Formats of a view: one element each, in any byte order.
 *
 * ```text
 * format = [ "@" | "=" | "<" | ">" | "!" ] code
 * ```
 *
 * @module
 */
import {
  elementCodes,
  type ElementType,
  findElement,
  NATIVE_LITTLE_ENDIAN,
} from "../../binary/element.ts";
import { received } from "../../received.ts";
import type { TypedArray } from "./types.ts";

/** Which typed array has elements like these. */
export type TypedKind =
  | "Int8"
  | "Uint8"
  | "Int16"
  | "Uint16"
  | "Int32"
  | "Uint32"
  | "BigInt64"
  | "BigUint64"
  | "Float32"
  | "Float64";

/** What makes a typed array over a part of a buffer, shared or not. */
type TypedArrayMaker = new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
) => TypedArray;

/** Constructors of the typed arrays that elements may be read through. */
export const TYPED_ARRAYS: Readonly<Record<TypedKind, TypedArrayMaker>> = {
  Int8: Int8Array,
  Uint8: Uint8Array,
  Int16: Int16Array,
  Uint16: Uint16Array,
  Int32: Int32Array,
  Uint32: Uint32Array,
  BigInt64: BigInt64Array,
  BigUint64: BigUint64Array,
  Float32: Float32Array,
  Float64: Float64Array,
};

/** A format that has been read. */
export interface ElementFormat {
  readonly text: string;
  readonly type: ElementType;
  readonly littleEndian: boolean;
  /** The typed array with such elements in this byte order; `undefined` if there is none. */
  readonly kind: TypedKind | undefined;
}

/** First letters, and whether elements are native and little-endian. */
const ORDERS: Readonly<
  Record<string, { readonly native: boolean; readonly littleEndian: boolean }>
> = {
  "@": { native: true, littleEndian: NATIVE_LITTLE_ENDIAN },
  "=": { native: false, littleEndian: NATIVE_LITTLE_ENDIAN },
  "<": { native: false, littleEndian: true },
  ">": { native: false, littleEndian: false },
  "!": { native: false, littleEndian: false },
};
const NATIVE = { native: true, littleEndian: NATIVE_LITTLE_ENDIAN };

/** Each format is read once. There are some hundred at most. */
const known = new Map<string, ElementFormat>();

/**
 * Reads the format of a view.
 *
 * @param text A code, with a letter for the byte order in front of it if that is not the native one.
 * @throws {TypeError} If it is anything else: a count, several codes, or no code.
 */
export function elementFormat(text: string): ElementFormat {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (typeof text !== "string") throw unknownFormat(text);
  const order = ORDERS[text.charAt(0)];
  const { native, littleEndian } = order ?? NATIVE;
  const type = findElement(order === undefined ? text : text.slice(1), native);
  if (type === undefined) throw unknownFormat(text);
  const kind = type.byteLength === 1 || littleEndian === NATIVE_LITTLE_ENDIAN
    ? kindOf(type)
    : undefined;
  const format: ElementFormat = { text, type, littleEndian, kind };
  known.set(text, format);
  return format;
}

function unknownFormat(text: unknown): TypeError {
  return new TypeError(
    `Cannot view bytes in a format as it must be one of ${
      elementCodes(true)
    }, ` +
      `or one of ${elementCodes(false)} behind @, =, <, > or !: received ${
        received(text)
      }`,
  );
}

/** Codes of elements that no typed array has. `e` has one in some runtimes only. */
export const WITHOUT_ARRAY: readonly string[] = ["c", "?", "e"];

function kindOf({ code, byteLength }: ElementType): TypedKind | undefined {
  if (WITHOUT_ARRAY.includes(code)) return undefined;
  if (code === "f") return "Float32";
  if (code === "d") return "Float64";
  // Capitals are unsigned, as in C's own shorthand.
  return code === code.toLowerCase()
    ? SIGNED_KINDS[byteLength]
    : UNSIGNED_KINDS[byteLength];
}

const SIGNED_KINDS: Readonly<Record<number, TypedKind>> = {
  1: "Int8",
  2: "Int16",
  4: "Int32",
  8: "BigInt64",
};
const UNSIGNED_KINDS: Readonly<Record<number, TypedKind>> = {
  1: "Uint8",
  2: "Uint16",
  4: "Uint32",
  8: "BigUint64",
};

/** Whether elements are bytes, between which and all others a cast is possible. */
export function isByteFormat({ type }: ElementFormat): boolean {
  return type.code === "B" || type.code === "b" || type.code === "c";
}

/** Whether elements of two formats have the same code, size and byte order. */
export function isSameFormat(
  left: ElementFormat,
  right: ElementFormat,
): boolean {
  return left.type.code === right.type.code &&
    left.type.byteLength === right.type.byteLength &&
    (left.littleEndian === right.littleEndian || left.type.byteLength === 1);
}

/** Codes of the elements of buffers of the language; all others hold bytes. */
const CODES: Readonly<Record<string, string>> = {
  Int8Array: "b",
  Int16Array: "h",
  Uint16Array: "H",
  Int32Array: "i",
  Uint32Array: "I",
  BigInt64Array: "q",
  BigUint64Array: "Q",
  Float16Array: "e",
  Float32Array: "f",
  Float64Array: "d",
};

/** The format of what a buffer of the language holds: `I` for a `Uint32Array`, `B` for a `DataView`. */
export function formatOf(bytes: object): ElementFormat {
  const tag = (bytes as { readonly [Symbol.toStringTag]?: string })[
    Symbol.toStringTag
  ];
  return elementFormat(CODES[tag ?? ""] ?? "B");
}
