/**
 * What a digest is to the engine: leaf, merge, finish; or a lane where it must see the bytes in order.
 *
 * @module
 */
import type { Lane, RangeView, WorkerContext } from "../job.ts";
import type { Region } from "../kernels/kernels.ts";

/**
 * A digest that ranges of a file add to in any order, and that is exact all the same.
 *
 * Partials are plain values: they cross threads by structured clone, and `merge`
 * changes neither of its arguments.
 */
export interface ParallelDigest<State, Partial> {
  readonly kind: "parallel";
  readonly name: string;
  /** Bytes of the worker's scratch that `start` wants; 0 if none. */
  readonly scratchBytes: number;
  /** @param scratch `scratchBytes` of the arena, 64-byte aligned, this digest's alone. */
  start(worker: WorkerContext, scratch: Region): State;
  /** Partial of one segment. */
  leaf(range: RangeView, state: State): Partial;
  /** Joins two neighbours, `left` in front of `right`. Associative. */
  merge(left: Partial, right: Partial): Partial;
  /**
   * @param partial All of the file; `undefined` when the file is empty.
   * @returns The digest as its users write it.
   */
  finish(partial: Partial | undefined, byteLength: number): string;
}

/** A digest whose every step needs the one before, so that one worker must see all bytes. */
export interface SerialDigest {
  readonly kind: "serial";
  readonly name: string;
  readonly lane: Lane<unknown, string>;
}

/** A digest whose type parameters have been forgotten, as the registry handles it. */
export type AnyDigest = ParallelDigest<unknown, unknown> | SerialDigest;
