/*
 * BLAKE3 compressions, four at a time in the four lanes of a 128-bit vector.
 *
 *   for four inputs at once (lane i belongs to input i):
 *     h0..h7 = key words, each in all lanes
 *     for each block of 64 bytes:
 *       m0..m15 = its sixteen words, transposed so that mj holds word j of all four inputs
 *       v0..v7 = h, v8..v11 = IV, v12, v13 = counters, v14 = 64, v15 = flags
 *       seven times: mix columns, mix diagonals, permute m0..m15
 *       h = v0..v7 xor v8..v15
 *     transpose h0..h7 back: four chaining values of 32 bytes
 *
 * Why it is fast
 *   - Lanes never meet between the two transpositions, so a G is 18 vector instructions for four
 *     inputs, and the four Gs of a half round are independent of each other.
 *   - Rotations by 16 and 8 are one byte swizzle. Its mask is loaded from scratch on purpose: given a
 *     constant, V8 15 builds it anew for each rotation (2.0 instead of 2.4 GB/s on Deno; level on Node).
 *   - `a + m` does not wait for `b`, so it is added first (2.26 -> 2.49 GB/s on Node).
 *   - Words of the message stay in locals (2.37 -> 2.40 GB/s on Deno, against going through scratch).
 *
 * Two forms of the same rounds, chosen in load.ts by the runtime
 *   - unrolled, for V8: words are renamed instead of moved. 2.6 GB/s on Node, 2.4 on Deno, where the
 *     rolled form has 2.2 and 2.1.
 *   - rolled, for JavaScriptCore: 1.9 GB/s on Bun, where the unrolled form has 1.0. A vector shift takes
 *     four instructions there, as its count goes through a general register each time. So the rotation by
 *     7 is one by 8, and one back by 1 that is made of an addition and a comparison (1.75 -> 1.93 GB/s;
 *     12% slower on V8).
 *   All parents included, 1 MiB goes at 2.5, 2.3 and 1.8 GB/s; two cores at once have 0.9 of that each.
 *   Chunks on one core; Node 20.20, Deno 2.9, Bun 1.4; Intel Xeon (Sapphire Rapids), 1 MiB in L2, best of
 *   40, 2026-11-21. There, b3sum has 5 GB/s with one thread, from AVX-512.
 *
 * Not done
 *   - Eight inputs at once: thirty-two vectors of state for sixteen registers. With the state in scratch:
 *     2.45 GB/s on Node, 1.5 on Deno, 1.7 on Bun.
 *   - Gathering transposed words by lane loads or 32-bit moves: up to 7% slower.
 *   - Relaxed SIMD, which Node 20 lacks. Its swizzle is one instruction instead of two, a tenth of all arithmetic, and
 *     gives 2% on Deno and nothing on Bun: the chain through b and its reloads is what is waited for.
 *   - The Gs two by two, four by four, one step apart, or the diagonals from the last on: within 1% on V8, which orders
 *     instructions by itself; two by two is 2% faster on Bun. Rotating by 16 as a shuffle of halves: 5% slower on V8.
 *   - One input in the four words of a row, as `compress` of BLAKE3's SSE4.1 code has it: a chunk by itself (the last
 *     of a file, or all of a short one) goes through the four lanes as well, all of which do the same.
 */

const IV0: u32 = 0x6a09e667;
const IV1: u32 = 0xbb67ae85;
const IV2: u32 = 0x3c6ef372;
const IV3: u32 = 0xa54ff53a;

const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;

// Scratch: what does not fit in parameters. All of it is written by each exported function before it is read.
const COUNTERS_LOW: usize = 0;
const COUNTERS_HIGH: usize = 16;
const MASK16: usize = 32;
const MASK8: usize = 48;
const TAIL: usize = 64; // u8[128]: chaining values of a group that is not full
const CHUNK: usize = 192; // u8[1024]: a chunk, with zeros behind it

@inline
function add(a: v128, b: v128): v128 {
  return v128.add<u32>(a, b);
}

@inline
function xor(a: v128, b: v128): v128 {
  return v128.xor(a, b);
}

/** Rotates each word right by the whole bytes that `mask` says. */
@inline
function turn(a: v128, mask: v128): v128 {
  return v128.swizzle(a, mask);
}

