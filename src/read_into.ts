/**
 * Reading into memory that is there: what Python's `readinto` does, from files and streams.
 *
 * @module
 */
import { asWritableBytes, type BytesSource } from "./binary/bytes.ts";
import { received } from "./received.ts";
import { ErrorCode, groupDigits, SabmapError } from "./errors.ts";
import { pathOfUrl } from "./platform/files.ts";
import type { FilePath } from "./platform/file_path.ts";
import {
  blobReading,
  type CursorLike,
  cursorReading,
  descriptorReading,
  type FileHandleLike,
  handleReading,
  pathReading,
  type ReaderLike,
  readerReading,
} from "./reading/file_reading.ts";
import type { Reading } from "./reading/reading.ts";
import {
  type ByteChunks,
  iterableReading,
  type NodeReadableLike,
  nodeStreamReading,
  webStreamReading,
} from "./reading/stream_reading.ts";

export type {
  CursorLike,
  FileHandleLike,
  ReaderLike,
} from "./reading/file_reading.ts";
export type { ByteChunks, NodeReadableLike } from "./reading/stream_reading.ts";

/**
 * A file: its path, its URL, a descriptor, a `FileHandle` of Node's, a `Deno.FsFile`, a `Blob` such as
 * `Bun.file(path)`, or a SharedFile.
 */
export type ReadableFile =
  | FilePath
  | URL
  | number
  | FileHandleLike
  | ReaderLike
  | Blob
  | CursorLike;

/** A stream of bytes: a `ReadableStream`, a `stream.Readable` of Node's, or an iterable of chunks. */
export type ReadableBytes =
  | ReadableStream<unknown>
  | NodeReadableLike
  | ByteChunks;

/**
 * Reads once from a file or stream into memory, which may be shared.
 *
 * Like the system's own call it may read less than there is room for; {@link readExactly} reads on.
 *
 * Without a position a path or a `Blob` is read from its start, and everything else from where it stands,
 * which moves. With one the file's own position stays where it is.
 *
 * Bytes of a stream's chunk that do not fit are kept for the next call of `readInto` or `readExactly` with the
 * same stream; others who read it do not see them. Streams that can be asked for a number of bytes (`type:
 * "bytes"`, and those of Node) lose nothing. Reading from one stream twice at a time is not possible.
 *
 * @param source The file or stream. A path `"-"` is standard input.
 * @param view Where the bytes go: any view or buffer, over plain or shared memory.
 * @param position Offset in the file to read at.
 * @returns How many bytes came: 0 at the end, or if there is no room, otherwise at least 1.
 * @throws {TypeError} If `source` cannot be read from or has no positions, or `view` is no memory to store into.
 * @throws {RangeError} If `position` is not an integer from 0 to 2**53 - 1.
 * @throws {SabmapError} With the errno's name, if the system refuses. Errors of a stream pass through.
 *
 * @example
 * ```ts
 * import { readInto } from "sabmap";
 *
 * const memory = new Uint8Array(new SharedArrayBuffer(4096));
 * const count = await readInto("big.data", memory, 1 << 20);
 * console.log(memory.subarray(0, count));
 * ```
 *
 * @see https://docs.python.org/3/library/io.html#io.RawIOBase.readinto
 */
export async function readInto(
  source: ReadableFile | ReadableBytes,
  view: BytesSource,
  position?: number,
): Promise<number> {
  const target = asWritableBytes(view);
  return await withReading(
    source,
    position,
    (reading) => target.byteLength === 0 ? 0 : reading.read(target),
  );
}

/**
 * Fills memory from a file or stream, in as many reads as it takes.
 *
 * Where it reads, and what becomes of bytes that do not fit, is as with {@link readInto}.
 *
 * @param source The file or stream. A path `"-"` is standard input.
 * @param view Where the bytes go: any view or buffer, over plain or shared memory.
 * @param position Offset in the file to read at.
 * @throws {TypeError} If `source` cannot be read from or has no positions, or `view` is no memory to store into.
 * @throws {RangeError} If `position` is not an integer from 0 to 2**53 - 1.
 * @throws {SabmapError} `ERR_SHORT_READ` if the end comes first: the text says how many bytes came, which are at the
 * front of `view`, and so does `range`, as their place in the file or, counted from 0, in what was left of a stream.
 * The errno's name, if the system refuses. Errors of a stream pass through.
 *
 * @example
 * ```ts
 * import { readExactly } from "sabmap";
 *
 * const response = await fetch("https://example.com/");
 * const header = new Uint8Array(16);
 * if (response.body !== null) await readExactly(response.body, header);
 * ```
 */
