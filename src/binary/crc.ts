/**
 * Cyclic redundancy checks of up to 32 bits, made from the parameters that catalogues give.
 *
 * ```text
 * register = initial
 * for each byte: register = table[top byte of register ^ byte] ^ (register << 8)
 * result = register ^ xorOut
 * ```
 *
 * Why it is fast: eight bytes a step through eight tables, so that the loads do not wait for each other
 * ("slicing-by-8"): 1.3 GB/s from 256 bytes on where one table reaches 0.5, on Deno, Bun and Node (Xeon
 * 2.6 GHz, 2026-11-21).
 *
 * Not done: tables of 16 KiB ("slicing-by-16"), which would push a worker's records out of its L1 cache.
 *
 * @see https://reveng.sourceforge.io/crc-catalogue/ for the words used here
 * @module
 */
import { received } from "../received.ts";

/** What tells one CRC from another, in the words of the RevEng catalogue. */
export interface CrcParameters {
  /** Bits of the result, 1 to 32. */
  readonly width: number;
  /** The polynomial without its top bit, not reflected: `0x1021`. */
  readonly polynomial: number;
  /** What the register starts with, not reflected. Defaults to 0. */
  readonly initial?: number | undefined;
  /** Whether bytes go in with their lowest bit first. Defaults to false. */
  readonly reflectIn?: boolean | undefined;
  /** Whether the register comes out with its bits reversed. Defaults to `reflectIn`. */
  readonly reflectOut?: boolean | undefined;
  /** What the result is combined with at the end. Defaults to 0. */
  readonly xorOut?: number | undefined;
}

/**
 * Computes a checksum of bytes, in plain or shared memory. Allocates nothing.
 *
 * @param bytes The bytes.
 * @param seed Checksum of the bytes in front of these, so that pieces give what the whole gives.
 * @param start First byte, an index of `bytes`. Defaults to 0.
 * @param end Behind the last byte, at most `bytes.length`, which it defaults to.
 * @returns The checksum, not negative; that of nothing, or `seed`, when there are no bytes.
 * @throws {TypeError} If `bytes` is no `Uint8Array`.
 * @throws {RangeError} If `seed` is not a value of this checksum, or the range is not one of `bytes`.
 */
export type Checksum = (
  bytes: Uint8Array,
  seed?: number,
  start?: number,
  end?: number,
) => number;

const TABLES = 8;

/**
 * Makes the function of a CRC. Its tables, 8 KiB, are made when it is first called.
 *
 * @throws {TypeError} If a parameter is of the wrong type.
 * @throws {RangeError} If `width` is not from 1 to 32, or another number has more bits than that.
 *
 * @example
 * ```ts
 * import { crc } from "sabmap";
 *
 * const opensafety = crc({ width: 16, polynomial: 0x5935 });
 * console.log(opensafety(new TextEncoder().encode("123456789")).toString(16)); // 5d38
 * ```
 */
export function crc(parameters: CrcParameters): Checksum {
  const { width, polynomial, initial, reflectIn, reflectOut, xorOut } =
    checkParameters(parameters);
  // The register stands at the low end of a word if bits are reflected, else at its high end; so
  // the loops need no masks, whatever the width.
  const shift = reflectIn ? 0 : 32 - width;
  const turned = reflectIn !== reflectOut;
  const toResult = (register: number): number => {
    const value = register >>> shift;
    return ((turned ? reverseBits(value, width) : value) ^ xorOut) >>> 0;
  };
  const toRegister = (result: number): number => {
    const value = result ^ xorOut;
    return (turned ? reverseBits(value, width) : value) << shift;
  };
  const update = reflectIn ? updateReflected : updatePlain;
  const first = toResult(
    reflectIn ? reverseBits(initial, width) : initial << shift,
  );
  const limit = 2 ** width;
  let tables: Int32Array | undefined;
  return (bytes, seed = first, start = 0, end = bytes?.length) => {
    checkBytes(bytes, start, end);
    checkSeed(seed, limit);
    tables ??= reflectIn
      ? reflectedTables(reverseBits(polynomial, width))
      : plainTables(polynomial << shift);
    return toResult(update(bytes, toRegister(seed), start, end, tables));
  };
}

function checkParameters(
  parameters: CrcParameters,
): { [Name in keyof CrcParameters]-?: NonNullable<CrcParameters[Name]> } {
  const { width, polynomial, initial = 0, reflectIn = false, xorOut = 0 } =
    parameters;
  const { reflectOut = reflectIn } = parameters;
  checkInteger("width", width, 1, 32);
  const max = 2 ** width - 1;
  checkInteger("polynomial", polynomial, 0, max);
  checkInteger("initial", initial, 0, max);
  checkInteger("xorOut", xorOut, 0, max);
  checkFlag("reflectIn", reflectIn);
  checkFlag("reflectOut", reflectOut);
  return { width, polynomial, initial, reflectIn, reflectOut, xorOut };
}

