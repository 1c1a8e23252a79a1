/*
 * Where any of several patterns fits, and how often a literal occurs that cannot overlap itself.
 *
 * searchSet, after "Teddy" of Hyperscan and of BurntSushi's aho-corasick:
 *
 *   patterns are spread over 8 buckets, one bit of a byte each
 *   for up to three distances d (the same for all patterns) there are two tables of 16 bytes:
 *     the buckets in which some pattern takes a byte with this low half at d, and with this high half
 *   for each 16 starts:
 *     buckets = and over d: low[text[start + d] & 15] & high[text[start + d] >> 4]
 *     for each start with a bucket left: compare the patterns of its buckets, under their masks
 *
 * Why it is fast
 *   - A table lookup of 16 bytes is one instruction, whatever stands in the table: letters of either case,
 *     half bytes and `??` cost what a literal byte costs, and eight patterns what one costs.
 *   - 16 positions of a pattern are compared at once, value and mask.
 *
 * countLiteral: two to four bytes are all compared, for every start, without a branch; of longer needles
 * two rare ones are, 64 starts at a time, and what is left is compared in full.
 *
 * Bound: comparing has a budget for each byte passed. Where it is spent, the function returns, and its
 * caller goes on in a way whose time does not depend on the text (an automaton, or Two-Way).
 */

/** Where a program (see pattern_program.ts) keeps what. */
const PROBES: usize = 0, DISTANCES: usize = 4, SHORTEST: usize = 16, ENTRIES: usize = 20;
const TABLES: usize = 64, BUCKETS: usize = 160, FIRST_ENTRY: usize = 256, ENTRY_BYTES: usize = 16;
/** Of an entry. */
const ENTRY_LENGTH: usize = 4, ENTRY_RANK: usize = 8, ENTRY_INDEX: usize = 12;
/** Of the state: where to go on, whether the budget was spent, buckets of 16 starts. */
const RESUME: usize = 0, SPENT: usize = 4, LANES: usize = 16;
/** Costs of a comparison beside its steps of 16 bytes; what may be spent for each byte passed, and beyond. */
const COMPARE_COST: u64 = 4, COST_MAX: u64 = 2, ALLOWANCE: u64 = 64 * 1024;
const DISJOINT: usize = 0, ALL: usize = 2;

/** Buckets that the byte at `at` leaves, for 16 starts. */
@inline
function leave(at: usize, low: v128, high: v128): v128 {
  const text = v128.load(at);
  const lows = v128.swizzle(low, v128.and(text, i8x16.splat(15)));
  return v128.and(lows, v128.swizzle(high, v128.shr<u8>(text, 4)));
}

/** Buckets that the byte at `at` leaves. */
@inline
function leaveOne(at: usize, table: usize): u8 {
  const byte = load<u8>(at);
  return load<u8>(table + (byte & 15)) & load<u8>(table + 16 + (byte >> 4));
}

/** Buckets that may have a pattern that starts at `at`. */
function bucketsAt(at: usize, program: usize): u8 {
  const probes = load<u32>(program, PROBES);
  let left: u8 = 255;
  for (let i: usize = 0; i < probes; i++) {
    const distance = usize(load<u32>(program + 4 * i, DISTANCES));
    left &= leaveOne(at + distance, program + TABLES + 32 * i);
  }
  return left;
}

/** Not 0 where a byte of 16 fits a value under a mask. */
@inline
function fit(at: usize, mask: v128, value: v128): v128 {
  return v128.eq<u8>(v128.and(v128.load(at), mask), value);
}

@inline
function fitBoth(at: usize, d0: usize, d1: usize, m0: v128, v0: v128, m1: v128, v1: v128): v128 {
  return v128.and(fit(at + d0, m0, v0), fit(at + d1, m1, v1));
}

/** Goes on by 64 while none of the next 64 starts fits one pattern at two distances, as far as `last`. */
function skipOne(at: usize, last: usize, program: usize, d0: usize, d1: usize): usize {
  const values = usize(load<u32>(program, FIRST_ENTRY));
  const masks = values + ((usize(load<u32>(program + FIRST_ENTRY, ENTRY_LENGTH)) + 15) & ~15);
  const v0 = v128.load8_splat(values + d0), v1 = v128.load8_splat(values + d1);
  const m0 = v128.load8_splat(masks + d0), m1 = v128.load8_splat(masks + d1);
  while (at <= last) {
    const f0 = fitBoth(at, d0, d1, m0, v0, m1, v1), f1 = fitBoth(at + 16, d0, d1, m0, v0, m1, v1);
    const f2 = fitBoth(at + 32, d0, d1, m0, v0, m1, v1), f3 = fitBoth(at + 48, d0, d1, m0, v0, m1, v1);
    if (v128.any_true(v128.or(v128.or(f0, f1), v128.or(f2, f3)))) break;
    at += 64;
  }
  return at;
}

