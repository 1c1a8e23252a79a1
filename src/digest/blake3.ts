/**
 * BLAKE3 of a segment, through the kernels of a worker.
 *
 * The segment is cut into the largest subtrees that fit. The chunks of one go through
 * the kernels up to 1,024 at a time, their chaining values are joined in place, and
 * one value for each such block is kept, so that a segment of 1 GiB takes as much
 * scratch as one of 64 KiB.
 *
 * @module
 */
import type { WorkerContext } from "../job.ts";
import type { Kernels, Region } from "../kernels/kernels.ts";
import { chunkTopByKernels, readWords } from "./blake3_chunk.ts";
import {
  type Blake3Input,
  CHUNK_BYTES,
  OUT_BYTES,
  rootOutput,
} from "./blake3_compress.ts";
import {
  type Blake3Mode,
  type Blake3Node,
  type Blake3Partial,
  HASH_MODE,
  isParent,
  type Join,
  mergePartials,
  parentInput,
  parentOf,
  pushNode,
  rootInput,
} from "./blake3_tree.ts";
import type { ParallelDigest } from "./digest.ts";
import { wholePartial } from "./blake3_whole.ts";
import { toHex } from "./hex.ts";

/** Bytes of a chaining value, and of the key. */
const CV_BYTES = 32;

/** Chunks that one call of the kernel takes at most: 1 MiB, whose chaining values fill 32 KiB. */
const BLOCK_CHUNKS = 1024;

/** Blocks in one subtree at most, so that their chaining values fill 32 KiB too. */
const SUBTREE_BLOCKS = 1024;

/** Bytes of scratch that {@link startBlake3} cuts up; the key takes 64 of them. */
export const BLAKE3_SCRATCH_BYTES: number = 64 +
  (BLOCK_CHUNKS + SUBTREE_BLOCKS) * CV_BYTES;

/** What a worker keeps from one segment to the next, with places in its scratch. */
export interface Blake3State {
  readonly kernels: Kernels;
  readonly memory: DataView;
  readonly mode: Blake3Mode;
  /** Address of the key, `u32[8]`. */
  readonly key: number;
  /** Address of the chaining values of one block's chunks. */
  readonly chunkCvs: number;
  /** Address of the chaining values of one subtree's blocks. */
  readonly blockCvs: number;
  /** How subtrees are joined that this worker has both. */
  readonly join: Join;
}

/** A piece of a segment that starts between two chunks. */
export interface Piece {
  /** Offset in the file, a multiple of 1,024. */
  readonly offset: number;
  /** Where it lies in the arena. */
  readonly address: number;
  /** A multiple of 1,024 unless the file ends here. */
  readonly byteLength: number;
}

/** Chunks that make a whole subtree: `chunkCount` is a power of two. */
interface Chunks {
  readonly address: number;
  readonly chunk: number;
  readonly chunkCount: number;
}

/** Which part of the output a digest is. */
export interface Blake3Output {
  /** How many bytes. Defaults to 32. */
  readonly outputBytes?: number | undefined;
  /** Where they start in the output, which has no end. Defaults to 0. */
  readonly seek?: number | undefined;
}

/**
 * Makes BLAKE3 a digest, as b3sum prints it: hexadecimal digits.
 *
 * @param mode Plain, keyed, or deriving a key; the last two are made in blake3_modes.ts.
 * @param output Checked by the caller: integers, not negative, whose sum is below 2^53.
 */
export function blake3Digest(
  mode: Blake3Mode = HASH_MODE,
  { outputBytes = OUT_BYTES, seek = 0 }: Blake3Output = {},
): ParallelDigest<Blake3State, Blake3Partial> {
  const isPlain = outputBytes === OUT_BYTES && seek === 0;
  return {
    kind: "parallel",
    name: "blake3",
    scratchBytes: BLAKE3_SCRATCH_BYTES,
    alignBytes: CHUNK_BYTES,
    start: (worker, scratch) => startBlake3(worker, scratch, mode),
    leaf: (range, state) =>
      isPlain && range.isWhole && range.byteLength <= WHOLE_BYTES_MAX
        ? wholePartial(range, state)
        : blake3Piece(range, state),
    merge: (left, right, state) => mergePartials(left, right, state?.join),
    finish: (partial, byteLength) =>
      partial?.digest ??
        toHex(
          rootOutput(rootInput(partial, byteLength, mode), outputBytes, seek),
        ),
  };
}

/** BLAKE3 as a digest: plain, of 32 bytes. */
export const blake3: ParallelDigest<Blake3State, Blake3Partial> =
  blake3Digest();

