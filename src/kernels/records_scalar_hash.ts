/**
 * The hashes of the group table in plain TypeScript: see records_layout.ts for what they compute.
 *
 * @module
 */
import {
  MULTIPLIER_2_HIGH,
  MULTIPLIER_2_LOW,
  MULTIPLIER_HIGH,
  MULTIPLIER_LOW,
} from "./records_layout.ts";

/** A number of 64 bits in two words. */
class Word64 {
  low = 0;
  high = 0;

  /** `a * b`, modulo 2**64. */
  product(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    const a0 = aLow & 0xffff, a1 = aLow >>> 16;
    const b0 = bLow & 0xffff, b1 = bLow >>> 16;
    // Each product is below 2**32, and so are sums exact.
    const first = a0 * b0;
    const cross = a0 * b1;
    const middle = a1 * b0 + Math.floor(first / 65536) + (cross & 0xffff);
    const carry = a1 * b1 + Math.floor(middle / 65536) +
      Math.floor(cross / 65536);
    this.low = ((middle & 0xffff) << 16) | (first & 0xffff);
    this.high = ((carry | 0) + Math.imul(aHigh, bLow) +
      Math.imul(aLow, bHigh)) | 0;
  }
}

const left = new Word64();
const right = new Word64();

/** Up to four bytes at `at`, little-endian, as far as they come before `end`. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
  let word = 0;
  const stop = Math.min(at + 4, end);
  for (let i = at; i < stop; i++) word |= bytes[i]! << ((i - at) << 3);
  return word;
}

/**
 * The quick hash.
 *
 * @param seedLow Low word of the seed.
 * @returns 32 bits, as a signed number.
 */
export function quickHash(
  bytes: Uint8Array,
  key: number,
  keyBytes: number,
  seedLow: number,
  seedHigh: number,
): number {
  const end = key + keyBytes;
  let low = seedLow;
  let high = seedHigh;
  for (let at = key;; at += 16) {
    left.product(
      low ^ wordAt(bytes, at, end),
      high ^ wordAt(bytes, at + 4, end),
      MULTIPLIER_LOW,
      MULTIPLIER_HIGH,
    );
    right.product(
      wordAt(bytes, at + 8, end),
      wordAt(bytes, at + 12, end),
      MULTIPLIER_2_LOW,
      MULTIPLIER_2_HIGH,
    );
    const sum = (left.low >>> 0) + (right.low >>> 0);
    high = (left.high + right.high + Math.floor(sum / 2 ** 32)) | 0;
    if (at + 16 >= end) return high;
    low = (sum | 0) ^ high;
  }
}

/** The state of HalfSipHash. */
class SipState {
  #v0: number;
  #v1: number;
  #v2: number;
  #v3: number;

  constructor(seedLow: number, seedHigh: number) {
    this.#v0 = seedLow;
    this.#v1 = seedHigh;
    this.#v2 = seedLow ^ 0x6c796765;
    this.#v3 = seedHigh ^ 0x74656462;
  }

  add(word: number): void {
    this.#v3 ^= word;
    this.#rounds(2);
    this.#v0 ^= word;
  }

  finish(): number {
    this.#v2 ^= 0xff;
    this.#rounds(4);
    return this.#v1 ^ this.#v3;
  }

  #rounds(count: number): void {
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = this.#v2;
    let v3 = this.#v3;
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) | 0;
      v1 = rotate(v1, 5) ^ v0;
      v0 = rotate(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotate(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotate(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotate(v1, 13) ^ v2;
      v2 = rotate(v2, 16);
    }
    this.#v0 = v0;
    this.#v1 = v1;
    this.#v2 = v2;
    this.#v3 = v3;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/**
 * HalfSipHash-2-4 with 32 bits.
 *
 * @returns 32 bits, as a signed number.
 * @see https://github.com/veorq/SipHash
 */
export function strongHash(
  bytes: Uint8Array,
  key: number,
  keyBytes: number,
  seedLow: number,
  seedHigh: number,
): number {
  const end = key + keyBytes;
  const state = new SipState(seedLow, seedHigh);
  let at = key;
  for (; at + 4 <= end; at += 4) state.add(wordAt(bytes, at, end));
  state.add((keyBytes << 24) | wordAt(bytes, at, end));
  return state.finish();
}
