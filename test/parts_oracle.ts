/**
 * Naive oracles of digests that are made of parts: the rules as their publishers write them, over all
 * bytes at once.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { crc } from "./reference.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Hashes bytes. */
export type NaiveHash = (bytes: Uint8Array) => Uint8Array;

/** A hash function of `node:crypto`. */
export function native(name: string): NaiveHash {
  return (bytes) => new Uint8Array(createHash(name).update(bytes).digest());
}

/** A CRC of 32 bits, most significant byte first. @param polynomial Reflected. */
export function crcBytes(polynomial: number): NaiveHash {
  return (bytes) => {
    const result = new Uint8Array(4);
    new DataView(result.buffer).setUint32(0, crc(bytes, polynomial));
    return result;
  };
}

/** How S3 hashes parts, by the name of the digest. */
export const S3_HASHES: Readonly<Record<string, NaiveHash>> = {
  "s3-etag": native("md5"),
  "s3-sha256": native("sha256"),
  "s3-sha1": native("sha1"),
  "s3-crc32": crcBytes(0xedb88320),
  "s3-crc32c": crcBytes(0x82f63b78),
};

/** A digest of S3's for an upload in parts. */
export function s3(
  name: string,
  bytes: Uint8Array,
  partBytes: number,
): string {
  const hash = S3_HASHES[name]!;
  const hashes = cut(bytes, partBytes).map(hash);
  if (hashes.length === 0) hashes.push(hash(bytes));
  return `${hex(hash(join(hashes)))}-${hashes.length}`;
}

/** Dropbox's content hash. */
export function dropbox(bytes: Uint8Array): string {
  const sha256 = native("sha256");
  return hex(sha256(join(cut(bytes, 4 * MIB).map(sha256))));
}

/** Glacier's tree hash. */
export function glacier(bytes: Uint8Array): string {
  const sha256 = native("sha256");
  let level = cut(bytes, MIB).map(sha256);
  if (level.length === 0) return hex(sha256(bytes));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    while (level.length > 1) {
      above.push(sha256(join(level.slice(0, 2))));
      level = level.slice(2);
    }
    level = [...above, ...level];
  }
  return hex(level[0]!);
}

/** BitTorrent v2's root and piece layer, by the code of BEP 52's creator. */
export function btv2(
  bytes: Uint8Array,
  pieceBytes: number,
): { root: string; layer: string } {
  const sha256 = native("sha256");
  const leaves = cut(bytes, 16 * KIB).map(sha256);
  const blocks = pieceBytes / (16 * KIB);
  const padded = padTo(leaves, 2 ** Math.ceil(Math.log2(leaves.length || 1)));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < leaves.length; at += blocks) {
    const piece = leaves.slice(at, at + blocks);
    pieces.push(rootOf(padTo(piece, blocks)));
  }
  const layer = bytes.length <= pieceBytes ? [] : pieces;
  return { root: hex(rootOf(padded)), layer: hex(join(layer)) };
}

function padTo(hashes: readonly Uint8Array[], count: number): Uint8Array[] {
  const padded = [...hashes];
  while (padded.length < Math.max(1, count)) padded.push(new Uint8Array(32));
  return padded;
}

function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  const sha256 = native("sha256");
  let level = [...hashes];
  while (level.length > 1) {
    level = Array.from(
      { length: level.length / 2 },
      (_, i) => sha256(join([level[2 * i]!, level[2 * i + 1]!])),
    );
  }
  return level[0]!;
}

/** Parts of bytes, all of a length but the last; none of nothing. */
export function cut(bytes: Uint8Array, partBytes: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += partBytes) {
    parts.push(bytes.subarray(at, at + partBytes));
  }
  return parts;
}

function join(list: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(list));
}

/** Bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
