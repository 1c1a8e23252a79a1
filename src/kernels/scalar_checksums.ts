/**
 * The scalar twin of the checksum kernels: plain TypeScript, and the oracle of the other.
 *
 * CRCs take 0.8 GB/s on Deno and 1.2 on Bun, Adler-32 1.3; the hashes, whose words have 64 bits, only 0.02 to
 * 0.03, as they are written for being read (Xeon 2.6 GHz, 2026-11-21).
 *
 * @module
 */
import { adler32 } from "../binary/sums.ts";
import type { ChecksumKernels, XxhName } from "./checksums.ts";
import {
  CRC_CONSTANTS,
  type CrcName,
  crcRegister,
  type CrcTables,
  crcTables,
} from "./scalar_crc.ts";
import { xxh3End, xxh3Start, xxh3Update } from "./scalar_xxh3.ts";
import { xxh64End, xxh64Start, xxh64Update } from "./scalar_xxh64.ts";

/** The functions of a hash whose state lies in the arena. */
interface ScalarXxh {
  start(state: DataView): void;
  update(state: DataView, bytes: Uint8Array): void;
  end(state: DataView): bigint;
}

const XXH: Readonly<Record<XxhName, ScalarXxh>> = {
  xxh64: { start: xxh64Start, update: xxh64Update, end: xxh64End },
  xxh3: { start: xxh3Start, update: xxh3Update, end: xxh3End },
};

/** Binds the scalar backend to an arena. Tables of CRCs are made when first used, outside of it. */
export function createScalarChecksums(
  memory: WebAssembly.Memory,
): ChecksumKernels {
  const bytes = new Uint8Array(memory.buffer);
  const register = new Int32Array(2);
  const tables = new Map<CrcName, CrcTables>();
  const stateAt = (state: number) => new DataView(memory.buffer, state);

  return {
    crcPrepare: (name) => {
      tables.set(name, crcTables(CRC_CONSTANTS[name].polynomial));
    },
    crcUpdate: (name, address, byteLength, crc) => {
      const table = tables.get(name);
      if (table === undefined) throw new Error(`Bug: ${name} is not prepared`);
      const { bits } = CRC_CONSTANTS[name];
      const before = BigInt.asUintN(bits, ~crc);
      register[0] = Number(before >> 32n) | 0;
      register[1] = Number(before & 0xffffffffn) | 0;
      crcRegister(bytes, address, address + byteLength, register, table);
      // `!`: the register has two halves.
      const high = BigInt(register[0]! >>> 0), low = BigInt(register[1]! >>> 0);
      return BigInt.asUintN(bits, ~(high << 32n | low));
    },
    adler32: (address, byteLength, value) =>
      adler32(bytes, value, address, address + byteLength),
    xxhStart: (name, state) => XXH[name].start(stateAt(state)),
    xxhUpdate: (name, state, address, byteLength) =>
      XXH[name].update(
        stateAt(state),
        bytes.subarray(address, address + byteLength),
      ),
    xxhEnd: (name, state) => XXH[name].end(stateAt(state)),
  };
}
