/**
 * Checksums that add bytes up: weaker than a CRC, and found in many formats all the same.
 *
 * @module
 */
import { checkBytes, checkSeed, type Checksum } from "./crc.ts";

/** Largest prime below 2^16, of Adler-32. */
const ADLER_MODULUS = 65_521;
/** Bytes after which the sums of Adler-32 are still exact in 32 bits without a sign (RFC 1950). */
const ADLER_BLOCK_BYTES = 5552;
/** As many as keep the sums of Fletcher-16 below 2^32. */
const FLETCHER16_BLOCK_BYTES = 5802;
/** Twice the 359 words that keep the sums of Fletcher-32 below 2^32. */
const FLETCHER32_BLOCK_BYTES = 718;

/**
 * Adler-32 (zlib). The seed of the first piece is 1.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1950 section 8.2
 */
export const adler32: Checksum = (
  bytes,
  seed = 1,
  start = 0,
  end = bytes?.length,
) => {
  checkBytes(bytes, start, end);
  checkSeed(seed, 2 ** 32);
  let low = seed & 0xffff;
  let high = seed >>> 16;
  for (let from = start; from < end; from += ADLER_BLOCK_BYTES) {
    const to = Math.min(end, from + ADLER_BLOCK_BYTES);
    for (let i = from; i < to; i++) {
      // `!`: `i` is below `end`, which is at most the length.
      low += bytes[i]!;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return high * 65_536 + low;
};

/**
 * Fletcher-16: two sums of bytes modulo 255, the second in the high byte.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1146
 */
export const fletcher16: Checksum = (
  bytes,
  seed = 0,
  start = 0,
  end = bytes?.length,
) => {
  checkBytes(bytes, start, end);
  checkSeed(seed, 2 ** 16);
  let low = seed & 255;
  let high = seed >>> 8;
  for (let from = start; from < end; from += FLETCHER16_BLOCK_BYTES) {
    const to = Math.min(end, from + FLETCHER16_BLOCK_BYTES);
    for (let i = from; i < to; i++) {
      low += bytes[i]!;
      high += low;
    }
    low %= 255;
    high %= 255;
  }
  return high * 256 + low;
};

/**
 * Fletcher-32: two sums of little-endian words of 16 bits modulo 65,535.
 *
 * A zero is thought behind an odd last byte, so that of several pieces only the last may be odd.
 */
export const fletcher32: Checksum = (
  bytes,
  seed = 0,
  start = 0,
  end = bytes?.length,
) => {
  checkBytes(bytes, start, end);
  checkSeed(seed, 2 ** 32);
  let low = seed & 0xffff;
  let high = seed >>> 16;
  for (let from = start; from < end; from += FLETCHER32_BLOCK_BYTES) {
    const to = Math.min(end, from + FLETCHER32_BLOCK_BYTES);
    let i = from;
    for (; i < to - 1; i += 2) {
      low += bytes[i]! | bytes[i + 1]! << 8;
      high += low;
    }
    if (i < to) {
      low += bytes[i]!;
      high += low;
    }
    low %= 65_535;
    high %= 65_535;
  }
  return high * 65_536 + low;
};

/** Sum of bytes modulo 256. */
export const sum8: Checksum = (
  bytes,
  seed = 0,
  start = 0,
  end = bytes?.length,
) => {
  checkBytes(bytes, start, end);
  checkSeed(seed, 256);
  let sum = seed;
  for (let i = start; i < end; i++) sum = (sum + bytes[i]!) & 255;
  return sum;
};

/** Bytes combined by exclusive or (NMEA 0183, and the "BCC" of serial protocols). */
export const xor8: Checksum = (
  bytes,
  seed = 0,
  start = 0,
  end = bytes?.length,
) => {
  checkBytes(bytes, start, end);
  checkSeed(seed, 256);
  let sum = seed;
  for (let i = start; i < end; i++) sum ^= bytes[i]!;
  return sum;
};
