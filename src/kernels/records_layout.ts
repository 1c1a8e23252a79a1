/**
 * How a group table lies in memory, for both backends.
 *
 * ```text
 * table                                                                                     limit
 * +--------+-------+--------------------------------------------+---------+--------------------+
 * | header | cells | entries and blobs, in order of arrival  -> |  free   | <- slots, a power  |
 * |        | to    | { hash, keyBytes, cells, key, zeros }      | RESERVE | of two, each       |
 * |        | start | { byteLength, -1, bytes }                  | of it   | { hash, address }  |
 * +--------+-------+--------------------------------------------+---------+--------------------+
 * ```
 *
 * An entry never moves. Slots are made anew from the entries when their number doubles, so that nothing of
 * the old ones is needed, and when the hash function changes.
 *
 * Everything is a `u32` but the cells. Keys are padded with zeros to a multiple of 16 bytes, and entries are
 * multiples of 8 long, so that keys are compared 16 bytes at a time.
 *
 * The hash of a key: the key in blocks of 16 bytes (at least one), padded with zeros, as two words of 64 bits
 *
 * ```text
 * h = seed;  for each block: h = (h ^ low) * K + high * K2, and h = h ^ h >> 32 between blocks
 * hash = upper 32 bits of h
 * ```
 *
 * and once a key lies too far from its place, HalfSipHash-2-4 with the seed as its key, which nobody can find
 * collisions of without knowing the seed.
 *
 * @module
 */

/** Byte offsets in the header. */
export const TableField = {
  /** How many groups there are. */
  Count: 0,
  /** 32 minus the binary logarithm of how many slots there are: a hash shifted right by it is a slot's index. */
  Shift: 4,
  /** Address of the slots. */
  Slots: 8,
  /** Address behind the last entry. */
  HeapEnd: 12,
  /** Count of groups at which the slots double. */
  CountMax: 16,
  /** Bytes of the cells of an entry, a multiple of 8. */
  CellBytes: 20,
  /** Address behind the table. */
  Limit: 24,
  /** 0 for the quick hash, 1 for HalfSipHash. */
  Strong: 28,
  /** The seed, 64 bits. */
  Seed: 32,
  /** How far from its place a key may lie. */
  ProbesMax: 40,
  /** How many times the seed was changed. */
  Reseeds: 44,
  /** Address of the first entry. */
  Heap: 48,
  /** 17 bytes of zeros, 16 of ones and 15 of zeros, of which masks are loaded. */
  Masks: 64,
} as const;

/** Bytes of the header; the initial cells follow. */
export const TABLE_HEADER_BYTES = 112;

/** Bytes of a slot. */
export const SLOT_BYTES = 8;

/** Bytes of an entry in front of its cells. */
export const ENTRY_HEADER_BYTES = 8;

/** Where an entry has the bytes of its key, a blob has this. */
export const BLOB_MARK = 0xffff_ffff;

/** Binary logarithm of how many slots a table starts with. */
export const SLOTS_LOG2_MIN = 14;

/** Of 8 slots, so many are used before they double. */
export const SLOTS_USED_OF_8 = 5;

/** Bytes that stay free for blobs when an entry is made. */
export const RESERVE_BYTES: number = 64 * 1024;

/**
 * Slots that are looked at before the table suspects that keys were made to collide: with 5 of 8 used, the
 * longest run that chance makes of 10**8 keys is about 200.
 */
export const PROBES_MAX = 512;

/** Once the seed was changed so often, keys may lie anywhere: there is no other remedy, and always a free slot. */
export const RESEEDS_MAX = 4;

/**
 * Bytes that the scan of fixed records has beside its table: 64 of the window of its near sums, zeros where none was
 * chosen, and 16,384 times `{ u32 key, u32 cells }`, each of the key that came last of those that belong there.
 */
export const FIXED_CACHE_BYTES: number = 64 + 16384 * 8;

/** The multipliers of the quick hash, as halves: the fraction of the golden ratio, and one of MurmurHash3's. */
export const MULTIPLIER_HIGH = 0x9e37_79b9;
export const MULTIPLIER_LOW = 0x7f4a_7c15;
export const MULTIPLIER_2_HIGH = 0xff51_afd7;
export const MULTIPLIER_2_LOW = 0xed55_8ccd;
