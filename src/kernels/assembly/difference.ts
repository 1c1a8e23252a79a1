/*
 * Where two blocks of bytes differ, and how much.
 *
 *   while 16 bytes are left: bits = left == right, one bit for each byte; all set: go on
 *   bytes left over, one by one
 *
 * Why it is fast: equal bytes, of which there are most, cost two loads and a test for 64 of them.
 *
 * Not done: telling pages from each other by hashes. A comparison reads no more bytes, and is never wrong.
 */

/** As in `src/kernels/difference.ts`. */
const PAGE_BYTES: usize = 4096;

/** One bit for each of 16 bytes, set where they differ. */
@inline
function differ16(left: usize, right: usize): u32 {
  const equal = v128.eq<u8>(v128.load(left), v128.load(right));
  return u32(v128.bitmask<u8>(equal)) ^ 0xffff;
}

/** Whether two blocks of 64 bytes are equal. */
@inline
function equal64(left: usize, right: usize): bool {
  const a = v128.xor(v128.load(left), v128.load(right));
  const b = v128.xor(v128.load(left, 16), v128.load(right, 16));
  const c = v128.xor(v128.load(left, 32), v128.load(right, 32));
  const d = v128.xor(v128.load(left, 48), v128.load(right, 48));
  return !v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)));
}

/** See `DifferenceKernels.firstDifference`. */
export function firstDifference(left: usize, right: usize, byteLength: usize): usize {
  let i: usize = 0;
  while (byteLength - i >= 64 && equal64(left + i, right + i)) i += 64;
  while (byteLength - i >= 16) {
    const bits = differ16(left + i, right + i);
    if (bits != 0) return i + usize(ctz(bits));
    i += 16;
  }
  while (i < byteLength && load<u8>(left + i) == load<u8>(right + i)) i++;
  return i;
}

/** See `DifferenceKernels.differenceEnd`. */
export function differenceEnd(left: usize, right: usize, byteLength: usize): usize {
  let end = byteLength;
  while (end >= 16) {
    const bits = differ16(left + end - 16, right + end - 16);
    if (bits != 0) return end - 16 + usize(32 - clz(bits));
    end -= 16;
  }
  while (end > 0 && load<u8>(left + end - 1) == load<u8>(right + end - 1)) end--;
  return end;
}

/** See `DifferenceKernels.changedPagesEnd`. */
export function changedPagesEnd(left: usize, right: usize, byteLength: usize, firstBytes: usize): usize {
  let end: usize = 0;
  let length = firstBytes;
  while (end < byteLength) {
    length = min(length, byteLength - end);
    if (firstDifference(left + end, right + end, length) == length) break;
    end += length;
    length = PAGE_BYTES;
  }
  return end;
}

/** See `DifferenceKernels.placeEnd`. */
export function placeEnd(left: usize, right: usize, byteLength: usize): usize {
  let end: usize = 0;
  while (byteLength - end >= 16) {
    const bits = differ16(left + end, right + end);
    if (bits == 0) return end;
    end += usize(32 - clz(bits));
  }
  return end + differenceEnd(left + end, right + end, byteLength - end);
}

/** Sum of 16 bytes. */
@inline
function sum16(bytes: v128): usize {
  const words = i16x8.extadd_pairwise_i8x16_u(bytes);
  const sums = i32x4.extadd_pairwise_i16x8_u(words);
  return usize(
    i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3),
  );
}

/** See `DifferenceKernels.countDifferences`. */
export function countDifferences(left: usize, right: usize, byteLength: usize): usize {
  let count: usize = 0;
  let i: usize = 0;
  while (byteLength - i >= 16) {
    // A byte counts to 255, and each vector adds to those that differ.
    const end = i + min(usize(255 * 16), (byteLength - i) & ~15);
    let even = i8x16.splat(0), odd = i8x16.splat(0);
    for (; i + 64 <= end; i += 64) {
      const a = v128.ne<i8>(v128.load(left + i), v128.load(right + i));
      const b = v128.ne<i8>(v128.load(left + i, 16), v128.load(right + i, 16));
      const c = v128.ne<i8>(v128.load(left + i, 32), v128.load(right + i, 32));
      const d = v128.ne<i8>(v128.load(left + i, 48), v128.load(right + i, 48));
      even = v128.add<i8>(even, v128.add<i8>(a, b));
      odd = v128.add<i8>(odd, v128.add<i8>(c, d));
    }
    for (; i < end; i += 16) {
      even = v128.add<i8>(even, v128.ne<i8>(v128.load(left + i), v128.load(right + i)));
    }
    // Each that differs has added -1.
    count += sum16(v128.neg<i8>(even)) + sum16(v128.neg<i8>(odd));
  }
  for (; i < byteLength; i++) {
    if (load<u8>(left + i) != load<u8>(right + i)) count++;
  }
  return count;
}

/** See `DifferenceKernels.copyBytes`. */
export function copyBytes(target: usize, source: usize, byteLength: usize): void {
  memory.copy(target, source, byteLength);
}
