/*
 * The group table: finds the cells of a key, or makes them. See kernels/records_layout.ts for the layout.
 *
 *   hash the key; at = slots + top bits of the hash
 *   while the slot at `at` is not empty:
 *     same hash, and its entry has the same length and bytes? -> found
 *     at = the next slot; too far from its place? -> hash all keys in another way, and start again
 *   entry behind the last one; if slots are crowded, twice as many
 *
 * Why it is fast
 *   - A slot holds 32 bits of hash beside the entry's place, so that other keys cost no look at their entries.
 *   - The last block of a key is masked in a register: no loop over bytes, and none of lengths up to 16.
 *
 * Bound
 *   A key is never more than PROBES_MAX slots from its place while the hash can still be changed. Each change
 *   looks at every key once, and there are 5 at most.
 */
import { K, loadPart, mix } from "./record_key";

const COUNT: usize = 0;
const SHIFT: usize = 4;
const SLOTS: usize = 8;
const HEAP_END: usize = 12;
const COUNT_MAX: usize = 16;
const CELL_BYTES: usize = 20;
const LIMIT: usize = 24;
const STRONG: usize = 28;
const SEED: usize = 32;
const PROBES: usize = 40;
const RESEEDS: usize = 44;
const HEAP: usize = 48;
const INITIAL: usize = 112;

const RESERVE: u64 = 64 * 1024;
const RESEEDS_MAX: u32 = 4;
const BLOB: u32 = 0xffffffff;

@inline
function mixBlock(h: u64, block: v128): u64 {
  return mix(h, v128.extract_lane<u64>(block, 0), v128.extract_lane<u64>(block, 1));
}

function quickHash(seed: u64, key: usize, keyBytes: usize): u32 {
  let h = seed;
  let left = keyBytes;
  while (left > 16) {
    h = mixBlock(h, v128.load(key));
    h ^= h >> 32;
    key += 16;
    left -= 16;
  }
  return u32(mixBlock(h, left == 16 ? v128.load(key) : loadPart(key, left)) >> 32);
}

// @macro
function sipRound(v0: u32, v1: u32, v2: u32, v3: u32): void {
  v0 += v1; v1 = rotl(v1, 5); v1 ^= v0; v0 = rotl(v0, 16);
  v2 += v3; v3 = rotl(v3, 8); v3 ^= v2;
  v0 += v3; v3 = rotl(v3, 7); v3 ^= v0;
  v2 += v1; v1 = rotl(v1, 13); v1 ^= v2; v2 = rotl(v2, 16);
}

/** HalfSipHash-2-4 with 32 bits (J.-P. Aumasson, D. J. Bernstein, 2012; the variant of 2016). */
function strongHash(seed: u64, key: usize, keyBytes: usize): u32 {
  const k0 = u32(seed), k1 = u32(seed >> 32);
  let v0 = k0, v1 = k1, v2 = k0 ^ 0x6c796765, v3 = k1 ^ 0x74656462;
  const end = key + (keyBytes & ~3);
  while (key != end) {
    const word = load<u32>(key);
    v3 ^= word;
    sipRound(v0, v1, v2, v3);
    sipRound(v0, v1, v2, v3);
    v0 ^= word;
    key += 4;
  }
  let last = u32(keyBytes) << 24;
  for (let i: usize = 0; i < (keyBytes & 3); i++) last |= u32(load<u8>(key + i)) << u32(i << 3);
  v3 ^= last;
  sipRound(v0, v1, v2, v3);
  sipRound(v0, v1, v2, v3);
  v0 ^= last;
  v2 ^= 0xff;
  sipRound(v0, v1, v2, v3);
  sipRound(v0, v1, v2, v3);
  sipRound(v0, v1, v2, v3);
  sipRound(v0, v1, v2, v3);
  return v1 ^ v3;
}

/** The hash of a key, as the table has it now. */
export function groupHash(table: usize, key: usize, keyBytes: usize): u32 {
  const seed = load<u64>(table, SEED);
  return load<u32>(table, STRONG) == 0 ? quickHash(seed, key, keyBytes) : strongHash(seed, key, keyBytes);
}

/** Whether `keyBytes` bytes are the same; `stored` has zeros up to a multiple of 16. */
function sameKey(stored: usize, key: usize, keyBytes: usize): bool {
  let left = keyBytes;
  while (left >= 16) {
    if (v128.any_true(v128.xor(v128.load(stored), v128.load(key)))) return false;
    stored += 16;
    key += 16;
    left -= 16;
  }
  return left == 0 || !v128.any_true(v128.xor(v128.load(stored), loadPart(key, left)));
}

@inline
function slotBytes(shift: u32): u64 {
  return u64(8) << u64(32 - shift);
}

@inline
function paddedBytes(keyBytes: usize): u64 {
  return (u64(keyBytes) + 15) & ~15;
}

