/**
 * The automaton of Aho and Corasick over reversed patterns.
 *
 * A text is read backwards, so that the state at a byte tells which patterns start there: at each place the
 * longest one, and the others by following links. A search then goes forward over the states of a block. Each
 * byte is looked at twice at most, whatever text and patterns hold.
 *
 * SAFETY: states, classes and indexes of patterns come from the tables themselves, which were made for all of them.
 *
 * Not done: the walk in WASM. It waits for one dependent load a byte in either language.
 *
 * @see Aho and Corasick, Efficient string matching, Communications of the ACM 18 (1975).
 * @module
 */
import { rankPatterns } from "../kernels/pattern_program.ts";
import type { BytePattern } from "./pattern.ts";

/** Cells of the table at most: 64 MiB. */
const CELLS_MAX = 16 * 1024 ** 2;

const NONE = -1;

/** Finds which patterns start where, in a time that does not depend on what texts hold. */
export interface StartFinder {
  /**
   * Finds the state of each place of a block.
   *
   * @param bytes What holds the text.
   * @param from First place; `to` is behind the last.
   * @param behind Behind the last byte that matters: `to` and the longest pattern, as far as there are bytes.
   * @param states `i32[to - from]`, to be filled. In state 0 none fits.
   */
  walk(
    bytes: Uint8Array,
    from: number,
    to: number,
    behind: number,
    states: Int32Array,
  ): void;
  /** The pattern that wins where a state is reached; -1 if none fits. */
  best(state: number): number;
  /** Adds all patterns that fit where a state is reached to `into`. */
  collect(state: number, into: number[]): void;
}

/** Finds which patterns start where. */
export class Automaton implements StartFinder {
  /** Class of each byte; 0 for those in no pattern. */
  readonly #classes: Uint8Array;
  readonly #classCount: number;
  /** State that follows: row by state, column by class. */
  readonly #next: Int32Array;
  /** The best pattern that starts where a state is reached, or `NONE`. */
  readonly #best: Int32Array;
  /** The first of the patterns that make a state, linked by `#same`, or `NONE`. */
  readonly #own: Int32Array;
  /** Pattern with the same bytes, or `NONE`. */
  readonly #same: Int32Array;
  /** The longest proper suffix of a state that is a pattern, or 0. */
  readonly #shorter: Int32Array;

  /**
   * Builds an automaton.
   *
   * @returns `undefined` where patterns have wildcards, or letters of both kinds (exact, and of either case), or
   * are too many.
   */
  static of(patterns: readonly BytePattern[]): Automaton | undefined {
    const classes = classify(patterns);
    if (classes === undefined) return undefined;
    const classCount = Math.max(...classes) + 1;
    const states = patterns.reduce(
      (sum, { values }) => sum + values.length,
      1,
    );
    if (states * classCount > CELLS_MAX) return undefined;
    return new Automaton(patterns, classes, classCount, states);
  }

  private constructor(
    patterns: readonly BytePattern[],
    classes: Uint8Array,
    classCount: number,
    statesMax: number,
  ) {
    this.#classes = classes;
    this.#classCount = classCount;
    this.#next = new Int32Array(statesMax * classCount).fill(NONE);
    this.#own = new Int32Array(statesMax).fill(NONE);
    this.#best = new Int32Array(statesMax).fill(NONE);
    this.#same = new Int32Array(patterns.length).fill(NONE);
    this.#shorter = new Int32Array(statesMax);
    this.#insertAll(patterns);
    this.#link(statesMax);
  }

  /** Patterns of one length and the same bytes are linked in the order in which they were given. */
  #insertAll(patterns: readonly BytePattern[]): void {
    const ranks = rankPatterns(patterns);
    const lastFirst = patterns.map((_, index) => index)
      .sort((left, right) => ranks[right]! - ranks[left]!);
    let states = 1;
    for (const index of lastFirst) {
      const { values } = patterns[index]!;
      let state = 0;
      for (let at = values.length - 1; at >= 0; at--) {
        const cell = state * this.#classCount + this.#classes[values[at]!]!;
        if (this.#next[cell] === NONE) this.#next[cell] = states++;
        state = this.#next[cell]!;
      }
      this.#same[index] = this.#own[state]!;
      this.#own[state] = index;
    }
  }

  /** Completes the table, state after state of growing depth. */
  #link(statesMax: number): void {
    const next = this.#next, count = this.#classCount;
    const fail = new Int32Array(statesMax);
    const queue = new Int32Array(statesMax);
    let queued = 1;
    for (let head = 0; head < queued; head++) {
      const state = queue[head]!;
      const behind = fail[state]!;
      const own = this.#own[state]!;
      this.#best[state] = own !== NONE || state === 0
        ? own
        : this.#best[behind]!;
      this.#shorter[state] = this.#own[behind] !== NONE
        ? behind
        : this.#shorter[behind]!;
      for (let klass = 0; klass < count; klass++) {
        const cell = state * count + klass;
        const fallback = state === 0 ? 0 : next[behind * count + klass]!;
        const child = next[cell]!;
        if (child === NONE) {
          next[cell] = fallback;
        } else {
          fail[child] = fallback;
          queue[queued++] = child;
        }
      }
    }
  }

  walk(
    bytes: Uint8Array,
    from: number,
    to: number,
    behind: number,
    states: Int32Array,
  ): void {
    const next = this.#next, classes = this.#classes, count = this.#classCount;
    let state = 0;
    for (let at = behind - 1; at >= to; at--) {
      state = next[state * count + classes[bytes[at]!]!]!;
    }
    for (let at = to - 1; at >= from; at--) {
      state = next[state * count + classes[bytes[at]!]!]!;
      states[at - from] = state;
    }
  }

  best(state: number): number {
    return this.#best[state]!;
  }

  collect(state: number, into: number[]): void {
    for (let at = state; at !== 0; at = this.#shorter[at]!) {
      let pattern = this.#own[at]!;
      for (; pattern !== NONE; pattern = this.#same[pattern]!) {
        into.push(pattern);
      }
    }
  }
}

const ANY_CASE = 0xdf;

/** Gives each byte that fits somewhere a class; the two cases of a letter share one where case is ignored. */
function classify(patterns: readonly BytePattern[]): Uint8Array | undefined {
  const kinds = new Uint8Array(256);
  for (const { values, masks } of patterns) {
    for (let at = 0; at < values.length; at++) {
      const mask = masks[at]!, value = values[at]!;
      if (mask !== 0xff && mask !== ANY_CASE) return undefined;
      kinds[value]! |= mask === ANY_CASE ? 2 : 1;
      if (mask === ANY_CASE) kinds[value | 0x20]! |= 2;
    }
  }
  // A letter that is exact in one pattern and of either case in another is two things at once.
  if (kinds.includes(3)) return undefined;
  return numberClasses(kinds);
}

/** Class 0 stands for all other bytes; where all 256 have classes, the last one has it. */
function numberClasses(kinds: Uint8Array): Uint8Array {
  const classes = new Uint8Array(256);
  let count = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (kinds[byte] === 0) continue;
    const isSecondCase = kinds[byte] === 2 && (byte & 0x20) !== 0;
    classes[byte] = isSecondCase ? classes[byte & ANY_CASE]! : ++count & 255;
  }
  return classes;
}
