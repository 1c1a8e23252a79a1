/**
 * Indexers of delimited files: which state a reader of the whole file is in when a segment begins.
 *
 * A segment takes a reader from each state into some other, whatever came before: that is its map,
 * one number for each state. Maps are found in any order, by all workers, and applied one after the
 * other, beginning with the state in front of the file.
 *
 * @module
 */
import {
  type Follower,
  type FollowerStart,
  type FramingIndex,
  type IndexChunk,
  type IndexKernels,
  type ParallelIndexer,
  type SegmentMaps,
  sharedEntries,
} from "../framing.ts";
import { type ByteSearch, byteSearch } from "./byte_search.ts";
import {
  type Delimiter,
  overlapsItself,
  ReaderState,
  readerSteps,
  stateCount,
} from "./delimiter.ts";
import { checkChunk, checkEnd, chunkPart, entryAt } from "./follower.ts";

/** A reader of which only the state counts. */
interface Reader {
  readonly initialState: number;
  /** The state that a chunk leads to, from a state. */
  read(chunk: IndexChunk, state: number, kernels?: IndexKernels): number;
  /** The states that a chunk leads to, from each state that the map has. */
  map(chunk: IndexChunk, kernels?: IndexKernels): SegmentMaps;
  /** The state that a map leads to; `at` is where it begins in `maps`. */
  apply(maps: SegmentMaps, at: number, state: number): number;
  /** Numbers of a map. */
  readonly mapLength: number;
  /** How many states there are. */
  readonly stateCount: number;
}

/** Makes the indexer of a delimiter. @returns `undefined` if each segment's own bytes tell. */
export function stateIndexer(
  delimiter: Delimiter,
): ParallelIndexer | undefined {
  if (overlapsItself(delimiter)) return indexerOf(stepReader(delimiter));
  return delimiter.quote < 0 ? undefined : indexerOf(quoteReader(delimiter));
}

function indexerOf(reader: Reader): ParallelIndexer {
  return {
    kind: "parallel",
    scan: (chunk, kernels) => reader.map(chunk, kernels),
    merge: appendMaps,
    finish: (maps, segmentBytes) => applyMaps(reader, maps, segmentBytes),
    createFollower: (segmentBytes, kernels, start) =>
      new StateFollower(reader, segmentBytes, kernels, start),
    isEntry: (entry) =>
      Number.isInteger(entry) && entry >= 0 && entry < reader.stateCount,
  };
}

function appendMaps(left: SegmentMaps, right: SegmentMaps): SegmentMaps {
  // Not a copy: the left side grows with the file.
  for (const state of right) left.push(state);
  return left;
}

function applyMaps(
  reader: Reader,
  maps: SegmentMaps = [],
  segmentBytes: number,
): FramingIndex {
  const entries: number[] = [];
  let state = reader.initialState;
  for (let at = 0; at < maps.length; at += reader.mapLength) {
    entries.push(state);
    state = reader.apply(maps, at, state);
  }
  return { segmentBytes, entries: sharedEntries(entries, 1) };
}

/**
 * The reader of a delimiter that cannot overlap itself: all that counts is the parity of quotes. Its
 * map is that parity.
 */
function quoteReader(delimiter: Delimiter): Reader {
  const ended = ReaderState.ended(delimiter);
  const quoted = ReaderState.quoted(delimiter);
  const { quote } = delimiter;
  const turn = (state: number, count: number) =>
    (count & 1) === 0 ? state : state === quoted ? ended : quoted;
  return {
    initialState: ended,
    mapLength: 1,
    stateCount: stateCount(delimiter),
    read: (chunk, state, kernels) =>
      turn(state, countQuotes(chunk, quote, kernels)),
    map: (chunk, kernels) => [countQuotes(chunk, quote, kernels) & 1],
    apply: (maps, at, state) => turn(state, maps[at] ?? 0),
  };
}

function countQuotes(
  { bytes, address }: IndexChunk,
  quote: number,
  kernels: IndexKernels | undefined,
): number {
  if (kernels !== undefined && address !== undefined) {
    return kernels.countByte(address, bytes.length, quote);
  }
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === quote) count++;
  return count;
}

