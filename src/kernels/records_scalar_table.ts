/**
 * The group table in plain TypeScript, step by step as assembly/record_table.ts.
 *
 * @module
 */
import {
  BLOB_MARK,
  ENTRY_HEADER_BYTES,
  RESEEDS_MAX,
  RESERVE_BYTES,
  SLOT_BYTES,
  TABLE_HEADER_BYTES,
  TableField,
} from "./records_layout.ts";
import { quickHash, strongHash } from "./records_scalar_hash.ts";

/** Looks keys up in tables of one memory. */
export class ScalarTable {
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;

  constructor(memory: WebAssembly.Memory) {
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
  }

  /** See `RecordKernels.upsert`. */
  upsert(table: number, key: number, keyBytes: number): number {
    const hash = this.#hash(table, key, keyBytes);
    const slots = this.#get(table, TableField.Slots);
    const shift = this.#get(table, TableField.Shift);
    const cellBytes = this.#get(table, TableField.CellBytes);
    const mask = 2 ** (32 - shift) - 1;
    for (let slot = hash >>> shift;; slot = (slot + 1) & mask) {
      const at = (slots + slot * SLOT_BYTES) >>> 2;
      const entry = this.#words[at + 1]!;
      // An empty slot ends the search: placing entries bounds how far that is.
      if (entry === 0) return this.#insert(table, key, keyBytes, hash);
      const cells = entry + ENTRY_HEADER_BYTES;
      if (
        this.#words[at] === hash >>> 0 &&
        this.#words[(entry >>> 2) + 1] === keyBytes &&
        this.#sameKey(cells + cellBytes, key, keyBytes)
      ) return cells;
    }
  }

  #hash(table: number, key: number, keyBytes: number): number {
    const hash = this.#get(table, TableField.Strong) === 0
      ? quickHash
      : strongHash;
    const low = this.#get(table, TableField.Seed);
    const high = this.#get(table, TableField.Seed + 4);
    return hash(this.#bytes, key, keyBytes, low | 0, high | 0);
  }

  #sameKey(stored: number, key: number, keyBytes: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < keyBytes; i++) {
      if (bytes[stored + i] !== bytes[key + i]) return false;
    }
    return true;
  }

  /** @returns Address of the cells; 0 if the table is full. */
  #insert(table: number, key: number, keyBytes: number, hash: number): number {
    const count = this.#get(table, TableField.Count);
    let known = hash;
    if (count === this.#get(table, TableField.CountMax)) {
      if (!this.#doubleSlots(table)) return 0;
      known = this.#hash(table, key, keyBytes);
    }
    const entry = this.#get(table, TableField.HeapEnd);
    const cellBytes = this.#get(table, TableField.CellBytes);
    const cells = entry + ENTRY_HEADER_BYTES;
    const stored = cells + cellBytes;
    const end = stored + padded(keyBytes);
    if (end + RESERVE_BYTES > this.#get(table, TableField.Slots)) return 0;
    this.#words[entry >>> 2] = known;
    this.#words[(entry >>> 2) + 1] = keyBytes;
    const initial = table + TABLE_HEADER_BYTES;
    this.#bytes.copyWithin(cells, initial, initial + cellBytes);
    this.#bytes.copyWithin(stored, key, key + keyBytes);
    this.#bytes.fill(0, stored + keyBytes, end);
    this.#set(table, TableField.HeapEnd, end);
    this.#set(table, TableField.Count, count + 1);
    if (!this.#place(table, known, entry)) this.#changeHash(table);
    return cells;
  }

  /** Twice as many slots, where there is room for them. @returns Whether there was. */
  #doubleSlots(table: number): boolean {
    const shift = this.#get(table, TableField.Shift) - 1;
    const end = this.#get(table, TableField.Limit) || 2 ** 32;
    const slots = end - SLOT_BYTES * 2 ** (32 - shift);
    if (slots - RESERVE_BYTES < this.#get(table, TableField.HeapEnd)) {
      return false;
    }
    this.#set(table, TableField.Slots, slots);
    this.#set(table, TableField.Shift, shift);
    const countMax = this.#get(table, TableField.CountMax);
    this.#set(table, TableField.CountMax, 2 * countMax);
    if (!this.#fillSlots(table, false)) this.#changeHash(table);
    return true;
  }

  /** Puts an entry into an empty slot. @returns Whether one was near enough. */
  #place(table: number, hash: number, entry: number): boolean {
    const words = this.#words;
    const slots = this.#get(table, TableField.Slots);
    const shift = this.#get(table, TableField.Shift);
    const mask = 2 ** (32 - shift) - 1;
    let left = this.#get(table, TableField.ProbesMax) || Infinity;
    let slot = hash >>> shift;
    let at = (slots + slot * SLOT_BYTES) >>> 2;
    while (words[at + 1] !== 0) {
      slot = (slot + 1) & mask;
      at = (slots + slot * SLOT_BYTES) >>> 2;
      if (--left === 0) return false;
    }
    words[at] = hash;
    words[at + 1] = entry;
    return true;
  }

  /** Makes all slots anew. @param rehash Whether hashes are to be made anew too. @returns Whether all keys found one. */
  #fillSlots(table: number, rehash: boolean): boolean {
    const words = this.#words;
    const slots = this.#get(table, TableField.Slots);
    const shift = this.#get(table, TableField.Shift);
    const end = this.#get(table, TableField.HeapEnd);
    const cellBytes = this.#get(table, TableField.CellBytes);
    this.#bytes.fill(0, slots, slots + SLOT_BYTES * 2 ** (32 - shift));
    for (let entry = this.#get(table, TableField.Heap); entry !== end;) {
      const at = entry >>> 2;
      const keyBytes = words[at + 1]!;
      if (keyBytes === BLOB_MARK) {
        entry += ENTRY_HEADER_BYTES + words[at]!;
        continue;
      }
      const key = entry + ENTRY_HEADER_BYTES + cellBytes;
      if (rehash) words[at] = this.#hash(table, key, keyBytes);
      if (!this.#place(table, words[at]!, entry)) return false;
      entry = key + padded(keyBytes);
    }
    return true;
  }

  /** Keys lie too far from their places: changes the hash until they do not. */
  #changeHash(table: number): void {
    do {
      const reseeds = this.#get(table, TableField.Reseeds);
      if (reseeds === RESEEDS_MAX) this.#set(table, TableField.ProbesMax, 0);
      else if (this.#get(table, TableField.Strong) === 0) {
        this.#set(table, TableField.Strong, 1);
      } else {
        this.#set(table, TableField.Reseeds, reseeds + 1);
        this.#nextSeed(table);
      }
    } while (!this.#fillSlots(table, true));
  }

  #nextSeed(table: number): void {
    const low = BigInt(this.#get(table, TableField.Seed));
    const high = BigInt(this.#get(table, TableField.Seed + 4));
    const next = ((high << 32n) | low) * 0x9e37_79b9_7f4a_7c15n + 1n;
    this.#set(table, TableField.Seed, Number(next & 0xffff_ffffn));
    this.#set(table, TableField.Seed + 4, Number((next >> 32n) & 0xffff_ffffn));
  }

  #get(table: number, field: number): number {
    return this.#words[(table + field) >>> 2]!;
  }

  #set(table: number, field: number, value: number): void {
    this.#words[(table + field) >>> 2] = value;
  }
}

function padded(keyBytes: number): number {
  return Math.ceil(keyBytes / 16) * 16;
}
