/**
 * The searches of the SIMD backend: one function of the module, called in three ways.
 *
 * @module
 */
import { chooseRarest, chooseSecond } from "./rare_bytes.ts";

/** `find` of assembly/find.ts. */
export type SimdFind = (
  address: number,
  byteLength: number,
  needleAddress: number,
  needleBytes: number,
  a: number,
  b: number,
  step: 1 | -1,
  advance: number,
  output: number,
  capacity: number,
  scratch: number,
) => number;

/** Bytes of the scratch in which `find` keeps its own; the result of a search for one goes behind them. */
const FIND_SCRATCH_BYTES = 64;

/** Searches in one arena, with one worker's scratch. */
export class SimdFinder {
  readonly #bytes: Uint8Array;
  readonly #result: Uint32Array;
  readonly #find: SimdFind;
  readonly #scratch: number;

  constructor(memory: WebAssembly.Memory, find: SimdFind, scratch: number) {
    this.#bytes = new Uint8Array(memory.buffer);
    this.#result = new Uint32Array(
      memory.buffer,
      scratch + FIND_SCRATCH_BYTES,
      1,
    );
    this.#find = find;
    this.#scratch = scratch;
  }

  /** See `Kernels.findFirst`. */
  first(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
  ): number {
    if (needleBytes === 0) return 0;
    return this.#one(address, byteLength, needleAddress, needleBytes, 1);
  }

  /** See `Kernels.findLast`. */
  last(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
  ): number {
    if (needleBytes === 0) return byteLength;
    return this.#one(address, byteLength, needleAddress, needleBytes, -1);
  }

  /** See `Kernels.findAll`. */
  all(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
    output: number,
    capacity: number,
    overlapping: boolean,
  ): number {
    const a = chooseRarest(this.#bytes, needleAddress, needleBytes);
    return this.#find(
      address,
      byteLength,
      needleAddress,
      needleBytes,
      a,
      chooseSecond(this.#bytes, needleAddress, needleBytes, a),
      1,
      overlapping ? 1 : needleBytes,
      output,
      capacity,
      this.#scratch,
    ) >>> 0;
  }

  #one(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
    step: 1 | -1,
  ): number {
    if (needleBytes > byteLength) return -1;
    const a = chooseRarest(this.#bytes, needleAddress, needleBytes);
    const count = this.#find(
      address,
      byteLength,
      needleAddress,
      needleBytes,
      a,
      chooseSecond(this.#bytes, needleAddress, needleBytes, a),
      step,
      1,
      this.#scratch + FIND_SCRATCH_BYTES,
      1,
      this.#scratch,
    );
    return count === 0 ? -1 : this.#result[0]!;
  }
}
