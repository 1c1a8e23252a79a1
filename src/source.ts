/**
 * The source of a run: a regular file with a size, a stream of bytes, or an object on another machine.
 *
 * @module
 */
import { type ByteRange, SabmapError } from "./errors.ts";
import { DescriptorStream, type ReadNext } from "./engine/feed.ts";
import { sizeError } from "./engine/fill.ts";
import { abortable, nextTurn } from "./engine/promises.ts";
import {
  closeFile,
  type FileReader,
  type FileStatus,
  openFile,
  openFileAsync,
  openReader,
  openWithoutBlocking,
  readStream,
  statPath,
} from "./platform/files.ts";
import { type FilePath, pathText } from "./platform/file_path.ts";
import type { StreamReading } from "./platform/node_stream.ts";
import { platform } from "./platform/platform.ts";
import { noteHotJournal } from "./patch/hot_journal.ts";
import type { FileSource } from "./protocol.ts";
import { isRemote } from "./remote/is_remote.ts";
import type { OpenRemoteSource } from "./remote/remote_source.ts";

/** The path that stands for standard input. */
export const STANDARD_INPUT: string = "-";

const STANDARD_INPUT_FD = 0;

/** An opened source. */
export interface Source {
  /** Path as text, for results and errors. */
  readonly path: string;
  /** What threads open for themselves; `undefined` for all but files. */
  readonly file: FileSource | undefined;
  /** Bytes; `undefined` for a stream. */
  readonly byteLength: number | undefined;
  /**
   * The bytes in their order, for whoever reads them all: the same object at each call.
   *
   * @param range Where it has a size, the part that will be read: then a stream of its own, unless that is all.
   */
  stream(range?: ByteRange): DescriptorStream;
  /**
   * Checks that the file is still the one that the run began with.
   *
   * @throws {SabmapError} `ERR_FILE_SHRANK`, `ERR_FILE_GREW` or `ERR_FILE_CHANGED`, with both sizes.
   */
  checkUnchanged(): void;
  close(): void;
}

/**
 * Opens a file, or standard input for `"-"`.
 *
 * What has no size to trust is a stream: pipes, devices, and files of `/proc`, which say 0 and have bytes.
 *
 * @param signal Ends the wait for a writer of a FIFO.
 * @param onNote Hears of a patch of the file that was not finished.
 * @param remote How an object on another machine is fetched, and which version it has to be.
 * @throws {SabmapError} With the errno's name; `EISDIR` for a directory.
 */
export async function openSource(
  path: FilePath,
  signal: AbortSignal | undefined,
  onNote?: (note: string) => void,
  remote?: Omit<OpenRemoteSource, "signal">,
): Promise<Source> {
  if (isRemote(path)) {
    const { openRemoteSource } = await import("./remote/remote_source.ts");
    return await openRemoteSource(path, { ...remote, signal });
  }
  if (path === STANDARD_INPUT) {
    return await streamSource(STANDARD_INPUT_FD, path, () => {});
  }
  const before = statPath(path);
  if (before.kind === "directory") {
    throw new SabmapError("EISDIR", "is a directory", { file: pathText(path) });
  }
  if (before.kind === "stream") return await openStream(path, signal);
  const reader = openReader(path);
  noteHotJournal(path, onNote);
  const status = reader.status();
  if (status.byteLength > 0) return fileSource(reader, path, status);
  reader.close();
  const fd = openFile(path, "read");
  return await streamSource(fd, path, () => closeFile(fd, path));
}

/** A FIFO opens when somebody writes to it, which may be never. */
async function openStream(
  path: FilePath,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const opening = openFileAsync(path);
  try {
    const fd = await abortable(opening, signal);
    return await streamSource(fd, path, () => closeFile(fd, path));
  } catch (error) {
    if (signal?.aborted === true) abandonOpening(opening, path);
    throw error;
  }
}

/** Ends an opening that waits for a writer, or its thread would keep the process from ending. */
function abandonOpening(opening: Promise<number>, path: FilePath): void {
  const close = (fd: number) => closeFile(fd, path);
  let wakeUp: number | undefined;
  try {
    // Held until the other end is open: the thread that is to open it may not have come to it yet.
    wakeUp = openWithoutBlocking(path);
  } catch {
    // Not a FIFO, or not ours to write to: there is nothing to wake.
  }
  opening.then(close, () => {}).then(() => {
    if (wakeUp !== undefined) close(wakeUp);
  });
}

async function streamSource(
  fd: number,
  path: FilePath,
  close: () => void,
): Promise<Source> {
  const reading = await openByNode(fd, path);
  let isOpen = true;
  const stream = new DescriptorStream(
    reading?.read ?? ((target) => readStream(fd, target, path, () => isOpen)),
  );
  const closeReading = reading?.close ?? close;
  return {
    path: pathText(path),
    file: undefined,
    byteLength: undefined,
    stream: () => stream,
    checkUnchanged: () => {},
    close: () => {
      isOpen = false;
      closeReading();
    },
  };
}

/** Node's threads cannot be ended while one of them waits for a writer. */
async function openByNode(
  fd: number,
  path: FilePath,
): Promise<StreamReading | undefined> {
  if (platform.name !== "node") return undefined;
  const { openNodeStream } = await import("./platform/node_stream.ts");
  return openNodeStream(fd, path);
}

function fileSource(
  reader: FileReader,
  path: FilePath,
  start: FileStatus,
): Source {
  const { byteLength, device, inode } = start;
  const stream = new DescriptorStream(readHere(reader, 0));
  return {
    path: pathText(path),
    file: { path, byteLength, device, inode },
    byteLength,
    stream: ({ start } = { start: 0, end: byteLength }) =>
      start === 0 ? stream : new DescriptorStream(readHere(reader, start)),
    checkUnchanged: () => {
      const now = reader.status();
      if (
        now.byteLength !== byteLength || now.modifiedNs !== start.modifiedNs
      ) {
        const at = Math.min(now.byteLength, byteLength);
        throw sizeError(path, { was: byteLength, is: now.byteLength, at });
      }
    },
    close: () => reader.close(),
  };
}

/** Reads a regular file at once: on Deno, asynchronous reads into shared memory cost five times as much. */
function readHere(reader: FileReader, start: number): ReadNext {
  let position = start;
  return async (target) => {
    const count = reader.readAt(target, position);
    position += count;
    // Signals, progress and partials have their turn between two reads.
    await nextTurn();
    return count;
  };
}
