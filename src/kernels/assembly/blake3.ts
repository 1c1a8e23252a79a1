/*
 * BLAKE3 compressions, in the four lanes of 128-bit vectors: four at a time, or eight in two vectors each.
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
 *   for eight chunks: two such fours in turns, the other with g0..g7, n0..n15 and w0..w15
 *
 * Why it is fast
 *   - Lanes never meet between the two transpositions, so a G is 18 vector instructions for four
 *     inputs, and the four Gs of a half round are independent of each other.
 *   - Those wait for each other's results all the same: a second four gives the processor something to do
 *     meanwhile, although thirty-two vectors of state do not fit sixteen registers (figures below).
 *   - The V8 of Node 20 orders instructions by itself, one four behind the other if it can. A store of one vector
 *     and a load of it after each half round, which it does not move, keep the turns: 1.98 -> 2.34 GB/s on Node,
 *     level on Deno.
 *   - Eight are always chunks, so where their blocks lie is in the instructions (1.9 GB/s on Node where the
 *     distance is a parameter). Parents, a sixteenth of the work, go four at a time.
 *   - Rotations by 16 and 8 are one byte swizzle. Its mask is loaded from scratch on purpose: given a
 *     constant, V8 15 builds it anew for each rotation (2.0 instead of 2.4 GB/s on Deno; level on Node).
 *   - `a + m` does not wait for `b`, so it is added first (2.26 -> 2.49 GB/s on Node).
 *   - Words of a message stay in locals on V8 (2.37 -> 2.40 GB/s on Deno, against going through scratch).
 *
 * Two forms of the same rounds, chosen in bind.ts by the runtime
 *   - unrolled, for V8: words are renamed instead of moved.
 *   - rolled, for JavaScriptCore, which has 0.7 GB/s for the unrolled one. A vector shift takes four instructions
 *     there, as its count goes through a general register each time. So the rotation by 7 is one by 8, and one back
 *     by 1 that is made of an addition and a comparison (1.75 -> 1.93 GB/s for four on a Xeon; 12% slower on V8).
 *     The words of eight lie in scratch, where a table says which are next: 1.7 GB/s; moved as those of four are,
 *     1.6.
 *
 *   Each thread tries whether eight are faster, after 64 MiB and again after each GiB (bind.ts): they were in most of
 *   an evening, and for some minutes slower than four, on the same machine.
 *
 *   GB/s of chunks, one core, 512 KiB in L2, median of 300 (AMD EPYC, Zen 5, 2026-11-22):
 *
 *              Node 20.20   Deno 2.9   Bun 1.4
 *     four     1.95         1.95       1.29
 *     eight    2.34         2.36       1.72
 *
 *   C with the same instructions (SSE4.1, gcc 12) has 1.7 for four and 2.4 for eight; b3sum, from AVX-512, 6. On a
 *   Xeon (Sapphire Rapids) four had 2.6, 2.4 and 1.9; eight was not measured there.
 *
 * Not done
 *   - The state of eight in scratch: every load and store of it is then one of memory. 2.1 GB/s on Node, 0.6 on Deno.
 *   - A round of each four in turns, or a G: 2.34 and 1.98 GB/s on Node, 2.23 and 2.39 on Deno. Four vectors stored
 *     after each half instead of one: 2.34 and 2.30.
 *   - Gathering transposed words by lane loads or 32-bit moves: up to 7% slower.
 *   - Relaxed SIMD, which Node 20 lacks. Its swizzle is one instruction instead of two, a tenth of all arithmetic, and
 *     gives 2% on Deno and nothing on Bun with four.
 *   - The Gs of one four two by two, four by four, one step apart, or the diagonals from the last on: within 1% on V8;
 *     two by two is 2% faster on Bun. Rotating by 16 as a shuffle of halves: 5% slower on V8.
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
const NEXT_COUNTERS_LOW: usize = 1216; // Of the fifth to the eighth input.
const NEXT_COUNTERS_HIGH: usize = 1232;
const SCHEDULE: usize = 1248; // u8[7][16]: which word of the message comes where, in each round
const WORDS: usize = 1360; // v128[16]: a block of each of four inputs, transposed
const NEXT_WORDS: usize = 1616; // v128[16]: and of the four behind them
const PIN: usize = 1872; // v128, see `pin`
const NEXT_PIN: usize = 1888;

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

// @macro: what comes behind stays behind, in a compiler that orders instructions by itself.
function pin(a: v128, place: usize): void {
  v128.store(scratch, a, place);
  a = v128.load(scratch, place);
}

// @macro: a round of both fours, half by half in turns. Upper-case words are the other's.
function mixAllTwice(
  a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128,
  i: v128, j: v128, k: v128, l: v128, m: v128, n: v128, o: v128, p: v128,
  A: v128, B: v128, C: v128, D: v128, E: v128, F: v128, G: v128, H: v128,
  I: v128, J: v128, K: v128, L: v128, M: v128, N: v128, O: v128, P: v128,
): void {
  mix(v0, v4, v8, v12, a, b, turn7);
  mix(v1, v5, v9, v13, c, d, turn7);
  mix(v2, v6, v10, v14, e, f, turn7);
  mix(v3, v7, v11, v15, g, h, turn7);
  pin(v4, PIN);
  mix(w0, w4, w8, w12, A, B, turn7);
  mix(w1, w5, w9, w13, C, D, turn7);
  mix(w2, w6, w10, w14, E, F, turn7);
  mix(w3, w7, w11, w15, G, H, turn7);
  pin(w4, NEXT_PIN);
  mix(v0, v5, v10, v15, i, j, turn7);
  mix(v1, v6, v11, v12, k, l, turn7);
  mix(v2, v7, v8, v13, m, n, turn7);
  mix(v3, v4, v9, v14, o, p, turn7);
  pin(v4, PIN);
  mix(w0, w5, w10, w15, I, J, turn7);
  mix(w1, w6, w11, w12, K, L, turn7);
  mix(w2, w7, w8, w13, M, N, turn7);
  mix(w3, w4, w9, w14, O, P, turn7);
  pin(w4, NEXT_PIN);
}

// @macro: a G of each four, on the words that the row of the schedule has in these two places.
function mixScheduled(
  a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128, first: usize, second: usize,
): void {
  {
    const x = scratch + (load<u8>(row, first) << 4), y = scratch + (load<u8>(row, second) << 4);
    const i = v128.load(x, WORDS), j = v128.load(y, WORDS);
    const k = v128.load(x, NEXT_WORDS), l = v128.load(y, NEXT_WORDS);
    mix(a, b, c, d, i, j, turn7Unshifted);
    mix(e, f, g, h, k, l, turn7Unshifted);
  }
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

// @macro: declares the masks.
function loadMasks(): void {
  const mask16 = v128.load(scratch, MASK16), mask8 = v128.load(scratch, MASK8);
}

// @macro: declares h0..h7 of four inputs, before their first block.
function loadKey(h0: v128, h1: v128, h2: v128, h3: v128, h4: v128, h5: v128, h6: v128, h7: v128): void {
  let h0 = v128.load32_splat(key), h1 = v128.load32_splat(key, 4);
  let h2 = v128.load32_splat(key, 8), h3 = v128.load32_splat(key, 12);
  let h4 = v128.load32_splat(key, 16), h5 = v128.load32_splat(key, 20);
  let h6 = v128.load32_splat(key, 24), h7 = v128.load32_splat(key, 28);
}

// @macro: declares m0..m15 for a block of each of four inputs.
function loadWords(
  in0: usize, in1: usize, in2: usize, in3: usize,
  m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128, m7: v128, m8: v128, m9: v128, m10: v128, m11: v128, m12: v128, m13: v128, m14: v128, m15: v128,
): void {
  let m0 = v128.load(in0), m1 = v128.load(in1), m2 = v128.load(in2), m3 = v128.load(in3);
  let m4 = v128.load(in0, 16), m5 = v128.load(in1, 16), m6 = v128.load(in2, 16), m7 = v128.load(in3, 16);
  let m8 = v128.load(in0, 32), m9 = v128.load(in1, 32), m10 = v128.load(in2, 32), m11 = v128.load(in3, 32);
  let m12 = v128.load(in0, 48), m13 = v128.load(in1, 48), m14 = v128.load(in2, 48), m15 = v128.load(in3, 48);
  transpose(m0, m1, m2, m3);
  transpose(m4, m5, m6, m7);
  transpose(m8, m9, m10, m11);
  transpose(m12, m13, m14, m15);
}

// @macro: declares v0..v15 for a block of four inputs.
function beginBlock(
  h0: v128, h1: v128, h2: v128, h3: v128, h4: v128, h5: v128, h6: v128, h7: v128,
  v0: v128, v1: v128, v2: v128, v3: v128, v4: v128, v5: v128, v6: v128, v7: v128, v8: v128, v9: v128, v10: v128, v11: v128, v12: v128, v13: v128, v14: v128, v15: v128,
  low: usize, high: usize,
): void {
  let v0 = h0, v1 = h1, v2 = h2, v3 = h3, v4 = h4, v5 = h5, v6 = h6, v7 = h7;
  let v8 = v128.splat<u32>(IV0), v9 = v128.splat<u32>(IV1), v10 = v128.splat<u32>(IV2), v11 = v128.splat<u32>(IV3);
  let v12 = v128.load(scratch, low), v13 = v128.load(scratch, high);
  let v14 = v128.splat<u32>(block == lastBlock ? lastBytes : 64);
  let v15 = v128.splat<u32>(flags | (block == 0 ? firstFlag : 0) | (block == lastBlock ? lastFlag : 0));
}

// @macro: folds the state into h0..h7.
function endBlock(
  h0: v128, h1: v128, h2: v128, h3: v128, h4: v128, h5: v128, h6: v128, h7: v128,
  v0: v128, v1: v128, v2: v128, v3: v128, v4: v128, v5: v128, v6: v128, v7: v128, v8: v128, v9: v128, v10: v128, v11: v128, v12: v128, v13: v128, v14: v128, v15: v128,
): void {
  h0 = xor(v0, v8);
  h1 = xor(v1, v9);
  h2 = xor(v2, v10);
  h3 = xor(v3, v11);
  h4 = xor(v4, v12);
  h5 = xor(v5, v13);
  h6 = xor(v6, v14);
  h7 = xor(v7, v15);
}

// @macro: writes four chaining values.
function storeFour(to: usize, h0: v128, h1: v128, h2: v128, h3: v128, h4: v128, h5: v128, h6: v128, h7: v128): void {
  transpose(h0, h1, h2, h3);
  transpose(h4, h5, h6, h7);
  v128.store(to, h0);
  v128.store(to, h4, 16);
  v128.store(to, h1, 32);
  v128.store(to, h5, 48);
  v128.store(to, h2, 64);
  v128.store(to, h6, 80);
  v128.store(to, h3, 96);
  v128.store(to, h7, 112);
}

// @macro: puts the words of a block where `mixScheduled` finds them.
function storeWords(to: usize, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128, m7: v128, m8: v128, m9: v128, m10: v128, m11: v128, m12: v128, m13: v128, m14: v128, m15: v128): void {
  v128.store(to, m0, 0);
  v128.store(to, m1, 16);
  v128.store(to, m2, 32);
  v128.store(to, m3, 48);
  v128.store(to, m4, 64);
  v128.store(to, m5, 80);
  v128.store(to, m6, 96);
  v128.store(to, m7, 112);
  v128.store(to, m8, 128);
  v128.store(to, m9, 144);
  v128.store(to, m10, 160);
  v128.store(to, m11, 176);
  v128.store(to, m12, 192);
  v128.store(to, m13, 208);
  v128.store(to, m14, 224);
  v128.store(to, m15, 240);
}

// @macro: declares what four inputs go through.
function beginFour(): void {
  loadMasks();
  loadKey(h0, h1, h2, h3, h4, h5, h6, h7);
}

// @macro: declares a block of each of four inputs.
function beginBlockOfFour(): void {
  loadWords(in0, in1, in2, in3, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15);
  beginBlock(h0, h1, h2, h3, h4, h5, h6, h7, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, COUNTERS_LOW, COUNTERS_HIGH);
}

// @macro: goes on to the next block of four inputs.
function endBlockOfFour(): void {
  endBlock(h0, h1, h2, h3, h4, h5, h6, h7, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15);
  in0 += 64;
  in1 += 64;
  in2 += 64;
  in3 += 64;
}

// @macro: writes the chaining values of four inputs.
function endFour(): void {
  storeFour(cvs, h0, h1, h2, h3, h4, h5, h6, h7);
}

// @macro: declares what eight chunks go through.
function beginEight(): void {
  const stride: usize = 1024, lastBlock: u32 = 15, lastBytes: u32 = 64;
  const firstFlag = CHUNK_START, lastFlag = CHUNK_END;
  loadMasks();
  loadKey(h0, h1, h2, h3, h4, h5, h6, h7);
  loadKey(g0, g1, g2, g3, g4, g5, g6, g7);
}

// @macro: declares where the blocks of eight chunks lie.
function placeEight(): void {
  const in1 = input + stride, in2 = in1 + stride, in3 = in2 + stride, in4 = in3 + stride;
  const in5 = in4 + stride, in6 = in5 + stride, in7 = in6 + stride;
}

// @macro: declares v0..v15 and w0..w15 for a block of each of eight chunks.
function beginBlockOfEight(): void {
  beginBlock(h0, h1, h2, h3, h4, h5, h6, h7, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, COUNTERS_LOW, COUNTERS_HIGH);
  beginBlock(g0, g1, g2, g3, g4, g5, g6, g7, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, NEXT_COUNTERS_LOW, NEXT_COUNTERS_HIGH);
}

// @macro: goes on to the next block of eight chunks.
function endBlockOfEight(): void {
  endBlock(h0, h1, h2, h3, h4, h5, h6, h7, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15);
  endBlock(g0, g1, g2, g3, g4, g5, g6, g7, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15);
  input += 64;
}

// @macro: writes the chaining values of eight chunks.
function endEight(): void {
  storeFour(cvs, h0, h1, h2, h3, h4, h5, h6, h7);
  storeFour(cvs + 128, g0, g1, g2, g3, g4, g5, g6, g7);
}

/** Chaining values of four inputs of `lastBlock + 1` blocks, the last of `lastBytes`. Reads all input before it writes. */
function hashFourUnrolled(
  in0: usize, in1: usize, in2: usize, in3: usize, lastBlock: u32, lastBytes: u32,
  key: usize, flags: u32, firstFlag: u32, lastFlag: u32, cvs: usize, scratch: usize,
): void {
  beginFour();
  for (let block: u32 = 0; block <= lastBlock; block++) {
    beginBlockOfFour();
    mixAll(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, turn7);
    mixAll(m2, m6, m3, m10, m7, m0, m4, m13, m1, m11, m12, m5, m9, m14, m15, m8, turn7);
    mixAll(m3, m4, m10, m12, m13, m2, m7, m14, m6, m5, m9, m0, m11, m15, m8, m1, turn7);
    mixAll(m10, m7, m12, m9, m14, m3, m13, m15, m4, m0, m11, m2, m5, m8, m1, m6, turn7);
    mixAll(m12, m13, m9, m11, m15, m10, m14, m8, m7, m2, m5, m3, m0, m1, m6, m4, turn7);
    mixAll(m9, m14, m11, m5, m8, m12, m15, m1, m13, m3, m0, m10, m2, m6, m4, m7, turn7);
    mixAll(m11, m15, m5, m0, m1, m9, m8, m6, m14, m10, m2, m12, m3, m4, m7, m13, turn7);
    endBlockOfFour();
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
    beginBlockOfFour();
    for (let round = 0; round < 7; round++) {
      mixAll(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, turn7Unshifted);
      // The permutation consists of two cycles of eight words.
      let t = m0;
      m0 = m2, m2 = m3, m3 = m10, m10 = m12, m12 = m9, m9 = m11, m11 = m5, m5 = t;
      t = m1;
      m1 = m6, m6 = m4, m4 = m7, m7 = m13, m13 = m14, m14 = m15, m15 = m8, m8 = t;
    }
    endBlockOfFour();
  }
  endFour();
}

