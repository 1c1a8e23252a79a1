/**
 * Finds out in what parts a file was uploaded to S3, from the ETag or checksum that came of it.
 *
 * @module
 */
import { checkPath } from "./check_path.ts";
import { trialName } from "./digest/algorithms.ts";
import { checkPartBytes } from "./digest/parameters.ts";
import { commonPartSizes, likelyPartSizes } from "./digest/parts/part_sizes.ts";
import { parseS3Value } from "./digest/parts/s3_value.ts";
import { runOwnJob } from "./engine.ts";
import type { HashJobOptions, HashJobResult } from "./jobs/hash.ts";
import type { RunOptions } from "./options.ts";
import { statPath } from "./platform/files.ts";
import type { FilePath } from "./platform/file_path.ts";
import { isRemote } from "./remote/is_remote.ts";
import type { RemoteExpectation } from "./remote/types.ts";
import { STANDARD_INPUT } from "./source.ts";

/** Options of {@link findPartBytes}. */
export interface FindPartBytesOptions extends RunOptions {
  /** How many parts there were, where the value does not say. */
  readonly parts?: number | undefined;
}

/** In what parts a file was uploaded. */
export interface UploadParts {
  /** Which digest the value is: `s3-etag`, `md5`, `s3-sha256` and so on. */
  readonly algorithm: string;
  /** Length of a part; `undefined` if the value is the file's plain digest, as that of an upload in one go. */
  readonly partBytes: number | undefined;
  /** How many parts there were; 0 for an upload in one go. */
  readonly count: number;
}

/** Sizes that are tried in one pass: the first is the right one so often that it goes alone, at full speed. */
const TRIALS_FIRST = 1;
/** From then on several, so that the file is read less often than there are sizes. */
const TRIALS_NEXT = 8;

/**
 * Finds the length of parts with which a file has an ETag or a composite checksum.
 *
 * The number behind the dash leaves few lengths that come into question: those that tools have as
 * defaults are tried first, powers of two, whole multiples of MiB, MB and 64 KiB, and the file's share.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input, for which only the defaults of tools are tried.
 * @param etag As S3 gives it: `HEX-N` or `HEX`, in quotes or not; or a checksum (SHA-256, SHA-1, CRC-32 or CRC-32C) in
 * base64, with `-N` or, as GetObjectAttributes gives it, without: then `parts` says how many there were.
 * @returns `undefined` if the file has not got this value, or parts of a length that was not tried.
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {RangeError} If `etag` is none, or `parts` is no count, or another one than it says.
 * @throws {SabmapError} If the file cannot be read or changes meanwhile, or a worker fails.
 *
 * @example
 * ```ts
 * import { findPartBytes } from "sabmap";
 *
 * const parts = await findPartBytes("big.data", "f77dc0eecdebcd774a2a22cb393ad2ff-2");
 * console.log(parts?.partBytes ?? "not this file");
 * ```
 */
export async function findPartBytes(
  path: FilePath | URL,
  etag: string,
  options: FindPartBytesOptions = {},
): Promise<UploadParts | undefined> {
  const { parts, ...run } = options;
  const { digest, algorithms, count: said } = parseS3Value(etag);
  const count = countOf(said, parts);
  const file = checkPath(path);
  const expect = await pinRemote(file, run);
  const hash = async (jobOptions: HashJobOptions) =>
    (await runOwnJob<HashJobResult>({
      path: file,
      job: { builtin: "hash" },
      jobOptions,
      options: run,
      internals: { expect },
    })).result;
  if (count === undefined) {
    const { digests } = await hash({
      algorithms: algorithms.map(({ plain }) => plain),
    });
    const found = algorithms.find(({ plain }) => digests[plain] === digest);
    return found && { algorithm: found.plain, partBytes: undefined, count: 0 };
  }
  const names = algorithms.map(({ composite }) => composite);
  for (const trials of passes(sizeOf(file, expect), count)) {
    const { digests } = await hash({ algorithms: names, trials });
    for (const algorithm of names) {
      const partBytes = trials.find((bytes) =>
        digests[trialName(algorithm, bytes)] === `${digest}-${count}`
      );
      if (partBytes !== undefined) return { algorithm, partBytes, count };
    }
  }
  return undefined;
}

/** How many parts there were, as value and caller say it. @throws {RangeError} If they differ. */
function countOf(
  count: number | undefined,
  parts: number | undefined,
): number | undefined {
  if (parts !== undefined) checkPartBytes(parts);
  if (count === undefined || parts === undefined || count === parts) {
    return count ?? parts;
  }
  throw new RangeError(
    `Cannot look for parts as the value says that there were ${count}: received ${parts}`,
  );
}

/** The version of an object that all passes are to read. @returns `undefined` for files, and what is read in one pass. */
async function pinRemote(
  file: FilePath,
  { signal, remote }: RunOptions,
): Promise<RemoteExpectation | undefined> {
  if (!isRemote(file)) return undefined;
  const { pinOf } = await import("./remote/remote_object.ts");
  return await pinOf(file, signal, remote);
}

/** @returns `undefined` for a stream. */
function sizeOf(
  file: FilePath,
  remote: RemoteExpectation | undefined,
): number | undefined {
  if (file === STANDARD_INPUT || isRemote(file)) return remote?.size;
  const { kind, byteLength } = statPath(file);
  return kind === "regular" ? byteLength : undefined;
}

/** Lengths to try, together in a pass. A stream can be read only once, and its length is not known before. */
function passes(
  byteLength: number | undefined,
  count: number,
): (readonly number[])[] {
  if (byteLength === undefined) return [commonPartSizes()];
  const sizes = likelyPartSizes(byteLength, count);
  if (sizes.length === 0) return [];
  const batches = [sizes.slice(0, TRIALS_FIRST)];
  for (let at = TRIALS_FIRST; at < sizes.length; at += TRIALS_NEXT) {
    batches.push(sizes.slice(at, at + TRIALS_NEXT));
  }
  return batches;
}