/** Puts an entry into an empty slot. @returns Whether one was near enough. */
function place(table: usize, slots: usize, shift: u32, hash: u32, entry: usize): bool {
  const mask = usize(slotBytes(shift) - 8);
  let at = usize(hash >> shift) << 3;
  let left = load<u32>(table, PROBES);
  while (load<u32>(slots + at, 4) != 0) {
    at = (at + 8) & mask;
    if (--left == 0) return false;
  }
  store<u32>(slots + at, hash);
  store<u32>(slots + at, u32(entry), 4);
  return true;
}

/** Makes all slots anew. @param rehash Whether hashes are to be made anew too. @returns Whether all keys found one. */
function fillSlots(table: usize, rehash: bool): bool {
  const slots = load<u32>(table, SLOTS), shift = load<u32>(table, SHIFT);
  const end = load<u32>(table, HEAP_END), cellBytes = load<u32>(table, CELL_BYTES);
  memory.fill(slots, 0, usize(slotBytes(shift)));
  let entry: usize = load<u32>(table, HEAP);
  while (entry != end) {
    const keyBytes = load<u32>(entry, 4);
    if (keyBytes == BLOB) {
      entry += 8 + load<u32>(entry);
      continue;
    }
    const key = entry + 8 + cellBytes;
    if (rehash) store<u32>(entry, groupHash(table, key, keyBytes));
    if (!place(table, slots, shift, load<u32>(entry), entry)) return false;
    entry = key + usize(paddedBytes(keyBytes));
  }
  return true;
}

/** Keys lie too far from their places: changes the hash until they do not. */
function changeHash(table: usize): void {
  do {
    const reseeds = load<u32>(table, RESEEDS);
    if (reseeds == RESEEDS_MAX) store<u32>(table, 0, PROBES);
    else if (load<u32>(table, STRONG) == 0) store<u32>(table, 1, STRONG);
    else {
      store<u32>(table, reseeds + 1, RESEEDS);
      store<u64>(table, load<u64>(table, SEED) * K + 1, SEED);
    }
  } while (!fillSlots(table, true));
}

/** Twice as many slots, where there is room for them. @returns Whether there was. */
function doubleSlots(table: usize): bool {
  const shift = load<u32>(table, SHIFT) - 1;
  const bytes = slotBytes(shift);
  const end = load<u32>(table, LIMIT);
  const free = u64(end - load<u32>(table, HEAP_END));
  if (bytes + RESERVE > free) return false;
  store<u32>(table, u32(end - usize(bytes)), SLOTS);
  store<u32>(table, shift, SHIFT);
  store<u32>(table, load<u32>(table, COUNT_MAX) << 1, COUNT_MAX);
  if (!fillSlots(table, false)) changeHash(table);
  return true;
}

/** Makes the entry of a new key. @returns Address of its cells; 0 if the table is full. */
function insert(table: usize, key: usize, keyBytes: usize, hash: u32): usize {
  const count = load<u32>(table, COUNT);
  if (count == load<u32>(table, COUNT_MAX)) {
    if (!doubleSlots(table)) return 0;
    hash = groupHash(table, key, keyBytes);
  }
  const entry: usize = load<u32>(table, HEAP_END), cellBytes: usize = load<u32>(table, CELL_BYTES);
  const bytes = 8 + u64(cellBytes) + paddedBytes(keyBytes);
  if (bytes + RESERVE > u64(load<u32>(table, SLOTS) - entry)) return 0;
  const cells = entry + 8, stored = cells + cellBytes;
  store<u32>(entry, hash);
  store<u32>(entry, u32(keyBytes), 4);
  memory.copy(cells, table + INITIAL, cellBytes);
  const padding = usize(bytes) - 8 - cellBytes - keyBytes;
  memory.copy(stored, key, keyBytes);
  memory.fill(stored + keyBytes, 0, padding);
  store<u32>(table, u32(entry + usize(bytes)), HEAP_END);
  store<u32>(table, count + 1, COUNT);
  if (!place(table, load<u32>(table, SLOTS), load<u32>(table, SHIFT), hash, entry)) changeHash(table);
  return cells;
}

/** As `groupUpsert`, where the hash is known. */
export function groupUpsertHashed(table: usize, key: usize, keyBytes: usize, hash: u32): usize {
  const slots: usize = load<u32>(table, SLOTS), shift = load<u32>(table, SHIFT);
  const mask = usize(slotBytes(shift) - 8);
  const cellBytes: usize = load<u32>(table, CELL_BYTES);
  let at = usize(hash >> shift) << 3;
  while (true) {
    const entry: usize = load<u32>(slots + at, 4);
    // An empty slot ends the search: `place` bounds how far that is.
    if (entry == 0) return insert(table, key, keyBytes, hash);
    if (
      load<u32>(slots + at) == hash && load<u32>(entry, 4) == u32(keyBytes) &&
      sameKey(entry + 8 + cellBytes, key, keyBytes)
    ) return entry + 8;
    at = (at + 8) & mask;
  }
  return 0;
}

/** See `RecordKernels.upsert`. */
export function groupUpsert(table: usize, key: usize, keyBytes: usize): usize {
  return groupUpsertHashed(table, key, keyBytes, groupHash(table, key, keyBytes));
}
