/**
 * Dumps of files, and files out of dumps, piece by piece, whatever their size.
 *
 * @module
 */
import { fillWithRow } from "./binary/dump_rows.ts";
import {
  checkHexdumpOptions,
  HexdumpFormatter,
} from "./binary/hexdump_formatter.ts";
import { HexdumpParser, LINE_BYTES_MAX } from "./binary/hexdump_parser.ts";
import { received } from "./received.ts";
import { checkPath } from "./check_path.ts";
import { openRange, type RangeReader } from "./file_range.ts";
import type { FilePath } from "./platform/file_path.ts";

/** Options of {@link hexdumpFile}. */
export interface HexdumpFileOptions {
  /** Offset of the first byte to show. Defaults to 0. */
  readonly start?: number | undefined;
  /** Most bytes to show. Defaults to all. */
  readonly length?: number | undefined;
  /** Bytes in a row, 1 to 256. Defaults to 16. */
  readonly columns?: number | undefined;
  /** Whether rows that repeat the one before show as one `*`. Defaults to true. */
  readonly squeeze?: boolean | undefined;
  /** Ends the reading; the generator then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link revertHexdumpFile}. */
export interface RevertHexdumpOptions {
  /** Ends the reading; the generator then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called if the dump does not say where it ends, and so may have been cut. */
  readonly onNote?: ((note: string) => void) | undefined;
}

const PIECE_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/**
 * Dumps a file of any size as `hexdump -C` does, with memory for a piece of it only.
 *
 * A stream is shown as it comes. Where the file ends before `start`, there is nothing but the last line,
 * with the length of the file.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @returns Lines as bytes of ASCII, in pieces that end with a newline; each is valid until the next is asked for,
 * and may be empty.
 * @throws {TypeError} If an option is of the wrong type.
 * @throws {RangeError} If an option is out of range.
 * @throws {SabmapError} If the file cannot be read.
 *
 * @example
 * ```ts
 * import { hexdumpFile } from "sabmap";
 *
 * const decoder = new TextDecoder();
 * for await (const text of hexdumpFile("big.data", { start: 0x1000, length: 64 })) {
 *   console.log(decoder.decode(text));
 * }
 * ```
 */
export function hexdumpFile(
  path: FilePath | URL,
  options: HexdumpFileOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { start = 0, length = Number.MAX_SAFE_INTEGER, signal } = options;
  const { columns, squeeze } = checkHexdumpOptions({
    offset: start,
    columns: options.columns,
    squeeze: options.squeeze,
  });
  checkLength(length);
  const file = checkPath(path);
  const open = () => openRange(file, { start, length }, signal);
  const formatterAt = (offset: number): HexdumpFormatter =>
    new HexdumpFormatter({ offset, columns, squeeze });
  return dumpRange(open, formatterAt, columns, length);
}

function checkLength(length: unknown): void {
  if (
    typeof length === "number" && Number.isInteger(length) && length >= 0
  ) return;
  throw new RangeError(
    `Cannot dump a file as "length" must be an integer from 0 on: received ${
      received(length)
    }`,
  );
}

async function* dumpRange(
  open: () => Promise<RangeReader>,
  formatterAt: (offset: number) => HexdumpFormatter,
  columns: number,
  length: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const range = await open();
  try {
    // As the tool: asked for nothing, it shows nothing, not even where that is.
    if (length === 0) return;
    const formatter = formatterAt(range.start);
    const buffer = shared(PIECE_BYTES);
    // The part of a row that has come so far stands in front of the next piece.
    let kept = 0;
    for (let count; (count = await range.read(buffer.subarray(kept))) > 0;) {
      const filled = kept + count;
      kept = filled % columns;
      yield formatter.push(buffer.subarray(0, filled - kept));
      buffer.copyWithin(0, filled - kept, filled);
    }
    yield formatter.push(buffer.subarray(0, kept));
    yield formatter.end();
  } finally {
    range.close();
  }
}

/**
 * Reads the dump in a file back: what `hexdump -C`, {@link hexdumpFile}, `xxd` or `od -A x -t x1` wrote.
 *
 * The bytes come from the first offset of the dump to its last; see {@link parseHexdump} for what a dump
 * may hold.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @returns The bytes, in pieces; each is valid until the next is asked for.
 * @throws {SabmapError} `ERR_BAD_DUMP`, with the line's number; or if the file cannot be read.
 *
 * @example
 * ```ts
 * import { revertHexdumpFile } from "sabmap";
 *
 * let byteLength = 0;
 * for await (const bytes of revertHexdumpFile("dump.txt")) byteLength += bytes.length;
 * ```
 */
export async function* revertHexdumpFile(
  path: FilePath | URL,
  options: RevertHexdumpOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const range = await openRange(checkPath(path), {}, options.signal);
  const parser = new HexdumpParser();
  const block = new Block();
  try {
    for await (const lines of readLines(range)) {
      for (const line of lines) {
        const step = parser.accept(line);
        if (step === undefined) continue;
        if (step.count > 0) yield* block.repeat(step.repeated, step.count);
        if (!block.fits(step.row)) yield block.take();
        block.append(step.row);
      }
      // At once, as a slow stream is read as it comes.
      yield block.take();
    }
    parser.finish();
  } finally {
    range.close();
  }
  if (!parser.complete) {
    options.onNote?.(
      "the dump does not say where it ends, so it may have been cut",
    );
  }
}

/** Cuts bytes into lines. @returns The lines that have come, without newlines; valid until the next. */
async function* readLines(range: RangeReader): AsyncGenerator<Uint8Array[]> {
  const buffer = shared(PIECE_BYTES);
  let kept = 0;
  for (let count; (count = await range.read(buffer.subarray(kept))) > 0;) {
    const filled = buffer.subarray(0, kept + count);
    const { lines, end } = splitLines(filled);
    // The parser says what is wrong with a line without an end.
    if (filled.length - end > LINE_BYTES_MAX) lines.push(filled.subarray(end));
    yield lines;
    kept = filled.length - end;
    buffer.copyWithin(0, end, filled.length);
  }
  if (kept > 0) yield [buffer.subarray(0, kept)];
}

function splitLines(bytes: Uint8Array): { lines: Uint8Array[]; end: number } {
  const lines: Uint8Array[] = [];
  let end = 0;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, end);
    if (newline === -1) return { lines, end };
    lines.push(bytes.subarray(end, newline));
    end = newline + 1;
  }
}

/** Bytes on their way out. */
class Block {
  readonly #bytes = new Uint8Array(PIECE_BYTES);
  #length = 0;

  fits(row: Uint8Array): boolean {
    return this.#length + row.length <= this.#bytes.length;
  }

  append(row: Uint8Array): void {
    this.#bytes.set(row, this.#length);
    this.#length += row.length;
  }

  /** What there is; valid until the next call. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Adds a row many times. @returns Full blocks. */
  *repeat(
    row: Uint8Array,
    count: number,
  ): Generator<Uint8Array<ArrayBuffer>> {
    for (let left = count; left > 0;) {
      const room = this.#bytes.length - this.#length;
      const rows = Math.min(left, Math.floor(room / row.length));
      const end = this.#length + rows * row.length;
      fillWithRow(this.#bytes, this.#length, end, row);
      this.#length = end;
      left -= rows;
      if (left > 0) yield this.take();
    }
  }
}

function shared(byteLength: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(byteLength));
}
