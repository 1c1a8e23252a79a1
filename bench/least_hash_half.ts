/**
 * One thread's half of `least_hash.ts`: reads it 1 MiB at a time and hashes it with our kernels.
 *
 * @module
 */
import { BLAKE3_IV } from "../src/digest/blake3_compress.ts";
import type { Kernels } from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";
import { sharedBuffer } from "../src/memory/arena.ts";
import { loadBuiltin } from "../src/platform/builtin.ts";
import { openDenoReader } from "../src/platform/deno_reader.ts";

/** Bytes of a block, which is read and hashed at a time. */
export const BLOCK_BYTES: number = 1024 ** 2;

/** Part of a file, as a thread is told. */
export interface Half {
  readonly path: string;
  /** Index of its first block. */
  readonly first: number;
  /** How many blocks: a power of two that divides `first`, at most 16,384. */
  readonly count: number;
}

const CV_BYTES = 32;
const BLOCK_CHUNKS = BLOCK_BYTES / 1024;
const ROOT = 8;

// Places in the memory, behind the kernels' own 16 KiB.
const KEY = 16 * 1024;
const CHUNK_CVS = 32 * 1024;
const BLOCK_CVS = 64 * 1024;
const SLOT = BLOCK_BYTES;

/** A thread's kernels and memory. */
export class LeastHasher {
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #kernels: Kernels;

  constructor() {
    const memory = new WebAssembly.Memory({
      initial: 32,
      maximum: 32,
      shared: true,
    });
    this.#bytes = new Uint8Array(sharedBuffer(memory));
    new Uint32Array(this.#bytes.buffer, KEY, 8).set(BLAKE3_IV);
    const scratch = { byteOffset: 0, byteLength: KEY };
    this.#kernels = createKernels(memory, compileKernels(), scratch);
  }

  /** @returns The chaining value of the half. */
  hash({ path, first, count }: Half): Uint8Array {
    const readAt = openFile(path);
    const slot = this.#bytes.subarray(SLOT, SLOT + BLOCK_BYTES);
    for (let i = 0; i < count; i++) {
      const block = first + i;
      if (readAt(slot, block * BLOCK_BYTES) !== BLOCK_BYTES) {
        throw new Error(`${path} is too short`);
      }
      const chunk = block * BLOCK_CHUNKS;
      this.#kernels.blake3Chunks(SLOT, BLOCK_CHUNKS, chunk, KEY, 0, CHUNK_CVS);
      this.#join(CHUNK_CVS, BLOCK_CHUNKS);
      const cv = BLOCK_CVS + i * CV_BYTES;
      this.#bytes.copyWithin(cv, CHUNK_CVS, CHUNK_CVS + CV_BYTES);
    }
    this.#join(BLOCK_CVS, count);
    return this.#bytes.slice(BLOCK_CVS, BLOCK_CVS + CV_BYTES);
  }

  /** Joins chaining values down to one, in place. */
  #join(cvs: number, count: number): void {
    for (let parents = count / 2; parents >= 1; parents /= 2) {
      this.#kernels.blake3Parents(cvs, parents, KEY, 0, cvs);
    }
  }

  /** @returns The digest of the file whose halves these are. */
  root(left: Uint8Array, right: Uint8Array): Uint8Array {
    this.#bytes.set(left, CHUNK_CVS);
    this.#bytes.set(right, CHUNK_CVS + CV_BYTES);
    this.#kernels.blake3Parents(CHUNK_CVS, 1, KEY, ROOT, CHUNK_CVS);
    return this.#bytes.slice(CHUNK_CVS, CHUNK_CVS + CV_BYTES);
  }
}

type ReadAt = (
  target: Uint8Array<SharedArrayBuffer>,
  position: number,
) => number;

/** Opens a file in the way that is there soonest. */
function openFile(path: string): ReadAt {
  if ("Deno" in globalThis) return openDenoReader(path).readAt;
  const fs = loadBuiltin<typeof import("node:fs")>("node:fs");
  const fd = fs.openSync(path, "r");
  return (target, position) =>
    fs.readSync(fd, target, 0, target.byteLength, position);
}