/** As `hashFourUnrolled`, for eight chunks one behind the other. */
function hashEightUnrolled(input: usize, key: usize, flags: u32, cvs: usize, scratch: usize): void {
  beginEight();
  for (let block: u32 = 0; block <= lastBlock; block++) {
    placeEight();
    loadWords(input, in1, in2, in3, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15);
    loadWords(in4, in5, in6, in7, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15);
    beginBlockOfEight();
    mixAllTwice(
      m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15,
      n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15,
    );
    mixAllTwice(
      m2, m6, m3, m10, m7, m0, m4, m13, m1, m11, m12, m5, m9, m14, m15, m8,
      n2, n6, n3, n10, n7, n0, n4, n13, n1, n11, n12, n5, n9, n14, n15, n8,
    );
    mixAllTwice(
      m3, m4, m10, m12, m13, m2, m7, m14, m6, m5, m9, m0, m11, m15, m8, m1,
      n3, n4, n10, n12, n13, n2, n7, n14, n6, n5, n9, n0, n11, n15, n8, n1,
    );
    mixAllTwice(
      m10, m7, m12, m9, m14, m3, m13, m15, m4, m0, m11, m2, m5, m8, m1, m6,
      n10, n7, n12, n9, n14, n3, n13, n15, n4, n0, n11, n2, n5, n8, n1, n6,
    );
    mixAllTwice(
      m12, m13, m9, m11, m15, m10, m14, m8, m7, m2, m5, m3, m0, m1, m6, m4,
      n12, n13, n9, n11, n15, n10, n14, n8, n7, n2, n5, n3, n0, n1, n6, n4,
    );
    mixAllTwice(
      m9, m14, m11, m5, m8, m12, m15, m1, m13, m3, m0, m10, m2, m6, m4, m7,
      n9, n14, n11, n5, n8, n12, n15, n1, n13, n3, n0, n10, n2, n6, n4, n7,
    );
    mixAllTwice(
      m11, m15, m5, m0, m1, m9, m8, m6, m14, m10, m2, m12, m3, m4, m7, m13,
      n11, n15, n5, n0, n1, n9, n8, n6, n14, n10, n2, n12, n3, n4, n7, n13,
    );
    endBlockOfEight();
  }
  endEight();
}

