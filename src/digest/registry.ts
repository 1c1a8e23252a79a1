/**
 * The digests there are, by name. A new one is a file of its own, a line here, and its name in
 * algorithms.ts.
 *
 * @module
 */
import { adler32 } from "./adler32.ts";
import { blake3Digest } from "./blake3.ts";
import { deriveKeyMode, keyedMode } from "./blake3_modes.ts";
import type { Blake3Mode } from "./blake3_tree.ts";
import { crc32 } from "./crc32.ts";
import { crc32c } from "./crc32c.ts";
import { crc64nvme, crc64xz } from "./crc64.ts";
import type { AnyDigest } from "./digest.ts";
import type { Blake3Parameters, DigestParameters } from "./parameters.ts";
import { btv2 } from "./parts/btv2.ts";
import { dropbox } from "./parts/dropbox.ts";
import { glacier } from "./parts/glacier.ts";
import { s3Crc32, s3Crc32c, s3Etag, s3Sha1, s3Sha256 } from "./parts/s3.ts";
import { serialDigest } from "./serial.ts";
import { xxh3, xxh64 } from "./xxh.ts";

/** Makes a digest with parameters; most have none. */
type MakeDigest = (parameters: DigestParameters) => AnyDigest;

const DIGESTS: ReadonlyMap<string, MakeDigest> = byName([
  ({ blake3 }) => blake3Digest(blake3Mode(blake3), blake3),
  always(crc32),
  always(crc32c),
  always(crc64nvme),
  always(crc64xz),
  always(adler32),
  always(serialDigest("md5")),
  always(serialDigest("sha1")),
  always(serialDigest("sha256")),
  always(serialDigest("sha512")),
  always(xxh64),
  always(xxh3),
  s3Etag,
  s3Sha256,
  s3Sha1,
  s3Crc32,
  s3Crc32c,
  always(glacier),
  always(dropbox),
  btv2,
]);

function blake3Mode(
  { key, context }: Blake3Parameters = {},
): Blake3Mode | undefined {
  if (key !== undefined) return keyedMode(key);
  return context === undefined ? undefined : deriveKeyMode(context);
}

function always(digest: AnyDigest): MakeDigest {
  return () => digest;
}

function byName(
  digests: readonly MakeDigest[],
): ReadonlyMap<string, MakeDigest> {
  return new Map(digests.map((make) => [make({}).name, make]));
}

/** Names of all of them, in the order of algorithms.ts. */
export const REGISTERED: readonly string[] = [...DIGESTS.keys()];

/** Makes a digest whose name `parseAlgorithms` has checked. */
export function digestNamed(
  name: string,
  parameters: DigestParameters = {},
): AnyDigest {
  const make = DIGESTS.get(name);
  if (make === undefined) throw new Error(`Bug: no digest is named "${name}"`);
  return make(parameters);
}
