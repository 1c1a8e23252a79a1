/**
 * The index of a length-prefixed file: from header to header, without a look at what is between them.
 *
 * The entry of a segment is the offset of the first record whose header does not end in front of it. That
 * record starts in the segment or behind it, or a few bytes in front, which are neighbour bytes. So the
 * entry is known as soon as the bytes in front of the segment are.
 *
 * @module
 */
import {
  type Follower,
  type FollowerStart,
  type FramingIndex,
  type IndexChunk,
  sharedEntries,
} from "../framing.ts";
import { checkChunk, checkEnd, entryAt } from "./follower.ts";
import {
  headerCutError,
  type PrefixLayout,
  recordBytes,
  recordCutError,
} from "./length_prefixed_layout.ts";

/** Hops over the records of a file. */
export class HopFollower implements Follower {
  readonly #layout: PrefixLayout;
  readonly #segmentBytes: number;
  /** The first bytes of a header whose rest is in the next chunk. */
  readonly #held: DataView<ArrayBuffer>;
  #heldCount = 0;
  /** Offsets of the record that comes next, and of the one before it, where that was seen. */
  #start: number;
  #previous: number | undefined;
  readonly #entries: number[] = [];
  /** Offset of the first segment. */
  readonly #origin: number;
  /** Where the first segment starts whose entry is not known. */
  #border: number;

  constructor(
    layout: PrefixLayout,
    segmentBytes: number,
    start: FollowerStart = { offset: 0, entry: 0 },
  ) {
    this.#layout = layout;
    this.#segmentBytes = segmentBytes;
    this.#held = new DataView(new ArrayBuffer(layout.headerBytes));
    this.#origin = this.#border = start.offset;
    this.#start = start.entry;
    this.#enter();
  }

  get position(): number {
    return this.#start + this.#heldCount;
  }

  get entryCount(): number {
    return this.#entries.length;
  }

  get exit(): number {
    return this.#start;
  }

  entry(index: number): number {
    return entryAt(this.#entries, index);
  }

  update(chunk: IndexChunk): void {
    const end = checkChunk(chunk, this.position);
    if (end <= this.position) return;
    if (this.#heldCount > 0) this.#hold(chunk, end);
    this.#hopThrough(chunk, end);
    if (this.position < end) this.#hold(chunk, end);
  }

  /** Hops as long as whole headers are in the chunk. */
  #hopThrough({ offset, bytes }: IndexChunk, end: number): void {
    const layout = this.#layout;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = end - layout.headerBytes;
    while (this.#start <= last) {
      const start = this.#start;
      this.#hop(recordBytes(layout, view, start - offset, start));
    }
  }

  /** Takes what the chunk has of a header, and hops if that is all of it. */
  #hold({ offset, bytes }: IndexChunk, end: number): void {
    const held = new Uint8Array(this.#held.buffer);
    const from = this.position;
    const to = Math.min(end, this.#start + held.length);
    held.set(bytes.subarray(from - offset, to - offset), this.#heldCount);
    this.#heldCount += to - from;
    if (this.#heldCount < held.length) return;
    this.#heldCount = 0;
    this.#hop(recordBytes(this.#layout, this.#held, 0, this.#start));
  }

  #hop(byteLength: number): void {
    this.#previous = this.#start;
    this.#start += byteLength;
    this.#enter();
  }

  /** Notes the next record for the segments that start no later than within its header. */
  #enter(): void {
    const end = this.#start + this.#layout.headerBytes;
    while (this.#border < end) {
      this.#entries.push(this.#start);
      this.#border += this.#segmentBytes;
    }
  }

  finish(byteLength: number): FramingIndex {
    const start = this.#start;
    checkEnd(byteLength, this.position);
    if (this.#heldCount > 0) {
      throw headerCutError(this.#layout, start, this.#heldCount);
    }
    const previous = this.#previous;
    // Of one that begins in front of where this did, whoever has seen that tells.
    if (start > byteLength && previous !== undefined) {
      throw recordCutError(previous, byteLength - previous, start - previous);
    }
    const segmentBytes = this.#segmentBytes;
    const count = Math.ceil((byteLength - this.#origin) / segmentBytes);
    const entries = sharedEntries(this.#entries.slice(0, count), 8);
    return { segmentBytes, entries };
  }
}
