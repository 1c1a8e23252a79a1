/*
 * Records of a fixed length: count, smallest, largest and exact sum of one field, by the bytes of another.
 *
 *   cells of the key, found as for lines: { count, min, max, near[0..2), added, chunk[0..66) }
 *
 *   a value whose bits all lie in the window from 2^top down to 2^(top - 87), as nearly all values of a field do:
 *     high = value rounded to a multiple of 2^(top - 43)      near[0] += high
 *     low  = value - high, a multiple of 2^(top - 87)         near[1] += low
 *   any other = (-1)^s * m * 2^(p - 1074), m below 2^53, p from 0 to 1982:
 *     chunk[p / 32]     += low 32 bits of (-1)^s * m << (p mod 32), as a number of two's complement
 *     chunk[p / 32 + 1] += the bits above those
 *   every 1,024 values of a group, the near sums go to the chunks; every 1,000 additions, carries from chunk to chunk
 *
 * The sum is that of all values, without any rounding, whatever their order and the window. Chunks: R. M. Neal, "Fast
 * exact summation using small and large superaccumulators", 2015, with others; near sums: J. Demmel, H. D. Nguyen,
 * "Parallel reproducible summation", 2015, of which two bins are exact here as each value is tried against them.
 *
 * Why it is fast
 *   - Two records at a time, whose values are split and tried in the lanes of one vector.
 *   - A key is looked up among those seen last, without comparing others; the table only sees the others.
 *   - Branches depend on a value only where it lies outside the window.
 */
import { groupUpsert } from "./record_table";

const F_HEAP_END: usize = 12;
const F_HEAP: usize = 48;

const F_COUNT: usize = 0;
const F_MIN: usize = 8;
const F_MAX: usize = 16;
const F_NEAR: usize = 24;
/** How many times was added to chunks since the last carry. */
const F_ADDED: usize = 40;
const F_CHUNKS: usize = 48;
const CHUNKS: usize = 66;
const F_CELL_BYTES: usize = F_CHUNKS + 8 * CHUNKS;
const F_ENTRY_HEADER: usize = 8;

/** Bytes in front of the keys seen last: see `FIXED_CACHE_BYTES` in kernels/records_layout.ts. */
const SEEN: usize = 64;
/** The upper 14 bits of a key times the fraction of the golden ratio, made odd, are its index: 0 has 0. */
const GOLDEN: u32 = 0x9e3779b1;
const SEEN_SHIFT: u32 = 18;

/** The near sums are exact up to so many values and one, a power of two. */
const NEAR_MASK: u32 = 1023;
/** Chunks cannot overflow up to so many additions, each of less than 2^53. */
const ADDED_MAX: u64 = 1000;

const FRACTION: u64 = 0x000fffffffffffff;
/** The bit of a normal number that is not stored. */
const IMPLICIT: i64 = 0x0010000000000000;
/** 2^960: numbers from here on, and what is no number, are left to the caller: no sum of others overflows. */
const SIZE_END: f64 = 9.7453140114e288;

/** The window, in front of the keys seen last, each twice: what rounds to high, what rounds to low, 2^(2 top). */
const W_TO_HIGH: usize = 0;
const W_TO_LOW: usize = 16;
const W_SIZE_END: usize = 32;
/** Between these, no power of two of the window is too large or too small, nor the square of its end. */
const TOP_MAX: i32 = 500;
/** A window begins so far above a value that it is chosen for. */
const HEADROOM: i32 = 8;
/** Where more values than these and one of so many lie outside, another window is chosen: that looks at all groups. */
const OUTSIDE_MIN: u32 = 256;
const OUTSIDE_OF: u32 = 16;

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
function loadKey(address: usize, keyBytes: u32): u32 {
  if (keyBytes == 4) return load<u32>(address);
  if (keyBytes == 2) return load<u16>(address);
  if (keyBytes == 1) return load<u8>(address);
  return 0;
}

/** Where a key that was seen has its place in the cache. */
@inline
function seenAt(cache: usize, word: u32): usize {
  return cache + SEEN + (usize((word * GOLDEN) >> SEEN_SHIFT) << 3);
}

/** The cells of a key. @returns 0 if the table is full. */
function cellsOf(table: usize, cache: usize, key: usize, keyBytes: u32): usize {
  const word = loadKey(key, keyBytes);
  const seen = seenAt(cache, word);
  if (load<u32>(seen) == word) return load<u32>(seen, 4);
  const cells = groupUpsert(table, key, keyBytes);
  if (cells == 0) return 0;
  store<u32>(seen, word);
  store<u32>(seen, u32(cells), 4);
  return cells;
}

