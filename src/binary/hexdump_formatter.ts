/**
 * Rows of a hexadecimal dump, in the layout of `hexdump -C`, as bytes of ASCII.
 *
 * ```text
 * 00000010  71 72 73 74 75 76 77 78  79 7a 30 31 32 33 34 35  |qrstuvwxyz012345|
 * ```
 *
 * Offsets have eight digits, and more from 4 GiB on. Rows that repeat the one before show as one `*`.
 * The last line is the offset behind the last byte; a dump of nothing at offset 0 has no lines.
 *
 * Why it is fast: rows are written into a buffer of text through tables, and repeated ones are found
 * by words of four bytes.
 *
 * @module
 */
import { received } from "../received.ts";

/** Options of a dump. */
export interface HexdumpOptions {
  /** Offset of the first byte, as the dump shows it. Defaults to 0. */
  readonly offset?: number | undefined;
  /** Bytes in a row, 1 to 256. Defaults to 16. */
  readonly columns?: number | undefined;
  /** Whether rows that repeat the one before show as one `*`. Defaults to true. */
  readonly squeeze?: boolean | undefined;
}

/** The options with their defaults, checked. */
export interface HexdumpLayout {
  readonly offset: number;
  readonly columns: number;
  readonly squeeze: boolean;
}

/** Most bytes in a row. */
export const COLUMNS_MAX = 256;
/** Bytes between two wider gaps. */
const GROUP = 8;
const OFFSET_DIGITS_MIN = 8;
/** Digits of 2**53 - 1. */
const OFFSET_DIGITS_MAX = 14;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const STAR = 0x2a;
const BAR = 0x7c;

const DIGITS = new TextEncoder().encode("0123456789abcdef");
/** How each byte shows at the right: itself if it is printable ASCII, otherwise a dot. */
const PICTURES = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte >= 0x20 && byte < 0x7f ? byte : 0x2e,
);

/**
 * Checks the options of a dump.
 *
 * @throws {TypeError} If one is of the wrong type.
 * @throws {RangeError} If one is out of range.
 */
