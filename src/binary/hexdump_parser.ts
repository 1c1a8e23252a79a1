/**
 * Reads dumps back, line by line: those of `hexdump -C`, of `xxd`, and of `od -A x -t x1`.
 *
 * ```text
 * row   = offset SPACE+ (pair SPACE+)* ["|" anything]      as hexdump -C has it
 *       | offset ":" SPACE (pair+ SPACE)* [SPACE anything] as xxd has it
 * star  = "*"                                              the row before, again and again
 * end   = offset                                           behind the last byte
 * ```
 *
 * What the rows say at the right is not looked at. Offsets must go on from row to row, so that a dump
 * with missing or doubled lines is noticed.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { COLUMNS_MAX } from "./hexdump_formatter.ts";
import { received } from "../received.ts";

/** Digits of 2**53 - 1. */
const OFFSET_DIGITS_MAX = 14;

/** Much more than a row of 256 bytes takes. */
export const LINE_BYTES_MAX = 4096;

const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const STAR = 0x2a;
const COLON = 0x3a;
const BAR = 0x7c;

/** Value of each hexadecimal digit, -1 for other bytes. */
const DIGIT_VALUES = Int8Array.from(
  { length: 256 },
  (_, code) => {
    const digit = String.fromCharCode(code);
    return /^[0-9a-fA-F]$/.test(digit) ? parseInt(digit, 16) : -1;
  },
);

/** What a line of a dump adds to the bytes. */
export interface DumpStep {
  /** The row before, to be repeated. */
  readonly repeated: Uint8Array;
  /** How often. */
  readonly count: number;
  /** The bytes of the line itself, behind the repeated ones; valid until the next line. */
  readonly row: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Takes the lines of one dump. */
export class HexdumpParser {
  /** Offset of the first byte; `undefined` before there is one. */
  #start: number | undefined;
  /** Offset at which the next row must start, or from which on the last one repeats. */
  #next = 0;
  #lineNumber = 0;
  /** Number of a "*" line that waits for the next offset; 0 if there is none. */
  #starLine = 0;
  #ended = false;
  #isXxd = false;
  /** The row before, and room for the next. */
  #previous: Uint8Array = NOTHING;
  #rows = [new Uint8Array(COLUMNS_MAX), new Uint8Array(COLUMNS_MAX)] as const;

  /** Offset of the first byte; 0 if there is none. */
  get start(): number {
    return this.#start ?? 0;
  }

  /** Whether the line that says where the dump ends has come, or no row, or a dump of xxd, which has none. */
  get complete(): boolean {
    return this.#ended || this.#isXxd || this.#start === undefined;
  }

  /**
   * Takes the next line.
   *
   * @param line Its bytes, without the newline.
   * @throws {SabmapError} `ERR_BAD_DUMP`, with the line's number, if it is no line of a dump or does not go on
   * where the one before ended.
   */
  accept(line: Uint8Array): DumpStep | undefined {
    this.#lineNumber++;
    if (line.length > LINE_BYTES_MAX) {
      throw this.#error(`must have at most ${LINE_BYTES_MAX} bytes`, line);
    }
    const end = trimmedEnd(line);
    if (end === 0) return undefined;
    if (this.#ended) throw this.#error("must be the last", line);
    if (end === 1 && line[0] === STAR) return this.#acceptStar(line);
    const { offset, digits } = this.#readOffset(line, end);
    const count = this.#advanceTo(offset, line);
    const row = this.#readRow(line, digits, end);
    const step = { repeated: this.#previous, count, row };
    if (row.length === 0) this.#ended = true;
    else this.#previous = row;
    this.#next = offset + row.length;
    return step;
  }

  /** @throws {SabmapError} `ERR_BAD_DUMP` if the lines end where a row repeats, and nothing says how often. */
  finish(): void {
    if (this.#starLine === 0) return;
    throw new SabmapError(
      ErrorCode.BadDump,
      `Cannot read a dump back as an offset must follow the "*" of line ${this.#starLine}: received the end`,
    );
  }

  #acceptStar(line: Uint8Array): undefined {
    if (this.#previous.length === 0 || this.#starLine > 0) {
      throw this.#error('must be a row of bytes, for a "*" repeats one', line);
    }
    this.#starLine = this.#lineNumber;
  }

  #readOffset(
    line: Uint8Array,
    end: number,
  ): { offset: number; digits: number } {
    let offset = 0;
    let digits = 0;
    for (; digits < end; digits++) {
      // `!`: below the length, and there is a value for each byte.
      const value = DIGIT_VALUES[line[digits]!]!;
      if (value < 0) break;
      offset = offset * 16 + value;
    }
    const behind = digits < end ? line[digits]! : SPACE;
    if (
      digits === 0 || digits > OFFSET_DIGITS_MAX ||
      !Number.isSafeInteger(offset) || (!isSpace(behind) && behind !== COLON)
    ) {
      throw this.#error(
        `must start with an offset of 1 to ${OFFSET_DIGITS_MAX} hexadecimal digits below 2**53`,
        line,
      );
    }
    return { offset, digits };
  }

