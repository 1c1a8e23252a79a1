/**
 * Streams of all kinds, as things to read from.
 *
 * They give chunks of whatever length they like. What of a chunk did not fit is kept for the next
 * reading of the same stream, unless the stream itself can take it back or be asked for less.
 *
 * @module
 */
import { asBytes, type BytesSource } from "../binary/bytes.ts";
import { received } from "../received.ts";
import type { Reading } from "./reading.ts";

/** The part of Node's `stream.Readable` that is used. */
export interface NodeReadableLike {
  /** Bytes that have come and were not read. */
  readonly readableLength: number;
  /** Whether all was read. */
  readonly readableEnded: boolean;
  /** Whether no more will come. */
  readonly destroyed: boolean;
  /** What it failed with. */
  readonly errored: Error | null;
  /** Takes bytes that have come. */
  read(size?: number): unknown;
  /** Gives bytes back. */
  unshift(chunk: Uint8Array): void;
  /** Listens for one event. */
  once(event: string, listener: (error?: unknown) => void): unknown;
  /** Stops listening. */
  off(event: string, listener: (error?: unknown) => void): unknown;
}

/** Chunks of bytes, one after the other. */
export type ByteChunks =
  | AsyncIterable<BytesSource>
  | Iterable<BytesSource>;

/** What of a stream's last chunk is still to be read. */
const rests = new WeakMap<object, Uint8Array>();
/** Where the reading of an iterable is. */
const iterators = new WeakMap<
  object,
  AsyncIterator<BytesSource> | Iterator<BytesSource>
>();

/** Longest chunk that a stream is asked for where it takes orders. */
const ORDER_BYTES = 64 * 1024;

/** A `ReadableStream`. Its lock is taken for each read, and released. */
export function webStreamReading(stream: ReadableStream<unknown>): Reading {
  return {
    kind: "stream",
    read: (target) => takeRest(stream, target) ?? readWebStream(stream, target),
    close: () => {},
  };
}

async function readWebStream(
  stream: ReadableStream<unknown>,
  target: Uint8Array,
): Promise<number> {
  const byteReader = tryByteReader(stream);
  if (byteReader !== undefined) return await readOrder(byteReader, target);
  const reader = stream.getReader();
  try {
    return await readChunks(stream, target, () => reader.read());
  } finally {
    reader.releaseLock();
  }
}

/** @returns `undefined` if the stream gives chunks as it likes, or is locked. */
function tryByteReader(
  stream: ReadableStream<unknown>,
): ReadableStreamBYOBReader | undefined {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

async function readOrder(
  reader: ReadableStreamBYOBReader,
  target: Uint8Array,
): Promise<number> {
  // The stream detaches what it fills, so it cannot fill the target itself.
  const length = Math.min(target.byteLength, ORDER_BYTES);
  try {
    const { value } = await reader.read(new Uint8Array(length));
    if (value === undefined) return 0;
    target.set(value);
    return value.byteLength;
  } finally {
    reader.releaseLock();
  }
}

/** An iterable of chunks. Where it is, is remembered, and it is never told to end. */
export function iterableReading(chunks: ByteChunks): Reading {
  return {
    kind: "stream",
    read(target) {
      const iterator = iteratorOf(chunks);
      return takeRest(chunks, target) ??
        readChunks(chunks, target, async () => await iterator.next());
    },
    close: () => {},
  };
}

function iteratorOf(
  chunks: ByteChunks,
): AsyncIterator<BytesSource> | Iterator<BytesSource> {
  const known = iterators.get(chunks);
  if (known !== undefined) return known;
  const iterator = Symbol.asyncIterator in chunks
    ? chunks[Symbol.asyncIterator]()
    : chunks[Symbol.iterator]();
  iterators.set(chunks, iterator);
  return iterator;
}

/** Takes what an earlier reading left. @returns `undefined` if there is nothing. */
function takeRest(
  stream: object,
  target: Uint8Array,
): Promise<number> | undefined {
  const rest = rests.get(stream);
  if (rest === undefined) return undefined;
  return Promise.resolve(takeChunk(stream, rest, target));
}

/** Takes the next chunk that is not empty. @returns 0 if there is none. */
async function readChunks(
  stream: object,
  target: Uint8Array,
  next: () => Promise<{ done?: boolean | undefined; value?: unknown }>,
): Promise<number> {
  for (;;) {
    const { done, value } = await next();
    if (done) return 0;
    const bytes = chunkBytes(value);
    if (bytes.byteLength > 0) return takeChunk(stream, bytes, target);
  }
}

/** Copies what fits, and keeps the rest. */
function takeChunk(
  stream: object,
  chunk: Uint8Array,
  target: Uint8Array,
): number {
  const count = Math.min(chunk.byteLength, target.byteLength);
  target.set(chunk.subarray(0, count));
  if (count < chunk.byteLength) rests.set(stream, chunk.subarray(count));
  else rests.delete(stream);
  return count;
}

function chunkBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === "object" && chunk !== null) {
    // The cast: `asBytes` refuses what is none.
    return asBytes(chunk as BytesSource);
  }
  throw new TypeError(
    `Cannot read from a stream as its chunks must be bytes: received ${
      received(chunk)
    }`,
  );
}

/** A `stream.Readable` of Node's, which takes back what does not fit. It must not be flowing. */
export function nodeStreamReading(stream: NodeReadableLike): Reading {
  return {
    kind: "stream",
    async read(target) {
      for (;;) {
        const chunk = nextNodeChunk(stream, target.byteLength);
        if (chunk !== null) {
          const bytes = chunkBytes(chunk);
          const count = Math.min(bytes.byteLength, target.byteLength);
          target.set(bytes.subarray(0, count));
          if (count < bytes.byteLength) stream.unshift(bytes.subarray(count));
          if (count > 0) return count;
        } else if (stream.errored) throw taken(stream, stream.errored);
        else if (stream.readableEnded || stream.destroyed) return 0;
        else await nextEvent(stream);
      }
    },
    close: () => {},
  };
}

/** An error that the caller gets from here, and the process not once more by an event that is still to come. */
function taken(stream: NodeReadableLike, error: Error): Error {
  stream.once("error", () => {});
  return error;
}

function nextNodeChunk(stream: NodeReadableLike, length: number): unknown {
  // Asks the stream to fetch some; it may have them at once.
  if (stream.readableLength === 0) stream.read(0);
  const count = Math.min(length, stream.readableLength);
  return count === 0 ? null : stream.read(count);
}

/** Waits until a stream has bytes, or has ended in one way or another. */
function nextEvent(stream: NodeReadableLike): Promise<void> {
  const events = ["readable", "end", "close", "error"];
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      for (const event of events) stream.off(event, settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    for (const event of events) stream.once(event, settle);
  });
}
