/**
 * Numbers in text, read straight from the bytes.
 *
 * ```text
 * number   = [ "+" | "-" ] ( decimal [ ("e" | "E") [ "+" | "-" ] digits ] | special )
 * decimal  = digits [ "." [ digits ] ] | "." digits
 * special  = "inf" | "infinity" | "nan"        letters of either case
 * ```
 *
 * No blanks, no separators of thousands, no other base. A number with neither exponent nor name is
 * exact as `mantissa / 10**scale`, and the caller can go on with integers; any of them has the nearest
 * double, ties to even, which is what `Number(text)` and Python's `float(text)` give.
 *
 * @module
 */
import { POWERS_OF_TEN, readSpecial } from "./parse_number_tables.ts";

/** What the bytes of a field are. */
export const NumberKind = {
  /** No number. */
  Invalid: 0,
  /** `mantissa / 10**scale`, where `mantissa` is a safe integer. */
  Small: 1,
  /** `bigMantissa() / 10**scale`, where the mantissa is beyond 2**53 - 1. */
  Large: 2,
  /** With an exponent: `toNumber()` has its nearest double. */
  Exponent: 3,
  /** An infinity or not a number: `toNumber()` has it. */
  Special: 4,
} as const;

/** One of {@link NumberKind}. */
export type NumberKind = (typeof NumberKind)[keyof typeof NumberKind];

const ZERO = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const LOWER = 0x20;
const LETTER_E = 0x65;

/** Exponents that this loop reads exactly; longer ones are 0 or infinite in any case. */
const EXPONENT_MAX = 1e6;

/**
 * Reads numbers out of bytes. The last one read is in its fields until the next is.
 *
 * Reading allocates nothing. {@link NumberReader.toNumber} allocates a text where there are more than 15
 * digits or a large exponent, {@link NumberReader.bigMantissa} always does.
 *
 * @example
 * ```ts
 * const reader = new NumberReader(new TextEncoder().encode("-12.50"));
 * if (reader.read(0, 6) === NumberKind.Small) console.log(reader.mantissa, reader.scale); // -1250 2
 * ```
 */
export class NumberReader {
  readonly #bytes: Uint8Array;
  #start = 0;
  #end = 0;
  /** What was read. */
  kind: NumberKind = NumberKind.Invalid;
  /** The digits as an integer with the sign, never -0: exact where the kind is `Small`. */
  mantissa = 0;
  /** How many digits stand behind the point. */
  scale = 0;
  /** What stands behind the `e`; 0 without one. */
  exponent = 0;
  /** Whether there is a minus sign: `-0.0` is a negative zero. */
  negative = false;

  /**
   * @param bytes Where numbers are, shared or not, such as all of an arena.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Reads `bytes[start, end)`, which must be a number as a whole.
   *
   * @returns The kind; `Invalid` if the bytes are no number, also where there are none.
   */
  read(start: number, end: number): NumberKind {
    const bytes = this.#bytes;
    const first = bytes[start];
    const signed = start < end && (first === MINUS || first === PLUS) ? 1 : 0;
    this.#start = start;
    this.#end = end;
    this.exponent = 0;
    this.negative = signed === 1 && first === MINUS;
    let at = start + signed;
    let mantissa = 0;
    let digits = 0;
    let point = -1;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      const digit = byte - ZERO;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digits++;
      } else if (byte === POINT && point < 0) {
        point = at + 1;
      } else break;
    }
    this.scale = point < 0 ? 0 : at - point;
    // Adding 0 makes 0 of -0.
    this.mantissa = (this.negative ? -mantissa : mantissa) + 0;
    if (at < end || digits === 0) {
      return this.kind = this.#readRest(start + signed, at, digits);
    }
    // What exceeds the safe integers was rounded to no less than 2**53.
    return this.kind = mantissa <= Number.MAX_SAFE_INTEGER
      ? NumberKind.Small
      : NumberKind.Large;
  }

  /** @param at Where the digits ended, with `digits` of them. */
  #readRest(start: number, at: number, digits: number): NumberKind {
    if (digits === 0) {
      return readSpecial(this.#bytes, start, this.#end) === 0
        ? NumberKind.Invalid
        : NumberKind.Special;
    }
    return (this.#bytes[at]! | LOWER) === LETTER_E &&
        this.#readExponent(at + 1)
      ? NumberKind.Exponent
      : NumberKind.Invalid;
  }

  #readExponent(start: number): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    const negative = start < end && bytes[start] === MINUS;
    let at = start;
    if (negative || (start < end && bytes[start] === PLUS)) at++;
    if (at === end) return false;
    let exponent = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) return false;
      exponent = Math.min(exponent * 10 + digit, EXPONENT_MAX);
    }
    this.exponent = negative ? -exponent : exponent;
    return true;
  }

  /**
   * The nearest double of what was read, ties to even; NaN where the kind is `Invalid`.
   *
   * Where digits and power of ten are both exact doubles, one multiplication or division rounds once and
   * is right (W. D. Clinger, "How to Read Floating Point Numbers Accurately", 1990); the rest goes
   * through the runtime's `Number`.
   */
  toNumber(): number {
    const { kind, mantissa, scale, exponent } = this;
    // Nearly all are of this kind: both are exact, and so is the sign of what is not 0.
    if (kind === NumberKind.Small && mantissa !== 0 && scale <= 22) {
      return mantissa / POWERS_OF_TEN[scale]!;
    }
    if (kind === NumberKind.Invalid) return NaN;
    if (kind === NumberKind.Special) return this.#special();
    const power = exponent - scale;
    if (
      Math.abs(mantissa) <= Number.MAX_SAFE_INTEGER && power >= -22 &&
      power <= 22
    ) {
      const size = power < 0
        ? mantissa / POWERS_OF_TEN[-power]!
        : mantissa * POWERS_OF_TEN[power]!;
      return mantissa === 0 && this.negative ? -0 : size;
    }
    return Number(this.text());
  }

  #special(): number {
    const signed = this.#bytes[this.#start] === MINUS ||
      this.#bytes[this.#start] === PLUS;
    const start = this.#start + (signed ? 1 : 0);
    const size = readSpecial(this.#bytes, start, this.#end);
    return this.negative ? -size : size;
  }

  /** All digits as an integer with the sign, exact; for `Small`, `Large` and `Exponent` only. */
  bigMantissa(): bigint {
    let digits = "";
    for (let at = this.#start; at < this.#end; at++) {
      const byte = this.#bytes[at]!;
      if ((byte | LOWER) === LETTER_E) break;
      if (byte >= ZERO) digits += String.fromCharCode(byte);
    }
    return this.negative ? -BigInt(digits) : BigInt(digits);
  }

  /** The bytes that were read, as text; one letter for each byte. */
  text(): string {
    let text = "";
    for (let at = this.#start; at < this.#end; at++) {
      text += String.fromCharCode(this.#bytes[at]!);
    }
    return text;
  }
}
