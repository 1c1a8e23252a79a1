/**
 * The scan of fixed records in plain TypeScript: as assembly/record_fixed.ts, but that all values go to the chunks.
 *
 * @module
 */
import type { FieldKind } from "./records.ts";
import type { ScalarTable } from "./records_scalar_table.ts";

/** Where key and value are in a record. */
export interface FixedFields {
  readonly stride: number;
  readonly key: number;
  readonly keyBytes: number;
  readonly value: number;
  readonly valueKind: FieldKind;
  /** Whether the least and the most are kept too. */
  readonly extremes: 0 | 1;
}

/** Cells in front of the chunks: count, smallest, largest, and three of near sums, which stay 0 here. */
const CHUNKS_CELL = 6;
const CHUNKS = 66;
/** Values from here on, and what is no number, are left to the caller. */
const SIZE_END = 2 ** 960;
const ODD_RECORD = 0x8000_0000;
/** Values until a chunk could overflow. */
const CARRY_MASK = 1023n;
const TWO_32 = 2 ** 32;

/** Scans records of one memory. */
export class ScalarFixed {
  readonly #view: DataView;
  readonly #integers: BigInt64Array;
  readonly #floats: Float64Array;
  readonly #table: ScalarTable;
  readonly #bits = new DataView(new ArrayBuffer(8));

  constructor(memory: WebAssembly.Memory, table: ScalarTable) {
    this.#view = new DataView(memory.buffer);
    this.#integers = new BigInt64Array(memory.buffer);
    this.#floats = new Float64Array(memory.buffer);
    this.#table = table;
  }

  /** See `RecordKernels.scanFixed`. */
  scan(
    table: number,
    records: number,
    count: number,
    fields: FixedFields,
  ): number {
    const { stride, key, keyBytes, value, valueKind, extremes } = fields;
    for (let i = 0; i < count; i++) {
      const record = records + i * stride;
      const cells = this.#table.upsert(table, record + key, keyBytes);
      if (cells === 0) return i;
      const number = readField(this.#view, record + value, valueKind);
      if (!(Math.abs(number) < SIZE_END)) return i + ODD_RECORD;
      this.#addExact(cells / 8, number);
      if (extremes === 1) this.#addExtremes(cells / 8, number);
    }
    return count;
  }

  #addExtremes(cell: number, value: number): void {
    // 0 added makes 0 of -0.
    if (value < this.#floats[cell + 1]!) this.#floats[cell + 1] = value + 0;
    if (value > this.#floats[cell + 2]!) this.#floats[cell + 2] = value + 0;
  }

  #addExact(cell: number, value: number): void {
    this.#bits.setFloat64(0, value);
    const high = this.#bits.getUint32(0);
    const exponent = (high >>> 20) & 0x7ff;
    const implicit = exponent === 0 ? 0 : 1;
    const place = exponent - implicit;
    const mantissa = ((high & 0xfffff) + implicit * 2 ** 20) * TWO_32 +
      this.#bits.getUint32(4);
    const chunk = cell + CHUNKS_CELL + (place >>> 5);
    const signed = BigInt(high >>> 31 === 0 ? mantissa : -mantissa);
    const shifted = signed << BigInt(place & 31);
    this.#integers[chunk]! += shifted & 0xffff_ffffn;
    this.#integers[chunk + 1]! += shifted >> 32n;
    const count = ++this.#integers[cell]!;
    if ((count & CARRY_MASK) === 0n) this.#carry(cell + CHUNKS_CELL);
  }

  #carry(first: number): void {
    const cells = this.#integers;
    let carry = 0n;
    for (let at = first; at < first + CHUNKS - 1; at++) {
      const value = cells[at]! + carry;
      // Towards zero, so that a small sum leaves the chunks of large units alone.
      cells[at] = value % 0x1_0000_0000n;
      carry = value / 0x1_0000_0000n;
    }
    cells[first + CHUNKS - 1]! += carry;
  }
}

/** Loads a field, little-endian. */
function readField(view: DataView, address: number, kind: FieldKind): number {
  switch (kind) {
    case 0:
      return view.getFloat64(address, true);
    case 1:
      return view.getFloat32(address, true);
    case 2:
      return view.getInt32(address, true);
    case 3:
      return view.getUint32(address, true);
    case 4:
      return view.getInt16(address, true);
    case 5:
      return view.getUint16(address, true);
    case 6:
      return view.getInt8(address);
    default:
      return view.getUint8(address);
  }
}
