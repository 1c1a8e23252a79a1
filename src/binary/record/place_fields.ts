/**
 * Gives each field of a record its place, as a C compiler does.
 *
 * @module
 */
import { roundUp } from "../../round_up.ts";
import { received } from "../../received.ts";
import {
  alignmentOfType,
  bytesOfType,
  type ParsedType,
  parseFieldType,
  type PlacedField,
  typeError,
} from "./field_type.ts";
import { Layout, RECORD_BYTES_MAX } from "./layout.ts";
import type { LayoutOptions, ReservedName } from "./types.ts";

/** Names of cursors' own members. */
const RESERVED: Readonly<Record<ReservedName, true>> = {
  advance: true,
  toObject: true,
  toJSON: true,
  assign: true,
  bytesOf: true,
  _place: true,
  _parts: true,
  _plan: true,
  ["__proto__"]: true,
};

/** Lays out fields in the order in which they are given. */
export function layOut(fields: unknown, options: LayoutOptions): Layout {
  const { endian = "little", align = false, size } = options;
  if (endian !== "little" && endian !== "big") {
    throw optionError("endian", '"little" or "big"', endian);
  }
  if (typeof align !== "boolean") {
    throw optionError("align", "a boolean", align);
  }
  const placed = placeFields(readFields(fields, endian === "little"), align);
  const alignment = align ? alignmentOf(placed) : 1;
  const end = Math.max(...placed.map(endOf));
  const full = roundUp(end, alignment);
  return new Layout(placed, checkSize(size ?? full, end, alignment), alignment);
}

/** A field whose place may not be known. */
interface UnplacedField {
  readonly name: string;
  readonly type: ParsedType;
  readonly offset: number | undefined;
}

function readFields(fields: unknown, littleEndian: boolean): UnplacedField[] {
  if (typeof fields !== "object" || fields === null) {
    throw new TypeError(
      `Cannot lay out a record as its fields must be an object: received ${
        received(fields)
      }`,
    );
  }
  const read = Object.entries(fields).map(([name, spec]) => {
    checkName(name);
    return readField(name, spec, littleEndian);
  });
  if (read.length > 0) return read;
  throw new TypeError(
    "Cannot lay out a record as it must have a field: received none",
  );
}

/** @throws {TypeError} If no field can have this name. */
export function checkName(name: string): void {
  if (Object.hasOwn(RESERVED, name)) {
    throw new TypeError(
      `Cannot lay out field "${name}" as every cursor has a member of that name`,
    );
  }
  // Objects list such names first, whatever the order in which they were written.
  if (/^\d+$/.test(name)) {
    throw new TypeError(
      `Cannot lay out field "${name}" as its name must not be a number`,
    );
  }
}

function readField(
  name: string,
  spec: unknown,
  littleEndian: boolean,
): UnplacedField {
  const { type, offset } = isPlaced(spec)
    ? spec
    : { type: spec, offset: undefined };
  if (offset !== undefined && !isWholeNumber(offset)) {
    throw new RangeError(
      `Cannot lay out field "${name}" as its offset must be an integer from 0: received ${
        received(offset)
      }`,
    );
  }
  const parsed = readType(type, littleEndian);
  if (parsed === undefined) throw typeError(name, type);
  return { name, type: parsed, offset };
}

function isPlaced(
  spec: unknown,
): spec is { readonly type: unknown; readonly offset?: unknown } {
  // A layout has no `type`.
  return typeof spec === "object" && spec !== null && "type" in spec;
}

function readType(
  type: unknown,
  littleEndian: boolean,
): ParsedType | undefined {
  if (type instanceof Layout) return { kind: "record", layout: type };
  return typeof type === "string"
    ? parseFieldType(type, littleEndian)
    : undefined;
}

function placeFields(
  fields: readonly UnplacedField[],
  align: boolean,
): PlacedField[] {
  let end = 0;
  return fields.map(({ name, type, offset }) => {
    const next = roundUp(end, align ? alignmentOfType(type) : 1);
    const placed = { name, type, offset: offset ?? next };
    end = endOf(placed);
    return placed;
  });
}

function endOf({ offset, type }: PlacedField): number {
  return offset + bytesOfType(type);
}

/** The largest alignment of fields. */
export function alignmentOf(fields: readonly PlacedField[]): number {
  return Math.max(1, ...fields.map(({ type }) => alignmentOfType(type)));
}

/** @throws {RangeError} If no record can have this size. */
export function checkSize(
  size: number,
  end: number,
  alignment: number,
): number {
  if (!isWholeNumber(size) || size < end || size > RECORD_BYTES_MAX) {
    throw new RangeError(
      `Cannot lay out a record as its size must be from ${end}, the end of its fields, to ` +
        `${RECORD_BYTES_MAX}: received ${received(size)}`,
    );
  }
  if (size % alignment === 0) return size;
  throw new RangeError(
    `Cannot lay out a record as its size must be a multiple of ${alignment}, its alignment: received ${size}`,
  );
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function optionError(name: string, rule: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot lay out a record as "${name}" must be ${rule}: received ${
      received(value)
    }`,
  );
}