/** As `hashEightUnrolled`, with the words in scratch, where a table says which are next. */
function hashEightRolled(input: usize, key: usize, flags: u32, cvs: usize, scratch: usize): void {
  const firstRow = scratch + SCHEDULE, lastRow = firstRow + 6 * 16;
  beginEight();
  for (let block: u32 = 0; block <= lastBlock; block++) {
    placeEight();
    loadWords(input, in1, in2, in3, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15);
    storeWords(scratch + WORDS, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15);
    loadWords(in4, in5, in6, in7, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15);
    storeWords(scratch + NEXT_WORDS, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15);
    beginBlockOfEight();
    for (let row = firstRow; row <= lastRow; row += 16) {
      mixScheduled(v0, v4, v8, v12, w0, w4, w8, w12, 0, 1);
      mixScheduled(v1, v5, v9, v13, w1, w5, w9, w13, 2, 3);
      mixScheduled(v2, v6, v10, v14, w2, w6, w10, w14, 4, 5);
      mixScheduled(v3, v7, v11, v15, w3, w7, w11, w15, 6, 7);
      mixScheduled(v0, v5, v10, v15, w0, w5, w10, w15, 8, 9);
      mixScheduled(v1, v6, v11, v12, w1, w6, w11, w12, 10, 11);
      mixScheduled(v2, v7, v8, v13, w2, w7, w8, w13, 12, 13);
      mixScheduled(v3, v4, v9, v14, w3, w4, w9, w14, 14, 15);
    }
    endBlockOfEight();
  }
  endEight();
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

@inline
function hashEight(input: usize, key: usize, flags: u32, cvs: usize, scratch: usize, rolled: bool): void {
  if (rolled) hashEightRolled(input, key, flags, cvs, scratch);
  else hashEightUnrolled(input, key, flags, cvs, scratch);
}

function prepareMasks(scratch: usize): void {
  v128.store(scratch, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13), MASK16);
  v128.store(scratch, i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12), MASK8);
}

