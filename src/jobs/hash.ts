/**
 * The job that computes digests, any number of them in one pass.
 *
 * Digests that are computed over ranges run in `scan`, the others each in a lane.
 *
 * @module
 */
import type { AnyDigest, ParallelDigest } from "../digest/digest.ts";
import { digestNamed } from "../digest/registry.ts";
import {
  defineJob,
  type FileInfo,
  type Job,
  type RangeView,
  type WorkerContext,
} from "../job.ts";
import { scratchTaker } from "./scratch.ts";

/** What the job takes. */
export interface HashJobOptions {
  /** Names that `parseAlgorithms` has checked. */
  readonly algorithms: readonly string[];
}

/** What the job gives. */
export interface HashJobResult {
  /** Digests as their users write them, by name of the algorithm, in the order asked for. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Partials of the parallel digests, by name of the algorithm. */
export type HashPartial = Readonly<Record<string, unknown>>;

/** A parallel digest as it runs in one worker. */
export interface RunningDigest {
  readonly digest: ParallelDigest<unknown, unknown>;
  readonly state: unknown;
}

/** Computes digests. With serial ones only, `scan` does nothing. */
export const hashJob: Job<
  HashJobOptions,
  readonly RunningDigest[],
  HashPartial,
  HashJobResult
> = defineJob({
  name: "hash",
  lanes: ({ algorithms }) =>
    algorithms.map(digestNamed)
      .flatMap((digest) => digest.kind === "serial" ? [digest.lane] : []),
  start: startDigests,
  scan: scanDigests,
  merge: mergeDigests,
  finish: finishDigests,
});

function startDigests(
  { algorithms }: HashJobOptions,
  worker: WorkerContext,
): RunningDigest[] {
  const take = scratchTaker(worker.scratch);
  return algorithms.map(digestNamed).filter(isParallel).map((digest) => ({
    digest,
    state: digest.start(worker, take(digest.scratchBytes)),
  }));
}

function scanDigests(
  range: RangeView,
  running: readonly RunningDigest[],
): HashPartial {
  const partial: Record<string, unknown> = {};
  for (const { digest, state } of running) {
    partial[digest.name] = digest.leaf(range, state);
  }
  return partial;
}

function mergeDigests(left: HashPartial, right: HashPartial): HashPartial {
  const merged: Record<string, unknown> = {};
  for (const name of Object.keys(left)) {
    merged[name] = parallelNamed(name).merge(left[name], right[name]);
  }
  return merged;
}

function finishDigests(
  partial: HashPartial | undefined,
  { byteLength }: FileInfo,
  lanes: Readonly<Record<string, unknown>>,
  { algorithms }: HashJobOptions,
): HashJobResult {
  const digests: Record<string, string> = {};
  for (const digest of algorithms.map(digestNamed)) {
    digests[digest.name] = digest.kind === "serial"
      ? String(lanes[digest.name])
      : digest.finish(partial?.[digest.name], byteLength);
  }
  return { digests };
}

function parallelNamed(name: string): ParallelDigest<unknown, unknown> {
  const digest = digestNamed(name);
  if (!isParallel(digest)) throw new Error(`Bug: "${name}" has no partials`);
  return digest;
}

function isParallel(
  digest: AnyDigest,
): digest is ParallelDigest<unknown, unknown> {
  return digest.kind === "parallel";
}
