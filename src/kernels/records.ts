/**
 * The kernels of record jobs: a group table, and scans that fill it.
 *
 * @module
 */
import { bindFamily } from "./family.ts";
import type { Backend } from "./kernels.ts";
import { createScalarRecordKernels } from "./records_scalar.ts";
import { RECORDS_WASM_BASE64 } from "./records_wasm.ts";

/** How a field of a fixed record is read: little-endian, at any place. */
export const FieldKind = {
  F64: 0,
  F32: 1,
  I32: 2,
  U32: 3,
  I16: 4,
  U16: 5,
  I8: 6,
  U8: 7,
} as const;

/** One of {@link FieldKind}. */
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

/** See {@link RecordKernels.scanFixed}. */
export const ODD_RECORD = 0x8000_0000;

/** Why {@link RecordKernels.scanTenths} returned. */
export const TenthsEnd = {
  /** Both halves are done. */
  Done: 0,
  /** The line at the first cursor is of another form. */
  OddFirst: 1,
  /** The line at the second cursor is of another form. */
  OddSecond: 2,
  /** There is no room for the key of the line at a cursor. */
  Full: 3,
} as const;

/** One of {@link TenthsEnd}. */
export type TenthsEnd = (typeof TenthsEnd)[keyof typeof TenthsEnd];

/** Kernels over one memory. All places are byte addresses in it; a table is what `GroupTable` made. */
export interface RecordKernels {
  /** Which backend. */
  readonly backend: Backend;

  /**
   * Finds the cells of a key, or makes them.
   *
   * @returns Their address, a multiple of 8; 0 if the key is new and the table full.
   */
  upsert(table: number, key: number, keyBytes: number): number;

  /**
   * Adds lines `key<delimiter>number` to a table whose groups have four cells: count, sum, least and most, in tenths, `i64`.
   *
   * A number is a minus sign or none, one or two digits, a point and a digit; or `-.1`, or `012.3`. Key and number are
   * the whole line, and the key has neither delimiter nor newline in it, 255 bytes at most, and if it has 33, the
   * first is not 0.
   *
   * @param cursors Address of a `u32[5]`: place and end of each half of the lines, and a count to which that of the
   * lines is added. Ends are behind a newline, or where the file ends. Places are moved to what has not been added.
   * @param delimiter A byte that is no newline.
   */
  scanTenths(table: number, cursors: number, delimiter: number): TenthsEnd;

  /**
   * Writes where fields of lines end: the addresses of delimiters and newlines, in order, until there is no room.
   *
   * @param end Behind the last byte to look at, below 2**32.
   * @param output Address of a `u32[capacity]`, 4-byte aligned.
   * @param capacity At least 1.
   * @returns How many were written. Where these are `capacity`, there may be others behind the last.
   */
  fieldEnds(
    from: number,
    end: number,
    delimiter: number,
    output: number,
    capacity: number,
  ): number;

  /**
   * Adds the values of `count` records to a table whose groups have the cells of `fixedInitialCells()`.
   *
   * @param cache Address of what `clearFixedCache()` has cleared since the table was, of this table alone.
   * @param records Address of the first.
   * @param stride Bytes of a record.
   * @param key Offset in a record of the key.
   * @param keyBytes 0, 1, 2 or 4; all keys of a table are of one length.
   * @param value Offset in a record of the value.
   * @param extremes Whether the least and the most are kept too.
   * @param count Below 2**31.
   * @returns How many were added, plus `ODD_RECORD` if the next one's value is not below 2**960, or no number; else
   * fewer than `count` if the table is full.
   */
  scanFixed(
    table: number,
    cache: number,
    records: number,
    count: number,
    stride: number,
    key: number,
    keyBytes: number,
    value: number,
    valueKind: FieldKind,
    extremes: 0 | 1,
  ): number;
}

/** What assembly/record*.ts export, as far as it is called from here. */
interface RecordExports {
  groupUpsert(table: number, key: number, keyBytes: number): number;
  scanTenths(table: number, cursors: number, delimiter: number): TenthsEnd;
  scanFixed: RecordKernels["scanFixed"];
  fieldEnds: RecordKernels["fieldEnds"];
}

/**
 * Binds a backend to a memory.
 *
 * @param memory Shared, and never grown.
 */
export function bindRecordKernels(
  memory: WebAssembly.Memory,
  backend: Backend,
): RecordKernels {
  if (backend === "scalar") return createScalarRecordKernels(memory);
  const simd = bindFamily<RecordExports>(RECORDS_WASM_BASE64, memory);
  return {
    backend,
    // WASM gives 32 bits as a signed number.
    upsert: (table, key, keyBytes) =>
      simd.groupUpsert(table, key, keyBytes) >>> 0,
    scanTenths: simd.scanTenths,
    fieldEnds: simd.fieldEnds,
    scanFixed: (table, cache, records, count, ...rest) =>
      simd.scanFixed(table, cache, records, count, ...rest) >>> 0,
  };
}
