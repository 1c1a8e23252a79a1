/**
 * A part lane in one thread: shows it the pieces of the parts that the thread has claimed, and gathers
 * the results.
 *
 * @module
 */
import type { PartLane, PartPiece, WorkerContext } from "../job.ts";
import { checkPartCount } from "../plan/parts.ts";

/** Bytes of the file that lie in the arena. */
export interface PlacedBytes {
  /** Offset in the file of the first byte. */
  readonly offset: number;
  /** Byte offset in the arena of the first byte. */
  readonly address: number;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/** Results of parts that one thread had. Plain data. */
export interface PartResults {
  /** Which parts these are, by index from 0, in the order in which they were done. */
  readonly parts: Float64Array;
  /** Their results, one after the other. */
  readonly bytes: Uint8Array;
}

/** Results that one thread is likely to have; room for more is made as they come. */
const RESULTS_FIRST = 64;

/** One part lane in one thread. */
export class PartRunner {
  readonly lane: PartLane<unknown>;
  readonly #state: unknown;
  readonly #fileEnd: number;
  readonly #parts: number[] = [];
  #bytes: Uint8Array<ArrayBuffer>;
  /** Where the part goes on that has begun; -1 if none has. */
  #next = -1;

  /** @param worker `file.byteLength` is `undefined` for a stream, which ends when {@link finish} is called. */
  constructor(lane: PartLane<unknown>, worker: WorkerContext) {
    this.lane = lane;
    this.#state = lane.start(worker);
    this.#fileEnd = worker.file.byteLength ?? Infinity;
    this.#bytes = new Uint8Array(RESULTS_FIRST * lane.resultBytes);
  }

  /** Takes the bytes of the file in `[start, end)`, which lie in `placed` and go on where the last ones ended or start a part. */
  take(placed: PlacedBytes, start: number, end: number): void {
    const { partBytes } = this.lane;
    for (let at = start; at < end;) {
      const part = Math.floor(at / partBytes);
      const partStart = part * partBytes;
      this.#checkNext(at, partStart);
      const partEnd = Math.min(partStart + partBytes, this.#fileEnd);
      const pieceEnd = Math.min(partEnd, end);
      const piece = cut(placed, at, pieceEnd);
      if (pieceEnd < partEnd) this.#update(piece, pieceEnd);
      else this.#complete(part, piece, at === partStart);
      at = pieceEnd;
    }
  }

  /**
   * Takes bytes of several units of the file, from the same place of each, whose parts are all whole.
   *
   * @param places One for each unit, in file order; they go on where the last ones ended or start a part.
   */
  takeInStep(places: readonly PlacedBytes[], unitBytes: number): void {
    const [{ offset: start, bytes: { byteLength } }] = places as [PlacedBytes];
    const { name, partBytes, inStep } = this.lane;
    if (inStep === undefined) {
      throw new Error(`Bug: "${name}" has one part after the other`);
    }
    for (let at = start; at < start + byteLength;) {
      const part = Math.floor(at / partBytes);
      this.#checkNext(at, part * partBytes);
      const partEnd = (part + 1) * partBytes;
      const pieceEnd = Math.min(partEnd, start + byteLength);
      const pieces = places.map((placed, k) =>
        cut(placed, at + k * unitBytes, pieceEnd + k * unitBytes)
      );
      inStep.update(pieces, this.#state);
      if (pieceEnd < partEnd) this.#next = pieceEnd;
      else this.#addAll(part, unitBytes / partBytes, inStep.end(this.#state));
      at = pieceEnd;
    }
  }

  /** Ends the last part of a stream, if it has begun. @returns What this thread had. */
  finish(): PartResults {
    if (this.#next >= 0) {
      if (this.#fileEnd !== Infinity) {
        throw new Error(`Bug: a part of "${this.lane.name}" was not ended`);
      }
      const part = Math.floor((this.#next - 1) / this.lane.partBytes);
      this.#add(part, this.lane.end(this.#state));
    }
    const used = this.#parts.length * this.lane.resultBytes;
    const results = {
      parts: Float64Array.from(this.#parts),
      bytes: this.#bytes.slice(0, used),
    };
    this.#parts.length = 0;
    return results;
  }

  #checkNext(at: number, partStart: number): void {
    if (at === partStart || at === this.#next) return;
    throw new Error(
      `Bug: "${this.lane.name}" goes on at ${at} where ${this.#next} was due`,
    );
  }

  #update(piece: PartPiece, pieceEnd: number): void {
    this.lane.update(piece, this.#state);
    this.#next = pieceEnd;
  }

  #complete(part: number, piece: PartPiece, isWhole: boolean): void {
    const { lane } = this;
    if (isWhole && lane.whole !== undefined) {
      this.#add(part, lane.whole(piece, this.#state));
      return;
    }
    lane.update(piece, this.#state);
    this.#add(part, lane.end(this.#state));
  }

  /** Adds results of parts that are `apart` from each other. */
  #addAll(first: number, apart: number, results: Uint8Array): void {
    const { resultBytes } = this.lane;
    for (let k = 0; k * resultBytes < results.byteLength; k++) {
      const at = k * resultBytes;
      this.#add(first + k * apart, results.subarray(at, at + resultBytes));
    }
  }

  #add(part: number, result: Uint8Array): void {
    const { partBytes, resultBytes } = this.lane;
    checkPartCount(part + 1, partBytes);
    const at = this.#parts.length * resultBytes;
    if (at === this.#bytes.byteLength) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(result, at);
    this.#parts.push(part);
    this.#next = -1;
  }
}

function cut(placed: PlacedBytes, start: number, end: number): PartPiece {
  const from = start - placed.offset;
  const to = end - placed.offset;
  return {
    address: placed.address + from,
    byteLength: to - from,
    bytes: placed.bytes.subarray(from, to),
  };
}
