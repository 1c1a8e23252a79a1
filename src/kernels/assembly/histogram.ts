/*
 * How often each byte value occurs.
 *
 *   eight tables of 256 counts = 0
 *   while 64 bytes are left:
 *     if they are one value 64 times: add 64 to its count in the first table
 *     otherwise, for byte i of them: add 1 to its count in table i mod 8
 *   bytes left over: add 1 in the first table
 *   counts += sum of the tables
 *
 * Why it is fast
 *   - An increment has to wait for the one before it where both hit the same count, for as long as a store
 *     takes to reach a load. With a table for each of eight neighbours, this is rarely so.
 *   - A run of one value is the worst case, and a common one (holes, padding): it is told by one comparison
 *     in 64 bytes, which costs nothing elsewhere. Told in 16 bytes, it costs about 10% elsewhere.
 *   - Bytes are cut out of 32-bit words: one load for four, and shorter code than with 64 bits.
 *   - Tables are 1,088 bytes apart: at 1,024, each fifth is 4,096 away, where the processor takes a load
 *     for one that depends on an earlier store (up to 9% on zeros, when runs had no turn of their own).
 *
 * GB/s on one core (Intel Xeon, Sapphire Rapids, 1 MiB in L2, 2026-11-21):
 *
 *                          random   0 and 1 in turn   zeros
 *   Node 20.20              3.7      2.6              34
 *   Deno 2.9                2.4      2.2              31
 *   Bun 1.4                 3.0      2.0              32
 *
 * Not done
 *   - Pairs of bytes as one index: 65,536 counts fit neither in L1 nor in a worker's scratch.
 *   - Sixteen tables: they would fill the scratch, at the very distances that are to be avoided.
 *   - Four tables: 5% slower on random bytes on Node and Bun, though 5% faster on Deno.
 */

/** Bytes of one turn. */
const TURN: usize = 64;
const TABLES: usize = 8;
/** Bytes of the counts of a table. */
const TABLE_BYTES: usize = 1024;
/** Bytes from one table to the next. */
const STRIDE: usize = 1088;
const T0: usize = 0, T1: usize = STRIDE, T2: usize = 2 * STRIDE, T3: usize = 3 * STRIDE;
const T4: usize = 4 * STRIDE, T5: usize = 5 * STRIDE, T6: usize = 6 * STRIDE, T7: usize = 7 * STRIDE;

/** Where the count of the byte of `word` that starts at bit `shift` lies in the first table. */
@inline
function countOf(word: u32, shift: u32, scratch: usize): usize {
  return scratch + (usize((word >>> shift) & 255) << 2);
}

// @macro: counts the bytes of a word, in four tables.
function addWord(word: u32, table0: usize, table1: usize, table2: usize, table3: usize): void {
  count = countOf(word, 0, scratch);
  store<u32>(count, load<u32>(count, table0) + 1, table0);
  count = countOf(word, 8, scratch);
  store<u32>(count, load<u32>(count, table1) + 1, table1);
  count = countOf(word, 16, scratch);
  store<u32>(count, load<u32>(count, table2) + 1, table2);
  count = countOf(word, 24, scratch);
  store<u32>(count, load<u32>(count, table3) + 1, table3);
}

@inline
function addTo(count: usize, amount: u32): void {
  store<u32>(count, load<u32>(count) + amount);
}

/** Adds the tables to `counts`. */
function addTables(counts: usize, scratch: usize): void {
  for (let i: usize = 0; i < TABLE_BYTES; i += 16) {
    let sum = v128.load(counts + i);
    for (let table: usize = 0; table < TABLES; table++) {
      sum = v128.add<u32>(sum, v128.load(scratch + table * STRIDE + i));
    }
    v128.store(counts + i, sum);
  }
}

/** Whether the next 64 bytes are all the same. Nearly always, the first comparison tells that they are not. */
@inline
function isRun(input: usize): bool {
  if (load<u64>(input) != load<u64>(input, 56)) return false;
  const first = v128.load8_splat(input);
  const d0 = v128.xor(v128.load(input), first), d1 = v128.xor(v128.load(input, 16), first);
  const d2 = v128.xor(v128.load(input, 32), first), d3 = v128.xor(v128.load(input, 48), first);
  return !v128.any_true(v128.or(v128.or(d0, d1), v128.or(d2, d3)));
}

/** See `Kernels.histogram`. */
export function histogram(input: usize, byteLength: usize, counts: usize, scratch: usize): void {
  memory.fill(scratch, 0, TABLES * STRIDE);
  let count: usize;
  let rest = byteLength;
  while (rest >= TURN) {
    const end = input + TURN;
    if (isRun(input)) {
      addTo(countOf(load<u8>(input), 0, scratch), u32(TURN));
      input = end;
    } else {
      // Compared with `!=`, as the end of the memory may be at 2^32.
      do {
        const a = load<u32>(input), b = load<u32>(input, 4), c = load<u32>(input, 8), d = load<u32>(input, 12);
        addWord(a, T0, T1, T2, T3);
        addWord(b, T4, T5, T6, T7);
        addWord(c, T0, T1, T2, T3);
        addWord(d, T4, T5, T6, T7);
        input += 16;
      } while (input != end);
    }
    rest -= TURN;
  }
  while (rest != 0) {
    addTo(countOf(load<u8>(input), 0, scratch), 1);
    input++;
    rest--;
  }
  addTables(counts, scratch);
}
