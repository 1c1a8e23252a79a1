/**
 * Naive oracles: the plainest form of each thing that the library does fast.
 *
 * They favour being obviously right over everything else, share no code with the
 * library, and take a whole input at once.
 *
 * @module
 */

/** How many bytes of `bytes` equal `byte`. */
export function countByte(bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (const value of bytes) if (value === byte) count++;
  return count;
}

/** How often each byte value occurs: 256 counts. */
export function histogram(bytes: Uint8Array): number[] {
  const counts: number[] = new Array(256).fill(0);
  for (const value of bytes) counts[value]! += 1;
  return counts;
}

// BLAKE3, after `reference_impl.rs` of the BLAKE3 team. Words are unsigned numbers.

/** Flags of a BLAKE3 compression, table 3 of the paper. */
export const Blake3Flag = {
  ChunkStart: 1,
  ChunkEnd: 2,
  Parent: 4,
  Root: 8,
  KeyedHash: 16,
  DeriveKeyContext: 32,
  DeriveKeyMaterial: 64,
} as const;

/** The IV of SHA-256, which is the key of plain BLAKE3. */
export const BLAKE3_IV: readonly number[] = [
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
];

const BLAKE3_PERMUTATION = [
  2,
  6,
  3,
  10,
  7,
  0,
  4,
  13,
  1,
  11,
  12,
  5,
  9,
  14,
  15,
  8,
];

/** What one BLAKE3 compression takes. */
export interface Blake3Input {
  /** Eight words. */
  readonly cv: readonly number[];
  /** Sixteen words. */
  readonly block: readonly number[];
  readonly blockLength: number;
  readonly counter: bigint;
  readonly flags: number;
}

/** One BLAKE3 compression: all sixteen words of output, the first eight of which are the chaining value. */
export function blake3Compress(input: Blake3Input): number[] {
  const { cv, blockLength, counter, flags } = input;
  const low = Number(counter & 0xffffffffn);
  const high = Number(counter >> 32n);
  const state = [
    ...cv,
    ...BLAKE3_IV.slice(0, 4),
    low,
    high,
    blockLength,
    flags,
  ];
  let block = [...input.block];
  for (let round = 0; round < 7; round++) {
    blake3Round(state, block);
    block = BLAKE3_PERMUTATION.map((from) => block[from]!);
  }
  for (let i = 0; i < 8; i++) {
    state[i] = (state[i]! ^ state[i + 8]!) >>> 0;
    state[i + 8] = (state[i + 8]! ^ cv[i]!) >>> 0;
  }
  return state;
}

function blake3Round(state: number[], m: number[]): void {
  blake3Mix(state, [0, 4, 8, 12], m[0]!, m[1]!);
  blake3Mix(state, [1, 5, 9, 13], m[2]!, m[3]!);
  blake3Mix(state, [2, 6, 10, 14], m[4]!, m[5]!);
  blake3Mix(state, [3, 7, 11, 15], m[6]!, m[7]!);
  blake3Mix(state, [0, 5, 10, 15], m[8]!, m[9]!);
  blake3Mix(state, [1, 6, 11, 12], m[10]!, m[11]!);
  blake3Mix(state, [2, 7, 8, 13], m[12]!, m[13]!);
  blake3Mix(state, [3, 4, 9, 14], m[14]!, m[15]!);
}

function blake3Mix(
  s: number[],
  [a, b, c, d]: [number, number, number, number],
  x: number,
  y: number,
): void {
  s[a] = (s[a]! + s[b]! + x) >>> 0;
  s[d] = rotateRight(s[d]! ^ s[a]!, 16);
  s[c] = (s[c]! + s[d]!) >>> 0;
  s[b] = rotateRight(s[b]! ^ s[c]!, 12);
  s[a] = (s[a]! + s[b]! + y) >>> 0;
  s[d] = rotateRight(s[d]! ^ s[a]!, 8);
  s[c] = (s[c]! + s[d]!) >>> 0;
  s[b] = rotateRight(s[b]! ^ s[c]!, 7);
}

function rotateRight(word: number, bits: number): number {
  return ((word >>> bits) | (word << (32 - bits))) >>> 0;
}

/** Little-endian words of `bytes`, whose length is a multiple of four. */
export function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) |
      (bytes[i + 3]! << 24);
    words.push(word >>> 0);
  }
  return words;
}

/** Little-endian bytes of `words`. */
export function bytesOf(words: readonly number[]): Uint8Array {
  return Uint8Array.from(
    words.flatMap((
      w,
    ) => [w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24]),
  );
}

/**
 * The last compression of one chunk, not yet carried out, so that the root can change its flags.
 *
 * @param bytes 0 to 1,024 bytes.
 */
export function blake3Chunk(
  bytes: Uint8Array,
  counter: bigint,
  key: readonly number[],
  flags: number,
): Blake3Input {
  let cv = key;
  const blockCount = Math.max(1, Math.ceil(bytes.length / 64));
  for (let i = 0;; i++) {
    const part = bytes.subarray(i * 64, i * 64 + 64);
    const padded = new Uint8Array(64);
    padded.set(part);
    let blockFlags = flags;
    if (i === 0) blockFlags |= Blake3Flag.ChunkStart;
    if (i === blockCount - 1) blockFlags |= Blake3Flag.ChunkEnd;
    const input = {
      cv,
      block: wordsOf(padded),
      blockLength: part.length,
      counter,
      flags: blockFlags,
    };
    if (i === blockCount - 1) return input;
    cv = blake3Compress(input).slice(0, 8);
  }
}

