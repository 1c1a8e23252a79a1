/**
 * Parser of Python's struct formats: `"<IIdQ8x"`.
 *
 * ```text
 * format = [ "@" | "=" | "<" | ">" | "!" ] { white space | [ count ] code }
 * ```
 *
 * @module
 */
import {
  type ElementCode,
  elementCodes,
  findElement,
  NATIVE_LITTLE_ENDIAN,
} from "./element.ts";
import { received } from "../received.ts";

/** A code with its count. */
export interface FormatField {
  readonly code: ElementCode | "x" | "s" | "p";
  /** How many elements or pad bytes, at least 0; for `s` and `p`, which are one value, its length in bytes. */
  readonly count: number;
  /** Byte offset in the record, behind the padding of native alignment. */
  readonly offset: number;
  /** Bytes of all elements together. */
  readonly byteLength: number;
}

/** What a format says. */
export interface Format {
  readonly text: string;
  /** Whether elements have native sizes and alignment. */
  readonly native: boolean;
  readonly littleEndian: boolean;
  /** Bytes of a record. As in C, native padding comes between fields but not behind the last. */
  readonly size: number;
  /** In the order of the format, pad bytes and counts of 0 included. */
  readonly fields: readonly FormatField[];
}

/** What the first letter says; no letter is `@`. */
const ORDERS: Readonly<
  Record<string, { readonly native: boolean; readonly littleEndian: boolean }>
> = {
  "@": { native: true, littleEndian: NATIVE_LITTLE_ENDIAN },
  "=": { native: false, littleEndian: NATIVE_LITTLE_ENDIAN },
  "<": { native: false, littleEndian: true },
  ">": { native: false, littleEndian: false },
  "!": { native: false, littleEndian: false },
};
const BYTES = { byteLength: 1, alignment: 1 };
const NATIVE = { native: true, littleEndian: NATIVE_LITTLE_ENDIAN };

/** White space, or a count and what follows it; either may be missing. */
const TOKEN = /[ \t\n\v\f\r]+|(\d*)([^]?)/y;

/**
 * Reads a struct format.
 *
 * Takes time and memory by the length of the text, whatever the counts in it.
 *
 * @param text Python's format language; its default is `@`, native sizes and alignment.
 * @throws {TypeError} If the text is no format, with the column, which counts from 1.
 * @throws {RangeError} If a record has 2**53 bytes or more.
 */
export function parseFormat(text: string): Format {
  if (typeof text !== "string") {
    throw new TypeError(
      `Cannot read a format as it must be a string: received ${received(text)}`,
    );
  }
  const order = ORDERS[text.charAt(0)];
  const { native, littleEndian } = order ?? NATIVE;
  const fields = parseFields(text, order === undefined ? 0 : 1, native);
  const last = fields.at(-1);
  const size = last === undefined ? 0 : last.offset + last.byteLength;
  return { text, native, littleEndian, size, fields };
}

function parseFields(
  text: string,
  start: number,
  native: boolean,
): FormatField[] {
  const fields: FormatField[] = [];
  let end = 0;
  TOKEN.lastIndex = start;
  for (let at = start; at < text.length; at = TOKEN.lastIndex) {
    const [, digits, code] = TOKEN.exec(text) ?? [];
    if (digits === undefined) continue;
    const column = at + digits.length;
    const count = digits === "" ? 1 : Number(digits);
    const { byteLength, alignment } = layoutOf(text, column, native);
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + count * byteLength;
    if (!Number.isSafeInteger(end)) throw tooLarge(text);
    fields.push({
      // `layoutOf` has found it.
      code: code as FormatField["code"],
      count,
      offset,
      byteLength: count * byteLength,
    });
  }
  return fields;
}

function layoutOf(
  text: string,
  column: number,
  native: boolean,
): { readonly byteLength: number; readonly alignment: number } {
  const code = text.charAt(column);
  if (code === "x" || code === "s" || code === "p") return BYTES;
  const element = findElement(code, native);
  if (element === undefined) throw unknownCode(text, column, native);
  return native ? element : { byteLength: element.byteLength, alignment: 1 };
}

function unknownCode(text: string, column: number, native: boolean): TypeError {
  const code = text.charAt(column);
  const what = code === "" ? "its end" : received(code);
  const hint = !native && findElement(code, true) !== undefined
    ? ", which is for native formats only"
    : "";
  return new TypeError(
    `Cannot read format ${received(text)} as column ${
      column + 1
    } must be one ` +
      `of x s p ${elementCodes(native)}: received ${what}${hint}`,
  );
}

function tooLarge(text: string): RangeError {
  return new RangeError(
    `Cannot read format ${
      received(text)
    } as its size must be below 2**53 bytes`,
  );
}

/** How many values a field stands for. */
export function valuesOf({ code, count }: FormatField): number {
  if (code === "x") return 0;
  return code === "s" || code === "p" ? 1 : count;
}
