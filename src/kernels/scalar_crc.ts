/**
 * CRCs of the scalar backend: eight bytes a step through eight tables.
 *
 * One function serves both widths, as a CRC of 32 bits is one of 64 whose upper half is zero. Words are
 * held as halves of 32 bits.
 *
 * @module
 */

/** CRCs that have a kernel. All are reflected, start at all ones and end inverted. */
export type CrcName = "crc32" | "crc32c" | "crc64nvme" | "crc64xz";

/** What tells the CRCs apart. */
export const CRC_CONSTANTS: Readonly<
  Record<CrcName, {
    readonly bits: 32 | 64;
    /** Reflected, without its highest term. */
    readonly polynomial: bigint;
  }>
> = {
  crc32: { bits: 32, polynomial: 0xedb88320n },
  crc32c: { bits: 32, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
  crc64xz: { bits: 64, polynomial: 0xc96c5795d7870f42n },
};

const TABLES = 8;

/** Tables of one CRC, entry `256 * t + byte` of table `t`: `byte` with `t` zeros behind it. */
export interface CrcTables {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

/** @param polynomial Reflected, at the low end of 64 bits. */
export function crcTables(polynomial: bigint): CrcTables {
  const high = new Int32Array(TABLES * 256);
  const low = new Int32Array(TABLES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let register = BigInt(byte);
    for (let bit = 0; bit < 8 * TABLES; bit++) {
      register = (register >> 1n) ^ ((register & 1n) * polynomial);
      if (bit % 8 !== 7) continue;
      const entry = (bit >> 3) * 256 + byte;
      high[entry] = Number(register >> 32n) | 0;
      low[entry] = Number(register & 0xffffffffn) | 0;
    }
  }
  return { high, low };
}

/** The register, not inverted, after `bytes[start..end)`. @param register In place: high, low. */
export function crcRegister(
  bytes: Uint8Array,
  start: number,
  end: number,
  register: Int32Array,
  tables: CrcTables,
): void {
  // `!`: `i + 7` is below `end`, which the caller has checked, and a table has an entry for each byte.
  const tableHigh = tables.high, tableLow = tables.low;
  let high = register[0]!, low = register[1]!;
  let i = start;
  for (const last = end - 8; i <= last; i += 8) {
    low ^= bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 |
      bytes[i + 3]! << 24;
    high ^= bytes[i + 4]! | bytes[i + 5]! << 8 | bytes[i + 6]! << 16 |
      bytes[i + 7]! << 24;
    const e7 = 1792 + (low & 255), e6 = 1536 + ((low >>> 8) & 255);
    const e5 = 1280 + ((low >>> 16) & 255), e4 = 1024 + (low >>> 24);
    const e3 = 768 + (high & 255), e2 = 512 + ((high >>> 8) & 255);
    const e1 = 256 + ((high >>> 16) & 255), e0 = high >>> 24;
    high = tableHigh[e7]! ^ tableHigh[e6]! ^ tableHigh[e5]! ^ tableHigh[e4]! ^
      tableHigh[e3]! ^ tableHigh[e2]! ^ tableHigh[e1]! ^ tableHigh[e0]!;
    low = tableLow[e7]! ^ tableLow[e6]! ^ tableLow[e5]! ^ tableLow[e4]! ^
      tableLow[e3]! ^ tableLow[e2]! ^ tableLow[e1]! ^ tableLow[e0]!;
  }
  for (; i < end; i++) {
    const entry = (low ^ bytes[i]!) & 255;
    low = ((low >>> 8) | (high << 24)) ^ tableLow[entry]!;
    high = (high >>> 8) ^ tableHigh[entry]!;
  }
  register[0] = high;
  register[1] = low;
}
