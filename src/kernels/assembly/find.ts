/*
 * Where a needle occurs.
 *
 *   a, b = offsets in the needle of two rare bytes of it (the caller chooses them)
 *   for each block of 64 starts, in the direction of the search:
 *     candidates = (64 bytes from start + a == needle[a]) and (64 bytes from start + b == needle[b])
 *     compare the whole needle at each candidate
 *     if comparing has cost more than Two-Way would have: the next 64 KiB by Two-Way
 *   starts left over: the same with blocks of 16, then one by one
 *
 * A search from the end numbers the starts from the end, and where it goes byte by byte (Two-Way) it
 * reads text and needle mirrored: `first + step * index` is one expression for both directions.
 *
 * Why it is fast
 *   - A block takes eight loads, eight comparisons and one branch that is hardly ever taken.
 *   - Where 4 KiB went by without a candidate, a turn takes one block of each of four pages. A core that
 *     reads memory waits at each page's start; four streams share the wait: 12 GB/s beyond the caches
 *     instead of 6.7, where `countByte` has 9.6 (Deno 2.9; Bun 1.4: 12, 7 and 9.2; 256 MiB).
 *   - There the first byte is looked for alone as long as no block has it: half of the work.
 *   - In L2: 34 GB/s on Deno and 42 on Bun where only pairs are rare, 55 and 70 where byte `a` is.
 *     (Intel Xeon, Sapphire Rapids, 2026-11-21, best of 9.)
 *
 * Bound
 *   A comparison that fails costs COMPARE_COST and the bytes compared. Costs above COST_MAX for each byte
 *   passed, and ALLOWANCE, let Two-Way take over for at least as many starts as the allowance or the
 *   needle has bytes; it looks at a byte twice at most. So the time grows with the text, whatever it
 *   holds: no text was found that takes longer than 1.7 ns a byte.
 *
 * Not done
 *   - Eight pages a turn: 8% more on Deno, as much more code. A block ahead by plain loads: no gain.
 *   - A table of shifts (Horspool, or Two-Way of glibc): Two-Way runs where nearly every byte fits.
 */

/** Starts of one turn. */
const BLOCK: usize = 64;
/** Smallest page that any machine has. */
const PAGE: usize = 4096;
/** What a comparison that fails costs beside the bytes compared. */
const COMPARE_COST: usize = 64;
/** Costs beyond the bytes passed that make Two-Way take over, and starts that it then does at least. */
const ALLOWANCE: usize = 64 * 1024;
/** Costs that may be spent for each byte passed: what Two-Way would take. */
const COST_MAX: u64 = 16;

/** How many of the first bytes at `left` and `right` are compared until two differ; `byteLength` if none do. */
@inline
function compare(left: usize, right: usize, byteLength: usize): usize {
  let at: usize = 0;
  if (byteLength >= 16) {
    const last = byteLength - 16;
    do {
      if (v128.any_true(v128.xor(v128.load(left + at), v128.load(right + at)))) return at;
      at += 16;
    } while (at < last);
    if (v128.any_true(v128.xor(v128.load(left + last), v128.load(right + last)))) return last;
    return byteLength;
  }
  while (at < byteLength) {
    if (load<u8>(left + at) != load<u8>(right + at)) return at;
    at++;
  }
  return byteLength;
}

/** Bit `i` is set if the bytes of start `i` of 16 fit. */
@inline
function fit16(text: usize, a: usize, b: usize, byteA: v128, byteB: v128): u64 {
  const fitsA = v128.eq<u8>(v128.load(text + a), byteA);
  const fitsB = v128.eq<u8>(v128.load(text + b), byteB);
  return u64(v128.bitmask<u8>(v128.and(fitsA, fitsB)));
}

/** As `fit16`, for up to 64 starts. */
function fit(text: usize, count: usize, a: usize, b: usize, byteA: v128, byteB: v128): u64 {
  let bits: u64 = 0;
  let at: usize = 0;
  while (at + 16 <= count) {
    bits |= fit16(text + at, a, b, byteA, byteB) << u64(at);
    at += 16;
  }
  const a0 = v128.extract_lane<u8>(byteA, 0), b0 = v128.extract_lane<u8>(byteB, 0);
  while (at < count) {
    const fits = load<u8>(text + at + a) == a0 && load<u8>(text + at + b) == b0;
    bits |= u64(fits) << u64(at);
    at++;
  }
  return bits;
}

