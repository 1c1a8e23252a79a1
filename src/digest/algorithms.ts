/**
 * Names of the digests. Apart from the digests themselves, which only runs that hash need to load.
 *
 * @module
 */
import { nearest } from "./suggest.ts";

/** Names of all algorithms, in the order in which help texts list them. */
export const ALGORITHMS: readonly string[] = [
  "blake3",
  "crc32",
  "crc32c",
  "crc64nvme",
  "crc64xz",
  "adler32",
  "md5",
  "sha1",
  "sha256",
  "sha512",
  "xxh64",
  "xxh3",
  "s3-etag",
  "s3-sha256",
  "s3-sha1",
  "s3-crc32",
  "s3-crc32c",
  "glacier",
  "dropbox",
  "btv2",
];

/** Stands for all algorithms where names are asked for. */
export const ALL_ALGORITHMS = "all";

/** Those that see a whole file in order, in one worker each. */
export const SERIAL_ALGORITHMS: readonly string[] = [
  "md5",
  "sha1",
  "sha256",
  "sha512",
  "xxh64",
  "xxh3",
];

/** Under which name a digest is found that was computed for parts of a length that is tried. */
export function trialName(algorithm: string, partBytes: number): string {
  return `${algorithm}/${partBytes}`;
}

/**
 * Checks names of algorithms that a caller gave.
 *
 * @param names Names; `"all"` stands for all of them.
 * @returns The names in the order given, each once.
 * @throws {TypeError} If `names` is no list of strings.
 * @throws {RangeError} If the list is empty or a name is unknown.
 */
export function parseAlgorithms(names: readonly string[]): string[] {
  if (!Array.isArray(names)) {
    throw new TypeError(
      `Cannot hash as "algorithms" must be a list of names: received ${typeof names}`,
    );
  }
  if (names.length === 0) {
    throw new RangeError(
      `Cannot hash as at least one algorithm is needed, of ${
        ALGORITHMS.join(", ")
      }: received none`,
    );
  }
  const known = names.flatMap((name) =>
    name === ALL_ALGORITHMS ? ALGORITHMS : [requireKnown(name)]
  );
  return [...new Set(known)];
}

function requireKnown(name: unknown): string {
  if (typeof name !== "string") {
    throw new TypeError(
      `Cannot hash as an algorithm must be a name: received ${typeof name}`,
    );
  }
  if (ALGORITHMS.includes(name)) return name;
  const near = nearest(name, ALGORITHMS);
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  throw new RangeError(
    `Cannot hash as the algorithm must be one of ${
      ALGORITHMS.join(", ")
    }, or ${ALL_ALGORITHMS}: received ${JSON.stringify(name)}${hint}`,
  );
}