@inline
function turn12(a: v128): v128 {
  return v128.or(v128.shr<u32>(a, 12), v128.shl<u32>(a, 20));
}

/** Takes the mask only because `turn7Unshifted` does. */
@inline
function turn7(a: v128, mask8: v128): v128 {
  return v128.or(v128.shr<u32>(a, 7), v128.shl<u32>(a, 25));
}

/** As `turn7`, without shifts: the top bit, which goes to the bottom, is set where the word is negative. */
@inline
function turn7Unshifted(a: v128, mask8: v128): v128 {
  const t = turn(a, mask8);
  return v128.sub<i32>(v128.add<i32>(t, t), v128.lt<i32>(t, v128.splat<i32>(0)));
}

@inline
function zipLow(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 4, 1, 5);
}

@inline
function zipHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 2, 6, 3, 7);
}

@inline
function joinLow(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 0, 2);
}

@inline
function joinHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 1, 3);
}

// Functions marked @macro are copied to where they are called, by scripts/build_kernels.mjs: they change
// their caller's locals. `turnBy7` stands for one of the two functions above.

// @macro: G of the paper, on four words of each lane.
function mix(a: v128, b: v128, c: v128, d: v128, x: v128, y: v128, turnBy7: Turn): void {
  a = add(add(a, x), b);
  d = turn(xor(d, a), mask16);
  c = add(c, d);
  b = turn12(xor(b, c));
  a = add(add(a, y), b);
  d = turn(xor(d, a), mask8);
  c = add(c, d);
  b = turnBy7(xor(b, c), mask8);
}

// @macro: one of the seven rounds, with its words in the order in which they are used.
function mixAll(
  a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128,
  i: v128, j: v128, k: v128, l: v128, m: v128, n: v128, o: v128, p: v128, turnBy7: Turn,
): void {
  mix(v0, v4, v8, v12, a, b, turnBy7);
  mix(v1, v5, v9, v13, c, d, turnBy7);
  mix(v2, v6, v10, v14, e, f, turnBy7);
  mix(v3, v7, v11, v15, g, h, turnBy7);
  mix(v0, v5, v10, v15, i, j, turnBy7);
  mix(v1, v6, v11, v12, k, l, turnBy7);
  mix(v2, v7, v8, v13, m, n, turnBy7);
  mix(v3, v4, v9, v14, o, p, turnBy7);
}

// @macro: rows of four words become columns.
function transpose(r0: v128, r1: v128, r2: v128, r3: v128): void {
  {
    const a = zipLow(r0, r1), b = zipHigh(r0, r1), c = zipLow(r2, r3), d = zipHigh(r2, r3);
    r0 = joinLow(a, c);
    r1 = joinHigh(a, c);
    r2 = joinLow(b, d);
    r3 = joinHigh(b, d);
  }
}

// @macro: declares h0..h7 and the masks, before the first block.
function beginFour(): void {
  const mask16 = v128.load(scratch, MASK16), mask8 = v128.load(scratch, MASK8);
  let h0 = v128.load32_splat(key), h1 = v128.load32_splat(key, 4);
  let h2 = v128.load32_splat(key, 8), h3 = v128.load32_splat(key, 12);
  let h4 = v128.load32_splat(key, 16), h5 = v128.load32_splat(key, 20);
  let h6 = v128.load32_splat(key, 24), h7 = v128.load32_splat(key, 28);
}

