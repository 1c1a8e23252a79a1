/**
 * Patterns: what is looked for, as one byte value and one mask for each position.
 *
 * A byte of text fits a position if it equals the value in the bits of the mask: all bits for a literal byte, none
 * for `??`, four for `4?`, all but bit 5 for a letter whose case does not matter. So one representation holds text,
 * bytes, wildcards and ignored case, and vectors compare 16 positions of any kind at once.
 *
 * @module
 */

/** What is looked for: text (its UTF-8 bytes), bytes, or hexadecimal digits with `?` for any digit. */
export type FindPattern = string | Uint8Array | { readonly hex: string };

/** A pattern, position by position. Plain data. */
export interface BytePattern {
  /** `u8[length]`; 0 in the bits that the mask leaves out. */
  readonly values: Uint8Array;
  /** `u8[length]`. */
  readonly masks: Uint8Array;
}

/** Longest pattern: so much is read behind each segment. */
export const PATTERN_BYTES_MAX: number = 64 * 1024;

/** Most patterns at once. */
export const PATTERNS_MAX: number = 4096;

/** Bytes of all patterns together. */
export const PATTERNS_BYTES_MAX: number = 1024 ** 2;

const ANY_CASE = 0xdf;

/**
 * Reads patterns as callers give them.
 *
 * @param ignoreCase Whether ASCII letters of text stand for both cases; bytes and hexadecimal digits are exact.
 * @throws {TypeError} If a pattern is of the wrong type.
 * @throws {RangeError} If there is none or too many, or one is empty, too long or no hexadecimal digits.
 */
export function toBytePatterns(
  patterns: FindPattern | readonly FindPattern[],
  ignoreCase: boolean,
): BytePattern[] {
  const list = isList(patterns) ? patterns : [patterns];
  if (list.length === 0 || list.length > PATTERNS_MAX) {
    throw new RangeError(
      `Cannot search as there must be 1 to ${PATTERNS_MAX} patterns: received ${list.length}`,
    );
  }
  const result = list.map((pattern) => toBytePattern(pattern, ignoreCase));
  const byteLength = result.reduce((sum, { values }) => sum + values.length, 0);
  if (byteLength > PATTERNS_BYTES_MAX) {
    throw new RangeError(
      `Cannot search as patterns must have at most ${PATTERNS_BYTES_MAX} bytes together: received ${byteLength} bytes`,
    );
  }
  return result;
}

/** `Array.isArray` forgets that a list may be read-only. */
function isList(
  patterns: FindPattern | readonly FindPattern[],
): patterns is readonly FindPattern[] {
  return Array.isArray(patterns);
}

function toBytePattern(pattern: FindPattern, ignoreCase: boolean): BytePattern {
  if (typeof pattern === "string") {
    if (!pattern.isWellFormed()) {
      throw new TypeError(
        "Cannot search as a pattern must be whole characters, or bytes: received a text with half of one",
      );
    }
    return checkLength(
      textPattern(new TextEncoder().encode(pattern), ignoreCase),
    );
  }
  if (pattern instanceof Uint8Array) {
    return checkLength(textPattern(Uint8Array.from(pattern), false));
  }
  if (typeof pattern === "object" && typeof pattern?.hex === "string") {
    return checkLength(hexPattern(pattern.hex));
  }
  throw new TypeError(
    `Cannot search as a pattern must be a string, bytes or { hex }: received ${
      pattern === null ? "null" : typeof pattern
    }`,
  );
}

/**
 * A pattern of bytes that are text.
 *
 * @param bytes Kept by the pattern where `ignoreCase` is false.
 */
export function textPattern(
  bytes: Uint8Array,
  ignoreCase: boolean,
): BytePattern {
  const masks = new Uint8Array(bytes.length).fill(0xff);
  if (ignoreCase) {
    bytes.forEach((byte, at) => {
      if (isLetter(byte)) masks[at] = ANY_CASE;
    });
  }
  return { values: bytes.map((byte, at) => byte & (masks[at] ?? 0)), masks };
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/**
 * A pattern of hexadecimal digits, two to a byte, in which `?` stands for any digit. Bytes may stand apart.
 *
 * @throws {RangeError} If `text` is something else.
 */
function hexPattern(text: string): BytePattern {
  const words = text.trim().split(/\s+/);
  const isHex = words.every((word) => /^([0-9a-f?]{2})*$/i.test(word));
  if (!isHex) {
    throw new RangeError(
      `Cannot search for hexadecimal bytes as each takes two digits or "?": received "${
        excerpt(text)
      }"`,
    );
  }
  const digits = words.join("");
  const masks = bytesOf(digits.replace(/[^?]/g, "f").replaceAll("?", "0"));
  return { values: bytesOf(digits.replaceAll("?", "0")), masks };
}

function bytesOf(digits: string): Uint8Array {
  const pair = (_: unknown, at: number) =>
    parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return Uint8Array.from({ length: digits.length / 2 }, pair);
}

function excerpt(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}

function checkLength(pattern: BytePattern): BytePattern {
  const { length } = pattern.values;
  if (length >= 1 && length <= PATTERN_BYTES_MAX) return pattern;
  throw new RangeError(
    `Cannot search for a pattern as it must have 1 to ${PATTERN_BYTES_MAX} bytes: received ${length} bytes`,
  );
}

/** Whether only one byte fits each position. */
export function isLiteral({ masks }: BytePattern): boolean {
  return masks.every((mask) => mask === 0xff);
}

/** Bytes of the longest pattern. */
export function longestBytes(patterns: readonly BytePattern[]): number {
  return Math.max(...patterns.map(({ values }) => values.length));
}

/** Bytes of the shortest pattern. */
export function shortestBytes(patterns: readonly BytePattern[]): number {
  return Math.min(...patterns.map(({ values }) => values.length));
}
