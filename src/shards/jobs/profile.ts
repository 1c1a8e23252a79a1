/**
 * Profiles, shard by shard.
 *
 * @module
 */
import { HASH_MODE } from "../../digest/blake3_tree.ts";
import type { ByteRange } from "../../errors.ts";
import {
  profileJob,
  type ProfileJobResult,
  type ProfilePartial,
} from "../../jobs/profile.ts";
import { regionBytesOf } from "../../jobs/regions.ts";
import { array, list, object, optional, wrongValue } from "../shape.ts";
import type { ShardedFile, ShardedJob } from "../sharded_job.ts";
import { blake3Body, blake3Partial } from "./blake3_body.ts";
import { scanRange } from "./scan_range.ts";

type State = ProfilePartial | undefined;
type NoParameters = Record<string, never>;

/** Profiles and joins. */
export const profileShards: ShardedJob<NoParameters, State, ProfileJobResult> =
  {
    async run(work) {
      const { partial } = await scanRange(work, "profile", {});
      // The one cast: the job is ours.
      return partial as ProfilePartial;
    },
    empty: () => undefined,
    write: (state) =>
      state === undefined ? {} : {
        tree: blake3Body(state.tree),
        counts: state.regions.counts,
      },
    read: readState,
    join: (states) => {
      const filled = states.flatMap((state) => state ?? []);
      return filled.length === 0 ? undefined : filled.reduce(profileJob.merge);
    },
    finish: (state, _parameters, { file, byteLength }) =>
      profileJob.finish(state, { path: file, byteLength }, {}, {}),
  };

const BODY = object<{
  tree: unknown;
  counts: Float64Array[] | undefined;
}>({
  tree: (value: unknown) => value,
  counts: optional(list(array(Float64Array))),
});

function readState(
  body: unknown,
  _parameters: NoParameters,
  range: ByteRange,
  { byteLength }: ShardedFile,
): State {
  const { tree, counts = [] } = BODY(body, "body");
  const regionBytes = regionBytesOf(byteLength);
  const { start, end } = range;
  const first = Math.floor(start / regionBytes);
  const wanted = start === end ? 0 : Math.ceil(end / regionBytes) - first;
  const isWhole = counts.length === wanted &&
    counts.every(({ length }) => length === 256);
  if (!isWhole) {
    throw wrongValue("body.counts", `tables of ${wanted} regions`, counts);
  }
  if (wanted === 0) return undefined;
  return {
    tree: blake3Partial(tree, HASH_MODE, range, "body.tree"),
    regions: { regionBytes, first, counts },
  };
}