// @macro: declares m0..m15 and v0..v15 for one block of each input.
function beginBlock(): void {
  let m0 = v128.load(in0), m1 = v128.load(in1), m2 = v128.load(in2), m3 = v128.load(in3);
  let m4 = v128.load(in0, 16), m5 = v128.load(in1, 16), m6 = v128.load(in2, 16), m7 = v128.load(in3, 16);
  let m8 = v128.load(in0, 32), m9 = v128.load(in1, 32), m10 = v128.load(in2, 32), m11 = v128.load(in3, 32);
  let m12 = v128.load(in0, 48), m13 = v128.load(in1, 48), m14 = v128.load(in2, 48), m15 = v128.load(in3, 48);
  transpose(m0, m1, m2, m3);
  transpose(m4, m5, m6, m7);
  transpose(m8, m9, m10, m11);
  transpose(m12, m13, m14, m15);
  let v0 = h0, v1 = h1, v2 = h2, v3 = h3, v4 = h4, v5 = h5, v6 = h6, v7 = h7;
  let v8 = v128.splat<u32>(IV0), v9 = v128.splat<u32>(IV1), v10 = v128.splat<u32>(IV2), v11 = v128.splat<u32>(IV3);
  let v12 = v128.load(scratch, COUNTERS_LOW), v13 = v128.load(scratch, COUNTERS_HIGH);
  let v14 = v128.splat<u32>(block == lastBlock ? lastBytes : 64);
  let v15 = v128.splat<u32>(flags | (block == 0 ? firstFlag : 0) | (block == lastBlock ? lastFlag : 0));
}

// @macro: folds the state into h0..h7 and goes on to the next block.
function endBlock(): void {
  h0 = xor(v0, v8);
  h1 = xor(v1, v9);
  h2 = xor(v2, v10);
  h3 = xor(v3, v11);
  h4 = xor(v4, v12);
  h5 = xor(v5, v13);
  h6 = xor(v6, v14);
  h7 = xor(v7, v15);
  in0 += 64;
  in1 += 64;
  in2 += 64;
  in3 += 64;
}

// @macro: writes four chaining values.
function endFour(): void {
  transpose(h0, h1, h2, h3);
  transpose(h4, h5, h6, h7);
  v128.store(cvs, h0);
  v128.store(cvs, h4, 16);
  v128.store(cvs, h1, 32);
  v128.store(cvs, h5, 48);
  v128.store(cvs, h2, 64);
  v128.store(cvs, h6, 80);
  v128.store(cvs, h3, 96);
  v128.store(cvs, h7, 112);
}

/** Chaining values of four inputs of `lastBlock + 1` blocks, the last of `lastBytes`. Reads all input before it writes. */
function hashFourUnrolled(
  in0: usize, in1: usize, in2: usize, in3: usize, lastBlock: u32, lastBytes: u32,
  key: usize, flags: u32, firstFlag: u32, lastFlag: u32, cvs: usize, scratch: usize,
): void {
  beginFour();
  for (let block: u32 = 0; block <= lastBlock; block++) {
    beginBlock();
    mixAll(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, turn7);
    mixAll(m2, m6, m3, m10, m7, m0, m4, m13, m1, m11, m12, m5, m9, m14, m15, m8, turn7);
    mixAll(m3, m4, m10, m12, m13, m2, m7, m14, m6, m5, m9, m0, m11, m15, m8, m1, turn7);
    mixAll(m10, m7, m12, m9, m14, m3, m13, m15, m4, m0, m11, m2, m5, m8, m1, m6, turn7);
    mixAll(m12, m13, m9, m11, m15, m10, m14, m8, m7, m2, m5, m3, m0, m1, m6, m4, turn7);
    mixAll(m9, m14, m11, m5, m8, m12, m15, m1, m13, m3, m0, m10, m2, m6, m4, m7, turn7);
    mixAll(m11, m15, m5, m0, m1, m9, m8, m6, m14, m10, m2, m12, m3, m4, m7, m13, turn7);
    endBlock();
  }
  endFour();
}

/** As `hashFourUnrolled`, in a seventh of the code. */
function hashFourRolled(
  in0: usize, in1: usize, in2: usize, in3: usize, lastBlock: u32, lastBytes: u32,
  key: usize, flags: u32, firstFlag: u32, lastFlag: u32, cvs: usize, scratch: usize,
): void {
  beginFour();
  for (let block: u32 = 0; block <= lastBlock; block++) {
    beginBlock();
    for (let round = 0; round < 7; round++) {
      mixAll(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, turn7Unshifted);
      // The permutation consists of two cycles of eight words.
      let t = m0;
      m0 = m2, m2 = m3, m3 = m10, m10 = m12, m12 = m9, m9 = m11, m11 = m5, m5 = t;
      t = m1;
      m1 = m6, m6 = m4, m4 = m7, m7 = m13, m13 = m14, m14 = m15, m15 = m8, m8 = t;
    }
    endBlock();
  }
  endFour();
}

