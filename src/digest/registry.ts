/**
 * The digests there are, by name. A new one is a file of its own and a line here.
 *
 * @module
 */
import { blake3 } from "./blake3.ts";
import { crc32 } from "./crc32.ts";
import type { AnyDigest } from "./digest.ts";
import { serialDigest } from "./serial.ts";
import { nearest } from "./suggest.ts";

const DIGESTS: ReadonlyMap<string, AnyDigest> = byName([
  blake3,
  crc32,
  serialDigest("md5"),
  serialDigest("sha1"),
  serialDigest("sha256"),
  serialDigest("sha512"),
]);

function byName(
  digests: readonly AnyDigest[],
): ReadonlyMap<string, AnyDigest> {
  return new Map(digests.map((digest) => [digest.name, digest]));
}

/** Names of all algorithms, in the order in which help texts list them. */
export const ALGORITHMS: readonly string[] = [...DIGESTS.keys()];

/** Finds a digest whose name {@link parseAlgorithms} has checked. */
export function digestNamed(name: string): AnyDigest {
  const digest = DIGESTS.get(name);
  if (digest === undefined) {
    throw new Error(`Bug: no digest is named "${name}"`);
  }
  return digest;
}

/**
 * Checks names of algorithms that a caller gave.
 *
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
  for (const name of names) requireKnown(name);
  return [...new Set(names)];
}

function requireKnown(name: unknown): void {
  if (typeof name !== "string") {
    throw new TypeError(
      `Cannot hash as an algorithm must be a name: received ${typeof name}`,
    );
  }
  if (DIGESTS.has(name)) return;
  const near = nearest(name, ALGORITHMS);
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  throw new RangeError(
    `Cannot hash as the algorithm must be one of ${
      ALGORITHMS.join(", ")
    }: received ${JSON.stringify(name)}${hint}`,
  );
}
