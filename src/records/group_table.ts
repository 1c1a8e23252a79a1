/**
 * The group table: accumulators by key, in a worker's part of the arena.
 *
 * A key is any bytes that lie in the arena, and is compared there with the keys that the table has copied
 * into itself. What is accumulated is the caller's: each group has a fixed number of cells of 8 bytes, which the
 * caller loads and stores through views of its own.
 *
 * ```text
 * worker:       cells = table.upsert(key, bytes)    -> the caller updates cells
 *               0: table is full                    -> exportPartial(), clear(), upsert again
 * coordinator:  merged.add(partial) for each partial, in any order (group_table_merge.ts)
 * ```
 *
 * A seed of 64 random bits keeps keys from being made to collide; if they do all the same, the table changes to
 * a hash that withstands that. See `kernels/records_layout.ts` for the layout and the hashes.
 *
 * @module
 */
import type { Backend, Region } from "../kernels/kernels.ts";
import { bindRecordKernels, type RecordKernels } from "../kernels/records.ts";
import {
  BLOB_MARK,
  ENTRY_HEADER_BYTES,
  PROBES_MAX,
  SLOT_BYTES,
  SLOTS_LOG2_MIN,
  SLOTS_USED_OF_8,
  TABLE_HEADER_BYTES,
  TableField,
} from "../kernels/records_layout.ts";

/** Bytes of a cell. */
export const CELL_BYTES = 8;

/** The smallest region of a table. */
export const GROUP_TABLE_BYTES_MIN: number = 1024 ** 2;

/** Of the arena, so much is left to slots and to everything else. */
const ARENA_BYTES_FOR_TABLES = 3 * 1024 ** 3;
const GROUP_SCRATCH_BYTES_MAX = 1280 * 1024 ** 2;

/**
 * How large a region a worker's table should get: room for 10 million groups with short keys where there are two.
 *
 * What is not used takes address space only. A table that is full hands over what it has and starts anew.
 *
 * @param workers How many share the arena.
 */
export function groupScratchBytes(workers: number): number {
  const fair = Math.floor(ARENA_BYTES_FOR_TABLES / workers / 64) * 64;
  return Math.max(
    GROUP_TABLE_BYTES_MIN,
    Math.min(GROUP_SCRATCH_BYTES_MAX, fair),
  );
}

/** What the groups of a table are like. The same for all tables whose partials are merged. */
export interface GroupOptions {
  /** The cells of a group that is new: `8 * cells` bytes, at least one cell. */
  readonly initialCells: Uint8Array;
  /** 64 bits of {@link newGroupSeed}, as two words. */
  readonly seed: GroupSeed;
}

/** What the hash of a run depends on, so that nobody can foresee which keys collide. */
export type GroupSeed = readonly [low: number, high: number];

/** Draws a seed. */
export function newGroupSeed(): GroupSeed {
  const [low = 0, high = 0] = crypto.getRandomValues(new Uint32Array(2));
  return [low, high];
}

/** Where a table lies. */
export interface GroupPlace {
  /** The arena, or another shared memory. */
  readonly memory: WebAssembly.Memory;
  /** Nobody else's bytes, 64-byte aligned, at least {@link GROUP_TABLE_BYTES_MIN}; need not be zeroed. */
  readonly region: Region;
  /** Whether WASM kernels look keys up, or TypeScript. */
  readonly backend: Backend;
}

/** Bytes in front of the entries of a partial: see {@link GroupTable.exportPartial}. */
export const PARTIAL_HEADER_BYTES = 32;

/** A group table. */
export class GroupTable {
  readonly #kernels: RecordKernels;
  readonly #options: GroupOptions;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #end: number;
  /** Byte address of the table, for kernels. */
  readonly address: number;

  /**
   * Makes an empty table.
   *
   * @throws {RangeError} If the region is too small or misaligned, or the cells are no whole number of cells.
   */
  constructor({ memory, region, backend }: GroupPlace, options: GroupOptions) {
    checkRegion(region);
    checkCells(options.initialCells);
    this.address = region.byteOffset;
    this.#end = region.byteOffset + Math.floor(region.byteLength / 64) * 64;
    this.#kernels = bindRecordKernels(memory, backend);
    this.#options = options;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.clear();
  }

  /** Takes all groups out. Addresses of cells are then no longer valid. */
  clear(): void {
    const { initialCells, seed } = this.#options;
    const cells = this.address + TABLE_HEADER_BYTES;
    const heap = cells + initialCells.byteLength;
    const slotBytes = SLOT_BYTES << SLOTS_LOG2_MIN;
    // The address of the end may be 2**32, whose low 32 bits are all that is stored.
    const slots = this.#end - slotBytes;
    this.#bytes.set(initialCells, cells);
    this.#bytes.fill(0, slots, this.#end);
    const masks = this.address + TableField.Masks;
    this.#bytes.fill(0, masks, masks + 48);
    this.#bytes.fill(255, masks + 17, masks + 33);
    this.#set(TableField.Count, 0);
    this.#set(TableField.Shift, 32 - SLOTS_LOG2_MIN);
    this.#set(TableField.Slots, slots);
    this.#set(TableField.HeapEnd, heap);
    this.#set(TableField.CountMax, (SLOTS_USED_OF_8 << SLOTS_LOG2_MIN) >>> 3);
    this.#set(TableField.CellBytes, initialCells.byteLength);
    this.#set(TableField.Limit, this.#end);
    this.#set(TableField.Strong, 0);
    this.#set(TableField.Seed, seed[0]);
    this.#set(TableField.Seed + 4, seed[1]);
    this.#set(TableField.ProbesMax, PROBES_MAX);
    this.#set(TableField.Reseeds, 0);
    this.#set(TableField.Heap, heap);
  }