/** Not 0 where one of the next 64 bytes equals `byte`. */
@inline
function anyByte(text: usize, byte: v128): v128 {
  const f0 = v128.eq<u8>(v128.load(text), byte), f1 = v128.eq<u8>(v128.load(text, 16), byte);
  const f2 = v128.eq<u8>(v128.load(text, 32), byte), f3 = v128.eq<u8>(v128.load(text, 48), byte);
  return v128.or(v128.or(f0, f1), v128.or(f2, f3));
}

/** Not 0 where both bytes fit at one of the next 64 starts. */
@inline
function anyPair(textA: usize, textB: usize, byteA: v128, byteB: v128): v128 {
  const a0 = v128.eq<u8>(v128.load(textA), byteA), b0 = v128.eq<u8>(v128.load(textB), byteB);
  const a1 = v128.eq<u8>(v128.load(textA, 16), byteA), b1 = v128.eq<u8>(v128.load(textB, 16), byteB);
  const a2 = v128.eq<u8>(v128.load(textA, 32), byteA), b2 = v128.eq<u8>(v128.load(textB, 32), byteB);
  const a3 = v128.eq<u8>(v128.load(textA, 48), byteA), b3 = v128.eq<u8>(v128.load(textB, 48), byteB);
  const f01 = v128.or(v128.and(a0, b0), v128.and(a1, b1));
  const f23 = v128.or(v128.and(a2, b2), v128.and(a3, b3));
  return v128.or(f01, f23);
}

/** Whether there is a candidate in the next four pages. */
function hasInPages(textA: usize, textB: usize, byteA: v128, byteB: v128): bool {
  const end = textA + PAGE;
  if (textA == textB) {
    do {
      const f01 = v128.or(anyByte(textA, byteA), anyByte(textA + PAGE, byteA));
      const f23 = v128.or(anyByte(textA + 2 * PAGE, byteA), anyByte(textA + 3 * PAGE, byteA));
      if (v128.any_true(v128.or(f01, f23))) return true;
      textA += BLOCK;
    } while (textA != end);
    return false;
  }
  do {
    const f0 = anyPair(textA, textB, byteA, byteB);
    const f1 = anyPair(textA + PAGE, textB + PAGE, byteA, byteB);
    const f2 = anyPair(textA + 2 * PAGE, textB + 2 * PAGE, byteA, byteB);
    const f3 = anyPair(textA + 3 * PAGE, textB + 3 * PAGE, byteA, byteB);
    if (v128.any_true(v128.or(v128.or(f0, f1), v128.or(f2, f3)))) return true;
    textA += BLOCK;
    textB += BLOCK;
  } while (textA != end);
  return false;
}

/** How many of `blocks` blocks come before the first with a candidate. */
function skipBlocks(textA: usize, textB: usize, blocks: usize, stride: usize, byteA: v128, byteB: v128): usize {
  let left = blocks;
  if (textA == textB) {
    while (left != 0 && !v128.any_true(anyByte(textA, byteA))) {
      textA += stride;
      left--;
    }
    return blocks - left;
  }
  while (left != 0 && !v128.any_true(anyPair(textA, textB, byteA, byteB))) {
    textA += stride;
    textB += stride;
    left--;
  }
  return blocks - left;
}

/**
 * As `skipBlocks`, four pages at a time where candidates are rare.
 *
 * @param textA Where byte `a` of the lowest start of the first block would be; `textB` likewise.
 * @param stride Bytes from one block to the next, in the direction of the search.
 */
