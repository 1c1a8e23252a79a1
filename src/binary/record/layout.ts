/**
 * Where the fields of a record lie, and the cursors over such records.
 *
 * @module
 */
import { groupDigits } from "../../errors.ts";
import { asBytes, type BytesSource } from "../bytes.ts";
import { received } from "../../received.ts";
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

  /**
   * In one piece, because V8 does not inline what is so long. It has room for some hundred bytes of other
   * functions in one, fills it by how often each is called, and takes accessors last, whose calls it does not
   * count: the fields of a loop behind an inlined `over()` were called (Node 20.20: 5 ns a record, 2 as it is
   * here; 2-core Xeon, 2026-11-21).
   */
  over(
    source: BytesSource,
    byteOffset = 0,
    options: RecordsOptions = {},
  ): LayoutRecords<RecordCursor> {
    const { size } = this;
    const bytes = asBytes(source);
    const available = bytes.byteLength - byteOffset;
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || available < 0) {
      throw new RangeError(
        `Cannot find records as their offset must be from 0 to ${
          groupDigits(bytes.byteLength)
        }, the bytes that there are: received ${received(byteOffset)}`,
      );
    }
    const { count = available / size } = options;
    if (options.count === undefined && !Number.isInteger(count)) {
      throw new RangeError(
        `Cannot find records of ${size} bytes as the bytes must be a multiple of that, or their count be given: ` +
          `received ${groupDigits(available)} bytes`,
      );
    }
    const countMax = Math.floor(
      Math.min(available, rangeBytesMax(size)) / size,
    );
    if (!Number.isInteger(count) || count < 0 || count > countMax) {
      throw new RangeError(
        `Cannot find records of ${size} bytes as their count must be from 0 to ${countMax} in ` +
          `${groupDigits(available)} bytes: received ${received(count)}`,
      );
    }
    const range = {
      buffer: bytes.buffer,
      byteOffset: bytes.byteOffset + byteOffset,
      byteLength: count * size,
    };
    const isReadonly = options.readonly === true ||
      // What the source says of itself: a View.
      ("readonly" in source && source.readonly === true);
    const { createCursor, kinds } = this.#compile(range, isReadonly);
    const place = new Place(range, size, kinds);
    return new LayoutRecords(createCursor(place), place, byteOffset);
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
