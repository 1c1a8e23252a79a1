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
      this.#loadCv(key);
      for (let at = 0; at < CHUNK_BYTES; at += BLOCK_BYTES) {
        let blockFlags = flags;
        if (at === 0) blockFlags |= CHUNK_START;
        if (at === CHUNK_BYTES - BLOCK_BYTES) blockFlags |= CHUNK_END;
        this.#loadBlock(input + i * CHUNK_BYTES + at);
        this.#compress(BLOCK_BYTES, counter + i, blockFlags);
        for (let word = 0; word < 8; word++) {
          this.#cv[word] = this.#output[word]!;
        }
      }
      this.#storeCv(cvs + i * CV_BYTES);
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