/**
 * Brings all chunks but the last back below 2^32, each with the sign that it has: a small sum leaves the chunks of
 * large units alone, also below zero.
 */
function carryChunks(cells: usize): void {
  store<u64>(cells, 0, F_ADDED);
  let carry: i64 = 0;
  const first = cells + F_CHUNKS, last = first + 8 * (CHUNKS - 1);
  for (let chunk = first; chunk != last; chunk += 8) {
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

/** Adds a value to the chunks. @param value Below 2^960. */
function addFar(cells: usize, value: f64): void {
  if (load<u64>(cells, F_ADDED) == ADDED_MAX) carryChunks(cells);
  const bits = reinterpret<u64>(value);
  const exponent = (bits >> 52) & 0x7ff;
  const sign = i64(bits) >> 63;
  // Zero, or a number below the normal ones, has no bit that is not stored.
  const mantissa = i64(bits & FRACTION) | (exponent == 0 ? 0 : IMPLICIT);
  addToChunks(cells, (mantissa ^ sign) - sign, exponent == 0 ? 0 : exponent - 1);
  store<u64>(cells, load<u64>(cells, F_ADDED) + 1, F_ADDED);
}

/** Brings what a group has near to its chunks. */
function settle(cells: usize): void {
  addFar(cells, load<f64>(cells, F_NEAR));
  addFar(cells, load<f64>(cells, F_NEAR + 8));
  v128.store(cells, i64x2.splat(0), F_NEAR);
}

@inline
function addExtremes(cells: usize, value: f64): void {
  // 0 added makes 0 of -0.
  if (value < load<f64>(cells, F_MIN)) store<f64>(cells, value + 0, F_MIN);
  if (value > load<f64>(cells, F_MAX)) store<f64>(cells, value + 0, F_MAX);
}

/** 2^exponent, a normal number. */
@inline
function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>(u64(exponent + 1023) << 52);
}

/** Chooses the window for values like one. All groups are settled: what they have near is of the window that was. */
function chooseWindow(table: usize, cache: usize, keyBytes: u32, value: f64): void {
  const exponent = i32((reinterpret<u64>(value) >> 52) & 0x7ff) - 1023;
  const top = max(-TOP_MAX, min(TOP_MAX, exponent + HEADROOM));
  const entryBytes = F_ENTRY_HEADER + F_CELL_BYTES + (keyBytes == 0 ? 0 : 16);
  const end: usize = load<u32>(table, F_HEAP_END);
  for (let entry: usize = load<u32>(table, F_HEAP); entry != end; entry += entryBytes) settle(entry + F_ENTRY_HEADER);
  v128.store(cache, v128.splat<f64>(1.5 * powerOfTwo(top + 9)), W_TO_HIGH);
  v128.store(cache, v128.splat<f64>(1.5 * powerOfTwo(top - 35)), W_TO_LOW);
  v128.store(cache, v128.splat<f64>(powerOfTwo(2 * top)), W_SIZE_END);
}

@inline
function addCount(cells: usize): void {
  store<u64>(cells, load<u64>(cells, F_COUNT) + 1, F_COUNT);
}

@inline
function addNear(cells: usize, highAndLow: v128): void {
  v128.store(cells, v128.add<f64>(v128.load(cells, F_NEAR), highAndLow), F_NEAR);
  addCount(cells);
}

/** Two values, rounded to multiples of what the last bit of `toMultiple` is worth. */
@inline
function rounded(values: v128, toMultiple: v128): v128 {
  return v128.sub<f64>(v128.add<f64>(values, toMultiple), toMultiple);
}

/** Whether two values lie in the window. @param low What rounding has left of them. */
@inline
function areNear(values: v128, low: v128, toLow: v128, sizeEnd: v128): bool {
  const are = v128.and(
    v128.lt<f64>(v128.mul<f64>(values, values), sizeEnd),
    v128.eq<f64>(rounded(low, toLow), low),
  );
  return v128.bitmask<i64>(are) == 3;
}

/**
 * Adds records two by two, as long as both keys were seen, both values lie in the window, and both groups have room.
 *
 * No call is in the loop, so that all it needs stays in registers; what is constant where this is inlined costs no
 * branch. What is loaded in front of the loop stays there: V8 makes what is computed there anew at each round.
 *
 * @returns How many were added.
 */
@inline
function addPairs(
  cache: usize,
  records: usize,
  count: u32,
  stride: usize,
  key: usize,
  keyBytes: u32,
  value: usize,
  valueKind: u32,
  extremes: u32,
): u32 {
  const toHigh = v128.load(cache, W_TO_HIGH), toLow = v128.load(cache, W_TO_LOW);
  const sizeEnd = v128.load(cache, W_SIZE_END);
  let left = count;
  while (left > 1) {
    const next = records + stride;
    const word = loadKey(records + key, keyBytes), nextWord = loadKey(next + key, keyBytes);
    const seen = seenAt(cache, word), nextSeen = seenAt(cache, nextWord);
    if (load<u32>(seen) != word) break;
    if (load<u32>(nextSeen) != nextWord) break;
    const cells: usize = load<u32>(seen, 4), nextCells: usize = load<u32>(nextSeen, 4);
    if ((load<u32>(cells, F_COUNT) & NEAR_MASK) >= NEAR_MASK - 1) break;
    if ((load<u32>(nextCells, F_COUNT) & NEAR_MASK) >= NEAR_MASK - 1) break;
    const number = loadValue(records + value, valueKind), nextNumber = loadValue(next + value, valueKind);
    const both = v128.replace_lane<f64>(v128.splat<f64>(number), 1, nextNumber);
    const high = rounded(both, toHigh), low = v128.sub<f64>(both, high);
    if (!areNear(both, low, toLow, sizeEnd)) break;
    addNear(cells, v128.shuffle<f64>(high, low, 0, 2));
    addNear(nextCells, v128.shuffle<f64>(high, low, 1, 3));
    if (extremes != 0) {
      addExtremes(cells, number);
      addExtremes(nextCells, nextNumber);
    }
    records = next + stride;
    left -= 2;
  }
  return count - left;
}

/** Adds a record of any kind whose number is below 2^960. @returns Whether it lies in the window. */
function addSingle(cache: usize, cells: usize, number: f64, extremes: u32): bool {
  const both = v128.splat<f64>(number);
  const high = rounded(both, v128.load(cache, W_TO_HIGH)), low = v128.sub<f64>(both, high);
  const isNear = areNear(both, low, v128.load(cache, W_TO_LOW), v128.load(cache, W_SIZE_END));
  if (isNear) addNear(cells, v128.shuffle<f64>(high, low, 0, 2));
  else {
    addFar(cells, number);
    addCount(cells);
  }
  if ((load<u32>(cells, F_COUNT) & NEAR_MASK) == 0) settle(cells);
  if (extremes != 0) addExtremes(cells, number);
  return isNear;
}

/** {@link addPairs} of doubles by 32 bits. Exported, as else it would become a part of its caller, with calls around. */
export function addDoublePairs(
  cache: usize,
  records: usize,
  count: u32,
  stride: usize,
  key: usize,
  value: usize,
): u32 {
  return addPairs(cache, records, count, stride, key, 4, value, F64, 0);
}

/** {@link addPairs} of any fields. */
export function addAnyPairs(
  cache: usize,
  records: usize,
  count: u32,
  stride: usize,
  key: usize,
  keyBytes: u32,
  value: usize,
  valueKind: u32,
  extremes: u32,
): u32 {
  return addPairs(cache, records, count, stride, key, keyBytes, value, valueKind, extremes);
}

/** See `RecordKernels.scanFixed`. */
export function scanFixed(
  table: usize,
  cache: usize,
  records: usize,
  count: u32,
  stride: usize,
  key: usize,
  keyBytes: u32,
  value: usize,
  valueKind: u32,
  extremes: u32,
): u32 {
  if (count != 0 && load<f64>(cache, W_SIZE_END) == 0) {
    chooseWindow(table, cache, keyBytes, loadValue(records + value, valueKind));
  }
  const isPlain = keyBytes == 4 && valueKind == F64 && extremes == 0;
  let left = count, outside: u32 = 0;
  let far: f64 = 0;
  while (true) {
    const added = isPlain
      ? addDoublePairs(cache, records, left, stride, key, value)
      : addAnyPairs(cache, records, left, stride, key, keyBytes, value, valueKind, extremes);
    records += added * stride;
    left -= added;
    if (left == 0) break;
    const cells = cellsOf(table, cache, records + key, keyBytes);
    if (cells == 0) break;
    const number = loadValue(records + value, valueKind);
    if (!(abs(number) < SIZE_END)) return (count - left) | ODD;
    if (!addSingle(cache, cells, number, extremes)) {
      outside++;
      far = number;
    }
    records += stride;
    left--;
  }
  if (outside > OUTSIDE_MIN + count / OUTSIDE_OF) chooseWindow(table, cache, keyBytes, far);
  return count - left;
}
