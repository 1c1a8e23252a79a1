/**
 * Many runs of bytes, kept one behind the other.
 *
 * @module
 */
import { compareBytes } from "./sort_key.ts";

/** Bytes one behind the other. Plain data. */
export interface ByteList {
  /** Where each ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A growing list of bytes, of which parts are taken in another order. */
export class ByteLists {
  #bytes = new Uint8Array(1024);
  #starts: number[] = [];
  #ends: number[] = [];
  #length = 0;

  /** Appends bytes. */
  add(source: Uint8Array, start: number, byteLength: number): void {
    const at = this.#length, needed = at + byteLength;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    copyBytes(source, start, byteLength, this.#bytes, at);
    this.#starts.push(at);
    this.#ends.push(needed);
    this.#length = needed;
  }

  /** Compares two, as {@link compareBytes}. */
  compare(i: number, j: number): number {
    const bytes = this.#bytes;
    // `!` here and below: these are indices of what was added.
    const iEnd = this.#ends[i]!, jEnd = this.#ends[j]!;
    return compareBytes(
      bytes,
      this.#starts[i]!,
      iEnd,
      bytes,
      this.#starts[j]!,
      jEnd,
    );
  }

  /** A copy of one. */
  at(i: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(this.#starts[i], this.#ends[i]);
  }

  /** Forgets all, and keeps the memory. */
  clear(): void {
    this.#starts = [];
    this.#ends = [];
    this.#length = 0;
  }

  /** Keeps some, in another order. */
  permute(order: Uint32Array): void {
    const { ends, bytes } = this.list(order);
    this.#bytes = bytes;
    this.#length = bytes.length;
    this.#ends = [...ends];
    this.#starts = this.#ends.map((_, i) => i === 0 ? 0 : ends[i - 1]!);
  }

  /** Copies some out, in another order. */
  list(order: Uint32Array): ByteList {
    const ends = new Uint32Array(order.length);
    let byteLength = 0;
    for (let i = 0; i < order.length; i++) {
      const from = order[i]!;
      byteLength += this.#ends[from]! - this.#starts[from]!;
      ends[i] = byteLength;
    }
    const bytes = new Uint8Array(byteLength);
    let at = 0;
    for (let i = 0; i < order.length; i++) {
      const start = this.#starts[order[i]!]!;
      copyBytes(this.#bytes, start, ends[i]! - at, bytes, at);
      at = ends[i]!;
    }
    return { ends, bytes };
  }
}

/** From so many bytes on, a call to copy them is quicker than a loop. */
const CALL_BYTES_MIN = 64;

/** Copies bytes, mostly few. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  byteLength: number,
  target: Uint8Array,
  at: number,
): void {
  if (byteLength >= CALL_BYTES_MIN) {
    target.set(source.subarray(start, start + byteLength), at);
    return;
  }
  for (let i = 0; i < byteLength; i++) target[at + i] = source[start + i]!;
}