/** Only the rolled form of eight reads it. */
function prepareSchedule(scratch: usize): void {
  v128.store(scratch, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), SCHEDULE);
  v128.store(scratch, i8x16(2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8), SCHEDULE + 16);
  v128.store(scratch, i8x16(3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1), SCHEDULE + 32);
  v128.store(scratch, i8x16(10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6), SCHEDULE + 48);
  v128.store(scratch, i8x16(12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4), SCHEDULE + 64);
  v128.store(scratch, i8x16(9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7), SCHEDULE + 80);
  v128.store(scratch, i8x16(11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13), SCHEDULE + 96);
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

/** See `Kernels.blake3Chunks`. The counter is exact below 2^53. `wide` lets eight go at a time. */
export function blake3Chunks(
  input: usize, count: usize, counter: f64, key: usize, flags: u32, cvs: usize, scratch: usize, rolled: bool, wide: bool,
): void {
  let next = u64(counter);
  prepareMasks(scratch);
  if (rolled) prepareSchedule(scratch);
  while (wide && count >= 8) {
    prepareCounters(next, 1, scratch);
    prepareCounters(next + 4, 1, scratch + NEXT_COUNTERS_LOW - COUNTERS_LOW);
    hashEight(input, key, flags, cvs, scratch, rolled);
    input += 8 * 1024;
    cvs += 256;
    count -= 8;
    next += 8;
  }
  hashMany(input, count, 1024, next, 1, key, flags, CHUNK_START, CHUNK_END, cvs, scratch, rolled);
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
