/**
 * Partials of group tables joined: what the coordinator makes of all workers' groups.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import type { Backend } from "../kernels/kernels.ts";
import { BLOB_MARK, ENTRY_HEADER_BYTES } from "../kernels/records_layout.ts";
import { GRANULE_BYTES } from "../memory/arena.ts";
import type { BlobStore } from "./exact_sum.ts";
import {
  CELL_BYTES,
  GROUP_TABLE_BYTES_MIN,
  type GroupOptions,
  GroupTable,
  PARTIAL_HEADER_BYTES,
} from "./group_table.ts";

/** A partial, as a reader of its groups sees it. References in its cells resolve to byte offsets in its buffer. */
export interface PartialGroups extends BlobStore {
  /** What the partial lies in, for views of its cells. */
  readonly buffer: ArrayBufferLike;
}

/**
 * Adds the cells of a group of a partial to those of the same group here. Associative and commutative, and the
 * initial cells are neutral, so that the order of partials does not matter.
 *
 * @param cell Index of the group's first cell here: byte address by 8.
 * @param partialCell Index of its first cell in the partial.
 */
export type JoinCells = (
  cell: number,
  partial: PartialGroups,
  partialCell: number,
) => void;

/** Is shown one group: byte address of its key, its length, and byte address of its cells. */
export type VisitGroup = (
  keyAddress: number,
  keyBytes: number,
  cellsAddress: number,
) => void;

/** Bytes in front of the table: the key that is being looked up lies there. */
const KEY_BYTES = 2 * 1024 ** 2;

/** A memory is as large as it can be: pages that are not touched take address space only. */
const PAGES_MAX = 65_536;
const PAGES_MIN = 256;

/** Groups of many partials, in a memory of its own. */
export class MergedGroups {
  /** Where the groups lie. */
  readonly memory: WebAssembly.Memory;
  /** The table that they are in. */
  readonly table: GroupTable;
  readonly #bytes: Uint8Array;
  readonly #cellBytes: number;
  readonly #keyAddress: number;

  /**
   * @param options As those of the tables.
   * @param backend Whether WASM kernels look keys up, or TypeScript.
   */
  constructor(options: GroupOptions, backend: Backend) {
    this.memory = createLargestMemory();
    const { byteLength } = this.memory.buffer;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#cellBytes = options.initialCells.byteLength;
    this.#keyAddress = GRANULE_BYTES;
    const byteOffset = this.#keyAddress + KEY_BYTES;
    const region = { byteOffset, byteLength: byteLength - byteOffset };
    const { memory } = this;
    this.table = new GroupTable({ memory, region, backend }, options);
  }

  /** How many groups there are. */
  get size(): number {
    return this.table.size;
  }

  /**
   * Takes the groups of a partial.
   *
   * @param join Adds the cells of each to what is here.
   * @param cellBytes Of a group of the partial, where they are not as here.
   * @throws {SabmapError} `ERR_RECORD_TOO_LONG` if all groups take more than a memory has, 4 GiB.
   */
  add(
    partial: Uint8Array,
    join: JoinCells,
    cellBytes: number = this.#cellBytes,
  ): void {
    const reader = readPartial(partial);
    const { buffer, byteOffset, byteLength } = partial;
    const words = new Uint32Array(buffer, byteOffset, byteLength >>> 2);
    for (let entry = PARTIAL_HEADER_BYTES; entry < partial.byteLength;) {
      const keyBytes = words[(entry >>> 2) + 1]!;
      const cells = entry + ENTRY_HEADER_BYTES;
      if (keyBytes === BLOB_MARK) {
        entry = cells + words[entry >>> 2]!;
        continue;
      }
      const key = cells + cellBytes;
      const group = this.#find(partial, key, keyBytes);
      join(group / CELL_BYTES, reader, (byteOffset + cells) / CELL_BYTES);
      entry = key + Math.ceil(keyBytes / 16) * 16;
    }
  }

  /** @returns Byte address of the cells of a key's group. */
  #find(partial: Uint8Array, key: number, keyBytes: number): number {
    const bytes = this.#bytes;
    const address = this.#keyAddress;
    if (keyBytes > KEY_BYTES) throw tooLarge(this.size);
    for (let i = 0; i < keyBytes; i++) bytes[address + i] = partial[key + i]!;
    const group = this.table.upsert(address, keyBytes);
    if (group === 0) throw tooLarge(this.size);
    return group;
  }

  /** Shows all groups, in no particular order. */
  forEach(visit: VisitGroup): void {
    this.table.forEach(visit);
  }
}

/** Finds what belongs to the groups of a partial. Addresses are byte offsets in its buffer. */
export function readPartial(partial: Uint8Array): PartialGroups {
  const first = partial.byteOffset + PARTIAL_HEADER_BYTES;
  return {
    buffer: partial.buffer,
    resolve: (reference) => first + reference * CELL_BYTES,
    reference: (address) => (address - first) / CELL_BYTES,
    allocate: () => {
      throw new Error("Bug: a partial is only read");
    },
  };
}

function tooLarge(groups: number): SabmapError {
  return new SabmapError(
    ErrorCode.RecordTooLong,
    `Cannot group records as all groups must fit into 4 GiB: received more than ${groups}`,
  );
}

function createLargestMemory(): WebAssembly.Memory {
  for (let pages = PAGES_MAX;; pages /= 2) {
    try {
      const size = { initial: pages, maximum: pages };
      return new WebAssembly.Memory({ ...size, shared: true });
    } catch (error) {
      // There may be a limit on address space.
      const enough = pages * GRANULE_BYTES > KEY_BYTES + GROUP_TABLE_BYTES_MIN;
      if (!enough || pages <= PAGES_MIN) throw error;
    }
  }
}
