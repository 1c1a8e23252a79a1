/*
 * CRCs of 32 and 64 bits, reflected, without an instruction that multiplies without carries.
 *
 *   register = tables over the first bytes, until a multiple of 64 is left
 *   window = as many zeros as the farthest distance, the register at their start
 *   for each 16 bytes at i, but for those at the end that the farthest distance covers:
 *     v[i] = bytes[i] xor v[i - a] xor v[i - b] xor ... xor v[i - far]
 *   for those at the end:
 *     register = tables over the same sum, where v[i] counts as zero
 *
 * Why it is right: a CRC is the remainder of a polynomial, in which a byte with n bytes behind it stands for
 * itself times y^n, y being x^8. Each polynomial P has multiples of few terms in y, which say that
 * y^far = y^(far - a) + y^(far - b) + ... + 1 modulo P. So a byte can be taken out where it stands and put
 * in a, b ... and far bytes behind, by exclusive or, and the remainder stays the same. What has been put
 * there is moved on together with the byte that was there.
 *
 * Why it is fast
 *   - No tables but for the ends, no shift and no product: loads and exclusive ors of 16 bytes at any place.
 *     Distances are constants, so that they are part of the load instructions.
 *   - What is moved is in a window of its own, which stays in L1; the file's bytes are only read.
 *   - Distances are above 1,200: a load waits for stores that have not reached L1 yet and have but a part of
 *     its bytes. With 140, 791 and 3,006, which are right too, crc32 has 17 GB/s on Node instead of 23.
 *
 * GB/s on one core, 1 MiB in L2 (Intel Xeon, Sapphire Rapids, best of 60, 2026-11-21), beside a copy of the
 * same bytes, the tables alone, and the runtimes' own CRC-32:
 *
 *                    crc32   crc32c   crc64nvme   crc64xz   copy   tables   zlib.crc32
 *   Node 20.20        24      23        14          15       26     1.4         6
 *   Deno 2.9          15      15        10          10       26     1.2       106
 *   Bun 1.4           25      25        15          16       35     1.7       108
 *
 * The distances come from a search (scripts/crc_relations.mjs finds and checks them).
 * For CRC-64/XZ, none of fewer than eight terms was found within 20,000 bytes.
 *
 * Not done
 *   - A second relation for the end of a range, of which the tables take 1.4 GB/s: 64 KiB go at 9 to 11 GB/s on
 *     Node.
 *   - Six terms for CRC-64/NVME, 13,264 bytes at the farthest: 17 instead of 14 GB/s on Node, but tables
 *     alone for ranges of less than 26 KiB, and for as much at the end of others.
 *
 * @see Chorba, https://arxiv.org/abs/2412.16398, whose idea this is; zlib-ng has it for CRC-32
 */

/** Bytes of a table. */
const T: usize = 2048;
/** Place of the window in the scratch, behind the tables. */
const WINDOW: usize = 8 * T;
/** Bytes that are taken in before what is in reach is copied to the front of the window. */
const BLOCK: usize = 16384;

/** Fills the tables: registers after each byte and 0 to 7 zeros, u64[8][256]. */
export function crcPrepare(polynomial: u64, scratch: usize): void {
  for (let byte: usize = 0; byte < 256; byte++) {
    let register = u64(byte);
    for (let zeros: usize = 0; zeros < 8; zeros++) {
      for (let bit = 0; bit < 8; bit++) {
        register = (register >> 1) ^ (polynomial & (0 - (register & 1)));
      }
      store<u64>(scratch + zeros * T + byte * 8, register);
    }
  }
}

/** The register after eight bytes, which have been added to it. */
@inline
function takeEight(word: u64, tables: usize): u64 {
  return load<u64>(tables + (usize(word << 3) & 2040), 7 * T) ^
    load<u64>(tables + (usize(word >> 5) & 2040), 6 * T) ^
    load<u64>(tables + (usize(word >> 13) & 2040), 5 * T) ^
    load<u64>(tables + (usize(word >> 21) & 2040), 4 * T) ^
    load<u64>(tables + (usize(word >> 29) & 2040), 3 * T) ^
    load<u64>(tables + (usize(word >> 37) & 2040), 2 * T) ^
    load<u64>(tables + (usize(word >> 45) & 2040), T) ^
    load<u64>(tables + (usize(word >> 53) & 2040));
}

