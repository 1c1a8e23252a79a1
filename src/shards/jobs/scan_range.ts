/**
 * Runs jobs of ours over a shard.
 *
 * @module
 */
import type { UnfinishedRun } from "../../engine/job_steps.ts";
import { FRAMING_EXIT } from "../../engine/framing_exit.ts";
import { runOwnJob } from "../../engine.ts";
import type { BuiltinJobName } from "../../jobs/registry.ts";
import type { RemoteExpectation } from "../../remote/types.ts";
import type { Source } from "../../source.ts";
import type { SourceFingerprint } from "../fingerprint.ts";
import type { ShardWork } from "../sharded_job.ts";

/**
 * Scans a shard, and joins what its segments give.
 *
 * @param opened What the path names, where it was opened already: the run closes it.
 */
export async function scanRange(
  { path, range, source, options, entry, onExit }: ShardWork,
  builtin: BuiltinJobName,
  jobOptions: unknown,
  opened?: Source,
): Promise<UnfinishedRun> {
  const { result } = await runOwnJob<UnfinishedRun>({
    path,
    job: { builtin },
    jobOptions,
    options,
    internals: {
      range,
      entry,
      readOn: true,
      unfinished: true,
      source: opened,
      expect: expectationOf(source),
    },
  });
  tellExit(result.lanes, onExit);
  return result;
}

/** Tells the entry of what is behind a part of a file, where the lanes have it. */
export function tellExit(
  lanes: UnfinishedRun["lanes"],
  onExit: ShardWork["onExit"],
): void {
  const exit = lanes[FRAMING_EXIT];
  if (typeof exit === "number") onExit?.(exit);
}

/** The version that an object on another machine has to be. */
export function expectationOf(
  source: SourceFingerprint,
): RemoteExpectation | undefined {
  if (source.kind === "file") return undefined;
  const { etag, versionId, size } = source;
  return { etag, versionId, size };
}
