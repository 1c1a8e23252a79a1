/**
 * Framings: how the records of a file are told apart.
 *
 * A record belongs to the segment in which it **starts**; its bytes may run on behind that. So a
 * worker that scans a segment has to know two things besides the segment's bytes:
 *
 * - where the first record starts. Often the bytes tell: the next multiple of a fixed length, the
 *   next delimiter. Where they do not (is this newline inside of quotes? is this byte a length or
 *   payload?), it depends on all bytes in front, of which an {@link Indexer} makes one number, the
 *   segment's **entry**.
 * - what comes behind. {@link RecordRange.extend} brings as much of it as a record turns out to need.
 *
 * Entries are found by a {@link Follower}, which goes through the file in order and knows the entry of
 * a segment when it has seen all in front of it; so scans can follow right behind. It may begin within the
 * file where it is told the entry of that place. Some can also be found from the segments in any order
 * ({@link ParallelIndexer}).
 *
 * The records of all segments together are those that one look through the whole file would give,
 * whatever the length of the segments.
 *
 * @module
 */
import type { Framing, RangeView } from "../job.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { FramingDescription } from "./framing/description.ts";

/** Finds bytes in the arena: what kernels may do for {@link RecordFraming.records}. */
export interface SearchKernels {
  /**
   * Finds the first byte that equals `byte` (0 to 255).
   *
   * @returns Its address in `[start, end)`; `end` if there is none.
   */
  findByte(start: number, end: number, byte: number): number;
  /**
   * Finds the first byte that equals `a` or `b`.
   *
   * @returns Its address in `[start, end)`; `end` if there is none.
   */
  findEither(start: number, end: number, a: number, b: number): number;
}

/** A segment whose records are to be read, as far as a framing looks at it. */
export interface RecordRange
  extends Pick<RangeView, "offset" | "byteLength" | "address" | "bytes"> {
  /** Neighbour bytes that can be read before `address`: the framing's `before`, or all that the file has. */
  readonly before: number;
  /** Neighbour bytes that can be read after the last byte, from the start. */
  readonly after: number;
  /**
   * Makes at least so many bytes behind the segment readable, if the file has them. They lie where
   * `after` counts them, and nothing moves.
   *
   * Never asked for more than the framing's `after`. Without it, the engine has put all that
   * `after` asks for there beforehand.
   *
   * @returns How many bytes behind the segment are readable now; fewer than asked for if the file ends there.
   */
  extend?(byteCount: number): number;
  /** Kernels for the search. Without them, TypeScript looks for delimiters. */
  readonly search?: SearchKernels | undefined;
}

/**
 * One record, where it lies in the arena. No copy.
 *
 * The same object stands for one record after the other; whoever keeps something of it copies.
 */
export interface FramedRecord {
  /** Offset in the file of the record's first byte. */
  readonly offset: number;
  /** Byte offset in the arena of the record's first byte. */
  readonly address: number;
  /** Bytes of the record; of a delimited one, those in front of its delimiter. */
  readonly byteLength: number;
  /** `u8[byteLength]`, shared: a new view each time, of the same bytes. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /**
   * The record as text, from UTF-8; what is no UTF-8 becomes U+FFFD. A copy.
   *
   * Of a length-prefixed record, its payload.
   */
  text(): string;
}

/** The records that start in one segment, in file order. Can be gone through once. */
export interface Records<Record extends FramedRecord> extends Iterable<Record> {
  /** The record that {@link advance} has come to. */
  readonly current: Record;
  /**
   * Goes to the next record. Allocates nothing, and takes less than the iterator does.
   *
   * @returns False if there is none in this segment.
   * @throws {SabmapError} If the bytes are no record, with its offset. Nothing moves then.
   */
  advance(): boolean;
}

/** How the records of a file are told apart. */
export interface RecordFraming<Record extends FramedRecord = FramedRecord>
  extends Framing {
  /**
   * Bytes behind a segment that its last record may need: a bound, reserved but not read. The engine
   * reads a few of them with the segment, and the rest when {@link RecordRange.extend} asks.
   */
  readonly after: number;
  /** What finds the entries of segments; `undefined` where a segment's own bytes tell. */
  readonly indexer: Indexer | undefined;
  /** What the framing is made from, as plain data. */
  readonly description: FramingDescription;
  /**
   * The records that start in a segment.
   *
   * @param entry The segment's entry. Needed where there is an indexer and the segment is not the file's first.
   */
  records(range: RecordRange, entry?: number): Records<Record>;
}

