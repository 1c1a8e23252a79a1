/**
 * A range of a file, object or stream, read from its start to its end.
 *
 * @module
 */
import { abortable } from "./engine/promises.ts";
import type { DescriptorStream } from "./engine/feed.ts";
import { openReader } from "./platform/files.ts";
import type { FilePath } from "./platform/file_path.ts";
import { openSource, type Source } from "./source.ts";

/** A range that is read piece by piece. */
export interface RangeReader {
  /** Where it starts: as asked, or at the end of a file or stream that is shorter. */
  readonly start: number;
  /**
   * Reads what comes next.
   *
   * @returns How many bytes came into `target`; 0 at the end of the range, or of the file.
   */
  read(target: Uint8Array<SharedArrayBuffer>): Promise<number>;
  close(): void;
}

/** Where reading starts, and how many bytes there are at most. */
export interface RangeOptions {
  readonly start?: number | undefined;
  readonly length?: number | undefined;
}

const SKIP_BYTES = 2 ** 20;

/**
 * Opens a range of a file, or of standard input for `"-"`. A stream is read up to its start.
 *
 * @param signal Ends every wait; the promise then rejects with its reason.
 * @throws {SabmapError} With the errno's name; `EISDIR` for a directory.
 */
export async function openRange(
  path: FilePath,
  { start = 0, length = Number.MAX_SAFE_INTEGER }: RangeOptions,
  signal: AbortSignal | undefined,
): Promise<RangeReader> {
  const source = await openSource(path, signal);
  try {
    const whole = await openFrom(source, path, { start, length }, signal);
    const close = (): void => {
      whole.close();
      source.close();
    };
    return { ...limited(whole, length, signal), close };
  } catch (error) {
    source.close();
    throw error;
  }
}

async function openFrom(
  source: Source,
  path: FilePath,
  { start, length }: { readonly start: number; readonly length: number },
  signal: AbortSignal | undefined,
): Promise<RangeReader> {
  const { file, byteLength } = source;
  if (byteLength === undefined) {
    return await skippedStream(source.stream(), start, signal);
  }
  const first = Math.min(start, byteLength);
  if (file !== undefined) return openedFile(path, first);
  const end = Math.min(byteLength, first + length);
  const stream = source.stream({ start: first, end });
  return {
    start: first,
    read: (target) => stream.readSome(target),
    close: () => {},
  };
}

function openedFile(path: FilePath, start: number): RangeReader {
  // Reading here and now, 1 MiB at a time, takes a fifth of the time that asking Deno's threads does (2.9, 2026-11-21).
  const file = openReader(path);
  let position = start;
  return {
    start,
    read(target) {
      const count = file.readAt(target, position);
      position += count;
      return Promise.resolve(count);
    },
    close: () => file.close(),
  };
}

async function skippedStream(
  stream: DescriptorStream,
  start: number,
  signal: AbortSignal | undefined,
): Promise<RangeReader> {
  const buffer = new Uint8Array(
    new SharedArrayBuffer(Math.min(start, SKIP_BYTES)),
  );
  let position = 0;
  while (position < start) {
    const rest = buffer.subarray(0, start - position);
    const count = await abortable(stream.readSome(rest), signal);
    if (count === 0) break;
    position += count;
  }
  return {
    start: position,
    read: (target) => stream.readSome(target),
    close: () => {},
  };
}

function limited(
  { start, read }: RangeReader,
  length: number,
  signal: AbortSignal | undefined,
): Omit<RangeReader, "close"> {
  let left = length;
  return {
    start,
    async read(target) {
      if (left === 0) return 0;
      const count = await abortable(read(target.subarray(0, left)), signal);
      left -= count;
      return count;
    },
  };
}
