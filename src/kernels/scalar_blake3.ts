/**
 * BLAKE3 compressions of the scalar backend, one at a time.
 *
 * @see {@link https://github.com/BLAKE3-team/BLAKE3-specs} Section 2.2.
 * @module
 */
import { compress } from "./scalar_compress.ts";

const CHUNK_BYTES = 1024;
const BLOCK_BYTES = 64;
const CV_BYTES = 32;

const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;

/** Compresses blocks of an arena. All places are byte offsets into it. */
export class Blake3Compressor {
  readonly #bytes: Uint8Array;
  readonly #arena: Int32Array;
  /** Words of the block. */
  readonly #block: Int32Array = new Int32Array(16);
  /** Chaining value that goes in. */
  readonly #cv: Int32Array = new Int32Array(8);
  /** All that comes out; the first eight words are the chaining value. */
  readonly #output: Int32Array = new Int32Array(16);

  constructor(bytes: Uint8Array, words: Int32Array) {
    this.#bytes = bytes;
    this.#arena = words;
  }

  /** See `Kernels.blake3Chunks`. */
  chunks(
    input: number,
    chunkCount: number,
    counter: number,
    key: number,
    flags: number,
    cvs: number,
  ): void {
    for (let i = 0; i < chunkCount; i++) {
      const at = input + i * CHUNK_BYTES, cv = cvs + i * CV_BYTES;
      this.chunk(at, CHUNK_BYTES, counter + i, key, flags, CHUNK_END, cv);
    }
  }

  /** See `Kernels.blake3Chunk`. */
  chunk(
    input: number,
    byteLength: number,
    counter: number,
    key: number,
    flags: number,
    endFlags: number,
    cv: number,
  ): void {
    this.#loadCv(key);
    let blockFlags = flags | CHUNK_START;
    for (let at = 0;; at += BLOCK_BYTES) {
      const rest = byteLength - at;
      if (rest <= BLOCK_BYTES) {
        this.#loadLast(input + at, rest);
        this.#compress(rest, counter, blockFlags | endFlags);
        return this.#storeCv(cv);
      }
      this.#loadBlock(input + at);
      this.#compress(BLOCK_BYTES, counter, blockFlags);
      for (let i = 0; i < 8; i++) this.#cv[i] = this.#output[i]!;
      blockFlags = flags;
    }
  }

  /** See `Kernels.blake3Parents`. */
  parents(
    children: number,
    parentCount: number,
    key: number,
    flags: number,
    cvs: number,
  ): void {
    this.#loadCv(key);
    for (let i = 0; i < parentCount; i++) {
      this.#loadBlock(children + i * BLOCK_BYTES);
      this.#compress(BLOCK_BYTES, 0, flags | PARENT);
      this.#storeCv(cvs + i * CV_BYTES);
    }
  }

  #loadCv(byteOffset: number): void {
    const first = byteOffset / 4;
    for (let i = 0; i < 8; i++) this.#cv[i] = this.#arena[first + i]!;
  }

  #loadBlock(byteOffset: number): void {
    if (byteOffset % 4 !== 0) return this.#loadBlockUnaligned(byteOffset);
    const block = this.#block, arena = this.#arena, first = byteOffset / 4;
    for (let i = 0; i < 16; i++) block[i] = arena[first + i]!;
  }

  #loadBlockUnaligned(byteOffset: number): void {
    const block = this.#block, bytes = this.#bytes;
    for (let i = 0, at = byteOffset; i < 16; i++, at += 4) {
      block[i] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) |
        (bytes[at + 3]! << 24);
    }
  }

  /** Loads a block that may be short, as if there were zeros behind it. */
  #loadLast(byteOffset: number, byteLength: number): void {
    if (byteLength === BLOCK_BYTES) return this.#loadBlock(byteOffset);
    const block = this.#block.fill(0), bytes = this.#bytes;
    for (let i = 0; i < byteLength; i++) {
      block[i >> 2]! |= bytes[byteOffset + i]! << (8 * (i & 3));
    }
  }

  #storeCv(byteOffset: number): void {
    const first = byteOffset / 4;
    for (let i = 0; i < 8; i++) {
      this.#arena[first + i] = this.#output[i]!;
    }
  }

  #compress(blockLength: number, counter: number, flags: number): void {
    compress(this.#output, this.#cv, this.#block, blockLength, counter, flags);
  }
}
