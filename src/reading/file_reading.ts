/**
 * Files of all runtimes, as things to read from.
 *
 * @module
 */
import { fromSystemError } from "../errors.ts";
import {
  closeFile,
  openFileAsync,
  readAtAsync,
  readStream,
} from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { STANDARD_INPUT } from "../source.ts";
import type { Reading } from "./reading.ts";

/** The part of Node's `FileHandle`, which Deno and Bun have too, that is used. */
export interface FileHandleLike {
  /** The descriptor. */
  readonly fd: number;
  /** Reads at a position; from where the handle stands, if it is null. */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number }>;
}

/** The part of `Deno.FsFile` that is used; other readers of Deno's have no `seek`. */
export interface ReaderLike {
  /** Reads from where it stands. */
  read(target: Uint8Array): Promise<number | null>;
  /** Moves to an offset. */
  seek?(offset: number, whence: number): Promise<number>;
}

/** The part of a SharedFile that is used. */
export interface CursorLike {
  /** Bytes that can be read. */
  readonly byteLength: number;
  /** Reads up to so many bytes. */
  read(n?: number): Uint8Array;
  /** Moves to an offset. */
  seek(position: number): number;
  /** Where it stands. */
  tell(): number;
}

/** Node refuses reads of 2 GiB and more. */
const READ_BYTES_MAX = 2 ** 30;
/** What is copied out of a SharedFile at a time. */
const COPY_BYTES = 2 ** 20;

const STANDARD_INPUT_FD = 0;
/** `SEEK_SET` and `SEEK_CUR`, as Deno has them too. */
const Whence = { Start: 0, Current: 1 } as const;

/** A file by its path, opened for this reading; `"-"` is standard input. */
export async function pathReading(
  path: FilePath,
  position: number | undefined,
): Promise<Reading> {
  if (path === STANDARD_INPUT) {
    return descriptorReading(STANDARD_INPUT_FD, position, path);
  }
  const fd = await openFileAsync(path);
  return {
    ...descriptorReading(fd, position, path),
    close: () => closeFile(fd, path),
  };
}

/** A descriptor; without a position what comes next, as of a pipe. */
export function descriptorReading(
  fd: number,
  position: number | undefined,
  path: FilePath = `descriptor ${fd}`,
): Reading {
  let next = position;
  return {
    kind: "file",
    path: pathText(path),
    async read(target) {
      const part = target.subarray(0, READ_BYTES_MAX);
      if (next === undefined) return await readStream(fd, part, path);
      const count = await readAtAsync(fd, part, next, path);
      next += count;
      return count;
    },
    close: () => {},
  };
}

/** A `FileHandle`. */
export function handleReading(
  handle: FileHandleLike,
  position: number | undefined,
): Reading {
  const path = `descriptor ${handle.fd}`;
  let next = position ?? null;
  return {
    kind: "file",
    path,
    read: (target) =>
      named(path, async () => {
        const length = Math.min(target.byteLength, READ_BYTES_MAX);
        const { bytesRead } = await handle.read(target, 0, length, next);
        if (next !== null) next += bytesRead;
        return bytesRead;
      }),
    close: () => {},
  };
}

/** A `Deno.FsFile`, or another reader of Deno's. A position is for this reading only. */
export function readerReading(
  reader: ReaderLike,
  position: number | undefined,
): Reading {
  let next = position;
  const readNext = async (target: Uint8Array): Promise<number> =>
    await reader.read(target) ?? 0;
  return {
    kind: "file",
    read: (target) =>
      named("file", async () => {
        if (next === undefined) return await readNext(target);
        const count = await readAside(reader, next, () => readNext(target));
        next += count;
        return count;
      }),
    close: () => {},
  };
}

/** Reads at a position, and puts that of the file back. */
async function readAside(
  reader: ReaderLike,
  position: number,
  read: () => Promise<number>,
): Promise<number> {
  if (reader.seek === undefined) {
    throw new TypeError(
      `Cannot read at a position as the reader must have "seek": received ${position}`,
    );
  }
  const before = await reader.seek(0, Whence.Current);
  await reader.seek(position, Whence.Start);
  try {
    return await read();
  } finally {
    await reader.seek(before, Whence.Start);
  }
}

/** A `Blob`, such as `Bun.file(path)` or `fs.openAsBlob(path)`; it has no position of its own. */
export function blobReading(blob: Blob, position = 0): Reading {
  let next = position;
  return {
    kind: "file",
    read: (target) =>
      named("file", async () => {
        const part = blob.slice(next, next + target.byteLength);
        const bytes = new Uint8Array(await part.arrayBuffer());
        target.set(bytes);
        next += bytes.byteLength;
        return bytes.byteLength;
      }),
    close: () => {},
  };
}

/** A SharedFile. A position is for this reading only. */
export function cursorReading(
  file: CursorLike,
  position: number | undefined,
): Reading {
  let next = position;
  return {
    kind: "file",
    read(target) {
      if (next === undefined) return Promise.resolve(copyNext(file, target));
      if (next >= file.byteLength) return Promise.resolve(0);
      const count = copyAside(file, next, target);
      next += count;
      return Promise.resolve(count);
    },
    close: () => {},
  };
}

/** Copies from a position, and puts that of the file back. */
function copyAside(
  file: CursorLike,
  position: number,
  target: Uint8Array,
): number {
  const before = file.tell();
  file.seek(position);
  try {
    return copyNext(file, target);
  } finally {
    file.seek(before);
  }
}

/** In pieces, each through the file's own check that the bytes are still there. */
function copyNext(file: CursorLike, target: Uint8Array): number {
  let filled = 0;
  while (filled < target.byteLength) {
    const left = target.byteLength - filled;
    const bytes = file.read(Math.min(COPY_BYTES, left));
    if (bytes.byteLength === 0) break;
    target.set(bytes, filled);
    filled += bytes.byteLength;
  }
  return filled;
}

/** Gives errors of the system our class and their name. */
async function named<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fromSystemError(error, path);
  }
}
