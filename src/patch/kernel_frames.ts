/**
 * Memory for the frames of a large journal, hashed by kernels.
 *
 * @module
 */
import {
  blake3,
  BLAKE3_SCRATCH_BYTES,
  blake3Piece,
  type Blake3State,
  startBlake3,
} from "../digest/blake3.ts";
import { type Blake3Partial, mergePartials } from "../digest/blake3_tree.ts";
import { KERNEL_SCRATCH_BYTES } from "../kernels/kernels.ts";
import {
  chooseBackend,
  compileKernels,
  createKernels,
} from "../kernels/load.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { type FrameDigest, FrameMemory } from "./frame_memory.ts";
import { FRAME_BYTES_MAX } from "./journal_format.ts";

const PAGE_BYTES = 65_536;
/** Offset 0 stays unused. */
const KERNELS_START = PAGE_BYTES;
const HASH_START = KERNELS_START + KERNEL_SCRATCH_BYTES;
const FRAME_START = Math.ceil((HASH_START + BLAKE3_SCRATCH_BYTES) / 4096) *
  4096;

/** Makes room for one frame in a memory that kernels work on. */
export function kernelFrameMemory(): FrameMemory {
  const pages = Math.ceil((FRAME_START + FRAME_BYTES_MAX) / PAGE_BYTES);
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared: true,
  });
  const module = chooseBackend() === "simd" ? compileKernels() : undefined;
  const kernels = createKernels(memory, module, {
    byteOffset: KERNELS_START,
    byteLength: KERNEL_SCRATCH_BYTES,
  });
  // The worker's other parts are not looked at.
  const worker = { memory, kernels } as Parameters<typeof startBlake3>[0];
  const state = startBlake3(worker, {
    byteOffset: HASH_START,
    byteLength: BLAKE3_SCRATCH_BYTES,
  });
  return new FrameMemory(
    new Uint8Array(sharedBuffer(memory), FRAME_START, FRAME_BYTES_MAX),
    () => new KernelDigest(state),
  );
}

class KernelDigest implements FrameDigest {
  readonly #state: Blake3State;
  #partial: Blake3Partial | undefined;
  #byteLength = 0;

  constructor(state: Blake3State) {
    this.#state = state;
  }

  add(byteLength: number): void {
    const next = blake3Piece(
      { offset: this.#byteLength, address: FRAME_START, byteLength },
      this.#state,
    );
    this.#partial = this.#partial === undefined
      ? next
      : mergePartials(this.#partial, next);
    this.#byteLength += byteLength;
  }

  finish(): string {
    if (this.#partial === undefined) return "";
    return blake3.finish(this.#partial, this.#byteLength);
  }
}
