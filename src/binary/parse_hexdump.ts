/**
 * Dumps back into bytes, in memory.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { asBytes, type BytesSource } from "./bytes.ts";
import { fillWithRow } from "./dump_rows.ts";
import { type DumpStep, HexdumpParser } from "./hexdump_parser.ts";
import { received } from "../received.ts";

/** Options of {@link parseHexdump}. */
export interface ParseHexdumpOptions {
  /**
   * Most bytes that the dump may stand for, because one `*` can mean any number of them. Defaults to 1 GiB.
   */
  readonly maxBytes?: number | undefined;
}

/** What a dump stands for. */
export interface ParsedHexdump {
  /** Offset of the first byte; 0 if there is none. */
  readonly offset: number;
  /** From there to the end. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * False if a dump of `hexdump -C` lacks its last line, and so may have been cut. That of `xxd` has none.
   */
  readonly complete: boolean;
}

const MAX_BYTES = 2 ** 30;
const CAPACITY_MIN = 256;
const NEWLINE = 0x0a;

/**
 * Reads a dump back: what {@link hexdump}, `hexdump -C`, `xxd` or `od -A x -t x1` wrote.
 *
 * Rows that `*` stands for are repeated. The text at the right is not looked at, so that bytes can be
 * changed by changing their digits. Blank lines are passed over.
 *
 * @param dump The text, or its bytes.
 * @throws {TypeError} If `dump` is neither text nor bytes.
 * @throws {RangeError} If `maxBytes` is not an integer from 0 to 2**32 - 1.
 * @throws {SabmapError} `ERR_BAD_DUMP`, with the line's number, if a line is none of a dump, does not go on where
 * the one before ended, or leads beyond `maxBytes`.
 *
 * @example
 * ```ts
 * import { parseHexdump } from "sabmap";
 *
 * const { bytes } = parseHexdump(`
 * 00000000  68 65 6c 6c 6f 0a                                 |hello.|
 * 00000006
 * `);
 * console.log(new TextDecoder().decode(bytes)); // hello
 * ```
 */
export function parseHexdump(
  dump: string | BytesSource,
  options: ParseHexdumpOptions = {},
): ParsedHexdump {
  const text = typeof dump === "string"
    ? new TextEncoder().encode(dump)
    : asBytes(dump);
  const parser = new HexdumpParser();
  const content = new Content(checkMaxBytes(options.maxBytes ?? MAX_BYTES));
  for (let start = 0, line = 1; start < text.length; line++) {
    const newline = text.indexOf(NEWLINE, start);
    const end = newline === -1 ? text.length : newline;
    const step = parser.accept(text.subarray(start, end));
    if (step !== undefined) content.add(step, line);
    start = end + 1;
  }
  parser.finish();
  return {
    offset: parser.start,
    bytes: content.toBytes(),
    complete: parser.complete,
  };
}

function checkMaxBytes(value: unknown): number {
  if (
    typeof value === "number" && Number.isInteger(value) && value >= 0 &&
    value < 2 ** 32
  ) return value;
  throw new RangeError(
    `Cannot read a dump back as "maxBytes" must be an integer from 0 to 2**32 - 1: received ${
      received(value)
    }`,
  );
}

/** Bytes that come row by row. */
class Content {
  readonly #maxBytes: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(CAPACITY_MIN);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add({ repeated, count, row }: DumpStep, line: number): void {
    const rowStart = this.#length + repeated.length * count;
    const end = rowStart + row.length;
    // Before anything is allocated: the length is what a line of text claims.
    if (end > this.#maxBytes) {
      throw new SabmapError(
        ErrorCode.BadDump,
        `Cannot read a dump back as line ${line} must not lead beyond ${
          groupDigits(this.#maxBytes)
        } bytes: received ${groupDigits(end)}`,
      );
    }
    this.#reserve(end);
    if (count > 0) fillWithRow(this.#bytes, this.#length, rowStart, repeated);
    this.#bytes.set(row, rowStart);
    this.#length = end;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const capacity = Math.max(length, 2 * this.#bytes.length);
    const larger = new Uint8Array(Math.min(capacity, this.#maxBytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