/** The entries of all segments of a file. Plain data in shared memory, so that sending it copies nothing. */
export interface FramingIndex {
  /** Length of the segments that the entries are for. */
  readonly segmentBytes: number;
  /** One for each segment, in file order. */
  readonly entries:
    | Uint8Array<SharedArrayBuffer>
    | Float64Array<SharedArrayBuffer>;
}

/** How entries are found: from segments in any order, or only by going through the file. */
export type Indexer = ParallelIndexer | SerialIndexer;

/** An indexer that looks at each segment by itself, and can go through the file in order as well. */
export interface ParallelIndexer extends Omit<SerialIndexer, "kind"> {
  /** Says that {@link ParallelIndexer.scan} is there. */
  readonly kind: "parallel";
  /**
   * Finds out what a segment does to the state of whoever reads through it. Needs no neighbour bytes.
   *
   * @param kernels Make it faster, where they are there.
   */
  scan(range: IndexChunk, kernels?: IndexKernels): SegmentMaps;
  /** Joins those of neighbours, `left` in front. Associative. Reuses `left`. */
  merge(left: SegmentMaps, right: SegmentMaps): SegmentMaps;
  /**
   * Finds the entries, from what all segments do.
   *
   * @param maps Of all segments of the file; `undefined` when it is empty.
   */
  finish(maps: SegmentMaps | undefined, segmentBytes: number): FramingIndex;
}

/** An indexer that has to go through the file in order. */
export interface SerialIndexer {
  /** Says that segments can be looked at in file order only. */
  readonly kind: "serial";
  /**
   * Begins to go through a file, whose bytes are then given to the follower.
   *
   * @param start Where, if not at the beginning of the file.
   */
  createFollower(
    segmentBytes: number,
    kernels?: IndexKernels,
    start?: FollowerStart,
  ): Follower;
  /** Whether a number from elsewhere can be the entry of a segment that starts at `offset`; not whether it is. */
  isEntry(entry: number, offset: number): boolean;
}

/** A place within a file from which it can be followed. */
export interface FollowerStart {
  /** Offset of the first segment. */
  readonly offset: number;
  /** The entry of that segment. */
  readonly entry: number;
}

/** What a number of consecutive segments do to a reader's state. Plain data. */
export type SegmentMaps = number[];

/** The kernels that indexers can use. */
export type IndexKernels = Pick<Kernels, "countByte"> & Partial<SearchKernels>;

/** Bytes of the file as an indexer takes them. A {@link RangeView} is one. */
export interface IndexChunk {
  /** Offset in the file of the first byte. */
  readonly offset: number;
  /** The bytes, in plain or shared memory. */
  readonly bytes: Uint8Array;
  /** Where the bytes lie in the arena of the kernels, if they do. */
  readonly address?: number | undefined;
}

/** Goes through a file in order and finds the entry of each segment: the serial form of each indexer. */
export interface Follower {
  /** Offset of the next byte that it has to see. Bytes in front of it may be left out. */
  readonly position: number;
  /** How many entries are known: at least those of the segments that start at or in front of `position`. */
  readonly entryCount: number;
  /** The entry that a segment has which starts where the bytes end that were seen. */
  readonly exit: number;
  /** The entry of a segment, `0 <= index < entryCount`, counted from where the follower began. */
  entry(index: number): number;
  /**
   * Takes bytes of the file, any number, of which `position` is one or the end.
   *
   * @throws {SabmapError} If they are no records, with the offset.
   */
  update(chunk: IndexChunk): void;
  /**
   * Ends at the end of the file.
   *
   * @throws {SabmapError} `ERR_RECORD_TRUNCATED` if that is in the middle of a record.
   */
  finish(byteLength: number): FramingIndex;
}

/** Puts entries into shared memory. */
export function sharedEntries(
  entries: readonly number[],
  bytesPerEntry: 1 | 8,
): FramingIndex["entries"] {
  const buffer = new SharedArrayBuffer(entries.length * bytesPerEntry);
  const shared = bytesPerEntry === 1
    ? new Uint8Array(buffer)
    : new Float64Array(buffer);
  shared.set(entries);
  return shared;
}
