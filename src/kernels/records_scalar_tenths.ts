/**
 * The scan of lines with tenths in plain TypeScript.
 *
 * @module
 */
import type { TenthsEnd } from "./records.ts";
import type { ScalarTable } from "./records_scalar_table.ts";

const NEWLINE = 0x0a;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const KEY_BYTES_MAX = 255;
const NO_DELIMITER = 33;

/** One of the halves of the lines. */
interface Half {
  /** Address of its place and end. */
  readonly cursor: number;
  /** Index of the word where lines are counted. */
  readonly count: number;
  /** What tells that it stopped. */
  readonly odd: TenthsEnd;
}

/** Scans lines of one memory. */
export class ScalarTenths {
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #cells: BigInt64Array;
  readonly #table: ScalarTable;
  #value = 0;

  constructor(memory: WebAssembly.Memory, table: ScalarTable) {
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#cells = new BigInt64Array(memory.buffer);
    this.#table = table;
  }

  /** See `RecordKernels.scanTenths`. */
  scan(table: number, cursors: number, delimiter: number): TenthsEnd {
    const count = (cursors + 16) >>> 2;
    return this.#scanHalf(
      table,
      { cursor: cursors, count, odd: 1 },
      delimiter,
    ) ||
      this.#scanHalf(table, { cursor: cursors + 8, count, odd: 2 }, delimiter);
  }

  #scanHalf(
    table: number,
    { cursor, count, odd }: Half,
    delimiter: number,
  ): TenthsEnd {
    const end = this.#words[(cursor >>> 2) + 1]!;
    let line = this.#words[cursor >>> 2]!;
    let stopped: TenthsEnd = 0;
    while (line !== end && stopped === 0) {
      const keyEnd = this.#keyEnd(line, end, delimiter);
      const next = keyEnd < 0 ? -1 : this.#readNumber(keyEnd + 1, end);
      if (next < 0) stopped = odd;
      else if (!this.#add(table, line, keyEnd - line)) stopped = 3;
      else {
        line = next;
        this.#words[count]!++;
      }
    }
    this.#words[cursor >>> 2] = line;
    return stopped;
  }

  /** @returns Where the delimiter is; -1 if the line has none. */
  #keyEnd(line: number, end: number, delimiter: number): number {
    const bytes = this.#bytes;
    let at = line;
    while (at < end && bytes[at] !== delimiter && bytes[at] !== NEWLINE) at++;
    const isKey = at < end && bytes[at] !== NEWLINE &&
      !isOddKey(at - line, bytes[line]!);
    return isKey ? at : -1;
  }

  /** @returns Where the next line starts; -1 if this is not a number with one decimal. */
  #readNumber(start: number, end: number): number {
    const bytes = this.#bytes;
    const negative = start < end && bytes[start] === MINUS;
    let at = negative ? start + 1 : start;
    let value = 0;
    const digits = at;
    while (at < end && at < digits + 3 && isDigit(bytes[at]!)) {
      value = value * 10 + bytes[at++]! - ZERO;
    }
    const whole = at - digits;
    // Three digits if the first is 0, none behind a minus sign.
    const isOdd = negative
      ? whole > 2
      : whole === 0 || (whole === 3 && value > 99);
    if (isOdd || end - at < 2 || bytes[at] !== POINT) return -1;
    if (!isDigit(bytes[at + 1]!)) return -1;
    value = value * 10 + bytes[at + 1]! - ZERO;
    this.#value = negative ? -value : value;
    at += 2;
    if (at === end) return at;
    return bytes[at] === NEWLINE ? at + 1 : -1;
  }

  #add(table: number, key: number, keyBytes: number): boolean {
    const address = this.#table.upsert(table, key, keyBytes);
    if (address === 0) return false;
    const cells = this.#cells;
    const at = address / 8;
    const value = BigInt(this.#value);
    cells[at]!++;
    cells[at + 1]! += value;
    if (value < cells[at + 2]!) cells[at + 2] = value;
    if (value > cells[at + 3]!) cells[at + 3] = value;
    return true;
  }
}

/** Whether a key is left to the caller: see the function of this name in assembly/record_lines.ts. */
function isOddKey(keyBytes: number, first: number): boolean {
  return keyBytes > KEY_BYTES_MAX || (keyBytes === NO_DELIMITER && first === 0);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
