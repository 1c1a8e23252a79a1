/**
 * Composite CRCs of objects that were uploaded to S3 in parts: see s3.ts.
 *
 * @module
 */
import { crc } from "../../binary/crc.ts";
import type { CrcAlgorithm } from "../crc.ts";
import { CRC32 } from "../crc32.ts";
import { CRC32C } from "../crc32c.ts";
import { bigEndian, crcPartHash } from "./part_hash.ts";
import { composite, type S3Digest } from "./s3.ts";

/** The composite CRC-32: the CRC of the CRCs, most significant byte first. */
export const s3Crc32: S3Digest = crcComposite("s3-crc32", CRC32, 0x04c11db7);

/** The composite CRC-32C. */
export const s3Crc32c: S3Digest = crcComposite(
  "s3-crc32c",
  CRC32C,
  0x1edc6f41,
);

/** @param polynomial Not reflected. */
function crcComposite(
  name: string,
  algorithm: CrcAlgorithm,
  polynomial: number,
): S3Digest {
  const ones = 0xffffffff;
  // The hashes of parts do not lie in an arena, where kernels could see them; they are few.
  const ofHashes = crc({
    width: 32,
    polynomial,
    initial: ones,
    reflectIn: true,
    xorOut: ones,
  });
  return composite(
    name,
    crcPartHash(algorithm),
    () => (bytes) => bigEndian(ofHashes(bytes)),
  );
}
