/**
 * Fields of binary records, by a struct format: loads from where they lie.
 *
 * @module
 */
import {
  type Format,
  type FormatField,
  parseFormat,
  valuesOf,
} from "../binary/format.ts";
import { fromHalfBits } from "../binary/half_float.ts";
import { normal } from "./expression/arithmetic.ts";
import type { Numeric, Operand, TextSource } from "./expression/operand.ts";
import type { Row } from "./row.ts";

/** One value of a format. */
export interface StructValue {
  readonly code: FormatField["code"];
  /** In bytes, from the start of the format. */
  readonly offset: number;
  readonly byteLength: number;
}

/** The values of a format in their order: as many as it takes names for. */
export function structValues(format: Format): StructValue[] {
  return format.fields.flatMap((field) => {
    const count = valuesOf(field);
    const byteLength = count === 0 ? 0 : field.byteLength / count;
    return Array.from({ length: count }, (_, i) => ({
      code: field.code,
      offset: field.offset + i * byteLength,
      byteLength,
    }));
  });
}

/** Where values of a format lie: from which address of the row on. */
export type RowBase = "address" | "recordAddress";

/**
 * Makes what loads each value of a format from the current record.
 *
 * Integers are exact; of `?`, any byte but 0 is true; `c`, `s` and `p` are text, which for `s` ends in
 * front of the zeros at its end.
 *
 * @param base What the format's offsets count from.
 * @param shift Bytes between that and the format.
 */
export function structOperands(
  text: string,
  row: Row,
  base: RowBase,
  shift = 0,
): Operand[] {
  const format = parseFormat(text);
  return structValues(format).map((value) =>
    operandOf({ ...value, offset: value.offset + shift }, format, row, base)
  );
}

function operandOf(
  { code, offset, byteLength }: StructValue,
  { littleEndian }: Format,
  row: Row,
  base: RowBase,
): Operand {
  const { view } = row;
  switch (code) {
    case "c":
    case "s":
    case "p":
      return {
        type: "text",
        text: new StructText(row, base, offset, byteLength, code),
      };
    case "?":
      return {
        type: "boolean",
        boolean: () => view.getUint8(row[base] + offset) !== 0,
      };
    case "e":
      return {
        type: "float",
        number: () =>
          fromHalfBits(view.getUint16(row[base] + offset, littleEndian)),
      };
    case "f":
      return {
        type: "float",
        number: () => view.getFloat32(row[base] + offset, littleEndian),
      };
    case "d":
      return {
        type: "float",
        number: () => view.getFloat64(row[base] + offset, littleEndian),
      };
  }
  const signed = "bhilqn".includes(code);
  return {
    type: "number",
    number: integerAt(row, base, offset, byteLength, signed, littleEndian),
    wide: byteLength === 8,
  };
}

function integerAt(
  row: Row,
  base: RowBase,
  offset: number,
  byteLength: number,
  signed: boolean,
  little: boolean,
): () => Numeric {
  const { view } = row;
  switch (byteLength) {
    case 1:
      return signed
        ? () => view.getInt8(row[base] + offset)
        : () => view.getUint8(row[base] + offset);
    case 2:
      return signed
        ? () => view.getInt16(row[base] + offset, little)
        : () => view.getUint16(row[base] + offset, little);
    case 4:
      return signed
        ? () => view.getInt32(row[base] + offset, little)
        : () => view.getUint32(row[base] + offset, little);
  }
  return signed
    ? () => int64(view, row[base] + offset, little)
    : () => uint64(view, row[base] + offset, little);
}

/** No bigint is made of what a double holds. */
function uint64(view: DataView, at: number, little: boolean): Numeric {
  const high = view.getUint32(at + (little ? 4 : 0), little);
  if (high < 0x200000) {
    return high * 2 ** 32 + view.getUint32(at + (little ? 0 : 4), little);
  }
  return view.getBigUint64(at, little);
}

function int64(view: DataView, at: number, little: boolean): Numeric {
  const high = view.getInt32(at + (little ? 4 : 0), little);
  if (high >= -0x200000 && high < 0x200000) {
    const low = view.getUint32(at + (little ? 0 : 4), little);
    const value = high * 2 ** 32 + low;
    if (value !== -(2 ** 53)) return value;
  }
  return normal(view.getBigInt64(at, little));
}

class StructText implements TextSource {
  readonly bytes: Uint8Array;
  readonly #row: Row;
  readonly #base: RowBase;
  readonly #offset: number;
  readonly #byteLengthMax: number;
  readonly #code: "c" | "s" | "p";
  start = 0;
  byteLength = 0;

  constructor(
    row: Row,
    base: RowBase,
    offset: number,
    byteLength: number,
    code: "c" | "s" | "p",
  ) {
    this.bytes = row.bytes;
    this.#row = row;
    this.#base = base;
    this.#offset = offset;
    this.#byteLengthMax = byteLength;
    this.#code = code;
  }

  load(): void {
    const start = this.#row[this.#base] + this.#offset;
    const max = this.#byteLengthMax;
    this.start = start;
    this.byteLength = max;
    if (this.#code === "p") {
      this.start = start + 1;
      this.byteLength = Math.max(0, Math.min(this.bytes[start] ?? 0, max - 1));
    } else if (this.#code === "s") {
      let end = start + max;
      while (end > start && this.bytes[end - 1] === 0) end--;
      this.byteLength = end - start;
    }
  }
}
