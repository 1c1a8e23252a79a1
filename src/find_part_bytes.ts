/**
 * Finds out in what parts a file was uploaded to S3, from the ETag that came of it.
 *
 * @module
 */
import { checkPath } from "./check_path.ts";
import { trialName } from "./digest/algorithms.ts";
import { checkPartBytes } from "./digest/parameters.ts";
import { commonPartSizes, likelyPartSizes } from "./digest/parts/part_sizes.ts";
import { runJob } from "./engine.ts";
import type { HashJobOptions, HashJobResult } from "./jobs/hash.ts";
import type { RunOptions } from "./options.ts";
import { type FilePath, statFile } from "./platform/files.ts";
import { STANDARD_INPUT } from "./source.ts";

/** Options of {@link findPartBytes}. */
export interface FindPartBytesOptions extends RunOptions {
  /** How many parts there were, where the ETag does not say. */
  readonly parts?: number | undefined;
}

/** In what parts a file was uploaded. */
export interface UploadParts {
  /** Length of a part; `undefined` if the ETag is the file's plain MD5, as that of an upload in one go. */
  readonly partBytes: number | undefined;
  /** How many parts there were; 0 for an upload in one go. */
  readonly count: number;
}

/** Sizes that are tried in one pass: the first is the right one so often that it goes alone, at full speed. */
const TRIALS_FIRST = 1;
/** From then on several, so that the file is read less often than there are sizes. */
const TRIALS_NEXT = 8;

/**
 * Finds the length of parts with which a file has an ETag.
 *
 * The number behind the dash leaves few lengths that come into question: those that tools have as
 * defaults are tried first, powers of two, whole multiples of MiB, MB and 64 KiB, and the file's share.
 *
 * @param path The file; `"-"` for standard input, for which only the defaults of tools are tried.
 * @param etag As S3 gives it: `HEX-N` or `HEX`, in quotes or not.
 * @returns `undefined` if the file has not got this ETag, or parts of a length that was not tried.
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {RangeError} If `etag` is none, or `parts` is no count.
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
  const { digest, count = parts } = parseEtag(etag);
  if (parts !== undefined) checkPartBytes(parts);
  const file = checkPath(path);
  const hash = async (job: HashJobOptions) =>
    (await runJob<HashJobOptions, HashJobResult>(
      file,
      { builtin: "hash" },
      job,
      run,
    )).result;
  if (count === undefined) {
    const { digests } = await hash({ algorithms: ["md5"] });
    return digests["md5"] === digest
      ? { partBytes: undefined, count: 0 }
      : undefined;
  }
  for (const trials of passes(file, count)) {
    const { digests } = await hash({ algorithms: ["s3-etag"], trials });
    const partBytes = trials.find((bytes) =>
      digests[trialName("s3-etag", bytes)] === `${digest}-${count}`
    );
    if (partBytes !== undefined) return { partBytes, count };
  }
  return undefined;
}

function parseEtag(
  etag: string,
): { digest: string; count: number | undefined } {
  if (typeof etag !== "string") {
    throw new TypeError(
      `Cannot look for parts as the ETag must be a text: received ${typeof etag}`,
    );
  }
  const [, digest, count] =
    /^"?([0-9a-f]{32})(?:-([1-9][0-9]{0,14}))?"?$/i.exec(etag.trim()) ?? [];
  if (digest === undefined) {
    throw new RangeError(
      `Cannot look for parts as an ETag has 32 hexadecimal digits, a dash and the count of parts: received ${
        JSON.stringify(etag)
      }`,
    );
  }
  return {
    digest: digest.toLowerCase(),
    count: count === undefined ? undefined : Number(count),
  };
}

/** Lengths to try, together in a pass. A stream can be read only once, and its length is not known before. */
function passes(file: FilePath, count: number): (readonly number[])[] {
  const status = file === STANDARD_INPUT ? undefined : statFile(file, file);
  if (status?.kind !== "regular") return [commonPartSizes()];
  const sizes = likelyPartSizes(status.byteLength, count);
  if (sizes.length === 0) return [];
  const batches = [sizes.slice(0, TRIALS_FIRST)];
  for (let at = TRIALS_FIRST; at < sizes.length; at += TRIALS_NEXT) {
    batches.push(sizes.slice(at, at + TRIALS_NEXT));
  }
  return batches;
}