function skip(textA: usize, textB: usize, blocks: usize, stride: usize, byteA: v128, byteB: v128): usize {
  const near = min(blocks, PAGE / BLOCK);
  let done = skipBlocks(textA, textB, near, stride, byteA, byteB);
  if (done < near) return done;
  // From the first block to the lowest of the four pages.
  const lowest: usize = stride == BLOCK ? 0 : BLOCK - 4 * PAGE;
  let alone = true;
  while (blocks - done >= 4 * PAGE / BLOCK) {
    const here = done * stride + lowest;
    if (alone) alone = !hasInPages(textA + here, textA + here, byteA, byteA);
    if (!alone && hasInPages(textA + here, textB + here, byteA, byteB)) break;
    done += 4 * PAGE / BLOCK;
  }
  return done + skipBlocks(textA + done * stride, textB + done * stride, blocks - done, stride, byteA, byteB);
}

/** Offsets in the scratch of what Two-Way keeps, `u32` each. */
const SPLIT: usize = 0, PERIOD: usize = 4, KEPT: usize = 8, KNOWN: usize = 12, FOUND: usize = 16;

/**
 * Length of the part before the maximal suffix of the needle, in the lower half, and the period of that
 * suffix, in the upper half. The order of bytes is `>` if `flip` is 255, else `<`.
 */
function maximalSuffix(needle: usize, needleBytes: usize, step: usize, flip: u8): u64 {
  let start: usize = 0, other: usize = 1, same: usize = 0, period: usize = 1;
  while (other + same < needleBytes) {
    const x = load<u8>(needle + step * (start + same)) ^ flip;
    const y = load<u8>(needle + step * (other + same)) ^ flip;
    if (y < x) {
      other += same + 1;
      same = 0;
      period = other - start;
    } else if (x == y) {
      same++;
      if (same == period) {
        other += period;
        same = 0;
      }
    } else {
      start = other++;
      same = 0;
      period = 1;
    }
  }
  return (u64(period) << 32) | u64(start);
}

/** Critical factorization of the needle, into the scratch (Crochemore and Perrin 1991, section 3). */
function factorize(needle: usize, needleBytes: usize, step: usize, scratch: usize): void {
  if (step != 1) needle += needleBytes - 1;
  const up = maximalSuffix(needle, needleBytes, step, 0);
  const down = maximalSuffix(needle, needleBytes, step, 255);
  const longer = u32(up) > u32(down) ? up : down;
  const split = usize(u32(longer)), period = usize(longer >> 32);
  let at: usize = 0;
  while (at < split && load<u8>(needle + step * at) == load<u8>(needle + step * (at + period))) at++;
  // Either `period` is that of the whole needle, or the needle's is longer than either part.
  const periodic = at == split;
  store<u32>(scratch, u32(split), SPLIT);
  store<u32>(scratch, u32(periodic ? period : max(split, needleBytes - split) + 1), PERIOD);
  store<u32>(scratch, u32(periodic ? needleBytes - period : 0), KEPT);
}

/**
 * The first start from `start` on at which the needle lies, by Two-Way; `known` bytes of it fit at `start`.
 *
 * @param text Where start 0 begins, in the direction of `step`; so does `needle`.
 * @returns At least `stop` if there is none before it; no needle lies at those that were passed then.
 */
function nextByTwoWay(
  text: usize,
  start: usize,
  stop: usize,
  known: usize,
  needle: usize,
  needleBytes: usize,
  step: usize,
  scratch: usize,
): usize {
  const split = usize(load<u32>(scratch, SPLIT)), period = usize(load<u32>(scratch, PERIOD));
  const kept = usize(load<u32>(scratch, KEPT));
  while (start < stop) {
    const here = text + step * start;
    let at = max(split, known);
    while (at < needleBytes && load<u8>(needle + step * at) == load<u8>(here + step * at)) at++;
    if (at < needleBytes) {
      start += at - split + 1;
      known = 0;
      continue;
    }
    at = split;
    while (at > known && load<u8>(needle + step * (at - 1)) == load<u8>(here + step * (at - 1))) at--;
    if (at <= known) return start;
    start += period;
    known = kept;
  }
  return start;
}

/**
 * Writes where the needle lies at starts from `start` to `stop`, as `find` does.
 *
 * `FOUND` is how many are written. Returns the start at which to go on.
 */