/** The register after `byteLength` bytes, by tables alone. */
export function crcByTables(input: usize, byteLength: usize, register: u64, scratch: usize): u64 {
  while (byteLength >= 8) {
    register = takeEight(register ^ load<u64>(input), scratch);
    input += 8;
    byteLength -= 8;
  }
  while (byteLength != 0) {
    register = (register >> 8) ^ load<u64>(scratch + ((usize(register) ^ load<u8>(input)) & 255) * 8);
    input++;
    byteLength--;
  }
  return register;
}

// @macro: sums 16 bytes with those that three distances in front of them have been moved there.
function sumThree(REACH: usize, A: usize, B: usize, FAR: usize, AT: usize): void {
  sum = v128.xor(
    v128.xor(v128.load(input, AT), v128.load(p, REACH - FAR + AT)),
    v128.xor(v128.load(p, REACH - A + AT), v128.load(p, REACH - B + AT)),
  );
}

// @macro: as `sumThree`, with seven distances.
function sumSeven(REACH: usize, A: usize, B: usize, C: usize, D: usize, E: usize, F: usize, FAR: usize, AT: usize): void {
  sum = v128.xor(
    v128.xor(
      v128.xor(v128.load(input, AT), v128.load(p, REACH - FAR + AT)),
      v128.xor(v128.load(p, REACH - A + AT), v128.load(p, REACH - B + AT)),
    ),
    v128.xor(
      v128.xor(v128.load(p, REACH - C + AT), v128.load(p, REACH - D + AT)),
      v128.xor(v128.load(p, REACH - E + AT), v128.load(p, REACH - F + AT)),
    ),
  );
}

// @macro: a whole CRC. SUM is a macro that sums for the distance FAR and nearer ones, REACH is FAR in whole turns.
function reduce(SUM: void, FAR: usize, REACH: usize): void {
  if (byteLength < 2 * REACH) return crcByTables(input, byteLength, register, scratch);
  const head = byteLength & 63;
  const window = scratch + WINDOW;
  memory.fill(window, 0, REACH);
  store<u64>(window, crcByTables(input, head, register, scratch), REACH - FAR);
  input += head;
  let sum: v128;
  // What is left but for the end is a multiple of 64, as REACH is.
  for (let rest = byteLength - head - REACH; rest != 0;) {
    const block = min(rest, BLOCK), end = window + block;
    for (let p = window; p != end; p += 64) {
      SUM(0);
      v128.store(p, sum, REACH);
      SUM(16);
      v128.store(p, sum, REACH + 16);
      SUM(32);
      v128.store(p, sum, REACH + 32);
      SUM(48);
      v128.store(p, sum, REACH + 48);
      input += 64;
    }
    memory.copy(window, end, REACH);
    rest -= block;
  }
  memory.fill(window + REACH, 0, REACH);
  register = 0;
  for (let p = window, end = window + REACH; p != end; p += 16) {
    SUM(0);
    register = takeEight(register ^ v128.extract_lane<u64>(sum, 0), scratch);
    register = takeEight(register ^ v128.extract_lane<u64>(sum, 1), scratch);
    input += 16;
  }
  return register;
}

// @macro
function sumCrc32(AT: usize): void {
  sumThree(4032, 1927, 2181, 4018, AT);
}

// @macro
function sumCrc32c(AT: usize): void {
  sumThree(5376, 1747, 2830, 5321, AT);
}

// @macro
function sumNvme(AT: usize): void {
  sumSeven(3328, 1212, 1256, 1386, 1736, 2743, 2976, 3276, AT);
}

// @macro
function sumXz(AT: usize): void {
  sumSeven(3136, 1336, 1636, 1640, 1961, 2416, 2450, 3087, AT);
}

/** The register after `byteLength` bytes. Takes 64 bytes a turn; see the head of this file. */
export function crc32(input: usize, byteLength: usize, register: u64, scratch: usize): u64 {
  reduce(sumCrc32, 4018, 4032);
}

/** As `crc32`. */
export function crc32c(input: usize, byteLength: usize, register: u64, scratch: usize): u64 {
  reduce(sumCrc32c, 5321, 5376);
}

/** As `crc32`. */
export function crc64nvme(input: usize, byteLength: usize, register: u64, scratch: usize): u64 {
  reduce(sumNvme, 3276, 3328);
}

/** As `crc32`. */
export function crc64xz(input: usize, byteLength: usize, register: u64, scratch: usize): u64 {
  reduce(sumXz, 3087, 3136);
}
