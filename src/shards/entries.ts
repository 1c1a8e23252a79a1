/**
 * The entries of shards: what tells where the first record of a shard starts, where records are in quotes or behind
 * their lengths, so that it depends on all bytes in front (binary/framing.ts).
 *
 * They are found in one look through the file when it is cut. A shard that was cut without one finds its own, for
 * which it reads the file up to itself. Nobody has to trust them: each partial says which entry it began with and
 * which one comes behind it, and shards that do not meet are not joined.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import { runOwnJob } from "../engine.ts";
import { ErrorCode, SabmapError } from "../errors.ts";
import { pathText } from "../platform/file_path.ts";
import { shownPath } from "../remote/is_remote.ts";
import { expectationOf } from "./jobs/scan_range.ts";
import type { ShardWork } from "./sharded_job.ts";

/** The file, as far as it is looked at. */
export type EntriesSource = Pick<ShardWork, "path" | "source" | "options">;

/**
 * Finds the entries of places within a file.
 *
 * @param borders Offsets, ascending; from 0 to the file's length.
 * @returns One for each border.
 * @throws {SabmapError} If bytes in front of the last border are no records, with their offset; what a run throws.
 */
export async function findEntries(
  { path, source, options }: EntriesSource,
  framing: FramingDescription,
  borders: readonly number[],
): Promise<readonly number[]> {
  const end = borders.at(-1);
  if (end === undefined) return [];
  try {
    const { result } = await runOwnJob<readonly number[]>({
      path,
      job: { builtin: "framingEntries" },
      jobOptions: { framing, borders },
      options,
      internals: { range: { start: 0, end }, expect: expectationOf(source) },
    });
    return result;
  } catch (error) {
    const isFiles = error instanceof SabmapError && error.file === undefined;
    const file = shownPath(pathText(path));
    throw isFiles ? Object.assign(error, { file }) : error;
  }
}

/** As {@link findEntries}, of one place. */
export async function findEntry(
  source: EntriesSource,
  framing: FramingDescription,
  offset: number,
): Promise<number> {
  const [entry] = await findEntries(source, framing, [offset]);
  if (entry !== undefined) return entry;
  throw new SabmapError(
    ErrorCode.FileChanged,
    "the file became shorter while it was read",
  );
}
