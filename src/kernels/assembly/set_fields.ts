/*
 * Fields of records of a fixed length that get what one operator makes of two numbers.
 *
 *   for each record from `start` to `end`:
 *     where condition(field, number) holds:
 *       value = left operator right
 *       value fits the target?  no: end, with the address of the record
 *       store it where it is another; count records and bytes that are
 *
 * Why it is fast
 *   - Kinds, operator and byte order are the same for all records, so their branches are foreseen.
 *   - Numbers stay in registers; bytes that differ are counted by one product of carries and one popcount.
 *
 * Not done
 *   - Several records at once: fields lie a record apart, and gathering them takes as long as the arithmetic.
 *   - Integers of 64 bits, which no double holds, and NaN, of which there are many: left to the caller.
 */

/** The plan, written by its maker: see `SetPlanField` in kernels/set_fields.ts. */
const P_STRIDE: usize = 0;
const P_SWAP: usize = 4;
const P_TARGET: usize = 8;
const P_TARGET_KIND: usize = 12;
const P_OPERATOR: usize = 16;
const P_LEFT: usize = 20;
const P_LEFT_KIND: usize = 24;
const P_RIGHT: usize = 28;
const P_RIGHT_KIND: usize = 32;
const P_WHERE: usize = 36;
const P_WHERE_AT: usize = 40;
const P_WHERE_KIND: usize = 44;
const P_LEFT_NUMBER: usize = 48;
const P_RIGHT_NUMBER: usize = 56;
const P_WHERE_NUMBER: usize = 64;
const P_MATCHED: usize = 72;
const P_CHANGED: usize = 76;
const P_BYTES: usize = 80;

/** Kinds of numbers: see `FieldKind` in kernels/records.ts, and one for those of the expression. */
const F64: u32 = 0;
const F32: u32 = 1;
const I32: u32 = 2;
const U32: u32 = 3;
const I16: u32 = 4;
const U16: u32 = 5;
const I8: u32 = 6;
const U8: u32 = 7;
const LITERAL: u32 = 8;

const LOW_BITS: u64 = 0x7f7f7f7f7f7f7f7f;
const HIGH_BITS: u64 = 0x8080808080808080;

@inline
function loadNumber(at: usize, kind: u32, swap: u32, number: f64): f64 {
  if (kind == F64) {
    const bits = load<u64>(at);
    return reinterpret<f64>(swap ? bswap<u64>(bits) : bits);
  }
  if (kind == LITERAL) return number;
  if (kind >= I8) {
    return kind == I8 ? f64(load<i8>(at)) : f64(load<u8>(at));
  }
  if (kind >= I16) {
    const half = swap ? bswap<u16>(load<u16>(at)) : load<u16>(at);
    return kind == I16 ? f64(i16(half)) : f64(half);
  }
  const word = swap ? bswap<u32>(load<u32>(at)) : load<u32>(at);
  if (kind == U32) return f64(word);
  return kind == I32 ? f64(i32(word)) : f64(reinterpret<f32>(word));
}

@inline
function compute(operator: u32, a: f64, b: f64): f64 {
  if (operator == 2) return a * b;
  if (operator == 0) return a + b;
  if (operator == 1) return a - b;
  return operator == 3 ? a / b : a;
}

@inline
function holds(condition: u32, a: f64, b: f64): bool {
  if (condition == 1) return a == b;
  if (condition == 2) return a != b;
  if (condition == 3) return a < b;
  if (condition == 4) return a <= b;
  return condition == 5 ? a > b : a >= b;
}

@inline
function least(kind: u32): f64 {
  if (kind == I32) return -2147483648;
  if (kind == I16) return -32768;
  return kind == I8 ? -128 : 0;
}

@inline
function most(kind: u32): f64 {
  if (kind == U32) return 4294967295;
  if (kind == I32) return 2147483647;
  if (kind == U16) return 65535;
  if (kind == I16) return 32767;
  return kind == I8 ? 127 : 255;
}

@inline
function countBytes(difference: u64): u32 {
  // The sum carries into the highest bit of a byte that is not 0; 0x80 has it already.
  const carried = ((difference & LOW_BITS) + LOW_BITS) | difference;
  return u32(popcnt<u64>(carried & HIGH_BITS));
}

/** @returns Address of the first record that was left out, or `end`. */
export function setFields(plan: usize, start: usize, end: usize): usize {
  const stride = usize(load<u32>(plan, P_STRIDE));
  const swap = load<u32>(plan, P_SWAP);
  const target = usize(load<u32>(plan, P_TARGET));
  const kind = load<u32>(plan, P_TARGET_KIND);
  const operator = load<u32>(plan, P_OPERATOR);
  const left = usize(load<u32>(plan, P_LEFT));
  const leftKind = load<u32>(plan, P_LEFT_KIND);
  const right = usize(load<u32>(plan, P_RIGHT));
  const rightKind = load<u32>(plan, P_RIGHT_KIND);
  const where = load<u32>(plan, P_WHERE);
  const whereAt = usize(load<u32>(plan, P_WHERE_AT));
  const whereKind = load<u32>(plan, P_WHERE_KIND);
  const leftNumber = load<f64>(plan, P_LEFT_NUMBER);
  const rightNumber = load<f64>(plan, P_RIGHT_NUMBER);
  const whereNumber = load<f64>(plan, P_WHERE_NUMBER);
  const min = least(kind), max = most(kind);
  let matched: u32 = 0, changed: u32 = 0, bytes: u32 = 0;
  let at = start;
  for (; at < end; at += stride) {
    if (where != 0) {
      const tested = loadNumber(at + whereAt, whereKind, swap, 0);
      if (!holds(where, tested, whereNumber)) continue;
    }
    const a = loadNumber(at + left, leftKind, swap, leftNumber);
    const b = loadNumber(at + right, rightKind, swap, rightNumber);
    const value = compute(operator, a, b);
    const place = at + target;
    let difference: u64;
    if (kind == F64) {
      if (value != value) break;
      let bits = reinterpret<u64>(value);
      if (swap) bits = bswap<u64>(bits);
      difference = load<u64>(place) ^ bits;
      if (difference != 0) store<u64>(place, bits);
    } else if (kind <= U32) {
      let word: u32;
      if (kind == F32) {
        const single = f32(value);
        // Infinite, or no number.
        if (single - single != 0) break;
        word = reinterpret<u32>(single);
      } else {
        if (!(value >= min && value <= max)) break;
        // By 64 bits, as processors have no instruction for 32 without a sign.
        const whole = i64(value);
        if (f64(whole) != value) break;
        word = u32(whole);
      }
      if (swap) word = bswap<u32>(word);
      difference = u64(load<u32>(place) ^ word);
      if (difference != 0) store<u32>(place, word);
    } else {
      if (!(value >= min && value <= max)) break;
      const whole = i32(value);
      if (f64(whole) != value) break;
      if (kind <= U16) {
        const half = swap ? bswap<u16>(u16(whole)) : u16(whole);
        difference = u64(load<u16>(place) ^ half);
        if (difference != 0) store<u16>(place, half);
      } else {
        difference = u64(load<u8>(place) ^ u8(whole));
        if (difference != 0) store<u8>(place, u8(whole));
      }
    }
    matched++;
    if (difference == 0) continue;
    changed++;
    bytes += countBytes(difference);
  }
  store<u32>(plan, matched, P_MATCHED);
  store<u32>(plan, changed, P_CHANGED);
  store<u32>(plan, bytes, P_BYTES);
  return at;
}
