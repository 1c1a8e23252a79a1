/**
 * Searches what has come of a stream but fills no segment yet, so that matches of a slow one are seen as they come.
 *
 * It is ahead of the workers and has the same matches: a place is decided only when no byte that is still to come can
 * matter there, and who takes both (find_in_file.ts) leaves out what workers find in front of that place.
 *
 * @module
 */
import type { FindPartial, FoundSection } from "../jobs/find.ts";
import { createScalarKernels } from "../kernels/scalar.ts";
import { GRANULE_BYTES } from "../memory/arena.ts";
import type { BytePattern } from "./pattern.ts";
import {
  modeOf,
  searchFraming,
  type SearchJobOptions,
  searchScratchBytes,
  type SearchState,
  startSearch,
} from "./search_job.ts";
import { SearchMode, type SearchSpan } from "./searcher.ts";

/** Bytes of a stream that are searched at a time. */
const WINDOW_BYTES = 256 * 1024;

/** Comparisons that deciding the last places may take, beyond which they wait for more bytes. */
const COMPARISONS_MAX = 256 * 1024;

/** How far a search has come. */
export interface SearchPlace {
  /** All places in front of this offset are decided. */
  readonly decided: number;
  /** Where the last match that counts ends. */
  readonly open: number;
}

/** Some bytes of a stream. */
export interface StreamPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Searches with the code of workers, in a small memory of its own. */
export class EarlySearch {
  readonly #job: SearchJobOptions;
  readonly #state: SearchState;
  readonly #bytes: Uint8Array;
  readonly #window: number;

  constructor(job: SearchJobOptions) {
    const scratchBytes = searchScratchBytes(job);
    const behind = searchFraming(job).after;
    const memory = createMemory(scratchBytes + WINDOW_BYTES + behind);
    this.#job = job;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#window = scratchBytes;
    this.#state = startSearch(job, {
      index: 0,
      count: 1,
      memory,
      kernels: createScalarKernels(memory),
      scratch: { byteOffset: 0, byteLength: scratchBytes },
      file: { byteLength: undefined, path: "" },
    });
  }

  /**
   * Searches on.
   *
   * @param pieces Neighbours, in their order, which hold all from `place.decided` on.
   * @returns Matches, and up to where all is decided now; `undefined` if nothing more is.
   */
  search(
    pieces: readonly StreamPiece[],
    { decided, open }: SearchPlace,
  ): FindPartial | undefined {
    const sections: FoundSection[] = [];
    let at = decided, next = open;
    const filled = endOf(pieces);
    while (at < filled) {
      const end = this.#load(pieces, at, filled);
      const sure = end === this.#job.end
        ? end
        : at + this.#firstOpenPlace(end - at, end === filled);
      if (sure === at) break;
      next = this.#searchWindow(at, { sure, end, open: next }, sections);
      at = sure;
    }
    return at === decided ? undefined : { end: at, sections };
  }

  /** Brings the bytes from an offset on into the window. @returns Offset behind them. */
  #load(pieces: readonly StreamPiece[], from: number, filled: number): number {
    const end = Math.min(
      from + this.#bytes.length - this.#window,
      filled,
      this.#job.end,
    );
    for (const { offset, bytes } of pieces) {
      const start = Math.max(from, offset);
      const stop = Math.min(end, offset + bytes.length);
      if (start >= stop) continue;
      this.#bytes.set(
        bytes.subarray(start - offset, stop - offset),
        this.#window + start - from,
      );
    }
    return end;
  }

  /** The first place in the window at which bytes matter that are not there, as a distance. */
  #firstOpenPlace(byteLength: number, mayGrow: boolean): number {
    const { longestBytes } = this.#state;
    const { patterns } = this.#job;
    const from = Math.max(0, byteLength - longestBytes + 1);
    if (!mayGrow || longestBytes * patterns.length > COMPARISONS_MAX) {
      return from;
    }
    for (let at = from; at < byteLength; at++) {
      if (patterns.some((pattern) => this.#isOpen(pattern, at, byteLength))) {
        return at;
      }
    }
    return byteLength;
  }

  /** Whether a pattern fits as far as there are bytes, and has more. */
  #isOpen({ values, masks }: BytePattern, at: number, end: number): boolean {
    const count = end - at;
    if (values.length <= count) return false;
    const bytes = this.#bytes, start = this.#window + at;
    for (let i = 0; i < count; i++) {
      // `!`: the window and the pattern have so many.
      if ((bytes[start + i]! & masks[i]!) !== values[i]!) return false;
    }
    return true;
  }

  /** @returns Where the last match ends. */
  #searchWindow(
    offset: number,
    { sure, end, open }: { sure: number; end: number; open: number },
    sections: FoundSection[],
  ): number {
    const { searcher } = this.#state;
    const mode = modeOf(this.#state);
    const isDisjoint = mode === SearchMode.Disjoint;
    const toPlace = (at: number) => this.#window + at - offset;
    const first = Math.max(offset, this.#job.start, isDisjoint ? open : 0);
    const span = { stop: toPlace(sure), end: toPlace(end) };
    let last = open;
    for (let from = toPlace(first); from < span.stop;) {
      const place: SearchSpan = { ...span, from };
      const count = searcher.search(place, mode);
      if (count > 0) {
        const starts = searcher.starts.slice(0, count);
        const patterns = searcher.patterns?.slice(0, count);
        const base = offset + from - this.#window;
        sections.push({ offset: base, starts, patterns });
        const length = searcher.byteLength(patterns?.[count - 1] ?? 0);
        last = base + starts[count - 1]! + length;
      }
      from = searcher.resume;
    }
    return last;
  }
}

/** Shared, as what searchers are made for is. */
function createMemory(byteLength: number): WebAssembly.Memory {
  const pages = Math.ceil(byteLength / GRANULE_BYTES);
  const size = { initial: pages, maximum: pages };
  return new WebAssembly.Memory({ ...size, shared: true });
}

function endOf(pieces: readonly StreamPiece[]): number {
  const last = pieces.at(-1);
  return last === undefined ? 0 : last.offset + last.bytes.length;
}
