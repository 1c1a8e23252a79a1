/**
 * Checksums by name, as framings and formats use them.
 *
 * Small functions over bytes in plain or shared memory, with no state but a seed. For digests of
 * whole files see `hashFile`.
 *
 * @module
 */
import { nativeCrc32 } from "../digest/native_crc32.ts";
import { nearest } from "../digest/suggest.ts";
import { checkBytes, type Checksum, crc, type CrcParameters } from "./crc.ts";
import {
  CRC16_PARAMETERS,
  type Crc16Name,
  OTHER_CRC_PARAMETERS,
  type OtherCrcName,
} from "./crc_catalogue.ts";
import { received } from "../received.ts";
import { adler32, fletcher16, fletcher32, sum8, xor8 } from "./sums.ts";

export type { Crc16Name, OtherCrcName } from "./crc_catalogue.ts";

/** Name of a checksum. */
export type ChecksumName =
  | Crc16Name
  | OtherCrcName
  | "adler32"
  | "fletcher16"
  | "fletcher32"
  | "sum8"
  | "xor8";

/** Other names of some checksums; `CHECKSUM_NAMES` does not list them. */
export type ChecksumAlias =
  | "crc8-smbus"
  | "crc16"
  | "crc16-ibm-3740"
  | "crc16-ibm-sdlc"
  | "crc16-spi-fujitsu"
  | "crc24-openpgp"
  | "crc32-iscsi"
  | "crc32-iso-hdlc";

const ALIASES: Readonly<Record<ChecksumAlias, ChecksumName>> = {
  "crc8-smbus": "crc8",
  "crc16": "crc16-arc",
  "crc16-ibm-3740": "crc16-ccitt-false",
  "crc16-ibm-sdlc": "crc16-x25",
  "crc16-spi-fujitsu": "crc16-aug-ccitt",
  "crc24-openpgp": "crc24",
  "crc32-iscsi": "crc32c",
  "crc32-iso-hdlc": "crc32",
};

/** From here on the runtime's own CRC-32 is worth a call: the tables take 0.7 us (Xeon 2.6 GHz, 2026-11-21). */
const NATIVE_CRC32_BYTES = 1024;

/** How each checksum is made; the tables of most are never needed. */
const MAKERS: Readonly<Record<ChecksumName, () => Checksum>> = {
  ...crcMakers({ ...CRC16_PARAMETERS, ...OTHER_CRC_PARAMETERS }),
  crc32: () => quickCrc32(crc(OTHER_CRC_PARAMETERS.crc32)),
  adler32: () => adler32,
  fletcher16: () => fletcher16,
  fletcher32: () => fletcher32,
  sum8: () => sum8,
  xor8: () => xor8,
};

const made = new Map<ChecksumName, Checksum>();

/** Names of all checksums, in alphabetical order. */
export const CHECKSUM_NAMES: readonly ChecksumName[] =
  // The one cast: keys of a record are strings to the compiler.
  (Object.keys(MAKERS) as ChecksumName[]).sort();

/**
 * Finds a checksum by its name.
 *
 * CRCs have the names of the RevEng catalogue, with the width joined to "crc": `"crc16-modbus"`,
 * `"crc16-xmodem"`. Plain names are those that the catalogue gives them: `"crc8"` (SMBus), `"crc16"`
 * (ARC), `"crc24"` (OpenPGP), `"crc32"` (zlib), `"crc32c"` (iSCSI). The rest are `"adler32"`,
 * `"fletcher16"`, `"fletcher32"`, `"sum8"` and `"xor8"`. For other parameters there is {@link crc}.
 *
 * @param name One of {@link CHECKSUM_NAMES}, or another name of one.
 * @returns The function, the same one for each call with a name.
 * @throws {TypeError} If `name` is no string.
 * @throws {RangeError} If there is no such checksum.
 *
 * @example
 * ```ts
 * import { checksum } from "sabmap";
 *
 * const modbus = checksum("crc16-modbus");
 * const request = Uint8Array.of(0x11, 0x03, 0x00, 0x6b, 0x00, 0x03);
 * console.log(modbus(request).toString(16)); // 8776
 *
 * const front = modbus(request, undefined, 0, 2);
 * console.log(modbus(request, front, 2) === modbus(request)); // true
 * ```
 */
export function checksum(name: ChecksumName | ChecksumAlias): Checksum {
  const known = canonicalName(name);
  const existing = made.get(known);
  if (existing !== undefined) return existing;
  const created = MAKERS[known]();
  made.set(known, created);
  return created;
}

/**
 * Computes a CRC of 16 bits.
 *
 * @param bytes The bytes, in plain or shared memory.
 * @param variant Which of them, as protocols differ. Defaults to CRC-16/ARC, which is what "CRC-16" alone means.
 * @param seed CRC of the bytes in front of these.
 * @throws {TypeError} If `bytes` is no `Uint8Array`.
 * @throws {RangeError} If there is no such variant, or `seed` is no value of 16 bits.
 *
 * @example
 * ```ts
 * import { crc16 } from "sabmap";
 *
 * const bytes = new TextEncoder().encode("123456789");
 * console.log(crc16(bytes).toString(16)); // bb3d
 * console.log(crc16(bytes, "crc16-xmodem").toString(16)); // 31c3
 * ```
 */
export function crc16(
  bytes: Uint8Array,
  variant: Crc16Name = "crc16-arc",
  seed?: number,
): number {
  if (Object.hasOwn(CRC16_PARAMETERS, variant)) {
    return checksum(variant)(bytes, seed);
  }
  throw unknownName(variant, Object.keys(CRC16_PARAMETERS));
}

function canonicalName(name: ChecksumName | ChecksumAlias): ChecksumName {
  if (Object.hasOwn(MAKERS, name)) return name as ChecksumName;
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name as ChecksumAlias];
  throw unknownName(name, CHECKSUM_NAMES);
}

function unknownName(name: unknown, names: readonly string[]): Error {
  if (typeof name !== "string") {
    return new TypeError(
      `Cannot compute a checksum as its name must be a string: received ${
        received(name)
      }`,
    );
  }
  const near = nearest(name, names);
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  return new RangeError(
    `Cannot compute a checksum as its name must be one of ${
      names.join(", ")
    }: received ${received(name)}${hint}`,
  );
}

function crcMakers<Name extends string>(
  parameters: Readonly<Record<Name, CrcParameters>>,
): Record<Name, () => Checksum> {
  const makers = Object.entries<CrcParameters>(parameters).map(
    ([name, each]) => [name, () => crc(each)],
  );
  // `fromEntries` forgets the names.
  return Object.fromEntries(makers) as Record<Name, () => Checksum>;
}

/** Leaves long ranges to the runtime's own CRC-32, which is 3 to 50 times as fast. */
function quickCrc32(table: Checksum): Checksum {
  let native: ReturnType<typeof nativeCrc32> | "unknown" = "unknown";
  return (bytes, seed, start = 0, end = bytes?.length) => {
    if (!(end - start >= NATIVE_CRC32_BYTES)) {
      return table(bytes, seed, start, end);
    }
    if (native === "unknown") native = nativeCrc32();
    if (native === undefined) return table(bytes, seed, start, end);
    // An empty range, so that arguments are checked alike.
    const checked = table(bytes, seed, start, start);
    checkBytes(bytes, start, end);
    return native(bytes.subarray(start, end), checked);
  };
}
