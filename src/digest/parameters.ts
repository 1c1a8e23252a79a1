/**
 * Parameters of digests that have some, and their checks. Plain data: they travel to the workers.
 *
 * @module
 */

/** Where BLAKE3 differs from plain hashing to 32 bytes. */
export interface Blake3Parameters {
  /** Hashes with this key, of 32 bytes. */
  readonly key?: Uint8Array | undefined;
  /** Derives key material in this context, a text that is unique to its use. Not together with `key`. */
  readonly context?: string | undefined;
  /** How many bytes come out. Defaults to 32. */
  readonly outputBytes?: number | undefined;
  /** Where in the endless output they start. Defaults to 0. */
  readonly seek?: number | undefined;
}

/** Parameters of all digests that a run computes. */
export interface DigestParameters {
  /** Length of the parts that an upload to S3 is made of, from 1 on, for the digests `s3-*`. Defaults to 8 MiB. */
  readonly partBytes?: number | undefined;
  /** Length of the pieces of a torrent, a power of two from 16 KiB on: asks for the piece layer of `btv2`. */
  readonly pieceBytes?: number | undefined;
  /** Parameters of `blake3`. */
  readonly blake3?: Blake3Parameters | undefined;
}

/** What aws-cli and most SDKs upload at a time. */
export const PART_BYTES_DEFAULT: number = 8 * 1024 ** 2;

/** BitTorrent v2 hashes blocks of this length. */
export const BLOCK_BYTES: number = 16 * 1024;

const KEY_BYTES = 32;

/**
 * The most that one digest of BLAKE3 may be long here: its text is kept in memory, twice as long.
 */
const OUTPUT_BYTES_MAX = 64 * 1024 ** 2;

/**
 * Checks parameters that a caller gave.
 *
 * @returns A copy, which what the caller does to a key does not change.
 * @throws {TypeError} If one is of the wrong type.
 * @throws {RangeError} If one is out of range.
 */
export function checkParameters(
  { partBytes, pieceBytes, blake3 }: DigestParameters,
): DigestParameters {
  if (partBytes !== undefined) checkPartBytes(partBytes);
  if (pieceBytes !== undefined) checkPieceBytes(pieceBytes);
  return {
    partBytes,
    pieceBytes,
    blake3: blake3 === undefined ? undefined : checkBlake3(blake3),
  };
}

/**
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is no integer from 1 to 2^53 - 1.
 */
export function checkPartBytes(partBytes: unknown): number {
  return checkInteger("partBytes", partBytes, 1);
}

function checkPieceBytes(pieceBytes: unknown): void {
  const bytes = checkInteger("pieceBytes", pieceBytes, 0);
  if (bytes >= BLOCK_BYTES && Number.isInteger(Math.log2(bytes))) return;
  throw new RangeError(
    `Cannot hash as "pieceBytes" must be a power of two from 16 KiB on: received ${bytes}`,
  );
}

function checkBlake3(parameters: unknown): Blake3Parameters {
  if (typeof parameters !== "object" || parameters === null) {
    throw new TypeError(
      `Cannot hash as "blake3" must be an object of options: received ${
        parameters === null ? "null" : typeof parameters
      }`,
    );
  }
  const { key, context, outputBytes, seek } = parameters as Blake3Parameters;
  if (key !== undefined) checkKey(key);
  if (context !== undefined) checkContext(context);
  if (key !== undefined && context !== undefined) {
    throw new TypeError(
      `Cannot hash as BLAKE3 takes a key or a context: received both`,
    );
  }
  if (outputBytes !== undefined) {
    checkInteger("outputBytes", outputBytes, 1, OUTPUT_BYTES_MAX);
  }
  if (seek !== undefined) {
    const most = Number.MAX_SAFE_INTEGER - OUTPUT_BYTES_MAX;
    checkInteger("seek", seek, 0, most);
  }
  return { key: key && Uint8Array.from(key), context, outputBytes, seek };
}

function checkKey(key: unknown): void {
  if (!(key instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot hash as "key" must be bytes: received ${typeof key}`,
    );
  }
  if (key.length !== KEY_BYTES) {
    throw new RangeError(
      `Cannot hash as "key" must be of 32 bytes: received ${key.length} bytes`,
    );
  }
}

function checkContext(context: unknown): void {
  if (typeof context === "string") return;
  throw new TypeError(
    `Cannot hash as "context" must be a text: received ${typeof context}`,
  );
}

/** @throws As {@link checkPartBytes}. */
function checkInteger(
  name: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot hash as "${name}" must be a number: received ${typeof value}`,
    );
  }
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `Cannot hash as "${name}" must be an integer from ${least} to ${most}: received ${value}`,
    );
  }
  return value;
}
