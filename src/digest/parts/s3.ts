/**
 * What S3 says of an object that was uploaded in parts: the ETag, and composite checksums (CRCs: s3_crc.ts).
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
import type { PartedDigest } from "../digest.ts";
import { toHex } from "../hex.ts";
import { type DigestParameters, PART_BYTES_DEFAULT } from "../parameters.ts";
import { type HashName, type HashOnce, hashOnce } from "./hash_once.ts";
import { md5PartHash } from "./md5_part_hash.ts";
import { nativePartHash, type PartHash } from "./part_hash.ts";

/** Makes a digest of S3's for parts of the length that is asked for. */
export type S3Digest = (parameters: DigestParameters) => PartedDigest;

/** The ETag: MD5 of the MD5s of parts. */
export const s3Etag: S3Digest = composite(
  "s3-etag",
  md5PartHash,
  () => hashOnce("md5"),
);

/** The composite SHA-256. */
export const s3Sha256: S3Digest = nativeComposite("s3-sha256", "sha256");

/** The composite SHA-1. */
export const s3Sha1: S3Digest = nativeComposite("s3-sha1", "sha1");

function nativeComposite(name: string, hash: HashName): S3Digest {
  return composite(name, nativePartHash(hash), () => hashOnce(hash));
}

/**
 * Makes a digest of S3's of what becomes of parts, and of the list of that.
 *
 * @param makeHash Makes the hash of all hashes of parts.
 */
export function composite<State>(
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