@inline
function leaveBoth(at: usize, d0: usize, d1: usize, low0: v128, high0: v128, low1: v128, high1: v128): v128 {
  return v128.and(leave(at + d0, low0, high0), leave(at + d1, low1, high1));
}

/** As `skipOne`, for the buckets of several patterns. */
function skipSet(
  at: usize,
  last: usize,
  d0: usize,
  d1: usize,
  low0: v128,
  high0: v128,
  low1: v128,
  high1: v128,
): usize {
  while (at <= last) {
    const f0 = leaveBoth(at, d0, d1, low0, high0, low1, high1);
    const f1 = leaveBoth(at + 16, d0, d1, low0, high0, low1, high1);
    const f2 = leaveBoth(at + 32, d0, d1, low0, high0, low1, high1);
    const f3 = leaveBoth(at + 48, d0, d1, low0, high0, low1, high1);
    if (v128.any_true(v128.or(v128.or(f0, f1), v128.or(f2, f3)))) break;
    at += 64;
  }
  return at;
}

/** Whether an entry's pattern fits at `at`, in bit 0; what finding out has cost, in the others. */
function compare(at: usize, end: usize, entry: usize): u64 {
  const length = usize(load<u32>(entry, ENTRY_LENGTH));
  if (length > end - at) return COMPARE_COST << 1;
  const values = usize(load<u32>(entry));
  const masks = values + ((length + 15) & ~15);
  let cost = COMPARE_COST;
  let i: usize = 0;
  while (i < length && at + i + 16 <= end) {
    const differ = v128.xor(v128.load(at + i), v128.load(values + i));
    cost++;
    if (v128.any_true(v128.and(differ, v128.load(masks + i)))) return cost << 1;
    i += 16;
  }
  while (i < length) {
    if ((load<u8>(at + i) ^ load<u8>(values + i)) & load<u8>(masks + i)) return cost << 1;
    i++;
  }
  return (cost << 1) | 1;
}

/**
 * Finds matches that start from `from` to `stop` and end by `end`.
 *
 * @param mode 0: each behind the end of the one before; 1: one at each start; 2: all patterns at each start.
 * @param starts `u32[capacity]` for distances from `from`.
 * @param patterns `u16[capacity]` for the patterns' indexes.
 * @param capacity At least the number of patterns.
 * @param bounded Whether to return early where comparing costs too much.
 * @param state 32 bytes: where to go on, and whether it was too much.
 * @returns How many were written.
 */
