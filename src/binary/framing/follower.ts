/**
 * What followers have in common, and how one goes through a file.
 *
 * @module
 */
import type { Follower, FramingIndex, IndexChunk } from "../framing.ts";

/** Bytes read at a time where nearly all of them are needed. */
const READ_BYTES = 256 * 1024;
/** Bytes read at a time where a follower leaves most of them out: a page. */
const PEEK_BYTES = 4096;

/**
 * Leads a follower through a file, and reads no more of it than it has to see.
 *
 * In a file of long records, that is a page for each.
 *
 * @param read Reads the file from `offset` on until `target` is full; the file reaches that far.
 * @throws {SabmapError} As {@link Follower.update} and {@link Follower.finish}, or what `read` throws.
 */
export function followFile(
  follower: Follower,
  byteLength: number,
  read: (target: Uint8Array<SharedArrayBuffer>, offset: number) => void,
): FramingIndex {
  const buffer = new Uint8Array(new SharedArrayBuffer(READ_BYTES));
  let length = READ_BYTES;
  while (follower.position < byteLength) {
    const offset = follower.position;
    const bytes = buffer.subarray(0, Math.min(length, byteLength - offset));
    read(bytes, offset);
    follower.update({ offset, bytes });
    // Records that reach over several reads are worth peeking at their headers.
    const passed = follower.position - offset;
    length = passed > READ_BYTES + bytes.length ? PEEK_BYTES : READ_BYTES;
  }
  return follower.finish(byteLength);
}

/** @returns Offset of the end of a chunk, which begins no later than `position`. */
export function checkChunk(chunk: IndexChunk, position: number): number {
  if (chunk.offset <= position) return chunk.offset + chunk.bytes.length;
  throw new Error(
    `Bug: a follower at ${position} was given a chunk at ${chunk.offset}`,
  );
}

/** The bytes `[start, end)` of the file, which are some of a chunk's. */
export function chunkPart(
  { offset, bytes, address }: IndexChunk,
  start: number,
  end: number,
): IndexChunk {
  return {
    offset: start,
    bytes: bytes.subarray(start - offset, end - offset),
    address: address === undefined ? undefined : address + (start - offset),
  };
}

/** The file has to be followed to its end. */
export function checkEnd(byteLength: number, position: number): void {
  if (position >= byteLength) return;
  throw new Error(
    `Bug: a file of ${byteLength} bytes was followed to ${position} only`,
  );
}

/** An entry that is known. */
export function entryAt(entries: readonly number[], index: number): number {
  const entry = entries[index];
  if (entry !== undefined) return entry;
  throw new Error(
    `Bug: entry ${index} was asked for where ${entries.length} are known`,
  );
}
