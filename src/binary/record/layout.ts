/**
 * Where the fields of a record lie, and the cursors over such records.
 *
 * @module
 */
import { groupDigits } from "../../errors.ts";
import { asBytes, type BytesSource } from "../bytes.ts";
import { received } from "../received.ts";
import { type CompiledLayout, compileLayout } from "./compile.ts";
import type { RecordCursor } from "./cursor.ts";
import { bytesOfType, type PlacedField, typeText } from "./field_type.ts";
import { type BufferRange, Place, rangeBytesMax } from "./place.ts";
import { LayoutRecords } from "./records.ts";
import { SCALAR_BYTES } from "./scalars.ts";
import type { RecordField, RecordsOptions } from "./types.ts";

/** The longest record. */
export const RECORD_BYTES_MAX: number = 2 ** 30;

/** A layout whose fields its type does not tell. */
export class Layout {
  readonly placed: readonly PlacedField[];
  readonly fields: readonly RecordField[];
  readonly size: number;
  readonly alignment: number;
  /** What the offset of a range is divided by: two with the same rest have the same cursors. */
  readonly #modulus: number;
  /** For each rest, to load and store and to load only. */
  readonly #compiled: (CompiledLayout | undefined)[] = [];

  constructor(
    placed: readonly PlacedField[],
    size: number,
    alignment: number,
  ) {
    this.placed = placed;
    this.fields = placed.map(describeField);
    this.size = size;
    this.alignment = alignment;
    this.#modulus = alignmentInRecords(placed, size);
  }

  over(
    source: BytesSource,
    byteOffset = 0,
    options: RecordsOptions = {},
  ): LayoutRecords<RecordCursor> {
    const bytes = asBytes(source);
    checkOffset(byteOffset, bytes.byteLength);
    const { size } = this;
    const available = bytes.byteLength - byteOffset;
    const count = options.count ?? wholeRecords(available, size);
    checkCount(count, available, size);
    const range = {
      buffer: bytes.buffer,
      byteOffset: bytes.byteOffset + byteOffset,
      byteLength: count * size,
    };
    const readonly = options.readonly === true || isReadonly(source);
    const { createCursor, kinds } = this.#compile(range, readonly);
    const place = new Place(range, size, kinds);
    const extent = { byteOffset, size, count };
    return new LayoutRecords(createCursor(place), place, extent);
  }

  cursor(
    source: BytesSource,
    byteOffset = 0,
    options: Omit<RecordsOptions, "count"> = {},
  ): RecordCursor {
    return this.over(source, byteOffset, { ...options, count: 1 }).at(0);
  }

  #compile(range: BufferRange, readonly: boolean): CompiledLayout {
    const byteOffset = range.byteOffset % this.#modulus;
    const key = 2 * byteOffset + (readonly ? 1 : 0);
    const stride = { byteOffset, size: this.size };
    return this.#compiled[key] ??= compileLayout(this.placed, {
      stride,
      readonly,
    });
  }
}

/**
 * The largest alignment that a number can have in all records of a range, which depends on where it starts.
 *
 * Few kinds of cursors matter: the segments of a file start anywhere, and engines make fast code for one kind
 * of object, slow code for several.
 */
function alignmentInRecords(
  fields: readonly PlacedField[],
  size: number,
): number {
  const alignments = fields.map(({ type }) => {
    if (type.kind === "record") {
      return alignmentInRecords(type.layout.placed, size);
    }
    const bytes = type.kind === "scalar" ? SCALAR_BYTES[type.scalar] : 1;
    return size % bytes === 0 ? bytes : 1;
  });
  return Math.max(1, ...alignments);
}

function describeField({ name, type, offset }: PlacedField): RecordField {
  return {
    name,
    type: typeText(type),
    offset,
    byteLength: bytesOfType(type),
    count: "count" in type ? type.count : 1,
    layout: "layout" in type ? type.layout : undefined,
  };
}

/** Whether the source itself forbids stores. */
function isReadonly(source: BytesSource): boolean {
  return "readonly" in source && source.readonly === true;
}

function checkOffset(byteOffset: number, byteLength: number): void {
  if (
    Number.isInteger(byteOffset) && byteOffset >= 0 && byteOffset <= byteLength
  ) return;
  throw new RangeError(
    `Cannot find records as their offset must be from 0 to ${
      groupDigits(byteLength)
    }, the bytes that there are: received ${received(byteOffset)}`,
  );
}

function wholeRecords(byteLength: number, size: number): number {
  if (byteLength % size === 0) return byteLength / size;
  throw new RangeError(
    `Cannot find records of ${size} bytes as the bytes must be a multiple of that, or their count be given: ` +
      `received ${groupDigits(byteLength)} bytes`,
  );
}

function checkCount(count: number, byteLength: number, size: number): void {
  const max = Math.floor(Math.min(byteLength, rangeBytesMax(size)) / size);
  if (Number.isInteger(count) && count >= 0 && count <= max) return;
  throw new RangeError(
    `Cannot find records of ${size} bytes as their count must be from 0 to ${max} in ` +
      `${groupDigits(byteLength)} bytes: received ${received(count)}`,
  );
}
