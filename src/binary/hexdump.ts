/**
 * Bytes as a hexadecimal dump, in the layout of `hexdump -C`.
 *
 * The other way: {@link parseHexdump}.
 *
 * @module
 */
import { asBytes, type BytesSource } from "./bytes.ts";
import {
  checkHexdumpOptions,
  HexdumpFormatter,
  type HexdumpOptions,
} from "./hexdump_formatter.ts";

export type { HexdumpOptions } from "./hexdump_formatter.ts";

/** Rows that are formatted at once. */
const ROWS_AT_ONCE = 256;

/**
 * Dumps bytes as text, exactly as `hexdump -C` does.
 *
 * Each row has its offset, the bytes in hexadecimal, and how they look as ASCII. Rows that repeat the
 * one before show as one `*`. The last line is the offset behind the last byte.
 *
 * Engines bound the length of a string (512 Mi characters on Deno and Node, which is a dump of some
 * 108 MB): for more, take {@link hexdumpLines} or `hexdumpFile`.
 *
 * @param bytes The bytes, in plain or shared memory.
 * @returns Lines, each with its newline; empty if there are no bytes and the offset is 0.
 * @throws {TypeError} If `bytes` holds no bytes, or an option is of the wrong type.
 * @throws {RangeError} If an option is out of range.
 *
 * @example
 * ```ts
 * import { hexdump } from "sabmap";
 *
 * console.log(hexdump(new TextEncoder().encode("hello, world\n")));
 * // 00000000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a           |hello, world.|
 * // 0000000d
 * ```
 */
export function hexdump(
  bytes: BytesSource,
  options: HexdumpOptions = {},
): string {
  let text = "";
  for (const piece of dumpPieces(bytes, options)) text += piece;
  return text;
}

/**
 * Dumps bytes line by line, as {@link hexdump} does, with memory for a few rows only.
 *
 * The bytes are read when their lines are asked for.
 *
 * @param bytes The bytes, in plain or shared memory.
 * @returns Lines without their newlines.
 * @throws {TypeError} If `bytes` holds no bytes, or an option is of the wrong type.
 * @throws {RangeError} If an option is out of range.
 *
 * @example
 * ```ts
 * import { hexdumpLines } from "sabmap";
 *
 * for (const line of hexdumpLines(new Uint8Array(1 << 20))) console.log(line);
 * // 00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
 * // *
 * // 00100000
 * ```
 */
export function hexdumpLines(
  bytes: BytesSource,
  options: HexdumpOptions = {},
): Generator<string, void, undefined> {
  return linesOf(dumpPieces(bytes, options));
}

function* linesOf(
  pieces: Iterable<string>,
): Generator<string, void, undefined> {
  for (const piece of pieces) yield* piece.split("\n").slice(0, -1);
}

/** Checks at once; formats when asked. */
function dumpPieces(
  source: BytesSource,
  options: HexdumpOptions,
): Iterable<string> {
  const bytes = asBytes(source);
  const layout = checkHexdumpOptions(options);
  checkEnd(layout.offset + bytes.length);
  return formatPieces(
    bytes,
    new HexdumpFormatter(layout),
    ROWS_AT_ONCE * layout.columns,
  );
}

function checkEnd(end: number): void {
  if (end <= Number.MAX_SAFE_INTEGER) return;
  throw new RangeError(
    `Cannot dump bytes as they must end before 2**53: received an end of ${end}`,
  );
}

function* formatPieces(
  bytes: Uint8Array,
  formatter: HexdumpFormatter,
  pieceBytes: number,
): Generator<string> {
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    yield decoder.decode(formatter.push(piece));
  }
  yield decoder.decode(formatter.end());
}