/** The reader of a delimiter that can overlap itself: it takes note of each byte that may be part of one. */
function stepReader(delimiter: Delimiter): Reader {
  const walk = walkOf(delimiter);
  const count = stateCount(delimiter);
  return {
    initialState: ReaderState.ended(delimiter),
    mapLength: count,
    stateCount: count,
    read: (chunk, state, kernels) =>
      walk(chunk.bytes, searchOf(chunk, kernels), 0, chunk.bytes.length, state),
    map: (chunk, kernels) =>
      mapStates(walk, chunk.bytes, searchOf(chunk, kernels), count),
    apply: (maps, at, state) => maps[at + state] ?? 0,
  };
}

function searchOf(
  { bytes, address }: IndexChunk,
  kernels: IndexKernels | undefined,
): ByteSearch {
  return byteSearch(bytes, address, kernels);
}

/** The state that `bytes[from, to)` lead to, from a state. */
type Walk = (
  bytes: Uint8Array,
  search: ByteSearch,
  from: number,
  to: number,
  state: number,
) => number;

/**
 * Walks through the table of steps, and passes by a search what changes nothing: all in quotes but
 * their end, and outside of them all but a quote and the first byte of a delimiter.
 *
 * Why it is fast: bytes that each depend on the state before take 2 ns. (Xeon 2.6 GHz, 2026-11-21.)
 */
function walkOf(delimiter: Delimiter): Walk {
  const steps = readerSteps(delimiter);
  const quoted = ReaderState.quoted(delimiter);
  const { quote, bytes: [first = 0] } = delimiter;
  // Where there are no quotes, the first byte twice.
  const other = quote < 0 ? first : quote;
  return (bytes, search, from, to, state) => {
    for (let at = from; at < to; at++) {
      if (state === 0) at = search.findEither(at, to, first, other);
      else if (state === quoted) at = search.findByte(at, to, quote);
      if (at === to) return state;
      // `!`: the table has a row for each state and an entry for each byte.
      state = steps[(state << 8) | bytes[at]!]!;
    }
    return state;
  };
}

/**
 * Where each state leads.
 *
 * States that have met go on as one. Nearly always the first byte that is in no delimiter brings all
 * of them together, but for those inside and outside of quotes, so parts begin with a byte and double.
 */
function mapStates(
  walk: Walk,
  bytes: Uint8Array,
  search: ByteSearch,
  count: number,
): SegmentMaps {
  let states = Array.from({ length: count }, (_, state) => state);
  let from = 0;
  for (let length = 1; from < bytes.length; length *= 2) {
    const to = Math.min(bytes.length, from + length);
    const ends = new Map<number, number>();
    for (const state of new Set(states)) {
      ends.set(state, walk(bytes, search, from, to, state));
    }
    states = states.map((state) => ends.get(state) ?? 0);
    from = to;
  }
  return states;
}

class StateFollower implements Follower {
  readonly #reader: Reader;
  readonly #segmentBytes: number;
  readonly #kernels: IndexKernels | undefined;
  readonly #entries: number[];
  /** Offset of the first segment. */
  readonly #origin: number;
  #state: number;
  #position: number;

  constructor(
    reader: Reader,
    segmentBytes: number,
    kernels: IndexKernels | undefined,
    start: FollowerStart = { offset: 0, entry: reader.initialState },
  ) {
    this.#reader = reader;
    this.#segmentBytes = segmentBytes;
    this.#kernels = kernels;
    this.#origin = this.#position = start.offset;
    this.#state = start.entry;
    this.#entries = [this.#state];
  }

  get position(): number {
    return this.#position;
  }

  get entryCount(): number {
    return this.#entries.length;
  }

  get exit(): number {
    return this.#state;
  }

  entry(index: number): number {
    return entryAt(this.#entries, index);
  }

  update(chunk: IndexChunk): void {
    const end = checkChunk(chunk, this.#position);
    while (this.#position < end) {
      const border = this.#origin + this.#entries.length * this.#segmentBytes;
      const part = chunkPart(chunk, this.#position, Math.min(border, end));
      this.#state = this.#reader.read(part, this.#state, this.#kernels);
      this.#position += part.bytes.length;
      if (this.#position === border) this.#entries.push(this.#state);
    }
  }

  finish(byteLength: number): FramingIndex {
    checkEnd(byteLength, this.#position);
    const segmentBytes = this.#segmentBytes;
    const count = Math.ceil((byteLength - this.#origin) / segmentBytes);
    const entries = sharedEntries(this.#entries.slice(0, count), 1);
    return { segmentBytes, entries };
  }
}
