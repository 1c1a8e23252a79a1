/**
 * The tree hash of S3 Glacier: SHA-256 of chunks of 1 MiB, joined two by two until one is left.
 *
 * @see https://docs.aws.amazon.com/amazonglacier/latest/dev/checksum-calculations.html
 * @module
 */
import type { PartedDigest } from "../digest.ts";
import { toHex } from "../hex.ts";
import { type HashOnce, hashOnce } from "./hash_once.ts";
import { nativePartHash, type PartHash } from "./part_hash.ts";

const HASH_BYTES = 32;

/** The tree hash as a digest; an empty file is one empty chunk. */
export const glacier: PartedDigest = {
  kind: "parted",
  name: "glacier",
  partBytes: 1024 ** 2,
  // The one cast: the state goes nowhere but back into the functions that made it.
  part: nativePartHash("sha256") as PartHash<unknown>,
  finish: (hashes) => {
    const hash = hashOnce("sha256");
    if (hashes.length === 0) return toHex(hash(hashes));
    let level = hashes;
    while (level.length > HASH_BYTES) level = joinPairs(level, hash);
    return toHex(level);
  },
};

/** The level above: a hash of each pair, and the last one as it is where it has no partner. */
function joinPairs(level: Uint8Array, hash: HashOnce): Uint8Array {
  const count = level.length / HASH_BYTES;
  const above = new Uint8Array(Math.ceil(count / 2) * HASH_BYTES);
  for (let i = 0; i < count; i += 2) {
    const pair = level.subarray(i * HASH_BYTES, (i + 2) * HASH_BYTES);
    above.set(i + 1 < count ? hash(pair) : pair, (i / 2) * HASH_BYTES);
  }
  return above;
}