export function checkHexdumpOptions(options: HexdumpOptions): HexdumpLayout {
  const { offset = 0, columns = 16, squeeze = true } = options;
  checkInteger("offset", offset, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("columns", columns, 1, COLUMNS_MAX);
  if (typeof squeeze !== "boolean") {
    throw new TypeError(
      `Cannot dump bytes as "squeeze" must be true or false: received ${
        received(squeeze)
      }`,
    );
  }
  return { offset, columns, squeeze };
}

function checkInteger(
  name: string,
  value: unknown,
  min: number,
  max: number,
): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot dump bytes as "${name}" must be a number: received ${
        received(value)
      }`,
    );
  }
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const bound = max === Number.MAX_SAFE_INTEGER ? "2**53 - 1" : max;
  throw new RangeError(
    `Cannot dump bytes as "${name}" must be an integer from ${min} to ${bound}: received ${value}`,
  );
}

/** Turns bytes into rows, piece by piece. */
export class HexdumpFormatter {
  readonly #columns: number;
  readonly #squeeze: boolean;
  /** Columns of text that the digits of a full row take. */
  readonly #hexWidth: number;
  /** The row before, `u8[columns]`. */
  readonly #previous: Uint8Array;
  #hasPrevious = false;
  #starred = false;
  #offset: number;
  #text: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;

  constructor({ offset, columns, squeeze }: HexdumpLayout) {
    this.#offset = offset;
    this.#columns = columns;
    this.#squeeze = squeeze;
    this.#hexWidth = 3 * columns - 1 + Math.floor((columns - 1) / GROUP);
    this.#previous = new Uint8Array(columns);
  }

  /**
   * Formats the bytes that come next.
   *
   * @param bytes Whole rows, in plain or shared memory; only the last piece may end within a row.
   * @returns Lines of ASCII; valid until the next call.
   */
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    this.#reserve(bytes.length);
    let at = 0;
    while (at < bytes.length) {
      at = this.#skipRepeated(bytes, at);
      if (at < bytes.length) at = this.#row(bytes, at);
    }
    return this.#text.subarray(0, this.#length);
  }

  /** The last line, the offset behind the last byte. @returns Nothing if that is 0. */
  end(): Uint8Array<ArrayBuffer> {
    this.#reserve(0);
    if (this.#offset > 0) {
      this.#putOffset();
      this.#put(NEWLINE);
    }
    return this.#text.subarray(0, this.#length);
  }

  #reserve(byteLength: number): void {
    const rows = Math.ceil(byteLength / this.#columns) + 1;
    const rowLength = OFFSET_DIGITS_MAX + this.#hexWidth + this.#columns + 7;
    if (this.#text.length < rows * rowLength) {
      this.#text = new Uint8Array(rows * rowLength);
    }
    this.#length = 0;
  }

  /** Passes over full rows that equal the one before. @returns Where the next other row starts. */
  #skipRepeated(bytes: Uint8Array, from: number): number {
    if (!this.#squeeze || !this.#hasPrevious) return from;
    const columns = this.#columns;
    if (!equalsAt(bytes, from, this.#previous)) return from;
    const at = periodicEnd(bytes, from, columns);
    if (!this.#starred) {
      this.#put(STAR);
      this.#put(NEWLINE);
      this.#starred = true;
    }
    this.#offset += at - from;
    return at;
  }

  /** Writes one row. @returns Where the next starts. */
  #row(bytes: Uint8Array, from: number): number {
    const to = Math.min(bytes.length, from + this.#columns);
    this.#putOffset();
    this.#put(SPACE);
    const hexEnd = this.#length + this.#hexWidth + 1;
    this.#putHex(bytes, from, to);
    this.#text.fill(SPACE, this.#length, hexEnd);
    this.#length = hexEnd;
    this.#putPictures(bytes, from, to);
    this.#starred = false;
    this.#offset += to - from;
    this.#hasPrevious = true;
    if (this.#squeeze) this.#previous.set(bytes.subarray(from, to));
    return to;
  }

  #put(code: number): void {
    this.#text[this.#length++] = code;
  }

  #putOffset(): void {
    let rest = this.#offset;
    let digits = OFFSET_DIGITS_MIN;
    while (rest >= 16 ** digits) digits++;
    for (let i = this.#length + digits - 1; i >= this.#length; i--) {
      this.#text[i] = DIGITS[rest % 16]!;
      rest = Math.floor(rest / 16);
    }
    this.#length += digits;
  }

  /** Two digits for each byte, a space in front of them, and one more in front of a group. */
  #putHex(bytes: Uint8Array, from: number, to: number): void {
    const text = this.#text;
    let length = this.#length;
    for (let i = from; i < to; i++) {
      // `!`: `i` is below the length, and half a byte has a digit.
      const byte = bytes[i]!;
      if (i > from && (i - from) % GROUP === 0) text[length++] = SPACE;
      text[length++] = SPACE;
      text[length++] = DIGITS[byte >> 4]!;
      text[length++] = DIGITS[byte & 15]!;
    }
    this.#length = length;
  }

  #putPictures(bytes: Uint8Array, from: number, to: number): void {
    const text = this.#text;
    let length = this.#length;
    text[length++] = SPACE;
    text[length++] = SPACE;
    text[length++] = BAR;
    for (let i = from; i < to; i++) text[length++] = PICTURES[bytes[i]!]!;
    text[length++] = BAR;
    text[length++] = NEWLINE;
    this.#length = length;
  }
}

/** Tells whether all of `row` stands at an offset of `bytes`. */
function equalsAt(bytes: Uint8Array, from: number, row: Uint8Array): boolean {
  if (from + row.length > bytes.length) return false;
  for (let i = 0; i < row.length; i++) {
    if (bytes[from + i] !== row[i]) return false;
  }
  return true;
}

/**
 * Finds how far bytes repeat.
 *
 * @returns `from + n * period`, for the largest `n >= 1` such that the `n` pieces of `period` bytes
 * from there on are equal.
 */
function periodicEnd(bytes: Uint8Array, from: number, period: number): number {
  let at = from + period;
  const first = bytes.byteOffset + from;
  if (first % 4 === 0 && period % 4 === 0) {
    const count = Math.floor((bytes.length - from) / 4);
    const words = new Int32Array(bytes.buffer, first, count);
    const distance = period / 4;
    let i = distance;
    while (i < count && words[i] === words[i - distance]) i++;
    at = from + 4 * i;
  }
  while (at < bytes.length && bytes[at] === bytes[at - period]) at++;
  return at - (at - from) % period;
}