function checkInteger(
  name: string,
  value: unknown,
  min: number,
  max: number,
): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot make a CRC as "${name}" must be a number: received ${
        received(value)
      }`,
    );
  }
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot make a CRC as "${name}" must be an integer from ${min} to ${max}: received ${value}`,
  );
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new TypeError(
    `Cannot make a CRC as "${name}" must be true or false: received ${
      received(value)
    }`,
  );
}

/** Checks that `[start, end)` is a range of `bytes`. @throws {TypeError|RangeError} If it is not. */
export function checkBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot compute a checksum as the bytes must be a Uint8Array: received ${
        received(bytes)
      }`,
    );
  }
  if (
    Number.isInteger(start) && Number.isInteger(end) && start >= 0 &&
    start <= end && end <= bytes.length
  ) return;
  throw new RangeError(
    `Cannot compute a checksum as the range must lie within ${bytes.length} bytes: received [${start}, ${end})`,
  );
}

/** Checks that `seed` is an integer from 0 to below `limit`. @throws {RangeError} If it is not. */
export function checkSeed(seed: number, limit: number): void {
  if (Number.isInteger(seed) && seed >= 0 && seed < limit) return;
  throw new RangeError(
    `Cannot go on from a checksum as the seed must be an integer from 0 to ${
      limit - 1
    }: received ${seed}`,
  );
}

function reverseBits(value: number, width: number): number {
  let reversed = 0;
  for (let bit = 0; bit < width; bit++) {
    reversed = (reversed << 1) | ((value >>> bit) & 1);
  }
  return reversed >>> 0;
}

/**
 * Tables of registers at the low end; table `t` is that of a byte with `t` zeros behind it.
 *
 * A CRC is linear, so that eight steps of single bits make all of the first table, and that one all others: in code
 * that is not compiled yet, to step through all bits of all bytes takes 4 ms.
 */
function reflectedTables(polynomial: number): Int32Array {
  const tables = new Int32Array(TABLES * 256);
  let register = 1;
  for (let bit = 128; bit > 0; bit >>= 1) {
    register = (register & 1) === 0
      ? register >>> 1
      : (register >>> 1) ^ polynomial;
    // `!`, here and below: the entry in front is there.
    for (let byte = 0; byte < 256; byte += 2 * bit) {
      tables[byte + bit] = tables[byte]! ^ register;
    }
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
}

/** As {@link reflectedTables}, of registers at the high end. */
function plainTables(polynomial: number): Int32Array {
  const tables = new Int32Array(TABLES * 256);
  let register = 1 << 31;
  for (let bit = 1; bit < 256; bit <<= 1) {
    register = register < 0 ? (register << 1) ^ polynomial : register << 1;
    for (let byte = 0; byte < bit; byte++) {
      tables[byte + bit] = tables[byte]! ^ register;
    }
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before << 8) ^ tables[before >>> 24]!;
  }
  return tables;
}

// `!` in both loops: `i + 7` is below `end`, which is at most the length, and a table has an entry
// for each byte.

function updateReflected(
  bytes: Uint8Array,
  register: number,
  start: number,
  end: number,
  tables: Int32Array,
): number {
  let i = start;
  for (const last = end - 8; i <= last; i += 8) {
    const low = register ^
      (bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 |
        bytes[i + 3]! << 24);
    register = tables[1792 + (low & 255)]! ^
      tables[1536 + ((low >>> 8) & 255)]! ^
      tables[1280 + ((low >>> 16) & 255)]! ^ tables[1024 + (low >>> 24)]! ^
      tables[768 + bytes[i + 4]!]! ^ tables[512 + bytes[i + 5]!]! ^
      tables[256 + bytes[i + 6]!]! ^ tables[bytes[i + 7]!]!;
  }
  for (; i < end; i++) {
    register = (register >>> 8) ^ tables[(register ^ bytes[i]!) & 255]!;
  }
  return register;
}

function updatePlain(
  bytes: Uint8Array,
  register: number,
  start: number,
  end: number,
  tables: Int32Array,
): number {
  let i = start;
  for (const last = end - 8; i <= last; i += 8) {
    const high = register ^
      (bytes[i]! << 24 | bytes[i + 1]! << 16 | bytes[i + 2]! << 8 |
        bytes[i + 3]!);
    register = tables[1792 + (high >>> 24)]! ^
      tables[1536 + ((high >>> 16) & 255)]! ^
      tables[1280 + ((high >>> 8) & 255)]! ^ tables[1024 + (high & 255)]! ^
      tables[768 + bytes[i + 4]!]! ^ tables[512 + bytes[i + 5]!]! ^
      tables[256 + bytes[i + 6]!]! ^ tables[bytes[i + 7]!]!;
  }
  for (; i < end; i++) {
    register = (register << 8) ^ tables[(register >>> 24) ^ bytes[i]!]!;
  }
  return register;
}