  /** @returns How often the row before is repeated in front of `offset`. */
  #advanceTo(offset: number, line: Uint8Array): number {
    this.#start ??= this.#next = offset;
    const gap = offset - this.#next;
    if (this.#starLine === 0) {
      if (gap === 0) return 0;
      throw this.#error(`must go on at ${showOffset(this.#next)}`, line);
    }
    const { length } = this.#previous;
    if (gap <= 0 || gap % length !== 0) {
      throw this.#error(
        `must go on some rows of ${length} bytes behind ${
          showOffset(this.#next)
        }`,
        line,
      );
    }
    this.#starLine = 0;
    return gap / length;
  }

  #readRow(line: Uint8Array, from: number, end: number): Uint8Array {
    if (from === end) return NOTHING;
    // Two take turns: the previous row must outlive the next.
    const target = this.#previous.buffer === this.#rows[0].buffer
      ? this.#rows[1]
      : this.#rows[0];
    this.#isXxd = line[from] === COLON;
    const length = this.#isXxd
      ? this.#readGroups(line, from + 1, end, target)
      : this.#readPairs(line, from, end, target);
    if (length === 0) {
      throw this.#error("must have bytes behind its offset", line);
    }
    return target.subarray(0, length);
  }

  /** Pairs of digits with spaces between them, up to a bar. */
  #readPairs(
    line: Uint8Array,
    from: number,
    end: number,
    target: Uint8Array,
  ): number {
    let length = 0;
    for (let at = from;;) {
      const start = at;
      while (at < end && isSpace(line[at]!)) at++;
      if (at === end || line[at] === BAR) return length;
      if (at === start) {
        throw this.#error(
          "must have pairs of digits with spaces between",
          line,
        );
      }
      this.#readPair(line, at, end, target, length++);
      at += 2;
    }
  }

  /** Pairs of digits, in groups with one space between them; two spaces end them. */
  #readGroups(
    line: Uint8Array,
    from: number,
    end: number,
    target: Uint8Array,
  ): number {
    let length = 0;
    for (let at = from; at < end;) {
      if (line[at] === SPACE) {
        at++;
        if (line[at] === SPACE) break;
      } else {
        this.#readPair(line, at, end, target, length++);
        at += 2;
      }
    }
    return length;
  }

  #readPair(
    line: Uint8Array,
    at: number,
    end: number,
    target: Uint8Array,
    index: number,
  ): void {
    const high = DIGIT_VALUES[line[at]!]!;
    const low = at + 1 < end ? DIGIT_VALUES[line[at + 1]!]! : -1;
    if (high < 0 || low < 0) {
      throw this.#error(
        `must have two hexadecimal digits in column ${at + 1}`,
        line,
      );
    }
    if (index === COLUMNS_MAX) {
      throw this.#error(`must have at most ${COLUMNS_MAX} bytes`, line);
    }
    target[index] = high << 4 | low;
  }

  #error(rule: string, line: Uint8Array): SabmapError {
    const text = new TextDecoder().decode(line.slice(0, 256));
    return new SabmapError(
      ErrorCode.BadDump,
      `Cannot read a dump back as line ${this.#lineNumber} ${rule}: received ${
        received(text)
      }`,
    );
  }
}

/** Where a line ends but for spaces and the carriage return of other systems. */
function trimmedEnd(line: Uint8Array): number {
  let end = line.length;
  while (end > 0 && isSpace(line[end - 1]!)) end--;
  return end;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB || code === CARRIAGE_RETURN;
}

function showOffset(offset: number): string {
  return offset.toString(16).padStart(8, "0");
}
