/**
 * Length-prefixed messages of several kinds, written and measured by hand.
 *
 * @module
 */
import type { LengthPrefixedOptions } from "../src/binary/length_prefixed.ts";

/** One kind of message. */
export interface Kind {
  readonly name: string;
  readonly options: LengthPrefixedOptions;
  readonly headerBytes: number;
  readonly trailerBytes: number;
  /** A payload is a multiple of so many bytes. */
  readonly unit: number;
  /** A whole message. */
  write(payload: Uint8Array): Uint8Array;
  /** Bytes of the message whose header lies at `at`. */
  recordBytes(view: DataView, at: number): number;
  isRight?(bytes: Uint8Array, start: number, end: number): boolean;
}

/** CRC-16/CCITT-FALSE, bit by bit. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
      crc &= 0xffff;
    }
  }
  return crc;
}

/** CRC-32 of zlib, bit by bit. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
    }
  }
  return ~crc >>> 0;
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

/** Header, payload and trailer, one behind the other; `fill` writes into the first and the last. */
function assemble(
  headerBytes: number,
  payload: Uint8Array,
  trailerBytes: number,
  fill: (view: DataView, bytes: Uint8Array, end: number) => void,
): Uint8Array {
  const end = headerBytes + payload.length;
  const bytes = new Uint8Array(end + trailerBytes);
  bytes.set(payload, headerBytes);
  fill(new DataView(bytes.buffer), bytes, end);
  return bytes;
}

export const KINDS: readonly Kind[] = [
  {
    name: "kind, length, sequence; CRC-16",
    options: {
      header: ">BHI",
      names: ["kind", "length", "sequence"],
      length: "length",
      trailer: ">H",
      checksum: "crc16-ccitt-false",
    },
    headerBytes: 7,
    trailerBytes: 2,
    unit: 1,
    write: (payload) =>
      assemble(7, payload, 2, (view, bytes, end) => {
        view.setUint8(0, payload.length & 3);
        view.setUint16(1, payload.length);
        view.setUint32(3, payload[0] ?? 0);
        view.setUint16(end, crc16(bytes.subarray(0, end)));
      }),
    recordBytes: (view, at) => 9 + view.getUint16(at + 1),
    isRight: (bytes, start, end) => {
      const [high = 0, low = 0] = bytes.subarray(end - 2, end);
      return crc16(bytes.subarray(start, end - 2)) === (high << 8 | low);
    },
  },
  {
    name: "length of all, little-endian",
    options: { header: "<I", length: 0, lengthIncludes: ["header"] },
    headerBytes: 4,
    trailerBytes: 0,
    unit: 1,
    write: (payload) =>
      assemble(4, payload, 0, (view) => {
        view.setUint32(0, 4 + payload.length, true);
      }),
    recordBytes: (view, at) => view.getUint32(at, true),
  },
  {
    name: "length with header and trailer; sum",
    options: {
      header: ">xH",
      length: 0,
      lengthIncludes: ["trailer", "header"],
      trailer: "B",
      checksum: (bytes) => sum(bytes) & 255,
    },
    headerBytes: 3,
    trailerBytes: 1,
    unit: 1,
    write: (payload) =>
      assemble(3, payload, 1, (view, bytes, end) => {
        view.setUint16(1, end + 1);
        view.setUint8(end, sum(bytes.subarray(0, end)));
      }),
    recordBytes: (view, at) => view.getUint16(at + 1),
    isRight: (bytes, start, end) =>
      (sum(bytes.subarray(start, end - 1)) & 255) === bytes[end - 1],
  },
  {
    name: "64 bits",
    options: {
      header: "<QB",
      names: ["size", "tag"],
      length: "size",
      trailer: "<Q",
      checksum: (bytes) => -1n - BigInt(sum(bytes)),
    },
    headerBytes: 9,
    trailerBytes: 8,
    unit: 1,
    write: (payload) =>
      assemble(9, payload, 8, (view, bytes, end) => {
        view.setBigUint64(0, BigInt(payload.length), true);
        view.setBigInt64(end, ~BigInt(sum(bytes.subarray(0, end))), true);
      }),
    recordBytes: (view, at) => 17 + Number(view.getBigUint64(at, true)),
    isRight: (bytes, start, end) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const stored = view.getBigInt64(end - 8, true);
      return stored === ~BigInt(sum(bytes.subarray(start, end - 8)));
    },
  },
  {
    name: "one signed byte",
    options: { header: "b", length: 0 },
    headerBytes: 1,
    trailerBytes: 0,
    unit: 1,
    write: (payload) =>
      assemble(1, payload, 0, (view) => view.setInt8(0, payload.length)),
    recordBytes: (view, at) => 1 + view.getInt8(at),
  },
  {
    name: "chunks of PNG",
    options: {
      header: ">I4s",
      names: ["length", "type"],
      length: "length",
      trailer: ">I",
      checksum: "crc32",
      checksumStart: 4,
    },
    headerBytes: 8,
    trailerBytes: 4,
    unit: 1,
    write: (payload) =>
      assemble(8, payload, 4, (view, bytes, end) => {
        view.setUint32(0, payload.length);
        bytes.set([0x49, 0x44, 0x41, 0x54], 4);
        view.setUint32(end, crc32(bytes.subarray(4, end)));
      }),
    recordBytes: (view, at) => 12 + view.getUint32(at),
    isRight: (bytes, start, end) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      return crc32(bytes.subarray(start + 4, end - 4)) ===
        view.getUint32(end - 4);
    },
  },
  {
    name: "words; checksum in the header, as 32 signed bits",
    options: {
      header: "<IH",
      names: ["check", "words"],
      length: "words",
      lengthScale: 4,
      lengthBias: 8,
      checksum: (bytes) => crc32(bytes) | 0,
      checksumField: "check",
    },
    headerBytes: 6,
    trailerBytes: 0,
    unit: 4,
    write: (payload) => {
      // Two words that the length does not count.
      const longer = new Uint8Array(payload.length + 8);
      longer.set(payload);
      return assemble(6, longer, 0, (view) => {
        view.setUint32(0, crc32(longer), true);
        view.setUint16(4, payload.length / 4, true);
      });
    },
    recordBytes: (view, at) => 14 + 4 * view.getUint16(at + 4, true),
    isRight: (bytes, start, end) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      return crc32(bytes.subarray(start + 6, end)) ===
        view.getUint32(start, true);
    },
  },
];
