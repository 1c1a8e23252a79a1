/**
 * Second looks at a file whose digest is not the one that was tried first.
 *
 * @module
 */
import type { Engine } from "../runs.ts";
import { isDigest } from "./digest_forms.ts";
import type { HashCommand } from "./hash_request.ts";
import type { CliIo } from "./io.ts";
import { toPath } from "./names.ts";
import { runOptions } from "./run.ts";
import type { ListedDigest } from "./sum_lines.ts";
import { fileSize } from "./walk.ts";

/**
 * Computes what lines about one file may also mean: digests of other algorithms with the same form, and ETags
 * of uploads in parts of other lengths, unless one was asked for.
 *
 * @param lines About one file, whose digests do not match.
 * @param known By algorithm, what was computed already.
 * @returns By algorithm, the digests that the file has as well; none of a file that can be read only once.
 */
export async function otherDigests(
  lines: readonly ListedDigest[],
  known: Readonly<Record<string, readonly string[]>>,
  { options, parameters }: HashCommand,
  { io, engine }: { readonly io: CliIo; readonly engine: Engine | undefined },
): Promise<Record<string, readonly string[]>> {
  const [first] = lines;
  if (first === undefined || fileSize(first.file) === undefined) {
    return {};
  }
  const { findPartBytes } = await import("../find_part_bytes.ts");
  const { hashFile } = await import("../operations.ts");
  const path = toPath(first.file);
  const run = { ...runOptions(io, options), engine };
  const found: Record<string, readonly string[]> = {};
  const algorithms = [
    ...new Set(lines.flatMap((line) => line.algorithms)),
  ].filter((name) => known[name] === undefined);
  if (algorithms.length > 0) {
    const { digests } = await hashFile(path, {
      ...parameters,
      ...run,
      algorithms,
    });
    for (const [name, digest] of Object.entries(digests)) {
      found[name] = [digest];
    }
  }
  for (const etag of etagsOf(lines)) {
    if (parameters.partBytes !== undefined) break;
    const computed = found["s3-etag"] ?? known["s3-etag"] ?? [];
    if (computed.some((digest) => isDigest(digest, etag))) continue;
    const text = `${etag.digits}-${etag.count}`;
    if (await findPartBytes(path, text, run) !== undefined) {
      found["s3-etag"] = [...computed, text];
    }
  }
  return found;
}

function etagsOf(lines: readonly ListedDigest[]): ListedDigest["digest"][] {
  return lines
    .filter(({ algorithms, digest }) =>
      algorithms.includes("s3-etag") && digest.count !== undefined
    )
    .map(({ digest }) => digest);
}
