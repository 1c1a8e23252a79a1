/**
 * Single chunks of BLAKE3: the ends of files, and short texts, which are hashed without kernels.
 *
 * @module
 */
import {
  Blake3Flag,
  type Blake3Input,
  BLOCK_BYTES,
  chainingValue,
} from "./blake3_compress.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Blake3Mode } from "./blake3_tree.ts";

/** Where a chunk is. */
export interface Chunk {
  /** Of its first byte. */
  readonly address: number;
  /** 0 to 1,024. */
  readonly byteLength: number;
  /** Its index in the whole input. */
  readonly chunk: number;
}

/**
 * The last compression of a single chunk, after the kernels have carried out all the others.
 *
 * @param chunk Not empty.
 * @param key Address of the key.
 * @param cv Address of 32 bytes for what is in between.
 */
export function chunkTopByKernels(
  { address, byteLength, chunk }: Chunk,
  { kernels, memory, mode }: ChunkTools,
  key: number,
  cv: number,
): Blake3Input {
  const front = Math.floor((byteLength - 1) / BLOCK_BYTES) * BLOCK_BYTES;
  const end: Chunk = {
    address: address + front,
    byteLength: byteLength - front,
    chunk,
  };
  if (front === 0) return chunkTop(end, memory, mode);
  kernels.blake3Chunk(address, front, chunk, key, mode.flags, 0, cv);
  return {
    cv: readWords(memory, cv, 8),
    block: readBlock(memory, end.address, end.byteLength),
    blockLength: end.byteLength,
    counter: chunk,
    flags: mode.flags | Blake3Flag.ChunkEnd,
  };
}

/** What a worker hashes chunks with. */
export interface ChunkTools {
  readonly kernels: Kernels;
  readonly memory: DataView;
  readonly mode: Blake3Mode;
}

/**
 * The last compression of a single chunk, after all the others have been carried out.
 *
 * @param memory What `address` is an offset of.
 */
export function chunkTop(
  { address, byteLength, chunk }: Chunk,
  memory: DataView,
  mode: Blake3Mode,
): Blake3Input {
  let cv = mode.key;
  let flags = mode.flags | Blake3Flag.ChunkStart;
  for (let at = 0;; at += BLOCK_BYTES) {
    const blockLength = Math.min(byteLength - at, BLOCK_BYTES);
    const block = readBlock(memory, address + at, blockLength);
    const input = { cv, block, blockLength, counter: chunk, flags };
    if (at + blockLength === byteLength) {
      return { ...input, flags: flags | Blake3Flag.ChunkEnd };
    }
    cv = chainingValue(input);
    flags = mode.flags;
  }
}

/** Reads `byteLength` bytes as sixteen words, padded with zeros. */
function readBlock(
  memory: DataView,
  address: number,
  byteLength: number,
): number[] {
  // The bytes behind the end of the file belong to someone else.
  const padded = new Uint8Array(BLOCK_BYTES);
  padded.set(
    new Uint8Array(memory.buffer, memory.byteOffset + address, byteLength),
  );
  return readWords(new DataView(padded.buffer), 0, 16);
}

/** Reads little-endian words. */
export function readWords(
  memory: DataView,
  address: number,
  count: number,
): number[] {
  const words: number[] = [];
  for (let i = 0; i < count; i++) {
    words.push(memory.getUint32(address + 4 * i, true));
  }
  return words;
}