/** Cuts up the scratch and puts the key into it. */
export function startBlake3(
  worker: WorkerContext,
  scratch: Region,
  mode: Blake3Mode = HASH_MODE,
): Blake3State {
  const key = scratch.byteOffset;
  const chunkCvs = key + 64;
  const memory = new DataView(worker.memory.buffer);
  // SAFETY: the engine gave this scratch to the job code of this worker alone, and
  // the job gave these bytes of it to nobody else.
  mode.key.forEach((word, i) => memory.setUint32(key + 4 * i, word, true));
  const blockCvs = chunkCvs + BLOCK_CHUNKS * CV_BYTES;
  const { kernels } = worker;
  const places = { kernels, memory, mode, key, chunkCvs, blockCvs };
  return { ...places, join: joinByKernels(places) };
}

/**
 * Joins in the arena what there is one compression of in each segment: in a thread that has only just started,
 * `parentOf` took 20 to 30 ms of the 400 that two threads take for 1 GiB (Node 20, Xeon 2.6 GHz, 2026-11-22).
 */
function joinByKernels(
  { kernels, memory, key, chunkCvs }: Omit<Blake3State, "join">,
): Join {
  const blocks = new Uint32Array(memory.buffer, chunkCvs, 32);
  return (left, right, mode) => {
    if (!isParent(left) || !isParent(right)) return parentOf(left, right, mode);
    blocks.set(left.block);
    blocks.set(right.block, 16);
    kernels.blake3Parents(chunkCvs, 2, key, mode.flags, chunkCvs);
    return parentInput(readWords(memory, chunkCvs, 16), mode);
  };
}

/** What is hashed whole at most. */
const WHOLE_BYTES_MAX = BLOCK_CHUNKS * CHUNK_BYTES;

/** Settles what a piece says of the file's tree. */
export function blake3Piece(
  { offset, address, byteLength }: Piece,
  state: Blake3State,
): Blake3Partial {
  const { mode, key, chunkCvs } = state;
  const nodes: Blake3Node[] = [];
  let chunk = offset / CHUNK_BYTES;
  let rest = byteLength;
  for (let at = address; rest > 0;) {
    const chunkCount = subtreeChunks(chunk, Math.floor(rest / CHUNK_BYTES));
    const taken = Math.min(chunkCount * CHUNK_BYTES, rest);
    const top = chunkCount > 1
      ? subtreeTop({ address: at, chunk, chunkCount }, state)
      : chunkTopByKernels(
        { address: at, byteLength: taken, chunk },
        state,
        key,
        chunkCvs,
      );
    pushNode(nodes, { chunk, chunkCount, top }, mode);
    chunk += chunkCount;
    at += taken;
    rest -= taken;
  }
  return { byteOffset: offset, byteLength, mode, nodes };
}

/** How many chunks the largest subtree has that starts at `chunk` and fits; at least 1. */
function subtreeChunks(chunk: number, wholeChunks: number): number {
  const most = Math.min(wholeChunks, BLOCK_CHUNKS * SUBTREE_BLOCKS);
  let count = 1;
  while (2 * count <= most && chunk % (2 * count) === 0) count *= 2;
  return count;
}

/** The topmost compression of a subtree of two chunks or more. */
function subtreeTop(chunks: Chunks, state: Blake3State): Blake3Input {
  const pair = chunks.chunkCount <= BLOCK_CHUNKS
    ? pairOfBlock(chunks, state)
    : pairOfBlocks(chunks, state);
  return parentInput(readWords(state.memory, pair, 16), state.mode);
}

/** Joins the chunks of one block down to two chaining values. Returns their address. */
function pairOfBlock(
  { address, chunk, chunkCount }: Chunks,
  { kernels, key, mode, chunkCvs }: Blake3State,
): number {
  kernels.blake3Chunks(address, chunkCount, chunk, key, mode.flags, chunkCvs);
  for (let parents = chunkCount / 2; parents > 1; parents /= 2) {
    kernels.blake3Parents(chunkCvs, parents, key, mode.flags, chunkCvs);
  }
  return chunkCvs;
}

/** Joins many blocks down to two chaining values. Returns their address. */
function pairOfBlocks(
  { address, chunk, chunkCount }: Chunks,
  state: Blake3State,
): number {
  const { kernels, key, mode, blockCvs } = state;
  for (let done = 0, cv = blockCvs; done < chunkCount; done += BLOCK_CHUNKS) {
    const pair = pairOfBlock({
      address: address + done * CHUNK_BYTES,
      chunk: chunk + done,
      chunkCount: BLOCK_CHUNKS,
    }, state);
    kernels.blake3Parents(pair, 1, key, mode.flags, cv);
    cv += CV_BYTES;
  }
  const blockCount = chunkCount / BLOCK_CHUNKS;
  for (let parents = blockCount / 2; parents > 1; parents /= 2) {
    kernels.blake3Parents(blockCvs, parents, key, mode.flags, blockCvs);
  }
  return blockCvs;
}