/** The compression of a parent of two chaining values, not yet carried out. */
export function blake3Parent(
  left: readonly number[],
  right: readonly number[],
  key: readonly number[],
  flags: number,
): Blake3Input {
  const block = [...left, ...right];
  return {
    cv: key,
    block,
    blockLength: 64,
    counter: 0n,
    flags: flags | Blake3Flag.Parent,
  };
}

/** The topmost compression of the tree over `bytes`, which starts at chunk `counter` of the whole input. */
export function blake3Subtree(
  bytes: Uint8Array,
  counter: bigint,
  key: readonly number[],
  flags: number,
): Blake3Input {
  if (bytes.length <= 1024) return blake3Chunk(bytes, counter, key, flags);
  // The left side takes the largest power of two of chunks that leaves at least one byte.
  let leftBytes = 1024;
  while (leftBytes * 2 < bytes.length) leftBytes *= 2;
  const left = blake3Subtree(bytes.subarray(0, leftBytes), counter, key, flags);
  const rightCounter = counter + BigInt(leftBytes / 1024);
  const right = blake3Subtree(
    bytes.subarray(leftBytes),
    rightCounter,
    key,
    flags,
  );
  return blake3Parent(
    blake3Compress(left).slice(0, 8),
    blake3Compress(right).slice(0, 8),
    key,
    flags,
  );
}

function blake3Output(root: Blake3Input, byteLength: number): Uint8Array {
  const output = new Uint8Array(byteLength);
  for (let i = 0; i * 64 < byteLength; i++) {
    const flags = root.flags | Blake3Flag.Root;
    const block = bytesOf(
      blake3Compress({ ...root, counter: BigInt(i), flags }),
    );
    output.set(block.subarray(0, byteLength - i * 64), i * 64);
  }
  return output;
}

/** BLAKE3 of `bytes`. */
export function blake3(bytes: Uint8Array, byteLength = 32): Uint8Array {
  return blake3Output(blake3Subtree(bytes, 0n, BLAKE3_IV, 0), byteLength);
}

/** Keyed BLAKE3 of `bytes`, with a key of 32 bytes. */
export function blake3Keyed(
  key: Uint8Array,
  bytes: Uint8Array,
  byteLength = 32,
): Uint8Array {
  const root = blake3Subtree(bytes, 0n, wordsOf(key), Blake3Flag.KeyedHash);
  return blake3Output(root, byteLength);
}

/** BLAKE3 in the mode that derives keys. */
export function blake3DeriveKey(
  context: string,
  material: Uint8Array,
  byteLength = 32,
): Uint8Array {
  const bytes = new TextEncoder().encode(context);
  const contextRoot = blake3Subtree(
    bytes,
    0n,
    BLAKE3_IV,
    Blake3Flag.DeriveKeyContext,
  );
  const key = wordsOf(blake3Output(contextRoot, 32));
  return blake3Output(
    blake3Subtree(material, 0n, key, Blake3Flag.DeriveKeyMaterial),
    byteLength,
  );
}

/** The input of the published BLAKE3 test vectors: byte `i` is `i % 251`. */
export function blake3TestInput(byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, i) => i % 251);
}

// CRCs, bit by bit.

/** Reflected CRC of 32 bits that starts at all ones and ends inverted. */
export function crc(bytes: Uint8Array, polynomial: number): number {
  let state = 0xffffffff;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      state = (state & 1) === 1 ? (state >>> 1) ^ polynomial : state >>> 1;
    }
  }
  return ~state >>> 0;
}

// Profile, counted anew for each figure.

/** What the profile of `bytes` is, region by region. Entropy is not rounded. */
export interface Profile {
  readonly lines: number;
  readonly classes: {
    nul: number;
    text: number;
    high: number;
    other: number;
  };
  readonly entropy: number;
  readonly regionBytes: number;
  readonly regions: number[];
}

/** Profile of a whole file. */
export function profile(bytes: Uint8Array): Profile {
  let regionBytes = 65536;
  while (Math.ceil(bytes.length / regionBytes) > 64) regionBytes *= 2;
  const regions: number[] = [];
  for (let at = 0; at < bytes.length; at += regionBytes) {
    regions.push(entropy(bytes.subarray(at, at + regionBytes)));
  }
  const classes = { nul: 0, text: 0, high: 0, other: 0 };
  for (const byte of bytes) classes[byteClass(byte)]++;
  const lines = countByte(bytes, 10);
  return { lines, classes, entropy: entropy(bytes), regionBytes, regions };
}

function byteClass(byte: number): keyof Profile["classes"] {
  if (byte === 0) return "nul";
  if (byte > 127) return "high";
  if (byte === 9 || byte === 10 || byte === 13) return "text";
  return byte < 32 || byte === 127 ? "other" : "text";
}

/** Shannon entropy in bits per byte. */
export function entropy(bytes: Uint8Array): number {
  let sum = 0;
  for (const count of histogram(bytes)) {
    const share = count / bytes.length;
    if (count > 0) sum -= share * Math.log(share) / Math.LN2;
  }
  return sum;
}

/** Every start of `needle` in `bytes`, from the left; those inside the one before only if `overlapping`. */
export function findAll(
  bytes: Uint8Array,
  needle: Uint8Array,
  overlapping: boolean,
): number[] {
  const starts: number[] = [];
  for (let at = 0; at + needle.length <= bytes.length; at++) {
    if (!needle.every((byte, i) => byte === bytes[at + i])) continue;
    starts.push(at);
    if (!overlapping) at += needle.length - 1;
  }
  return starts;
}
