/**
 * Dropbox's `content_hash`: SHA-256 of the SHA-256s of blocks of 4 MiB.
 *
 * @see https://www.dropbox.com/developers/reference/content-hash
 * @module
 */
import type { PartedDigest } from "../digest.ts";
import { toHex } from "../hex.ts";
import { hashOnce } from "./hash_once.ts";
import { nativePartHash, type PartHash } from "./part_hash.ts";

/** The content hash as a digest; an empty file has no block. */
export const dropbox: PartedDigest = {
  kind: "parted",
  name: "dropbox",
  partBytes: 4 * 1024 ** 2,
  // The one cast: the state goes nowhere but back into the functions that made it.
  part: nativePartHash("sha256") as PartHash<unknown>,
  finish: (hashes) => toHex(hashOnce("sha256")(hashes)),
};
