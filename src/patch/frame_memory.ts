/**
 * The memory in which frames of a journal are made, read and hashed.
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
import { KERNEL_SCRATCH_BYTES, type Kernels } from "../kernels/kernels.ts";
import { createScalarKernels } from "../kernels/scalar.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { FRAME_BYTES_MAX } from "./journal_format.ts";

const PAGE_BYTES = 65_536;
/** Offset 0 stays unused. */
const KERNELS_START = PAGE_BYTES;
const HASH_START = KERNELS_START + KERNEL_SCRATCH_BYTES;
const FRAME_START = Math.ceil((HASH_START + BLAKE3_SCRATCH_BYTES) / 4096) *
  4096;

/** Makes the kernels that hash. */
export type MakeKernels = (
  memory: WebAssembly.Memory,
  scratch: { readonly byteOffset: number; readonly byteLength: number },
) => Kernels;

/** Room for one frame, which can be hashed where it lies. */
export class FrameMemory {
  /** `u8[FRAME_BYTES_MAX]`, shared. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly view: DataView<SharedArrayBuffer>;
  readonly #state: Blake3State;

  /**
   * Makes room.
   *
   * @param makeKernels Faster kernels than those of TypeScript, for journals that are worth loading them.
   */
  constructor(makeKernels: MakeKernels = createScalarKernels) {
    const pages = Math.ceil((FRAME_START + FRAME_BYTES_MAX) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({
      initial: pages,
      maximum: pages,
      shared: true,
    });
    const buffer = sharedBuffer(memory);
    this.bytes = new Uint8Array(buffer, FRAME_START, FRAME_BYTES_MAX);
    this.view = new DataView(buffer, FRAME_START, FRAME_BYTES_MAX);
    const kernels = makeKernels(memory, {
      byteOffset: KERNELS_START,
      byteLength: KERNEL_SCRATCH_BYTES,
    });
    // The worker's other parts are not looked at.
    const worker = { memory, kernels } as Parameters<typeof startBlake3>[0];
    const scratch = {
      byteOffset: HASH_START,
      byteLength: BLAKE3_SCRATCH_BYTES,
    };
    this.#state = startBlake3(worker, scratch);
  }

  /** Hashes the first bytes, which are at `offset` of all that is hashed: both multiples of 1,024. */
  hash(offset: number, byteLength: number): Blake3Partial {
    const piece = { offset, address: FRAME_START, byteLength };
    return blake3Piece(piece, this.#state);
  }
}

/** BLAKE3 of frames, one after the other. */
export class FrameDigest {
  readonly #memory: FrameMemory;
  #partial: Blake3Partial | undefined;
  #byteLength = 0;

  constructor(memory: FrameMemory) {
    this.#memory = memory;
  }

  /** Takes the frame that lies in the memory. */
  add(byteLength: number): void {
    const next = this.#memory.hash(this.#byteLength, byteLength);
    this.#partial = this.#partial === undefined
      ? next
      : mergePartials(this.#partial, next);
    this.#byteLength += byteLength;
  }

  /** @returns 64 hexadecimal digits. */
  finish(): string {
    return blake3.finish(this.#partial, this.#byteLength);
  }
}