@inline
function hashFour(
  in0: usize, in1: usize, in2: usize, in3: usize, lastBlock: u32, lastBytes: u32,
  key: usize, flags: u32, firstFlag: u32, lastFlag: u32, cvs: usize, scratch: usize, rolled: bool,
): void {
  if (rolled) {
    hashFourRolled(in0, in1, in2, in3, lastBlock, lastBytes, key, flags, firstFlag, lastFlag, cvs, scratch);
  } else {
    hashFourUnrolled(in0, in1, in2, in3, lastBlock, lastBytes, key, flags, firstFlag, lastFlag, cvs, scratch);
  }
}

function prepareMasks(scratch: usize): void {
  v128.store(scratch, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13), MASK16);
  v128.store(scratch, i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12), MASK8);
}

function prepareCounters(counter: u64, step: u64, scratch: usize): void {
  for (let lane: usize = 0; lane < 4; lane++) {
    store<u32>(scratch + lane * 4, u32(counter), COUNTERS_LOW);
    store<u32>(scratch + lane * 4, u32(counter >> 32), COUNTERS_HIGH);
    counter += step;
  }
}

/**
 * Chaining values of `count` inputs, `stride` bytes apart. Lanes that the last group does not need
 * repeat its first input, as nothing outside of the input may be read or written.
 */
@inline
function hashMany(
  input: usize, count: usize, stride: usize, counter: u64, step: u64,
  key: usize, flags: u32, firstFlag: u32, lastFlag: u32, cvs: usize, scratch: usize, rolled: bool,
): void {
  const lastBlock = u32(stride >> 6) - 1;
  prepareMasks(scratch);
  while (count >= 4) {
    prepareCounters(counter, step, scratch);
    const in1 = input + stride, in2 = in1 + stride, in3 = in2 + stride;
    hashFour(input, in1, in2, in3, lastBlock, 64, key, flags, firstFlag, lastFlag, cvs, scratch, rolled);
    input = in3 + stride;
    cvs += 128;
    count -= 4;
    counter += 4 * step;
  }
  if (count == 0) return;
  prepareCounters(counter, step, scratch);
  const in1 = count > 1 ? input + stride : input, in2 = count > 2 ? input + 2 * stride : input;
  hashFour(input, in1, in2, input, lastBlock, 64, key, flags, firstFlag, lastFlag, scratch + TAIL, scratch, rolled);
  memory.copy(cvs, scratch + TAIL, count << 5);
}

/** See `Kernels.blake3Chunks`. The counter is exact below 2^53. */
export function blake3Chunks(
  input: usize, count: usize, counter: f64, key: usize, flags: u32, cvs: usize, scratch: usize, rolled: bool,
): void {
  hashMany(input, count, 1024, u64(counter), 1, key, flags, CHUNK_START, CHUNK_END, cvs, scratch, rolled);
}

/** See `Kernels.blake3Parents`. A group's parents are written after its children are read. */
export function blake3Parents(
  children: usize, count: usize, key: usize, flags: u32, cvs: usize, scratch: usize, rolled: bool,
): void {
  hashMany(children, count, 64, 0, 0, key, flags | PARENT, 0, 0, cvs, scratch, rolled);
}

/** See `Kernels.blake3Chunk`. */
export function blake3Chunk(
  input: usize, byteLength: u32, counter: f64, key: usize, flags: u32, lastFlag: u32, cv: usize, scratch: usize, rolled: bool,
): void {
  const lastBlock = byteLength == 0 ? 0 : (byteLength - 1) >> 6;
  const chunk = scratch + CHUNK;
  memory.copy(chunk, input, byteLength);
  memory.fill(chunk + byteLength, 0, ((lastBlock + 1) << 6) - byteLength);
  prepareMasks(scratch);
  prepareCounters(u64(counter), 0, scratch);
  const lastBytes = byteLength - (lastBlock << 6), tail = scratch + TAIL;
  hashFour(chunk, chunk, chunk, chunk, lastBlock, lastBytes, key, flags, CHUNK_START, lastFlag, tail, scratch, rolled);
  memory.copy(cv, tail, 32);
}