export function searchSet(
  program: usize,
  from: usize,
  stop: usize,
  end: usize,
  mode: usize,
  starts: usize,
  patterns: usize,
  capacity: usize,
  bounded: bool,
  state: usize,
): usize {
  const probes = load<u32>(program, PROBES);
  const d0 = usize(load<u32>(program, DISTANCES)), d1 = usize(load<u32>(program, DISTANCES + 4));
  const d2 = usize(load<u32>(program, DISTANCES + 8));
  const low0 = v128.load(program, TABLES), high0 = v128.load(program, TABLES + 16);
  const low1 = v128.load(program, TABLES + 32), high1 = v128.load(program, TABLES + 48);
  const low2 = v128.load(program, TABLES + 64), high2 = v128.load(program, TABLES + 80);
  const shortest = usize(load<u32>(program, SHORTEST));
  const room = mode == ALL ? usize(load<u32>(program, ENTRIES)) : 1;
  // A pattern has all distances inside, so no start behind this one can have a match.
  if (end < from + shortest) stop = from;
  else stop = min(stop, end - shortest + 1);
  const reach = max(d0, max(d1, d2)) + 16;
  const isOne = load<u32>(program, ENTRIES) == 1;
  // The last place at which 64 starts can be looked at.
  const low = min(stop, end - min(end, reach - 16)), last64 = low < 64 ? 0 : low - 64;
  const zero = i8x16.splat(0);
  let found: usize = 0, at = from, cost: u64 = 0;
  store<u32>(state, 0, SPENT);
  while (at < stop) {
    let bits: u32 = 0;
    let next = at + 1;
    if (at + 16 <= stop && at + reach <= end) {
      let left = zero, near = 4;
      do {
        left = leaveBoth(at, d0, d1, low0, high0, low1, high1);
        if (probes == 3) left = v128.and(left, leave(at + d2, low2, high2));
        if (v128.any_true(left)) break;
        at += 16;
        if (--near == 0) {
          near = 4;
          at = isOne ? skipOne(at, last64, program, d0, d1) : skipSet(at, last64, d0, d1, low0, high0, low1, high1);
        }
      } while (at + 16 <= stop && at + reach <= end);
      bits = u32(v128.bitmask<u8>(v128.ne<u8>(left, zero)));
      if (bits == 0) continue;
      v128.store(state, left, LANES);
      next = at + 16;
    } else {
      const left = bucketsAt(at, program);
      bits = u32(left != 0);
      store<u8>(state, left, LANES);
    }
    const first = at;
    let open = first;
    while (bits != 0) {
      const lane = usize(ctz(bits));
      bits &= bits - 1;
      const place = first + lane;
      // Otherwise it overlaps a match that was written.
      if (place < open) continue;
      if (found + room > capacity) {
        store<u32>(state, u32(place), RESUME);
        return found;
      }
      let buckets = u32(load<u8>(state + lane, LANES));
      let best: u32 = u32.MAX_VALUE, bestEntry: usize = 0;
      while (buckets != 0) {
        const bucket = usize(ctz(buckets));
        buckets &= buckets - 1;
        let entry = program + FIRST_ENTRY + ENTRY_BYTES * usize(load<u32>(program + 4 * bucket, BUCKETS));
        const entryEnd = program + FIRST_ENTRY + ENTRY_BYTES * usize(load<u32>(program + 4 * bucket, BUCKETS + 4));
        while (entry < entryEnd) {
          const rank = load<u32>(entry, ENTRY_RANK);
          if (mode == ALL || rank < best) {
            const compared = compare(place, end, entry);
            cost += compared >> 1;
            if (compared & 1) {
              if (mode == ALL) {
                store<u32>(starts + 4 * found, u32(place - from));
                store<u16>(patterns + 2 * found, u16(load<u32>(entry, ENTRY_INDEX)));
                found++;
              }
              best = rank;
              bestEntry = entry;
            }
          }
          entry += ENTRY_BYTES;
        }
      }
      if (bestEntry != 0 && mode != ALL) {
        store<u32>(starts + 4 * found, u32(place - from));
        store<u16>(patterns + 2 * found, u16(load<u32>(bestEntry, ENTRY_INDEX)));
        found++;
        if (mode == DISJOINT) open = place + usize(load<u32>(bestEntry, ENTRY_LENGTH));
      }
    }
    at = max(next, open);
    if (bounded && cost > u64(at - from) * COST_MAX + ALLOWANCE) {
      store<u32>(state, 1, SPENT);
      break;
    }
  }
  store<u32>(state, u32(at), RESUME);
  return found;
}

/** A byte of 255 for each of 16 starts that fits in two bytes. */
@inline
function fitPair(at: usize, a: usize, b: usize, byteA: v128, byteB: v128): v128 {
  return v128.and(v128.eq<u8>(v128.load(at + a), byteA), v128.eq<u8>(v128.load(at + b), byteB));
}

/** Minus one for each of 16 starts that fits in the first `byteCount` bytes of a needle. */
@inline
function fitFirst(at: usize, byteCount: i32, byteA: v128, byteB: v128, byteC: v128, byteD: v128): v128 {
  const ab = fitPair(at, 0, 1, byteA, byteB);
  if (byteCount == 2) return ab;
  const abc = v128.and(ab, v128.eq<u8>(v128.load(at, 2), byteC));
  return byteCount == 3 ? abc : v128.and(abc, v128.eq<u8>(v128.load(at, 3), byteD));
}