  /** How many groups there are. */
  get size(): number {
    return this.#get(TableField.Count);
  }

  /** Bytes that entries and blobs take. */
  get heapBytes(): number {
    return this.#get(TableField.HeapEnd) - this.#get(TableField.Heap);
  }

  /**
   * Finds the group of a key, or makes it.
   *
   * @param keyAddress Byte address in the memory of the key, anywhere.
   * @param keyBytes How long it is; 0 is a key too.
   * @returns Byte address of the group's cells, a multiple of 8, valid until {@link GroupTable.clear}; 0 if the
   * group is new and the table full. In a table without groups that means that no table of this size holds the key.
   */
  upsert(keyAddress: number, keyBytes: number): number {
    return this.#kernels.upsert(this.address, keyAddress, keyBytes);
  }

  /**
   * Takes bytes for a group beside its cells, such as an accumulator that outgrew them.
   *
   * A reference to them goes into a cell as what {@link GroupTable.reference} says, which stays right in a partial.
   *
   * @param byteLength A multiple of 8. Between two calls of {@link GroupTable.upsert} up to 60,000 bytes are there
   * for certain.
   * @returns Byte address, a multiple of 8; the bytes are not zeroed.
   * @throws {RangeError} If there is no room.
   */
  allocate(byteLength: number): number {
    const blob = this.#get(TableField.HeapEnd);
    const end = blob + 8 + byteLength;
    if (end > this.#get(TableField.Slots)) {
      throw new RangeError(
        `Cannot enlarge a group as the table must have room: received ${byteLength} bytes`,
      );
    }
    this.#words[blob >>> 2] = byteLength;
    this.#words[(blob >>> 2) + 1] = BLOB_MARK;
    this.#set(TableField.HeapEnd, end);
    return blob + 8;
  }

  /** What stands for an address of {@link GroupTable.allocate} in this table and its partials, a `u32`. */
  reference(address: number): number {
    return (address - this.#get(TableField.Heap)) / 8;
  }

  /** The address that a reference stands for in this table. */
  resolve(reference: number): number {
    return this.#get(TableField.Heap) + reference * 8;
  }

  /**
   * Shows all groups, in the order in which they came.
   *
   * @param visit Gets byte address and length of the key, and byte address of the cells. Must not add groups.
   */
  forEach(
    visit: (keyAddress: number, keyBytes: number, cells: number) => void,
  ): void {
    const words = this.#words;
    const cellBytes = this.#options.initialCells.byteLength;
    const end = this.#get(TableField.HeapEnd);
    for (let entry = this.#get(TableField.Heap); entry < end;) {
      const keyBytes = words[(entry >>> 2) + 1]!;
      const cells = entry + ENTRY_HEADER_BYTES;
      if (keyBytes === BLOB_MARK) {
        entry = cells + words[entry >>> 2]!;
      } else {
        visit(cells + cellBytes, keyBytes, cells);
        entry = cells + cellBytes + Math.ceil(keyBytes / 16) * 16;
      }
    }
  }

  /**
   * Copies all groups out, for the coordinator.
   *
   * @returns Bytes of their own, in the machine's byte order, which may be transferred: a header of
   * {@link PARTIAL_HEADER_BYTES}, then entries as `kernels/records_layout.ts` draws them.
   */
  exportPartial(): Uint8Array<ArrayBuffer> {
    const start = this.#get(TableField.Heap);
    const end = this.#get(TableField.HeapEnd);
    const partial = new Uint8Array(PARTIAL_HEADER_BYTES + end - start);
    const header = new Uint32Array(partial.buffer, 0, 2);
    header[0] = this.size;
    header[1] = this.#options.initialCells.byteLength;
    partial.set(this.#bytes.subarray(start, end), PARTIAL_HEADER_BYTES);
    return partial;
  }

  /**
   * All groups where they lie, in the form of {@link GroupTable.exportPartial}, but for what its header says.
   *
   * @returns A view of the table, valid until it is cleared or its memory goes to somebody else.
   */
  asPartial(): Uint8Array {
    const start = this.#get(TableField.Heap) - PARTIAL_HEADER_BYTES;
    return this.#bytes.subarray(start, this.#get(TableField.HeapEnd));
  }

  #get(field: number): number {
    return this.#words[(this.address + field) >>> 2]!;
  }

  #set(field: number, value: number): void {
    this.#words[(this.address + field) >>> 2] = value;
  }
}

function checkRegion({ byteOffset, byteLength }: Region): void {
  if (byteLength >= GROUP_TABLE_BYTES_MIN && byteOffset % 64 === 0) return;
  throw new RangeError(
    `Cannot make a group table as its region must be 1 MiB, 64-byte aligned: ` +
      `received ${byteLength} bytes at ${byteOffset}`,
  );
}

function checkCells({ byteLength }: Uint8Array): void {
  if (byteLength > 0 && byteLength % CELL_BYTES === 0) return;
  throw new RangeError(
    `Cannot make a group table as its cells must be 8 bytes each, at least one: received ${byteLength} bytes`,
  );
}
