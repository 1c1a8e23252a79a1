/**
 * BLAKE3 of bytes that are there already, on the calling thread.
 *
 * @module
 */
import {
  blake3,
  blake3Piece,
  type Blake3State,
  startBlake3,
} from "../digest/blake3.ts";
import { type Blake3Partial, mergePartials } from "../digest/blake3_tree.ts";
import {
  chooseBackend,
  compileKernels,
  createKernels,
} from "../kernels/load.ts";
import { ArenaLayout, createMemory, sharedBuffer } from "../memory/arena.ts";
import { roundUp } from "../round_up.ts";

/** So much is copied into the arena at a time: a whole subtree. */
const PIECE_BYTES = 1024 ** 2;

/** What is made when the first bytes come, and kept. */
interface Hasher {
  readonly state: Blake3State;
  /** Where bytes are copied to. */
  readonly room: Uint8Array<SharedArrayBuffer>;
}

let kept: Hasher | undefined;

/** The digest, 64 hexadecimal digits. Copies the bytes, 1 MiB at a time. */
export function blake3Hex(bytes: Uint8Array): string {
  const { state, room } = kept ??= makeHasher();
  let partial: Blake3Partial | undefined;
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    const piece = bytes.subarray(offset, offset + PIECE_BYTES);
    room.set(piece);
    const next = blake3Piece({
      offset,
      address: room.byteOffset,
      byteLength: piece.length,
    }, state);
    partial = partial === undefined ? next : mergePartials(partial, next);
  }
  return blake3.finish(partial, bytes.length);
}

function makeHasher(): Hasher {
  const layout = new ArenaLayout({
    workers: 1,
    scratchBytes: roundUp(blake3.scratchBytes, 64),
    slots: 1,
    segmentBytes: PIECE_BYTES,
    leadBytes: 0,
    trailBytes: 0,
  });
  const memory = createMemory(layout);
  const module = chooseBackend() === "simd" ? compileKernels() : undefined;
  const kernels = createKernels(memory, module, layout.kernelScratch(0));
  const scratch = layout.jobScratch(0);
  const state = startBlake3({
    index: 0,
    count: 1,
    memory,
    kernels,
    scratch,
    file: { path: "", byteLength: undefined },
  }, scratch);
  const address = layout.segmentAddress(0);
  return {
    state,
    room: new Uint8Array(sharedBuffer(memory), address, PIECE_BYTES),
  };
}
