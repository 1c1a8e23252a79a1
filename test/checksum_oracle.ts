/**
 * Checksums as their definitions say, bit by bit and byte by byte.
 *
 * @module
 */

/** What tells a CRC from another, apart from what is the same here: reflected, inverted at both ends. */
export interface CrcDefinition {
  readonly bits: 32 | 64;
  /** Reflected. */
  readonly polynomial: bigint;
}

/** The CRCs of reference tables. */
export const CRC_DEFINITIONS: Readonly<
  Record<"crc32" | "crc32c" | "crc64nvme" | "crc64xz", CrcDefinition>
> = {
  crc32: { bits: 32, polynomial: 0xedb88320n },
  crc32c: { bits: 32, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
  crc64xz: { bits: 64, polynomial: 0xc96c5795d7870f42n },
};

/** A CRC, one bit at a time, in 8 or 16 digits. */
export function crcHex(
  bytes: Iterable<number>,
  { bits, polynomial }: CrcDefinition,
): string {
  const polynomialHigh = Number(polynomial >> 32n) | 0;
  const polynomialLow = Number(polynomial & 0xffffffffn) | 0;
  let high = bits === 64 ? -1 : 0, low = -1;
  for (const byte of bytes) {
    low ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      const out = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (out === 1) {
        low ^= polynomialLow;
        high ^= polynomialHigh;
      }
    }
  }
  const digits = word(~low);
  return bits === 64 ? word(~high) + digits : digits;
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** Adler-32, one byte at a time. */
export function adler32(bytes: Iterable<number>): number {
  let low = 1, high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}

/** `x^(8 * count)` modulo a reflected polynomial: a byte's step `count` times. */
export function powerOfByte(
  count: number,
  { bits, polynomial }: CrcDefinition,
): bigint {
  let value = 1n << BigInt(bits - 1);
  for (let i = 0; i < 8 * count; i++) {
    value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n;
  }
  return value;
}
