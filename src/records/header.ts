/**
 * The names of fields in the first line of a file of text.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { closeFile, openFile, readAt } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";

/** What a first line says. */
export interface Header {
  readonly names: readonly string[];
  /** Offset behind the line. */
  readonly end: number;
}

/** How a first line is told apart, as bytes; -1 for no quote. */
export interface HeaderLayout {
  readonly delimiter: number;
  readonly quote: number;
  readonly maxRecordBytes: number;
}

const NEWLINE = 0x0a;

/** Bytes that are read first. */
const READ_BYTES = 64 * 1024;

/**
 * Reads the first line that is not empty.
 *
 * @returns No names if the file has no such line.
 * @throws {SabmapError} If the file cannot be read, or the line is too long.
 */
export function readHeader(path: FilePath, layout: HeaderLayout): Header {
  const fd = openFile(path, "read");
  try {
    for (let byteLength = READ_BYTES;; byteLength *= 4) {
      const bytes = new Uint8Array(new SharedArrayBuffer(byteLength));
      const count = readWhole(fd, bytes, path);
      const isAll = count < byteLength;
      const found = findHeader(bytes.subarray(0, count), layout, isAll);
      if (found !== undefined) return found;
      if (byteLength > layout.maxRecordBytes) throw tooLong(path, layout);
    }
  } finally {
    closeFile(fd, path);
  }
}

function readWhole(
  fd: number,
  bytes: Uint8Array<SharedArrayBuffer>,
  path: FilePath,
): number {
  let count = 0;
  for (;;) {
    const read = readAt(fd, bytes.subarray(count), count, path);
    count += read;
    if (read === 0 || count === bytes.length) return count;
  }
}

/** The error of a first line that is too long. */
export function tooLong(
  path: FilePath,
  { maxRecordBytes }: HeaderLayout,
): SabmapError {
  return new SabmapError(
    ErrorCode.RecordTooLong,
    `Cannot read the names of fields as they must not exceed ${
      groupDigits(maxRecordBytes)
    } bytes: received more`,
    { file: pathText(path), range: { start: 0, end: maxRecordBytes } },
  );
}

/**
 * Finds the names in the first line that is not empty.
 *
 * @param isAll Whether the file ends with `bytes`.
 * @returns `undefined` if there is no such line yet; no names if there will be none.
 */
export function findHeader(
  bytes: Uint8Array,
  { delimiter, quote }: HeaderLayout,
  isAll: boolean,
): Header | undefined {
  let start = 0;
  for (;;) {
    const newline = findNewline(bytes, start, quote);
    if (newline === bytes.length && !isAll) return undefined;
    const end = Math.min(newline + 1, bytes.length);
    const text = decodeLine(bytes.slice(start, newline));
    if (text !== "") return { names: splitLine(text, delimiter, quote), end };
    if (end === bytes.length) return { names: [], end };
    start = end;
  }
}

/** Where a line ends, outside of quotes. */
function findNewline(bytes: Uint8Array, start: number, quote: number): number {
  let quoted = false;
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === quote) quoted = !quoted;
    else if (!quoted && bytes[at] === NEWLINE) return at;
  }
  return bytes.length;
}

/** The line as text, without what may be in front of and behind it: the decoder takes a byte order mark away. */
function decodeLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\r$/, "");
}

function splitLine(text: string, delimiter: number, quote: number): string[] {
  const border = String.fromCharCode(delimiter);
  if (quote < 0) return text.split(border);
  const mark = String.fromCharCode(quote);
  const names = [""];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === mark) {
      // A doubled one means itself.
      if (quoted && text.charAt(at + 1) === mark) {
        names[names.length - 1] += mark;
        at++;
      } else quoted = !quoted;
    } else if (letter === border && !quoted) names.push("");
    else names[names.length - 1] += letter;
  }
  return names;
}
