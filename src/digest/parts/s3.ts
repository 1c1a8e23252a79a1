/**
 * What S3 says of an object that was uploaded in parts: the ETag, and composite checksums.
 *
 * ```text
 * hash(hash(part 1) hash(part 2) ... hash(part N))-N
 * ```
 *
 * The formula is that of uploads in parts throughout, so a file of one part has `hash(hash(file))-1` and
 * not its plain hash; an empty file is one empty part. S3 itself takes up to 10,000 parts, of 5 MiB at
 * least but the last; other stores and tests take others, so any length does here. An ETag is something
 * else where the object is encrypted with keys of KMS or of the customer.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 * @module
 */
import { crc } from "../../binary/crc.ts";
import type { CrcAlgorithm } from "../crc.ts";
import { CRC32 } from "../crc32.ts";
import { CRC32C } from "../crc32c.ts";
import type { PartedDigest } from "../digest.ts";
import { toHex } from "../hex.ts";
import { type DigestParameters, PART_BYTES_DEFAULT } from "../parameters.ts";
import { type HashName, type HashOnce, hashOnce } from "./hash_once.ts";
import {
  bigEndian,
  crcPartHash,
  nativePartHash,
  type PartHash,
} from "./part_hash.ts";

/** Makes a digest of S3's for parts of the length that is asked for. */
export type S3Digest = (parameters: DigestParameters) => PartedDigest;

/** The ETag: MD5 of the MD5s of parts. */
export const s3Etag: S3Digest = nativeComposite("s3-etag", "md5");

/** The composite SHA-256. */
export const s3Sha256: S3Digest = nativeComposite("s3-sha256", "sha256");

/** The composite SHA-1. */
export const s3Sha1: S3Digest = nativeComposite("s3-sha1", "sha1");

/** The composite CRC-32: the CRC of the CRCs, most significant byte first. */
export const s3Crc32: S3Digest = crcComposite("s3-crc32", CRC32, 0x04c11db7);

/** The composite CRC-32C. */
export const s3Crc32c: S3Digest = crcComposite(
  "s3-crc32c",
  CRC32C,
  0x1edc6f41,
);

function nativeComposite(name: string, hash: HashName): S3Digest {
  return composite(name, nativePartHash(hash), () => hashOnce(hash));
}

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

function composite<State>(
  name: string,
  part: PartHash<State>,
  makeHash: () => HashOnce,
): S3Digest {
  return ({ partBytes = PART_BYTES_DEFAULT }) => ({
    kind: "parted",
    name,
    partBytes,
    // The one cast: the state goes nowhere but back into the functions that made it.
    part: part as PartHash<unknown>,
    finish: (hashes) => {
      const hash = makeHash();
      const ofParts = hashes.length > 0 ? hashes : hash(new Uint8Array(0));
      const count = ofParts.length / part.resultBytes;
      return `${toHex(hash(ofParts))}-${count}`;
    },
  });
}
