/**
 * What digests look like as text: their lengths, hexadecimal and base64, and the count of parts behind them.
 *
 * @module
 */

/** What is known of an algorithm without loading it. */
interface DigestForm {
  /** Bytes of the digest. */
  readonly bytes: number;
  /** Whether `-N` stands behind it, for N parts. */
  readonly isCounted?: true;
}

/** By name, in the order of the library. */
const FORMS: ReadonlyMap<string, DigestForm> = new Map<string, DigestForm>([
  ["blake3", { bytes: 32 }],
  ["crc32", { bytes: 4 }],
  ["crc32c", { bytes: 4 }],
  ["crc64nvme", { bytes: 8 }],
  ["crc64xz", { bytes: 8 }],
  ["adler32", { bytes: 4 }],
  ["md5", { bytes: 16 }],
  ["sha1", { bytes: 20 }],
  ["sha256", { bytes: 32 }],
  ["sha512", { bytes: 64 }],
  ["xxh64", { bytes: 8 }],
  ["xxh3", { bytes: 8 }],
  ["s3-etag", { bytes: 16, isCounted: true }],
  ["s3-sha256", { bytes: 32, isCounted: true }],
  ["s3-sha1", { bytes: 20, isCounted: true }],
  ["s3-crc32", { bytes: 4, isCounted: true }],
  ["s3-crc32c", { bytes: 4, isCounted: true }],
  ["glacier", { bytes: 32 }],
  ["dropbox", { bytes: 32 }],
  ["btv2", { bytes: 32 }],
]);

/** Names of the algorithms whose digests lists can hold; a test holds them equal to the library's. */
export const LISTED_ALGORITHMS: readonly string[] = [...FORMS.keys()];

/** What a digest is taken for first, among those with the same form: lists of xxhsum are more common than those of CRCs. */
const BY_LIKELIHOOD: readonly string[] = [
  ...new Set(["blake3", "crc32", "xxh64", ...LISTED_ALGORITHMS]),
];

/** A digest as a list or a user has written it. */
export interface DigestValue {
  /** Lower-case hexadecimal. */
  readonly digits: string;
  /** How many parts; `undefined` if that was not said. */
  readonly count: number | undefined;
}

const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})+$|^(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2,3}={1,2}$/;

/**
 * Reads a digest: hexadecimal or base64, with or without `-N`.
 *
 * @returns `undefined` if it is neither, or of a length that no algorithm has.
 */
export function parseDigest(text: string): DigestValue | undefined {
  const [, digest = "", count] = /^(.*?)(?:-([1-9][0-9]{0,8}))?$/.exec(text) ??
    [];
  const digits = HEX.test(digest)
    ? digest.toLowerCase()
    : BASE64.test(digest) && digest.length % 4 === 0
    ? Buffer.from(digest, "base64").toString("hex")
    : "";
  if (digits === "") return undefined;
  return { digits, count: count === undefined ? undefined : Number(count) };
}

/**
 * Finds the algorithms whose digests look like a value.
 *
 * @param wanted The ones to choose among, in their order. Only where they were named does a value without its
 * count of parts pass, as S3 leaves it out in some answers.
 * @param blake3Bytes Length of digests of BLAKE3, which can have any.
 */
export function algorithmsOf(
  { digits, count }: DigestValue,
  wanted: readonly string[] | undefined,
  blake3Bytes: number | undefined,
): string[] {
  return (wanted ?? BY_LIKELIHOOD).filter((name) => {
    const form = FORMS.get(name);
    if (form === undefined) return false;
    const bytes = name === "blake3" ? blake3Bytes ?? form.bytes : form.bytes;
    const isCounted = form.isCounted === true;
    return digits.length === 2 * bytes &&
      (count !== undefined ? isCounted : !isCounted || wanted !== undefined);
  });
}

/** Whether a computed digest is the one that was written. */
export function isDigest(
  computed: string,
  { digits, count }: DigestValue,
): boolean {
  if (count !== undefined) return computed === `${digits}-${count}`;
  return computed.replace(/-[0-9]+$/, "") === digits;
}

/** The name of an algorithm as BSD's lists have it: upper case. */
export function tagName(algorithm: string): string {
  return algorithm.toUpperCase();
}

/** What other tools call ours. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  // OpenSSL 3
  ["sha2256", "sha256"],
  ["sha2512", "sha512"],
]);

const BY_TAG: ReadonlyMap<string, string> = new Map([
  ...LISTED_ALGORITHMS.map((name) => [plainTag(name), name] as const),
  ...ALIASES,
]);

/** Finds the algorithm that a tag names: case and dashes do not count. */
export function algorithmOfTag(tag: string): string | undefined {
  return BY_TAG.get(plainTag(tag));
}

function plainTag(tag: string): string {
  return tag.toLowerCase().replace(/[-_]/g, "");
}

/** A digest of the library, `HEX` or `HEX-N`, in base64 as S3 and Google Cloud write it: big-endian bytes. */
export function toBase64(digest: string): string {
  const [digits = "", count] = digest.split("-");
  const base64 = Buffer.from(digits, "hex").toString("base64");
  return count === undefined ? base64 : `${base64}-${count}`;
}