export async function readExactly(
  source: ReadableFile | ReadableBytes,
  view: BytesSource,
  position?: number,
): Promise<void> {
  const target = asWritableBytes(view);
  await withReading(source, position, async (reading) => {
    let filled = 0;
    while (filled < target.byteLength) {
      const count = await reading.read(target.subarray(filled));
      if (count === 0) {
        throw shortRead(reading, target.byteLength, filled, position);
      }
      filled += count;
    }
  });
}

function shortRead(
  { kind, path }: Reading,
  wanted: number,
  filled: number,
  position = 0,
): SabmapError {
  const range = { start: position, end: position + filled };
  return new SabmapError(
    ErrorCode.ShortRead,
    `Cannot read ${
      groupDigits(wanted)
    } bytes as the ${kind} ends before: received ${groupDigits(filled)}`,
    { file: path, range },
  );
}

async function withReading<T>(
  source: ReadableFile | ReadableBytes,
  position: number | undefined,
  action: (reading: Reading) => T | Promise<T>,
): Promise<T> {
  checkPosition(position);
  const reading = await openReading(source, position);
  try {
    return await action(reading);
  } finally {
    reading.close();
  }
}

function checkPosition(position: unknown): void {
  if (
    position === undefined ||
    (Number.isSafeInteger(position) && Number(position) >= 0)
  ) return;
  throw new RangeError(
    `Cannot read at a position as it must be an integer from 0 to 2**53 - 1: received ${
      received(position)
    }`,
  );
}

function openReading(
  source: ReadableFile | ReadableBytes,
  position: number | undefined,
): Reading | Promise<Reading> {
  if (source instanceof URL) return pathReading(pathOfUrl(source), position);
  if (typeof source === "string" || source instanceof Uint8Array) {
    return pathReading(source, position);
  }
  if (typeof source === "number") return descriptorReading(source, position);
  if (typeof source === "object" && source !== null) {
    return objectReading(source, position) ?? streamReading(source, position);
  }
  throw unreadable(source);
}

/** @returns `undefined` if it is no file. */
function objectReading(
  source: Exclude<ReadableFile | ReadableBytes, string | number>,
  position: number | undefined,
): Reading | undefined {
  if (source instanceof Blob) return blobReading(source, position);
  // Streams of Node's are asked for first, for those of files have a descriptor, too.
  if (hasMethod(source, "unshift") || !hasMethod(source, "read")) {
    return undefined;
  }
  // SAFETY of the casts: the members that tell these apart, and the one in common, are there.
  if (hasMethod(source, "tell")) {
    return cursorReading(source as CursorLike, position);
  }
  return "fd" in source && typeof source.fd === "number"
    ? handleReading(source as FileHandleLike, position)
    : readerReading(source as ReaderLike, position);
}

function streamReading(source: object, position: number | undefined): Reading {
  const reading = openStream(source);
  if (reading === undefined) throw unreadable(source);
  if (position === undefined) return reading;
  throw new TypeError(
    `Cannot read at a position as a stream has none: received ${position}`,
  );
}

/** @returns `undefined` if it is no stream. */
function openStream(source: object): Reading | undefined {
  // SAFETY of the casts: as above.
  if (hasMethod(source, "getReader")) {
    return webStreamReading(source as ReadableStream<unknown>);
  }
  if (hasMethod(source, "unshift") && hasMethod(source, "read")) {
    return nodeStreamReading(source as NodeReadableLike);
  }
  return Symbol.asyncIterator in source || Symbol.iterator in source
    ? iterableReading(source as ByteChunks)
    : undefined;
}

function hasMethod(value: object, name: string): boolean {
  return typeof (value as Record<string, unknown>)[name] === "function";
}

function unreadable(source: unknown): TypeError {
  return new TypeError(
    `Cannot read as the source must be a file or a stream: received ${
      received(source)
    }`,
  );
}
