/**
 * Layouts from Python's struct formats.
 *
 * @module
 */
import { type Format, type FormatField, parseFormat } from "../format.ts";
import { received } from "../../received.ts";
import type { ParsedType, PlacedField } from "./field_type.ts";
import { Layout } from "./layout.ts";
import { alignmentOf, checkName, checkSize } from "./place_fields.ts";
import { isScalarName } from "./scalars.ts";

/** Lays out the values of a format, each under its name. */
export function layOutStruct(text: string, names: unknown): Layout {
  const format = parseFormat(text);
  const fields = format.fields.filter(holdsValue);
  const known = checkNames(text, names, fields.length);
  const placed = known.map((name, i): PlacedField => {
    // There are as many names as fields.
    const field = fields[i]!;
    return { name, type: typeOf(field, format), offset: field.offset };
  });
  const alignment = format.native ? alignmentOf(placed) : 1;
  return new Layout(placed, checkSize(format.size, 1, 1), alignment);
}

function holdsValue({ code, count }: FormatField): boolean {
  return code === "s" || code === "p" || (code !== "x" && count > 0);
}

function checkNames(text: string, names: unknown, count: number): string[] {
  const isList = Array.isArray(names) &&
    names.every((name) => typeof name === "string");
  if (!isList) {
    throw new TypeError(
      `Cannot lay out format "${text}" as its names must be an array of strings: received ${
        received(names)
      }`,
    );
  }
  if (names.length !== count) {
    throw new TypeError(
      `Cannot lay out format "${text}" as it has ${count} fields to be named: received ${names.length} names`,
    );
  }
  names.forEach(checkName);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return names;
  throw new TypeError(
    `Cannot lay out format "${text}" as names must differ: received "${twice}" twice`,
  );
}

function typeOf(field: FormatField, { littleEndian }: Format): ParsedType {
  const { code, count, byteLength } = field;
  if (code === "c" || code === "s") return { kind: "bytes", byteLength };
  if (code === "p") return { kind: "pascal", byteLength };
  const scalar = code === "?"
    ? "bool"
    : `${familyOf(code)}${8 * byteLength / count}`;
  if (!isScalarName(scalar)) throw new Error(`Bug: no scalar for "${code}"`);
  const kind = count === 1 ? "scalar" : "array";
  return { kind, scalar, littleEndian, count };
}

function familyOf(code: string): "u" | "i" | "f" {
  if ("efd".includes(code)) return "f";
  return "bhilqn".includes(code) ? "i" : "u";
}
