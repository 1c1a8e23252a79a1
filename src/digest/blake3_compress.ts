/**
 * One BLAKE3 compression in plain TypeScript, for the few that joining and finishing take.
 *
 * The bytes of a file go through the kernels; what is left here is one compression
 * for each segment and a few for the root, on threads that may have no arena.
 *
 * @see https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf section 2.2
 * @module
 */

/** Bytes of a chunk, the leaf of the tree. */
export const CHUNK_BYTES = 1024;

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

/** Which message word each step of each round takes, `u8[7 * 16]`: the permutation of table 2, applied again each time. */
const SCHEDULE: Uint8Array = schedule();

/**
 * Carries out one compression.
 *
 * Takes 1 us on Bun and 3 on Deno; on unsigned words it took 10 on Bun (Xeon 2.6 GHz,
 * 2026-11-21).
 *
 * @returns `u32[16]`, of which the first eight are the chaining value.
 */
export function compress(input: Blake3Input): Uint32Array {
  const { cv, block, blockLength, counter, flags } = input;
  const words = new Uint32Array(16);
  words.set(cv);
  words.set(BLAKE3_IV.slice(0, 4), 8);
  // Storing takes numbers modulo 2^32, which leaves the counter's low word.
  words.set([counter, Math.floor(counter / 2 ** 32), blockLength, flags], 12);
  mixRounds(new Int32Array(words.buffer), Int32Array.from(block));
  for (let i = 0; i < 8; i++) {
    // `!`: all arrays here have eight or sixteen elements.
    words[i]! ^= words[i + 8]!;
    words[i + 8]! ^= cv[i]!;
  }
  return words;
}

/** The chaining value that a compression gives: eight words. */
export function chainingValue(input: Blake3Input): number[] {
  return [...compress(input).subarray(0, 8)];
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
  byteLength = 32,
  start = 0,
): Uint8Array {
  const output = new Uint8Array(byteLength);
  const flags = root.flags | Blake3Flag.Root;
  const firstBlock = Math.floor(start / BLOCK_BYTES);
  for (
    let at = firstBlock * BLOCK_BYTES - start, counter = firstBlock;
    at < byteLength;
  ) {
    const block = littleEndianBytes(compress({ ...root, counter, flags }));
    const skipped = Math.max(0, -at);
    output.set(block.subarray(skipped, byteLength - at), at + skipped);
    at += BLOCK_BYTES;
    counter++;
  }
  return output;
}

function schedule(): Uint8Array {
  const permutation = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
  let order = permutation.map((_, i) => i);
  const rounds: number[][] = [];
  for (let round = 0; round < 7; round++) {
    rounds.push(order);
    order = permutation.map((from) => order[from] ?? 0);
  }
  return Uint8Array.from(rounds.flat());
}

/** Seven rounds over the state `v`: each mixes its four columns, then its four diagonals. */
function mixRounds(v: Int32Array, block: Int32Array): void {
  // `!`: the schedule holds indices below 16.
  const message = new Int32Array(SCHEDULE.length);
  for (let i = 0; i < message.length; i++) message[i] = block[SCHEDULE[i]!]!;
  for (let i = 0; i < message.length; i += 16) {
    mix(v, 0, 4, 8, 12, message[i]!, message[i + 1]!);
    mix(v, 1, 5, 9, 13, message[i + 2]!, message[i + 3]!);
    mix(v, 2, 6, 10, 14, message[i + 4]!, message[i + 5]!);
    mix(v, 3, 7, 11, 15, message[i + 6]!, message[i + 7]!);
    mix(v, 0, 5, 10, 15, message[i + 8]!, message[i + 9]!);
    mix(v, 1, 6, 11, 12, message[i + 10]!, message[i + 11]!);
    mix(v, 2, 7, 8, 13, message[i + 12]!, message[i + 13]!);
    mix(v, 3, 4, 9, 14, message[i + 14]!, message[i + 15]!);
  }
}

/** Mixes the message words `x` and `y` into four words of the state. */
function mix(
  v: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  x: number,
  y: number,
): void {
  // `!`: indices are below 16.
  let va = v[a]!;
  let vb = v[b]!;
  let vc = v[c]!;
  let vd = v[d]!;
  va = (va + vb + x) | 0;
  vd = rotateRight(vd ^ va, 16);
  vc = (vc + vd) | 0;
  vb = rotateRight(vb ^ vc, 12);
  va = (va + vb + y) | 0;
  vd = rotateRight(vd ^ va, 8);
  vc = (vc + vd) | 0;
  vb = rotateRight(vb ^ vc, 7);
  v[a] = va;
  v[b] = vb;
  v[c] = vc;
  v[d] = vd;
}

function rotateRight(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function littleEndianBytes(words: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  return new Uint8Array(view.buffer);
}
