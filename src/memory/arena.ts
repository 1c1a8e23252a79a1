/**
 * The arena: one shared WASM memory, cut into regions that never move.
 *
 * ```text
 * 0        GUARD_BYTES   control     workers                      slots (64 KiB grid)
 * +--------+-------------+-----------+---------------------------+--------+--------+---
 * | unused | cells of the control    | worker 0: kernel scratch, | slot 0 | slot 1 | ...
 * |        | block (Atomics)         | job scratch; worker 1 ... |        |        |
 * +--------+-------------------------+---------------------------+--------+--------+---
 * ```
 *
 * `initial === maximum`: the memory never grows, so its buffer keeps its identity and place, files
 * can be mapped over its pages, and every thread's views stay valid.
 *
 * @module
 */
import { groupDigits, SabmapError } from "../errors.ts";
import { KERNEL_SCRATCH_BYTES, type Region } from "../kernels/kernels.ts";
import { roundUp } from "../round_up.ts";
import { ControlBlock, controlBlockBytes } from "./control_block.ts";

/** WASM page, and the grid of mappings: the largest page and offset granule of any system. */
export const GRANULE_BYTES: number = 64 * 1024;

/**
 * Pages of the page cache that are so large and lie on this grid are mapped as one, where addresses do too: that of
 * x86-64, and of ARM with pages of 4 KiB.
 */
export const HUGE_PAGE_BYTES: number = 2 * 1024 ** 2;

/** wasm32 memory, and Bun's ArrayBuffer, end here. */
export const ARENA_BYTES_MAX: number = 65_536 * GRANULE_BYTES;

/** Offset 0 stays unused, so that a zero that slipped in as an address hits nothing. */
const GUARD_BYTES = 1024;

/** What an arena has to hold. */
export interface ArenaShape {
  /** Workers with scratch of their own, at least 1. */
  readonly workers: number;
  /** Scratch of each worker's job code, a multiple of 64. */
  readonly scratchBytes: number;
  readonly slots: number;
  /** Part lanes whose parts are claimed. Defaults to 0. */
  readonly partLanes?: number;
  /** Room for a segment in each slot, a multiple of {@link GRANULE_BYTES}. */
  readonly segmentBytes: number;
  /** Room in front of the segment for neighbour bytes, a multiple of {@link GRANULE_BYTES}. */
  readonly leadBytes: number;
  /** Room behind the segment for neighbour bytes, a multiple of {@link GRANULE_BYTES}. */
  readonly trailBytes: number;
  /** Room in each slot for its segment to lie further behind, where the grid of huge pages wants it. Defaults to 0. */
  readonly slackBytes?: number;
  /** Room of each worker for what its segment was before the job changed it. Defaults to 0. */
  readonly originalBytes?: number;
}

/** Byte offsets of an arena's regions: the same arithmetic in every thread, nothing stored. */
export class ArenaLayout {
  readonly shape: ArenaShape;
  readonly control: Region;
  readonly slotsStart: number;
  readonly slotBytes: number;
  readonly byteLength: number;
  readonly #originalsStart: number;
  readonly #workersStart: number;
  readonly #workerBytes: number;

  /** @throws {RangeError} If the regions do not fit into 4 GiB. */
  constructor(shape: ArenaShape) {
    this.shape = shape;
    this.control = {
      byteOffset: GUARD_BYTES,
      byteLength: controlBlockBytes(
        shape.workers,
        shape.slots,
        shape.partLanes,
      ),
    };
    this.#workersStart = roundUp(GUARD_BYTES + this.control.byteLength, 64);
    this.#workerBytes = KERNEL_SCRATCH_BYTES + shape.scratchBytes;
    this.slotsStart = roundUp(
      this.#workersStart + shape.workers * this.#workerBytes,
      GRANULE_BYTES,
    );
    this.slotBytes = shape.leadBytes + (shape.slackBytes ?? 0) +
      shape.segmentBytes + shape.trailBytes;
    this.#originalsStart = this.slotsStart + shape.slots * this.slotBytes;
    this.byteLength = this.#originalsStart +
      shape.workers * this.#originalBytes;
    if (this.byteLength > ARENA_BYTES_MAX) {
      throw new RangeError(
        `Cannot make an arena of ${shape.slots} slots of ${this.slotBytes} bytes as it must not exceed 4 GiB: ` +
          `use fewer workers or smaller segments`,
      );
    }
  }

  /** The cells of the control block, in an arena of this layout. */
  controlBlock(buffer: SharedArrayBuffer): ControlBlock {
    const { workers, slots, partLanes } = this.shape;
    const { byteOffset } = this.control;
    return new ControlBlock(buffer, byteOffset, workers, slots, partLanes);
  }

  /** Scratch of the kernels of worker `index`. */
  kernelScratch(index: number): Region {
    return {
      byteOffset: this.#workersStart + index * this.#workerBytes,
      byteLength: KERNEL_SCRATCH_BYTES,
    };
  }

  /** Scratch of the job code of worker `index`. */
  jobScratch(index: number): Region {
    return {
      byteOffset: this.#workersStart + index * this.#workerBytes +
        KERNEL_SCRATCH_BYTES,
      byteLength: this.shape.scratchBytes,
    };
  }

  /** Where the segment in slot `index` starts, or at most `slackBytes` later; its neighbour bytes lie on both sides. */
  segmentAddress(index: number): number {
    return this.slotsStart + index * this.slotBytes + this.shape.leadBytes;
  }

  /** Where worker `index` keeps what its segment was, with the bytes behind it. */
  originalAddress(index: number): number {
    return this.#originalsStart + index * this.#originalBytes;
  }

  get #originalBytes(): number {
    return this.shape.originalBytes ?? 0;
  }

  /** The slots, all of them. */
  get slots(): Region {
    return {
      byteOffset: this.slotsStart,
      byteLength: this.shape.slots * this.slotBytes,
    };
  }
}

/**
 * Makes a memory that holds a layout, shared and of fixed size.
 *
 * Pages that are never touched cost address space only.
 *
 * @throws {RangeError} If the runtime has not got that much address space.
 */
export function createMemory(layout: ArenaLayout): WebAssembly.Memory {
  const pages = Math.ceil(layout.byteLength / GRANULE_BYTES);
  try {
    return new WebAssembly.Memory({
      initial: pages,
      maximum: pages,
      shared: true,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SabmapError(
      "ENOMEM",
      `there is no address space for an arena of ${
        groupDigits(layout.byteLength)
      } bytes`,
      { cause: error },
    );
  }
}

/** The bytes of an arena. */
export function sharedBuffer(memory: WebAssembly.Memory): SharedArrayBuffer {
  // The type of `buffer` does not know that this memory was made with `shared: true`.
  return memory.buffer as unknown as SharedArrayBuffer;
}
