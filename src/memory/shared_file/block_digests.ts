/**
 * Finds the parts of a window that were stored into since they were last in the file.
 *
 * Stores into shared memory leave no trace, so each block has a digest of what it was. A copy of the
 * window would tell as much and take 128 times the memory; the digests are 32 bytes for 4 KiB.
 *
 * @module
 */
import type { ByteRange } from "../../errors.ts";
import {
  KERNEL_SCRATCH_BYTES,
  type Kernels,
  type Region,
} from "../../kernels/kernels.ts";
import { createKernels } from "../../kernels/load.ts";
import { sharedBuffer } from "../arena.ts";
import { kernelModule } from "./kernel_module.ts";
import { DIGEST_SCRATCH, type FileWindow } from "./window.ts";

/** What is written back as a whole: a page, as a mapping does. */
export const BLOCK_BYTES: number = 4096;

/** Blocks that are digested at a time, and written at a time at most: 1 MiB. */
const BATCH_BLOCKS = 256;

const CHUNK_BYTES = 1024;
const CHUNKS_PER_BLOCK = BLOCK_BYTES / CHUNK_BYTES;
const WORDS_PER_DIGEST = 8;

/** Places in the scratch. */
const KEY = DIGEST_SCRATCH.byteOffset + KERNEL_SCRATCH_BYTES;
const CVS = KEY + 64;

const SCRATCH: Region = {
  byteOffset: DIGEST_SCRATCH.byteOffset,
  byteLength: KERNEL_SCRATCH_BYTES,
};

/**
 * The digests of the blocks of one window: the roots of their BLAKE3 trees of four chunks.
 *
 * The last block may reach beyond the window, into the rest of its page, which holds zeros.
 */
export class BlockDigests {
  readonly #window: FileWindow;
  readonly #kernels: Kernels;
  readonly #known: Uint32Array<ArrayBuffer>;
  /** Digests of the batch that is looked at. */
  readonly #batch: Uint32Array<SharedArrayBuffer>;

  constructor(window: FileWindow) {
    this.#window = window;
    this.#kernels = createKernels(window.memory, kernelModule(), SCRATCH);
    const blocks = Math.ceil(window.byteLength / BLOCK_BYTES);
    this.#known = new Uint32Array(blocks * WORDS_PER_DIGEST);
    const buffer = sharedBuffer(window.memory);
    const words = BATCH_BLOCKS * WORDS_PER_DIGEST;
    this.#batch = new Uint32Array(buffer, CVS, words);
    // A key of its own, so that nobody can make up two blocks of one digest.
    const key = crypto.getRandomValues(new Uint32Array(WORDS_PER_DIGEST));
    new Uint32Array(buffer, KEY, WORDS_PER_DIGEST).set(key);
  }

  /** Takes the blocks of a range as they are. */
  take(range: ByteRange): void {
    forEachBatch(range, (first, count) => {
      this.#digest(first, count);
      this.#remember(first, 0, count);
    });
  }

  /**
   * Calls `write` with each run of changed blocks that hold bytes of a range, and takes them then.
   *
   * What is stored while `write` runs is found the next time.
   */
  writeChanged(range: ByteRange, write: (run: ByteRange) => void): void {
    forEachBatch(range, (first, count) => {
      this.#digest(first, count);
      for (let start = 0, end = 0; start < count; start = end + 1) {
        end = start;
        while (end < count && this.#hasChanged(first, end)) end++;
        if (end === start) continue;
        write(this.#bytesOf(first + start, first + end));
        this.#remember(first, start, end);
      }
    });
  }

  /** Takes the blocks that hold bytes of a range for changed. */
  forget(range: ByteRange): void {
    forEachBatch(range, (first, count) => {
      const start = first * WORDS_PER_DIGEST;
      // No block of this key that anybody will ever see has this digest.
      this.#known.fill(0, start, start + count * WORDS_PER_DIGEST);
    });
  }

  /** Leaves the digests of blocks `first` and following in the batch. */
  #digest(first: number, count: number): void {
    // SAFETY: the window's memory ends on the 64 KiB grid, which is one of blocks too.
    const input = this.#window.byteOffset + first * BLOCK_BYTES;
    const chunks = count * CHUNKS_PER_BLOCK;
    const counter = first * CHUNKS_PER_BLOCK;
    this.#kernels.blake3Chunks(input, chunks, counter, KEY, 0, CVS);
    for (let parents = chunks / 2; parents >= count; parents /= 2) {
      this.#kernels.blake3Parents(CVS, parents, KEY, 0, CVS);
    }
  }

  /** Whether block `first + index`, which is the batch's `index`-th, is another than it was. */
  #hasChanged(first: number, index: number): boolean {
    const now = index * WORDS_PER_DIGEST;
    const before = (first + index) * WORDS_PER_DIGEST;
    for (let word = 0; word < WORDS_PER_DIGEST; word++) {
      if (this.#batch[now + word] !== this.#known[before + word]) return true;
    }
    return false;
  }

  /** Keeps the digests `start` to `end` of the batch. */
  #remember(first: number, start: number, end: number): void {
    const digests = this.#batch.subarray(
      start * WORDS_PER_DIGEST,
      end * WORDS_PER_DIGEST,
    );
    this.#known.set(digests, (first + start) * WORDS_PER_DIGEST);
  }

  /** The bytes of blocks `start` to `end`, as far as the window has them. */
  #bytesOf(start: number, end: number): ByteRange {
    const { byteLength } = this.#window;
    return {
      start: start * BLOCK_BYTES,
      end: Math.min(end * BLOCK_BYTES, byteLength),
    };
  }
}

/** Goes over the blocks that hold bytes of a range, some at a time. */
function forEachBatch(
  { start, end }: ByteRange,
  action: (first: number, count: number) => void,
): void {
  if (start >= end) return;
  const stop = Math.ceil(end / BLOCK_BYTES);
  let first = Math.floor(start / BLOCK_BYTES);
  for (; first < stop; first += BATCH_BLOCKS) {
    action(first, Math.min(BATCH_BLOCKS, stop - first));
  }
}
