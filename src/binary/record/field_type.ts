/**
 * What a field is, and the texts that say so: `"u32"`, `"f64be"`, `"u16[4]"`, `"char[8]"`, `"bytes[16]"`.
 *
 * @module
 */
import { received } from "../../received.ts";
import type { Layout } from "./layout.ts";
import { isScalarName, SCALAR_BYTES, type ScalarName } from "./scalars.ts";

/** One number, or as many as `count` says one after the other. */
export interface NumberType {
  readonly kind: "scalar" | "array";
  readonly scalar: ScalarName;
  readonly littleEndian: boolean;
  readonly count: number;
}

/** A string of bytes: text, bytes, or bytes behind their length. */
export interface BytesType {
  readonly kind: "char" | "bytes" | "pascal";
  readonly byteLength: number;
}

/** A record. */
export interface NestedType {
  readonly kind: "record";
  readonly layout: Layout;
}

/** What a field is. */
export type ParsedType = NumberType | BytesType | NestedType;

/** A field that has its place. */
export interface PlacedField {
  readonly name: string;
  readonly type: ParsedType;
  readonly offset: number;
}

/** A name, a byte order, a count. */
const PATTERN = /^(char|bytes|bool|[uif]\d+)(le|be)?(?:\[([1-9]\d*)\])?$/;

/**
 * Reads the type of a field.
 *
 * @param littleEndian Byte order of a number that names none.
 * @returns `undefined` if the text is no type.
 */
export function parseFieldType(
  text: string,
  littleEndian: boolean,
): NumberType | BytesType | undefined {
  const [, name = "", order, digits] = PATTERN.exec(text) ?? [];
  if (name === "char" || name === "bytes") {
    const isType = order === undefined && digits !== undefined;
    return isType ? { kind: name, byteLength: Number(digits) } : undefined;
  }
  if (!isScalarName(name)) return undefined;
  if (order !== undefined && SCALAR_BYTES[name] === 1) return undefined;
  return {
    kind: digits === undefined ? "scalar" : "array",
    scalar: name,
    littleEndian: order === undefined ? littleEndian : order === "le",
    count: Number(digits ?? 1),
  };
}

/** The text of a type, with the byte order of numbers that have one. */
export function typeText(type: ParsedType): string {
  switch (type.kind) {
    case "record":
      return "record";
    case "scalar":
      return elementText(type);
    case "array":
      return `${elementText(type)}[${type.count}]`;
    default:
      return `${type.kind}[${type.byteLength}]`;
  }
}

function elementText({ scalar, littleEndian }: NumberType): string {
  if (SCALAR_BYTES[scalar] === 1) return scalar;
  return `${scalar}${littleEndian ? "le" : "be"}`;
}

/** Bytes of a field. */
export function bytesOfType(type: ParsedType): number {
  if (type.kind === "record") return type.layout.size;
  if ("byteLength" in type) return type.byteLength;
  return SCALAR_BYTES[type.scalar] * type.count;
}

/** The multiple of which a field's offset is in C. */
export function alignmentOfType(type: ParsedType): number {
  if (type.kind === "record") return type.layout.alignment;
  return "byteLength" in type ? 1 : SCALAR_BYTES[type.scalar];
}

/** Why a field cannot be laid out. */
export function typeError(field: string, type: unknown): TypeError {
  const names = Object.keys(SCALAR_BYTES).join(" ");
  return new TypeError(
    `Cannot lay out field "${field}" as its type must be one of ${names} (with "le" or "be" behind those of ` +
      `more than a byte), an array of these such as "u16[4]", "char[8]", "bytes[8]", or a layout: ` +
      `received ${received(type)}`,
  );
}
