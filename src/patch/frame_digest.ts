/**
 * BLAKE3 of the frames of a small journal, in one module: what the kernels of a run take to load, a patch of a few
 * bytes has written meanwhile.
 *
 * @see https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf sections 2.1 to 2.5
 * @module
 */
import { compress } from "../kernels/scalar_compress.ts";
import type { FrameDigest } from "./frame_memory.ts";

const CHUNK_WORDS = 256;
const BLOCK_WORDS = 16;
const BLOCK_BYTES = 64;
const Flag = { ChunkStart: 1, ChunkEnd: 2, Parent: 4, Root: 8 } as const;
/** The IV of SHA-256. */
const IV = Int32Array.of(
  ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a],
  ...[0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
);

/** Hashes frames, which are whole chunks, one after the other. */
export class ChunkDigest implements FrameDigest {
  /** The frame's bytes, as words of a little-endian processor. */
  readonly #words: Int32Array;
  readonly #block = new Int32Array(BLOCK_WORDS);
  readonly #output = new Int32Array(BLOCK_WORDS);
  /** Roots of whole subtrees, the largest first. */
  readonly #roots: Int32Array[] = [];
  /** The last chunk, which may turn out to be the last of all. */
  #last: Int32Array | undefined;
  #chunkCount = 0;

  /** @param bytes Where each frame will lie, from a multiple of 4 on. */
  constructor(bytes: Uint8Array<SharedArrayBuffer>) {
    const { buffer, byteOffset, byteLength } = bytes;
    this.#words = new Int32Array(buffer, byteOffset, byteLength >>> 2);
  }

  add(byteLength: number): void {
    for (let at = 0; at < byteLength >>> 2; at += CHUNK_WORDS) {
      this.#settleLast();
      this.#last = this.#chunk(at);
      this.#chunkCount++;
    }
  }

  /** Joins the last chunk with all subtrees that it makes whole. */
  #settleLast(): void {
    if (this.#last === undefined) return;
    let root = this.#last;
    for (let count = this.#chunkCount; count % 2 === 0; count /= 2) {
      root = this.#parent(this.#popRoot(), root, 0);
    }
    this.#roots.push(root);
  }

  #popRoot(): Int32Array {
    const root = this.#roots.pop();
    if (root === undefined) throw new Error("Bug: a chunk without its left");
    return root;
  }

  #chunk(at: number): Int32Array {
    const cv = IV.slice();
    const end = at + CHUNK_WORDS;
    for (let i = at; i < end; i += BLOCK_WORDS) {
      // `!`: the chunk lies in the frame.
      for (let j = 0; j < BLOCK_WORDS; j++) {
        this.#block[j] = this.#words[i + j]!;
      }
      const flags = (i === at ? Flag.ChunkStart : 0) |
        (i + BLOCK_WORDS === end ? Flag.ChunkEnd : 0);
      this.#compress(cv, this.#chunkCount, flags);
      cv.set(this.#output.subarray(0, 8));
    }
    return cv;
  }

  #parent(left: Int32Array, right: Int32Array, flags: number): Int32Array {
    this.#block.set(left);
    this.#block.set(right, 8);
    this.#compress(IV, 0, Flag.Parent | flags);
    return this.#output.slice(0, 8);
  }

  #compress(cv: Int32Array, counter: number, flags: number): void {
    compress(this.#output, cv, this.#block, BLOCK_BYTES, counter, flags);
  }

  finish(): string {
    let root = this.#last;
    if (root === undefined || this.#roots.length === 0) return "";
    while (this.#roots.length > 0) {
      const left = this.#popRoot();
      const flags = this.#roots.length === 0 ? Flag.Root : 0;
      root = this.#parent(left, root, flags);
    }
    return Array.from(
      new Uint8Array(root.buffer),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join("");
  }
}
