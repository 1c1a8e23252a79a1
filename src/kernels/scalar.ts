/**
 * The kernels in plain TypeScript: the oracle of the SIMD kernels, and the fallback where SIMD is missing.
 *
 * They read and write the same shared bytes, take any alignment of input, and need no
 * scratch of the arena.
 *
 * Rates per core (Intel Xeon, Sapphire Rapids, 1 MiB in L2, 2026-11-21), in GB/s:
 *
 * |                | Node 20.20 | Deno 2.9 | Bun 1.4 |
 * |----------------|------------|----------|---------|
 * | `countByte`    | 4.1        | 4.7      | 6.8     |
 * | `histogram`    | 1.3        | 2.1      | 2.2     |
 * | `findFirst`    | 0.5        | 0.3      | 1.1     |
 * | `blake3Chunks` | 0.41       | 0.50     | 0.42    |
 *
 * @module
 */
import { findKernels } from "./finder.ts";
import type { Kernels } from "./kernels.ts";
import { Blake3Compressor } from "./scalar_blake3.ts";
import { ScalarFinder } from "./scalar_find.ts";

/** The arena, seen in the three ways that the kernels need. */
interface Views {
  readonly bytes: Uint8Array;
  /** Little-endian, as every machine that these runtimes run on. */
  readonly words: Int32Array;
  readonly counts: Uint32Array;
}

/**
 * Binds the scalar kernels to an arena.
 *
 * @param memory Must not grow afterwards.
 * @returns Kernels that only the calling thread may use; other threads bind their own.
 */
export function createScalarKernels(memory: WebAssembly.Memory): Kernels {
  const { buffer } = memory;
  const views: Views = {
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    counts: new Uint32Array(buffer),
  };
  const tables = new Uint32Array(TABLES * 256);
  const finder = new ScalarFinder(views.bytes, views.counts);
  const compressor = new Blake3Compressor(views.bytes, views.words);
  return {
    backend: "scalar",
    countByte: (byteOffset, byteLength, byte) =>
      countByte(views, byteOffset, byteLength, byte),
    findByte: (start, end, byte) => findEither(views, start, end, byte, byte),
    findEither: (start, end, a, b) => findEither(views, start, end, a, b),
    ...findKernels(finder),
    histogram: (byteOffset, byteLength, counts) => {
      countInTables(views.bytes, byteOffset, byteLength, tables);
      drainTables(tables, views.counts, counts >>> 2);
    },
    blake3Chunks: (input, chunkCount, counter, key, flags, cvs) =>
      compressor.chunks(input, chunkCount, counter, key, flags, cvs),
    blake3Chunk: (input, byteLength, counter, key, flags, endFlags, cv) =>
      compressor.chunk(input, byteLength, counter, key, flags, endFlags, cv),
    blake3Parents: (children, parentCount, key, flags, cvs) =>
      compressor.parents(children, parentCount, key, flags, cvs),
  };
}

/** Words of four bytes that can be counted before a byte of the sum overflows. */
const WORDS_MAX = 255;

function findEither(
  { bytes }: Views,
  start: number,
  end: number,
  a: number,
  b: number,
): number {
  let at = start;
  while (at < end && bytes[at] !== a && bytes[at] !== b) at++;
  return at;
}

/** Bytes up to the first aligned word one by one, then four at a time, then the rest. */
function countByte(
  views: Views,
  start: number,
  byteLength: number,
  byte: number,
): number {
  const end = start + byteLength;
  const wordsStart = Math.min(Math.ceil(start / 4) * 4, end);
  const wordsEnd = Math.max(Math.floor(end / 4) * 4, wordsStart);
  let count = countSingly(views.bytes, start, wordsStart, byte);
  for (let at = wordsStart / 4; at < wordsEnd / 4; at += WORDS_MAX) {
    const stop = Math.min(at + WORDS_MAX, wordsEnd / 4);
    count += countInWords(views.words, at, stop, byte * 0x01010101);
  }
  return count + countSingly(views.bytes, wordsEnd, end, byte);
}

function countSingly(
  bytes: Uint8Array,
  start: number,
  end: number,
  byte: number,
): number {
  let count = 0;
  for (let at = start; at < end; at++) if (bytes[at] === byte) count++;
  return count;
}

/** Counts the bytes of at most {@link WORDS_MAX} words that equal those of `pattern`. */
function countInWords(
  words: Int32Array,
  start: number,
  end: number,
  pattern: number,
): number {
  let sums = 0;
  for (let at = start; at < end; at++) {
    const different = words[at]! ^ pattern;
    // The top bit of a byte of this sum is clear only where the lower seven bits of `different` are.
    const carried = (different & 0x7f7f7f7f) + 0x7f7f7f7f;
    sums = (sums + ((~(carried | different) >>> 7) & 0x01010101)) | 0;
  }
  return (sums & 255) + ((sums >>> 8) & 255) + ((sums >>> 16) & 255) +
    (sums >>> 24);
}

/** One table for each of four neighbours, so that equal neighbours do not wait for each other. */
const TABLES = 4;

function countInTables(
  bytes: Uint8Array,
  start: number,
  byteLength: number,
  tables: Uint32Array,
): void {
  const end = start + byteLength;
  const groupsEnd = end - (byteLength % TABLES);
  // SAFETY: a byte is below 256, so each index stays in its table.
  for (let at = start; at < groupsEnd; at += TABLES) {
    tables[bytes[at]!]!++;
    tables[256 + bytes[at + 1]!]!++;
    tables[512 + bytes[at + 2]!]!++;
    tables[768 + bytes[at + 3]!]!++;
  }
  for (let at = groupsEnd; at < end; at++) tables[bytes[at]!]!++;
}

/** Adds the tables to `counts`, from index `first` on, and clears them. */
function drainTables(
  tables: Uint32Array,
  counts: Uint32Array,
  first: number,
): void {
  for (let value = 0; value < 256; value++) {
    let sum = 0;
    for (let table = value; table < tables.length; table += 256) {
      sum += tables[table]!;
    }
    counts[first + value]! += sum;
  }
  tables.fill(0);
}
