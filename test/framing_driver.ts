/**
 * Reads the records of a file as the engine does: segment by segment, each alone in a slot.
 *
 * Around the bytes that a segment is given lies rubbish, which is what the framing is made of to
 * confuse it. Bytes behind come when they are asked for, and no others.
 *
 * @module
 */
import { expect } from "vitest";
import { followFile } from "../src/binary/framing/follower.ts";
import type {
  Follower,
  FramedRecord,
  FramingIndex,
  ParallelIndexer,
  RecordFraming,
  RecordRange,
  SegmentMaps,
} from "../src/binary/framing.ts";
import { SabmapError } from "../src/errors.ts";
import { mergeAll } from "./job_driver.ts";

/** A record, copied. */
export interface Taken {
  readonly offset: number;
  readonly byteLength: number;
  readonly bytes: string;
}

/** What came of one segment. */
export interface SegmentOutcome {
  readonly taken: readonly Taken[];
  readonly error?: SabmapError;
}

/** How segments are laid out. */
export interface Slotting {
  readonly segmentBytes: number;
  /** Bytes behind each segment that are there from the start. */
  readonly eagerBytes: number;
  readonly random: () => number;
  /** What rubbish is made of. */
  readonly rubbish: Uint8Array;
  /** Whether all of `framing.after` is there from the start, and nothing can be asked for. */
  readonly isFixed?: boolean;
}

/** Puts a segment of `file` into a slot of its own. */
export function placeSegment(
  file: Uint8Array,
  index: number,
  framing: RecordFraming,
  slotting: Slotting,
): RecordRange {
  const { segmentBytes, eagerBytes, random, rubbish, isFixed } = slotting;
  const offset = index * segmentBytes;
  const end = Math.min(offset + segmentBytes, file.length);
  const before = Math.min(framing.before, offset);
  const address = 64 + before + Math.floor(random() * 16);
  const room = end - offset + Math.min(framing.after, file.length - end);
  const buffer = new SharedArrayBuffer(address + room + 64);
  const all = new Uint8Array(buffer);
  for (let i = 0; i < all.length; i++) {
    all[i] = rubbish[Math.floor(random() * rubbish.length)] ?? 0;
  }
  const put = (from: number, to: number) =>
    all.set(file.subarray(from, to), address + from - offset);
  put(offset - before, end);
  const byteLength = end - offset;
  const bytesBehind = (count: number) => Math.min(count, file.length - end);
  let after = bytesBehind(isFixed ? framing.after : eagerBytes);
  put(end, end + after);
  const range = {
    index,
    offset,
    byteLength,
    address,
    before,
    after,
    bytes: all.subarray(address, address + byteLength),
  };
  if (isFixed) return range;
  const extend = (count: number) => {
    expect(count, "bytes asked for").toBeLessThanOrEqual(framing.after);
    // A page may bring more than was asked for.
    const wanted = Math.max(after, count + Math.floor(random() * 3));
    after = bytesBehind(Math.min(wanted, framing.after));
    put(end, end + after);
    return after;
  };
  return { ...range, extend };
}

/** Copies the records of one segment, up to the first error. */
export function takeRecords(
  framing: RecordFraming,
  range: RecordRange,
  entry: number | undefined,
): SegmentOutcome {
  const taken: Taken[] = [];
  const buffer = range.bytes.buffer;
  try {
    for (const record of framing.records(range, entry)) {
      taken.push(copyOf(record, buffer));
    }
    return { taken };
  } catch (error) {
    if (error instanceof SabmapError) return { taken, error };
    throw error;
  }
}

function copyOf(record: FramedRecord, buffer: SharedArrayBuffer): Taken {
  const { offset, byteLength, address } = record;
  const bytes = toHex(record.bytes);
  expect(toHex(new Uint8Array(buffer, address, byteLength))).toBe(bytes);
  return { offset, byteLength, bytes };
}

/** Bytes as comparable text. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** The index of a file by scans of its segments, merged in random association. */
export function parallelIndex(
  indexer: ParallelIndexer,
  file: Uint8Array,
  segmentBytes: number,
  random: () => number,
): FramingIndex {
  const maps: SegmentMaps[] = [];
  for (let offset = 0; offset < file.length; offset += segmentBytes) {
    const bytes = file.subarray(offset, offset + segmentBytes);
    maps.push(structuredClone(indexer.scan({ offset, bytes })));
  }
  return indexer.finish(mergeAll(indexer, maps, random), segmentBytes);
}

/** The index of a file by a follower that is given it in pieces of random length. */
export function followedIndex(
  follower: Follower,
  file: Uint8Array,
  random: () => number,
): FramingIndex {
  let offset = 0;
  while (offset < file.length) {
    const length = 1 + Math.floor(random() * 9);
    const bytes = file.subarray(offset, offset + length);
    follower.update({ offset, bytes });
    offset += bytes.length;
  }
  return follower.finish(file.length);
}

/** The index of a file by `followFile`. @returns Also how many bytes were read, in how many reads. */
export function fileIndex(
  follower: Follower,
  file: Uint8Array,
): { index: FramingIndex; bytesRead: number; reads: number } {
  let bytesRead = 0, reads = 0;
  const index = followFile(follower, file.length, (target, offset) => {
    expect(offset + target.length).toBeLessThanOrEqual(file.length);
    target.set(file.subarray(offset, offset + target.length));
    bytesRead += target.length;
    reads++;
  });
  return { index, bytesRead, reads };
}

/** The records of all segments, and the first error in file order. */
export function readAll(
  framing: RecordFraming,
  file: Uint8Array,
  index: FramingIndex | undefined,
  slotting: Slotting,
): SegmentOutcome {
  const taken: Taken[] = [];
  let error: SabmapError | undefined;
  const count = Math.ceil(file.length / slotting.segmentBytes);
  for (let i = 0; i < count; i++) {
    const range = placeSegment(file, i, framing, slotting);
    const outcome = takeRecords(framing, range, index?.entries[i]);
    if (error === undefined) taken.push(...outcome.taken);
    error ??= outcome.error;
  }
  return error === undefined ? { taken } : { taken, error };
}

/** Compares what was read with what a naive splitter says. */
export function expectSplit(
  outcome: SegmentOutcome,
  split: {
    pieces: readonly { offset: number; byteLength: number }[];
    error?: { code: string; offset: number };
  },
  file: Uint8Array,
  message: string,
): void {
  const expected = split.pieces.map(({ offset, byteLength }) => ({
    offset,
    byteLength,
    bytes: toHex(file.subarray(offset, offset + byteLength)),
  }));
  expect(outcome.taken, message).toEqual(expected);
  const { error } = outcome;
  const found = error === undefined
    ? undefined
    : { code: error.code, offset: error.range?.start };
  expect(found, message).toEqual(split.error);
}
