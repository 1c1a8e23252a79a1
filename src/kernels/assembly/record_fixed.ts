/*
 * Records of a fixed length: count, smallest, largest and exact sum of one field, by the bytes of another.
 *
 *   cells of the key, found as for lines: { count, min, max, chunk[0..66) }
 *   value = (-1)^s * m * 2^(p - 1074), m below 2^53, p from 0 to 1982
 *   chunk[p / 32]     += low 32 bits of (-1)^s * m << (p mod 32), as a number of two's complement
 *   chunk[p / 32 + 1] += the bits above those
 *   every 1,024 values, carries go from chunk to chunk
 *
 * The sum is that of all values, without any rounding, whatever their order (R. M. Neal, "Fast exact summation
 * using small and large superaccumulators", 2015, with other chunks).
 *
 * Why it is fast
 *   - Branches depend on a value only where it is 0, or too large.
 */
import { mix } from "./record_key";
import { groupUpsert } from "./record_table";

const F_SHIFT: usize = 4;
const F_SLOTS: usize = 8;
const F_SEED: usize = 32;

const F_COUNT: usize = 0;
const F_MIN: usize = 8;
const F_MAX: usize = 16;
const F_CHUNKS: usize = 24;
const CHUNKS: usize = 66;
const F_CELL_BYTES: usize = F_CHUNKS + 8 * CHUNKS;

/** Values until a chunk could overflow: each adds less than 2^53. */
const CARRY_MASK: u64 = 1023;

const FRACTION: u64 = 0x000fffffffffffff;
/** The bit of a normal number that is not stored. */
const IMPLICIT: u64 = 0x0010000000000000;
/** Exponents from 2^960 on, and of what is no number, are left to the caller: no sum of others overflows. */
const EXPONENT_END: u64 = 960 + 1023;
/** Stands beside how many records were added, where the next has such a value. */
const ODD: u32 = 0x80000000;

/** Kinds of fields: see `FieldKind` in kernels/records.ts. */
const F64: u32 = 0;
const F32: u32 = 1;
const I32: u32 = 2;
const U32: u32 = 3;
const I16: u32 = 4;
const U16: u32 = 5;
const I8: u32 = 6;

@inline
function loadValue(address: usize, kind: u32): f64 {
  if (kind == F64) return load<f64>(address);
  if (kind == F32) return f64(load<f32>(address));
  if (kind == I32) return f64(load<i32>(address));
  if (kind == U32) return f64(load<u32>(address));
  if (kind == I16) return f64(load<i16>(address));
  if (kind == U16) return f64(load<u16>(address));
  if (kind == I8) return f64(load<i8>(address));
  return f64(load<u8>(address));
}

@inline
function loadKey(address: usize, keyBytes: u32): u64 {
  if (keyBytes == 4) return u64(load<u32>(address));
  if (keyBytes == 8) return load<u64>(address);
  if (keyBytes == 2) return u64(load<u16>(address));
  if (keyBytes == 1) return u64(load<u8>(address));
  return 0;
}

/**
 * Brings all chunks but the last back below 2^32, each with the sign that it has: a small sum leaves the chunks of
 * large units alone, also below zero.
 */
function carryChunks(chunks: usize): void {
  let carry: i64 = 0;
  const last = chunks + 8 * (CHUNKS - 1);
  for (let chunk = chunks; chunk != last; chunk += 8) {
    const value = load<i64>(chunk) + carry;
    carry = (value + ((value >> 63) & 0xffffffff)) >> 32;
    store<i64>(chunk, value - (carry << 32));
  }
  store<i64>(last, load<i64>(last) + carry);
}

@inline
function addToChunks(cells: usize, mantissa: i64, place: u64): void {
  const shift = i64(place & 31);
  const chunk = cells + (usize(place >> 5) << 3);
  store<i64>(chunk, load<i64>(chunk, F_CHUNKS) + ((mantissa << shift) & 0xffffffff), F_CHUNKS);
  store<i64>(chunk, load<i64>(chunk, F_CHUNKS + 8) + (mantissa >> (32 - shift)), F_CHUNKS + 8);
}

/** Zero, or a number below the normal ones. */
function addSmall(cells: usize, bits: u64): void {
  const sign = i64(bits) >> 63;
  addToChunks(cells, (i64(bits & FRACTION) ^ sign) - sign, 0);
}

@inline
function addNormal(cells: usize, bits: u64, exponent: u64): void {
  const sign = i64(bits) >> 63;
  addToChunks(cells, (i64((bits & FRACTION) | IMPLICIT) ^ sign) - sign, exponent - 1);
}

/** Counts a value that has been added. */
@inline
function addCount(cells: usize): void {
  const count = load<u64>(cells, F_COUNT) + 1;
  store<u64>(cells, count, F_COUNT);
  if ((count & CARRY_MASK) == 0) carryChunks(cells + F_CHUNKS);
}

@inline
function addExtremes(cells: usize, value: f64): void {
  // 0 added makes 0 of -0.
  if (value < load<f64>(cells, F_MIN)) store<f64>(cells, value + 0, F_MIN);
  if (value > load<f64>(cells, F_MAX)) store<f64>(cells, value + 0, F_MAX);
}

/** The records of one kind: what is constant where this is called costs no branch in the loop. */
@inline
function scanKind(
  table: usize,
  records: usize,
  count: u32,
  stride: usize,
  key: usize,
  keyBytes: u32,
  value: usize,
  valueKind: u32,
  extremes: u32,
): u32 {
  // Else an empty slot, which leads to the zeros at address 0, would pass for the empty key's.
  if (keyBytes == 0 && groupUpsert(table, records, 0) == 0) return 0;
  let seed = load<u64>(table, F_SEED);
  let slots: usize = load<u32>(table, F_SLOTS), shift = u64(load<u32>(table, F_SHIFT)) + 32;
  let left = count;
  while (left != 0) {
    const word = loadKey(records + key, keyBytes);
    const entry: usize = load<u32>(slots + (usize(mix(seed, word, 0) >> shift) << 3), 4);
    let cells = entry + 8;
    if (load<u64>(entry, 8 + F_CELL_BYTES) != word || load<u32>(entry, 4) != keyBytes) {
      cells = groupUpsert(table, records + key, keyBytes);
      if (cells == 0) break;
      // A new group may have moved the slots or changed the hash.
      seed = load<u64>(table, F_SEED);
      slots = load<u32>(table, F_SLOTS);
      shift = u64(load<u32>(table, F_SHIFT)) + 32;
    }
    const number = loadValue(records + value, valueKind);
    const bits = reinterpret<u64>(number);
    const exponent = (bits >> 52) & 0x7ff;
    if (exponent - 1 < EXPONENT_END - 1) addNormal(cells, bits, exponent);
    else if (exponent == 0) addSmall(cells, bits);
    else return (count - left) | ODD;
    addCount(cells);
    if (extremes != 0) addExtremes(cells, number);
    records += stride;
    left--;
  }
  return count - left;
}

/** See `RecordKernels.scanFixed`. */
export function scanFixed(
  table: usize,
  records: usize,
  count: u32,
  stride: usize,
  key: usize,
  keyBytes: u32,
  value: usize,
  valueKind: u32,
  extremes: u32,
): u32 {
  return keyBytes == 4 && valueKind == F64 && extremes == 0
    ? scanKind(table, records, count, stride, key, 4, value, F64, 0)
    : scanKind(table, records, count, stride, key, keyBytes, value, valueKind, extremes);
}
