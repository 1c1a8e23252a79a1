/**
 * The search for several patterns, or for one with wildcards or ignored case.
 *
 * The kernel `searchSet` does it; where its comparisons cost too much, and for many patterns, an automaton goes on,
 * whose time does not depend on the text: that of automaton.ts, or with wildcards that of bit_automaton.ts. Patterns
 * with wildcards and more than 512 positions have none: then the worst text costs a comparison of the whole pattern
 * for each byte, 16 positions at a time.
 *
 * SAFETY: indexes of patterns come from the kernel or the automaton, and are those of the set.
 *
 * @module
 */
import type { WorkerContext } from "../job.ts";
import type { TakeScratch } from "../jobs/scratch.ts";
import {
  bindPatternKernels,
  PATTERN_STATE_BYTES,
  type PatternKernels,
  PatternState,
} from "../kernels/pattern.ts";
import { programBytes, writeProgram } from "../kernels/pattern_program.ts";
import { Automaton, type StartFinder } from "./automaton.ts";
import { BitAutomaton } from "./bit_automaton.ts";
import { type BytePattern, longestBytes } from "./pattern.ts";
import {
  BATCH_MATCHES,
  type Searcher,
  SearchMode,
  type SearchSpan,
} from "./searcher.ts";

/** More patterns than this leave the kernel's buckets too full. */
const KERNEL_PATTERNS_MAX = 64;

/** Places that the automaton does in one go. */
const WALK_BYTES = 64 * 1024;

/** Places that are left to the automaton before the kernel is tried again. */
const RELIEF_BYTES = 1024 * 1024;

/** Bytes of scratch that a searcher for these patterns takes. */
export function setScratchBytes(patterns: readonly BytePattern[]): number {
  return programBytes(patterns) + 6 * BATCH_MATCHES + PATTERN_STATE_BYTES +
    4 * 64;
}

/** Searches for up to 4,096 patterns. */
export class SetSearcher implements Searcher {
  readonly starts: Uint32Array;
  readonly patterns: Uint16Array | undefined;
  readonly #kernels: PatternKernels;
  readonly #bytes: Uint8Array;
  readonly #set: readonly BytePattern[];
  readonly #lengths: Uint32Array;
  readonly #longest: number;
  readonly #program: number;
  readonly #indexes: Uint16Array;
  readonly #state: Uint32Array;
  readonly #states = new Int32Array(WALK_BYTES);
  /** `null` until it is needed. */
  #automaton: StartFinder | undefined | null = null;
  /** So many places are left to the automaton. */
  #relief = 0;
  #resume = 0;

  constructor(
    { kernels, memory }: WorkerContext,
    take: TakeScratch,
    patterns: readonly BytePattern[],
  ) {
    this.#kernels = bindPatternKernels(memory, kernels.backend);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#set = patterns;
    this.#lengths = Uint32Array.from(patterns, ({ values }) => values.length);
    this.#longest = longestBytes(patterns);
    this.#program = take(programBytes(patterns)).byteOffset;
    writeProgram(memory, this.#program, patterns);
    const { buffer } = memory;
    const starts = take(4 * BATCH_MATCHES).byteOffset;
    this.starts = new Uint32Array(buffer, starts, BATCH_MATCHES);
    const indexes = take(2 * BATCH_MATCHES).byteOffset;
    this.#indexes = new Uint16Array(buffer, indexes, BATCH_MATCHES);
    this.patterns = patterns.length > 1 ? this.#indexes : undefined;
    const state = take(PATTERN_STATE_BYTES).byteOffset;
    this.#state = new Uint32Array(buffer, state, PATTERN_STATE_BYTES / 4);
  }

  get resume(): number {
    return this.#resume;
  }

  byteLength(pattern: number): number {
    return this.#lengths[pattern]!;
  }

  search(span: SearchSpan, mode: SearchMode): number {
    const isMany = this.#set.length > KERNEL_PATTERNS_MAX;
    if ((isMany || this.#relief > 0) && this.#getAutomaton()) {
      const count = this.#searchByAutomaton(span, mode);
      this.#relief -= this.#resume - span.from;
      return count;
    }
    const count = this.#searchByKernel(span, mode);
    if (this.#state[PatternState.Spent] === 1) this.#relief = RELIEF_BYTES;
    return count;
  }

  #searchByKernel({ from, stop, end }: SearchSpan, mode: SearchMode): number {
    const count = this.#kernels.searchSet(
      this.#program,
      from,
      stop,
      end,
      mode,
      this.starts.byteOffset,
      this.#indexes.byteOffset,
      BATCH_MATCHES,
      this.#automaton !== undefined,
      this.#state.byteOffset,
    );
    if (mode === SearchMode.All) sortTies(this.starts, this.#indexes, count);
    // SAFETY: the kernel always writes it.
    const resume = this.#state[PatternState.Resume]!;
    const done = this.#state[PatternState.Spent] === 0 &&
      count + this.#room(mode) <= BATCH_MATCHES;
    this.#resume = done ? Math.max(resume, stop) : resume;
    return count;
  }

  /** Matches that one place may have. */
  #room(mode: SearchMode): number {
    return mode === SearchMode.All ? this.#set.length : 1;
  }

  #getAutomaton(): StartFinder | undefined {
    if (this.#automaton === null) {
      this.#automaton = Automaton.of(this.#set) ?? BitAutomaton.of(this.#set);
    }
    return this.#automaton;
  }

  #searchByAutomaton(
    { from, stop, end }: SearchSpan,
    mode: SearchMode,
  ): number {
    const automaton = this.#getAutomaton();
    if (automaton === undefined) throw new Error("Bug: there is no automaton");
    const to = Math.min(from + WALK_BYTES, stop);
    const behind = Math.min(to + this.#longest - 1, end);
    automaton.walk(this.#bytes, from, to, Math.max(to, behind), this.#states);
    return mode === SearchMode.All
      ? this.#takeAll(automaton, from, to)
      : this.#takeBest(automaton, from, to, mode);
  }

  #takeBest(
    automaton: StartFinder,
    from: number,
    to: number,
    mode: SearchMode,
  ): number {
    let count = 0, at = from;
    while (at < to) {
      // In state 0 none fits.
      const state = this.#states[at - from]!;
      const pattern = state === 0 ? -1 : automaton.best(state);
      if (pattern < 0) {
        at++;
        continue;
      }
      if (count === BATCH_MATCHES) break;
      this.starts[count] = at - from;
      this.#indexes[count++] = pattern;
      at += mode === SearchMode.Disjoint ? this.#lengths[pattern]! : 1;
    }
    this.#resume = at;
    return count;
  }

  #takeAll(automaton: StartFinder, from: number, to: number): number {
    const here: number[] = [];
    let count = 0, at = from;
    for (; at < to && count + this.#set.length <= BATCH_MATCHES; at++) {
      const state = this.#states[at - from]!;
      if (state === 0 || automaton.best(state) < 0) continue;
      here.length = 0;
      automaton.collect(state, here);
      for (const pattern of here.sort((left, right) => left - right)) {
        this.starts[count] = at - from;
        this.#indexes[count++] = pattern;
      }
    }
    this.#resume = at;
    return count;
  }
}

/** Puts the patterns of each start into their order. */
function sortTies(
  starts: Uint32Array,
  patterns: Uint16Array,
  count: number,
): void {
  for (let first = 0, next = 0; first < count; first = next) {
    for (next = first + 1; next < count && starts[next] === starts[first];) {
      next++;
    }
    if (next - first > 1) patterns.subarray(first, next).sort();
  }
}