/** Counts the starts of a short needle from `at` on, 64 at a time, up to `last`. `byteCount` is a constant where it is called. */
@inline
function countShort(at: usize, last: usize, byteCount: i32, byteA: v128, byteB: v128, byteC: v128, byteD: v128): usize {
  let count: usize = 0;
  while (at <= last) {
    // A lane holds 255 at most.
    let turns = 63;
    let counts = i8x16.splat(0);
    do {
      const f01 = v128.add<i8>(
        fitFirst(at, byteCount, byteA, byteB, byteC, byteD),
        fitFirst(at + 16, byteCount, byteA, byteB, byteC, byteD),
      );
      const f23 = v128.add<i8>(
        fitFirst(at + 32, byteCount, byteA, byteB, byteC, byteD),
        fitFirst(at + 48, byteCount, byteA, byteB, byteC, byteD),
      );
      counts = v128.sub<i8>(counts, v128.add<i8>(f01, f23));
      at += 64;
    } while (--turns != 0 && at <= last);
    count += sum(counts);
  }
  return count;
}

/** The sum of 16 bytes. */
@inline
function sum(counts: v128): usize {
  const pairs = v128.extadd_pairwise<u8>(counts);
  const fours = v128.extadd_pairwise<u16>(pairs);
  return usize(v128.extract_lane<u32>(fours, 0)) + usize(v128.extract_lane<u32>(fours, 1)) +
    usize(v128.extract_lane<u32>(fours, 2)) + usize(v128.extract_lane<u32>(fours, 3));
}

/** Bytes that are the same from `left` and `right` on, up to `length`. */
function same(left: usize, right: usize, length: usize): usize {
  let i: usize = 0;
  while (i + 8 <= length && load<u64>(left + i) == load<u64>(right + i)) i += 8;
  while (i < length && load<u8>(left + i) == load<u8>(right + i)) i++;
  return i;
}

/**
 * Counts where a needle that cannot overlap itself starts, from `from` to `stop`, ending by `end`.
 *
 * @param needleBytes At least 2.
 * @param a Offset in the needle of a byte to look for, where it has more than four; `b` likewise.
 * @param state 8 bytes: where to go on, before `stop` only where comparing cost too much.
 */
export function countLiteral(
  from: usize,
  stop: usize,
  end: usize,
  needle: usize,
  needleBytes: usize,
  a: usize,
  b: usize,
  state: usize,
): usize {
  const byteA = v128.load8_splat(needle + a), byteB = v128.load8_splat(needle + b);
  if (end < from + needleBytes) stop = from;
  else stop = min(stop, end - needleBytes + 1);
  let count: usize = 0, at = from, cost: u64 = 0;
  if (needleBytes <= 4) {
    const byteC = v128.load8_splat(needle + min(2, needleBytes - 1));
    const byteD = v128.load8_splat(needle + needleBytes - 1);
    const first = v128.load8_splat(needle), second = v128.load8_splat(needle + 1);
    // Starts up to `stop` have all their bytes before `end`.
    if (stop >= at + 64) {
      const last = stop - 64;
      if (needleBytes == 2) count = countShort(at, last, 2, first, second, byteC, byteD);
      else if (needleBytes == 3) count = countShort(at, last, 3, first, second, byteC, byteD);
      else count = countShort(at, last, 4, first, second, byteC, byteD);
      at += (stop - at) & ~63;
    }
  } else {
    const spread = max(a, b) + 64;
    while (at + 64 <= stop && at + spread <= end) {
      const f0 = fitPair(at, a, b, byteA, byteB), f1 = fitPair(at + 16, a, b, byteA, byteB);
      const f2 = fitPair(at + 32, a, b, byteA, byteB), f3 = fitPair(at + 48, a, b, byteA, byteB);
      if (v128.any_true(v128.or(v128.or(f0, f1), v128.or(f2, f3)))) {
        let bits = u64(v128.bitmask<u8>(f0)) | (u64(v128.bitmask<u8>(f1)) << 16) |
          (u64(v128.bitmask<u8>(f2)) << 32) | (u64(v128.bitmask<u8>(f3)) << 48);
        while (bits != 0) {
          const length = same(at + usize(ctz(bits)), needle, needleBytes);
          bits &= bits - 1;
          if (length == needleBytes) count++;
          else cost += u64(length) + 16;
        }
        if (cost > u64(at - from) * 8 + ALLOWANCE) {
          store<u32>(state, u32(at + 64), RESUME);
          return count;
        }
      }
      at += 64;
    }
  }
  while (at < stop) {
    if (same(at, needle, needleBytes) == needleBytes) count++;
    at++;
  }
  store<u32>(state, u32(at), RESUME);
  return count;
}