function findByTwoWay(
  text: usize,
  byteLength: usize,
  start: usize,
  stop: usize,
  needle: usize,
  needleBytes: usize,
  step: usize,
  advance: usize,
  output: usize,
  capacity: usize,
  scratch: usize,
): usize {
  const forward = step == 1;
  const textFirst = forward ? text : text + (byteLength - 1);
  const needleFirst = forward ? needle : needle + (needleBytes - 1);
  const period = usize(load<u32>(scratch, PERIOD)), kept = usize(load<u32>(scratch, KEPT));
  let found = usize(load<u32>(scratch, FOUND));
  let known: usize = 0;
  while (true) {
    start = nextByTwoWay(textFirst, start, stop, known, needleFirst, needleBytes, step, scratch);
    if (start >= stop) break;
    store<u32>(output + 4 * found, u32(forward ? start : byteLength - needleBytes - start));
    if (++found == capacity) break;
    known = advance == 1 ? kept : 0;
    start += advance == 1 ? period : advance;
  }
  store<u32>(scratch, u32(found), FOUND);
  return start;
}

/**
 * Writes where a needle occurs, as `u32` offsets in the order in which they are met.
 *
 * @param a Offset in the needle of one of the bytes that are looked for.
 * @param b Offset of the other; equals `a` only where the needle is one byte.
 * @param step 1, or -1 to search from the end.
 * @param advance Bytes from one occurrence to the next at least: 1 or `needleBytes`.
 * @param capacity How many offsets `output` has room for, at least 1: the search ends with the last.
 * @returns How many were written.
 */
export function find(
  text: usize,
  byteLength: usize,
  needle: usize,
  needleBytes: usize,
  a: usize,
  b: usize,
  step: usize,
  advance: usize,
  output: usize,
  capacity: usize,
  scratch: usize,
): usize {
  if (needleBytes > byteLength) return 0;
  const starts = byteLength - needleBytes + 1;
  const forward = step == 1;
  const byteA = v128.load8_splat(needle + a), byteB = v128.load8_splat(needle + b);
  let found: usize = 0, start: usize = 0;
  let factorized = false;
  /** What comparing has cost, and the start from which this is counted. */
  let cost: u64 = 0, costFrom: usize = 0;
  while (start < starts) {
    const count = min(BLOCK, starts - start);
    let low = text + (forward ? start : starts - start - count);
    if (count == BLOCK) {
      const skipped = BLOCK * skip(low + a, low + b, (starts - start) / BLOCK, step * BLOCK, byteA, byteB);
      start += skipped;
      low += step * skipped;
      if (starts - start < BLOCK) continue;
    }
    const blockEnd = start + count;
    const costMax = u64(blockEnd - costFrom) * COST_MAX + ALLOWANCE;
    let bits = fit(low, count, a, b, byteA, byteB);
    while (bits != 0 && cost <= costMax) {
      const index = forward ? usize(ctz(bits)) : usize(63 - clz(bits));
      bits ^= u64(1) << u64(index);
      const candidate = forward ? blockEnd - count + index : blockEnd - 1 - index;
      // Otherwise it overlaps an occurrence that was written.
      if (candidate >= start) {
        const same = compare(low + index, needle, needleBytes);
        start = candidate + 1;
        if (same == needleBytes) {
          store<u32>(output + 4 * found, u32(low + index - text));
          if (++found == capacity) return found;
          start = candidate + advance;
          cost += u64(same - advance);
        } else cost += u64(same + COMPARE_COST);
      }
    }
    if (cost <= costMax) {
      start = max(start, blockEnd);
    } else {
      if (!factorized) factorize(needle, needleBytes, step, scratch);
      factorized = true;
      store<u32>(scratch, u32(found), FOUND);
      const stop = start + min(max(ALLOWANCE, needleBytes), starts - start);
      start = findByTwoWay(text, byteLength, start, stop, needle, needleBytes, step, advance, output, capacity, scratch);
      found = usize(load<u32>(scratch, FOUND));
      if (found == capacity) return found;
      cost = 0;
      costFrom = start;
    }
  }
  return found;
}
