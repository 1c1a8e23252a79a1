/**
 * What a digest is to the engine: leaf, merge, finish; or a lane where it must see the bytes in order;
 * or parts, each of which is hashed in order.
 *
 * @module
 */
import type { Lane, RangeView, WorkerContext } from "../job.ts";
import type { Region } from "../kernels/kernels.ts";
import type { PartHash } from "./parts/part_hash.ts";

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
  /** Ranges must start at multiples of this, a power of two. Defaults to that of segments, 64 KiB. */
  readonly alignBytes?: number;
  /** @param scratch `scratchBytes` of the arena, 64-byte aligned, this digest's alone. */
  start(worker: WorkerContext, scratch: Region): State;
  /** Partial of one segment. */
  leaf(range: RangeView, state: State): Partial;
  /**
   * Joins two neighbours, `left` in front of `right`. Associative.
   *
   * @param state Of the worker that has both, where one does: it may make this faster.
   */
  merge(left: Partial, right: Partial, state?: State): Partial;
  /**
   * @param partial All of the file; `undefined` when the file is empty.
   * @returns The digest as its users write it.
   */
  finish(partial: Partial | undefined, byteLength: number): string;
  /** What else the partial tells of a file of that length, besides the digest. Defaults to nothing. */
  extra?(partial: Partial | undefined, byteLength: number): DigestExtra;
}

/** What a digest may give besides its value. */
export interface DigestExtra {
  /** The piece layer of BitTorrent v2: hashes of the pieces, of 32 bytes each, one after the other. */
  readonly pieceLayer?: Uint8Array;
}

/** A digest whose every step needs the one before, so that one worker must see all bytes. */
export interface SerialDigest {
  readonly kind: "serial";
  readonly name: string;
  /** Bytes that `lane.start` finds as the worker's scratch, 64-byte aligned, its own. Defaults to 0. */
  readonly scratchBytes?: number;
  readonly lane: Lane<unknown, string>;
}

/** A digest that is made of hashes of parts of the file, all of equal length but the last. */
export interface PartedDigest {
  readonly kind: "parted";
  readonly name: string;
  /** Length of a part, from 1 on. */
  readonly partBytes: number;
  /** What becomes of the bytes of a part. */
  readonly part: PartHash<unknown>;
  /**
   * @param hashes Those of all parts, in file order, one after the other; empty when the file is.
   * @returns The digest as its users write it.
   */
  finish(hashes: Uint8Array): string;
}

/** A digest whose type parameters have been forgotten, as the registry handles it. */
export type AnyDigest =
  | ParallelDigest<unknown, unknown>
  | SerialDigest
  | PartedDigest;
