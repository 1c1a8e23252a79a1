/**
 * The kernels of searches for patterns: a family of its own.
 *
 * @module
 */
import { bindFamily } from "./family.ts";
import type { Backend } from "./kernels.ts";
import { PATTERN_WASM_BASE64 } from "./pattern_wasm.ts";
import { createScalarPatternKernels } from "./scalar_pattern.ts";

/** Bytes of the state that a search leaves, 16-byte aligned: {@link PatternState}. */
export const PATTERN_STATE_BYTES: number = 32;

/** Cells of the state, `u32` each. */
export const PatternState = {
  /** Address at which to go on. */
  Resume: 0,
  /** 1 where the search stopped early because comparing cost too much. */
  Spent: 1,
} as const;

/** One backend, bound to one arena. Places are byte offsets in it; every `end` is below 2**32. */
export interface PatternKernels {
  /**
   * Finds matches of a program's patterns that start from `from` to `stop` and end by `end`.
   *
   * @param program As `writeProgram` wrote it.
   * @param mode See `SearchMode` of find/searcher.ts.
   * @param starts Place of a `u32[capacity]`, for distances from `from`, in order.
   * @param patterns Place of a `u16[capacity]`, for indexes of patterns; those of one start are in no order.
   * @param capacity At least the number of patterns.
   * @param bounded Whether to stop early where comparing costs too much.
   * @param state Place of {@link PATTERN_STATE_BYTES}.
   * @returns How many were written.
   */
  searchSet(
    program: number,
    from: number,
    stop: number,
    end: number,
    mode: number,
    starts: number,
    patterns: number,
    capacity: number,
    bounded: boolean,
    state: number,
  ): number;

  /**
   * Counts where a needle that cannot overlap itself starts, from `from` to `stop`, ending by `end`.
   *
   * @param needleBytes At least 2.
   * @param a Offset in the needle of a byte to look for; `b` likewise.
   * @param state Place of {@link PATTERN_STATE_BYTES}.
   * @returns How many, up to where the state says to go on.
   */
  countLiteral(
    from: number,
    stop: number,
    end: number,
    needle: number,
    needleBytes: number,
    a: number,
    b: number,
    state: number,
  ): number;
}

/** Binds the backend that a worker's other kernels are of. */
export function bindPatternKernels(
  memory: WebAssembly.Memory,
  backend: Backend,
): PatternKernels {
  if (backend === "scalar") return createScalarPatternKernels(memory);
  const simd = bindFamily<PatternKernels>(PATTERN_WASM_BASE64, memory);
  return {
    // WASM gives 32 bits as a signed number; these are counts of what an array holds.
    searchSet: simd.searchSet,
    countLiteral: (...args) => simd.countLiteral(...args) >>> 0,
  };
}
