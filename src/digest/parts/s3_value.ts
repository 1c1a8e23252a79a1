/**
 * What S3 says of an object, as text: an ETag, or a composite checksum.
 *
 * ```text
 * f77dc0eecdebcd774a2a22cb393ad2ff-2              the ETag of two parts
 * rVWtNbadtsaKXJAcgWPWjifHzJaXde/iV4jaJAOdivc=-3  the SHA-256 of three; GetObjectAttributes leaves the "-3" out
 * ```
 *
 * @module
 */

/** Digests that such a value may be. */
export interface S3Algorithm {
  /** That of an upload in parts. */
  readonly composite: string;
  /** That of an upload in one go. */
  readonly plain: string;
}

/** A value of S3's. */
export interface S3Value {
  /** Lower-case hexadecimal. */
  readonly digest: string;
  /** How many parts there were; `undefined` if the value does not say. */
  readonly count: number | undefined;
  readonly algorithms: readonly S3Algorithm[];
}

/** By bytes of the digest. */
const ALGORITHMS: ReadonlyMap<number, readonly S3Algorithm[]> = new Map([
  [16, [{ composite: "s3-etag", plain: "md5" }]],
  [32, [{ composite: "s3-sha256", plain: "sha256" }]],
  [20, [{ composite: "s3-sha1", plain: "sha1" }]],
  [4, [
    { composite: "s3-crc32", plain: "crc32" },
    { composite: "s3-crc32c", plain: "crc32c" },
  ]],
]);

/**
 * Reads a value: an ETag in quotes or not, a checksum in base64 or hexadecimal.
 *
 * @throws {TypeError} If it is no text.
 * @throws {RangeError} If it is neither.
 */
export function parseS3Value(value: string): S3Value {
  if (typeof value !== "string") {
    throw new TypeError(
      `Cannot look for parts as the ETag must be a text: received ${typeof value}`,
    );
  }
  const [, text = "", count] =
    /^"?([0-9A-Za-z+/]+={0,2})(?:-([1-9][0-9]{0,14}))?"?$/.exec(value.trim()) ??
      [];
  const digest = toDigits(text);
  const algorithms = ALGORITHMS.get(digest.length / 2);
  if (algorithms === undefined) {
    throw new RangeError(
      "Cannot look for parts as an ETag has 32 hexadecimal digits, a dash and the count of parts, and a checksum is " +
        `the base64 of a SHA-256, SHA-1, CRC-32 or CRC-32C: received ${
          JSON.stringify(value)
        }`,
    );
  }
  const parts = count === undefined ? undefined : Number(count);
  return { digest, count: parts, algorithms };
}

/** @returns Nothing if it is neither hexadecimal nor base64. */
function toDigits(text: string): string {
  const isHex = /^(?:[0-9a-f]{2})+$/i.test(text);
  // Eight digits are also the base64 of six bytes, which nothing has.
  if (isHex) return text.toLowerCase();
  if (text.length % 4 !== 0) return "";
  return Array.from(
    atob(text),
    (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"),
  ).join("");
}
