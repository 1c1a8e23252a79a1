/**
 * The search for one literal needle: the kernels' own `findAll`.
 *
 * @module
 */
import type { WorkerContext } from "../job.ts";
import type { TakeScratch } from "../jobs/scratch.ts";
import type { Kernels } from "../kernels/kernels.ts";
import {
  bindPatternKernels,
  PATTERN_STATE_BYTES,
  type PatternKernels,
  PatternState,
} from "../kernels/pattern.ts";
import { chooseRarest, chooseSecond } from "../kernels/rare_bytes.ts";
import {
  BATCH_MATCHES,
  type Searcher,
  SearchMode,
  type SearchSpan,
} from "./searcher.ts";

/** Places that are counted in one go, in one of two ways. */
const STRETCH_BYTES = 128 * 1024;

/** Where there is a match for so many places or fewer, writing down where they are takes longer than comparing all. */
const DENSE_BYTES = 1024;

/** Bytes of scratch that a searcher for a needle takes. */
export function literalScratchBytes(needleBytes: number): number {
  return needleBytes + 4 * BATCH_MATCHES + PATTERN_STATE_BYTES + 3 * 64;
}

/** Searches for a needle of up to 64 KiB. Looks at each byte a bounded number of times. */
export class LiteralSearcher implements Searcher {
  readonly starts: Uint32Array;
  readonly patterns = undefined;
  readonly #kernels: Kernels;
  readonly #needle: number;
  readonly #needleBytes: number;
  readonly #output: number;
  readonly #bytes: Uint8Array;
  readonly #counting: PatternKernels;
  readonly #state: Uint32Array;
  /** Offsets in the needle of the bytes to look for. */
  readonly #probes: readonly [number, number];
  #resume = 0;
  /** Whether matches were frequent in the stretch before. */
  #isDense = true;

  constructor(
    { kernels, memory }: WorkerContext,
    take: TakeScratch,
    needle: Uint8Array,
  ) {
    this.#kernels = kernels;
    this.#needle = take(needle.length).byteOffset;
    this.#needleBytes = needle.length;
    this.#output = take(4 * BATCH_MATCHES).byteOffset;
    const state = take(PATTERN_STATE_BYTES).byteOffset;
    this.#state = new Uint32Array(
      memory.buffer,
      state,
      PATTERN_STATE_BYTES / 4,
    );
    this.#counting = bindPatternKernels(memory, kernels.backend);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#bytes.set(needle, this.#needle);
    this.#probes = chooseProbes(needle);
    this.starts = new Uint32Array(memory.buffer, this.#output, BATCH_MATCHES);
  }

  get resume(): number {
    return this.#resume;
  }

  byteLength(): number {
    return this.#needleBytes;
  }

  search({ from, stop, end }: SearchSpan, mode: SearchMode): number {
    const step = mode === SearchMode.Disjoint ? this.#needleBytes : 1;
    const textEnd = Math.min(stop + this.#needleBytes - 1, end);
    const count = this.#kernels.findAll(
      from,
      Math.max(0, textEnd - from),
      this.#needle,
      this.#needleBytes,
      this.#output,
      BATCH_MATCHES,
      mode !== SearchMode.Disjoint,
    );
    const next = count === 0 ? from : from + this.starts[count - 1]! + step;
    this.#resume = count === BATCH_MATCHES ? next : Math.max(stop, next);
    return count;
  }

  count({ from, stop, end }: SearchSpan): number {
    if (this.#needleBytes === 1) {
      const byte = this.#bytes[this.#needle]!;
      return this.#kernels.countByte(from, Math.min(stop, end) - from, byte);
    }
    let count = 0;
    for (let at = from; at < stop;) {
      const stretch = {
        from: at,
        stop: Math.min(at + STRETCH_BYTES, stop),
        end,
      };
      const found = this.#isDense
        ? this.#countDense(stretch)
        : this.#countSparse(stretch);
      this.#isDense = found * DENSE_BYTES > stretch.stop - at;
      count += found;
      at = stretch.stop;
    }
    return count;
  }

  #countSparse(span: SearchSpan): number {
    let count = 0;
    for (let at = span.from; at < span.stop; at = this.#resume) {
      count += this.search({ ...span, from: at }, SearchMode.Disjoint);
    }
    return count;
  }

  #countDense(span: SearchSpan): number {
    const count = this.#countByKernel(span.from, span.stop, span.end);
    const resume = this.#state[PatternState.Resume]!;
    const last = Math.min(span.stop, span.end - this.#needleBytes + 1);
    // Comparing cost too much.
    return resume < last
      ? count + this.#countSparse({ ...span, from: resume })
      : count;
  }

  #countByKernel(from: number, stop: number, end: number): number {
    const [a, b] = this.#probes;
    return this.#counting.countLiteral(
      from,
      stop,
      end,
      this.#needle,
      this.#needleBytes,
      a,
      b,
      this.#state.byteOffset,
    );
  }
}

/** Two rare bytes of a needle. */
function chooseProbes(needle: Uint8Array): [number, number] {
  const first = chooseRarest(needle, 0, needle.length);
  return [first, chooseSecond(needle, 0, needle.length, first)];
}
