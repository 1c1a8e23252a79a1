/**
 * BLAKE3 compressions outside an arena, for the few that joining and finishing take.
 *
 * The bytes of a file go through the kernels; what is left here is one compression
 * for each segment and a few for the root, on threads that may have no arena.
 *
 * @see https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf section 2.2
 * @module
 */
import { compress as compressWords } from "../kernels/scalar_compress.ts";

/** Bytes of a chunk, the leaf of the tree. */
export const CHUNK_BYTES = 1024;

/** Bytes of a digest, where no other length is asked for. */
export const OUT_BYTES = 32;

/** Bytes that one compression takes in. */
export const BLOCK_BYTES = 64;

/** Flags of a compression, table 3 of the paper. */
export const Blake3Flag = {
  ChunkStart: 1,
  ChunkEnd: 2,
  Parent: 4,
  Root: 8,
  KeyedHash: 16,
  DeriveKeyContext: 32,
  DeriveKeyMaterial: 64,
} as const;

/** The key of plain hashing: the IV of SHA-256. */
export const BLAKE3_IV: readonly number[] = [
  ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a],
  ...[0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
];

/** What one compression takes, all words unsigned. */
export interface Blake3Input {
  /** Eight words. */
  readonly cv: readonly number[];
  /** Sixteen words, zero after `blockLength` bytes. */
  readonly block: readonly number[];
  /** 0 to 64. */
  readonly blockLength: number;
  /** Below 2^53. */
  readonly counter: number;
  readonly flags: number;
}

/**
 * Carries out one compression.
 *
 * @returns `u32[16]`, of which the first eight are the chaining value.
 */
export function compress(input: Blake3Input): Uint32Array {
  const output = new Uint32Array(16);
  compressInto(new Int32Array(output.buffer), input);
  return output;
}

/** The chaining value that a compression gives: eight words. */
export function chainingValue(input: Blake3Input): number[] {
  compressInto(OUTPUT_WORDS, input);
  const cv: number[] = [];
  for (let i = 0; i < 8; i++) cv.push(OUTPUT_WORDS[i]! >>> 0);
  return cv;
}

// Written and read within one call. To make new ones for each took longer than the compression.
const OUTPUT_WORDS = new Int32Array(16);
const CV_WORDS = new Int32Array(8);
const BLOCK_WORDS = new Int32Array(16);

function compressInto(
  output: Int32Array,
  { cv, block, blockLength, counter, flags }: Blake3Input,
): void {
  // `!`: eight words and sixteen.
  for (let i = 0; i < 8; i++) CV_WORDS[i] = cv[i]!;
  for (let i = 0; i < 16; i++) BLOCK_WORDS[i] = block[i]!;
  compressWords(output, CV_WORDS, BLOCK_WORDS, blockLength, counter, flags);
}

/**
 * Output of the root: as many bytes as are wanted, from any place of the stream.
 *
 * @param root The topmost compression of a tree, without its ROOT flag.
 * @param start Where in the output to begin.
 * @returns `u8[byteLength]`, new.
 */
export function rootOutput(
  root: Blake3Input,
  byteLength: number = OUT_BYTES,
  start = 0,
): Uint8Array {
  const output = new Uint8Array(byteLength);
  const words = new Int32Array(16);
  // Words are stored as processors of all runtimes have them: little-endian.
  const bytes = new Uint8Array(words.buffer);
  const cv = Int32Array.from(root.cv), block = Int32Array.from(root.block);
  const flags = root.flags | Blake3Flag.Root;
  let counter = Math.floor(start / BLOCK_BYTES);
  let skipped = start % BLOCK_BYTES;
  for (let at = 0; at < byteLength; counter++) {
    compressWords(words, cv, block, root.blockLength, counter, flags);
    const part = bytes.subarray(skipped, skipped + byteLength - at);
    output.set(part, at);
    at += part.length;
    skipped = 0;
  }
  return output;
}
