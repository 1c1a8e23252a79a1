/**
 * The job that computes digests, any number of them in one pass.
 *
 * Digests that are computed over ranges run in `scan`, those of parts each in a part lane, the others
 * each in a lane.
 *
 * @module
 */
import type {
  AnyDigest,
  DigestExtra,
  ParallelDigest,
  PartedDigest,
  SerialDigest,
} from "../digest/digest.ts";
import type { DigestParameters } from "../digest/parameters.ts";
import { trialName } from "../digest/algorithms.ts";
import { digestNamed, loadDigests } from "../digest/registry.ts";
import {
  defineJob,
  type FileInfo,
  type Job,
  type Lane,
  type PartLane,
  type RangeView,
  SEGMENT_ALIGN_BYTES,
  type WorkerContext,
} from "../job.ts";
import type { Region } from "../kernels/kernels.ts";
import { scratchTaker } from "./scratch.ts";

/** What the job takes. */
export interface HashJobOptions {
  /** Names that `parseAlgorithms` has checked. */
  readonly algorithms: readonly string[];
  /** Parameters of all of them. Defaults to none. */
  readonly parameters?: DigestParameters | undefined;
  /** Lengths of parts to try: the digests of parts are computed for each, under names as {@link trialName} gives. */
  readonly trials?: readonly number[] | undefined;
}

/** What a digest of parts is made of. */
export interface PartsInfo {
  /** Length of a part; the last one is what is left. */
  readonly partBytes: number;
  /** How many parts there are; 0 for an empty file, which services take for one empty part or none. */
  readonly count: number;
}

/** What the job gives. */
export interface HashJobResult {
  /** Digests as their users write them, by name of the algorithm, in the order asked for. */
  readonly digests: Readonly<Record<string, string>>;
  /** For each digest that is made of parts, by name of the algorithm, what they are. */
  readonly parts: Readonly<Record<string, PartsInfo>>;
  /**
   * The piece layer of BitTorrent v2, where `btv2` was computed and `pieceBytes` given: hashes of the
   * pieces, of 32 bytes each, one after the other. Empty where the file is no longer than a piece.
   */
  readonly pieceLayer?: Uint8Array;
}

/** Partials of the parallel digests, by name of the algorithm. */
export type HashPartial = Readonly<Record<string, unknown>>;

/** A parallel digest as it runs in one worker. */
export interface RunningDigest {
  readonly digest: ParallelDigest<unknown, unknown>;
  readonly state: unknown;
}

/** Computes digests. Without parallel ones, `scan` does nothing. */
export const hashJob: Job<
  HashJobOptions,
  readonly RunningDigest[],
  HashPartial,
  HashJobResult
> = defineJob({
  name: "hash",
  prepare: ({ algorithms }) => loadDigests(algorithms),
  lanes: (options) =>
    chooseDigests(options).flatMap(({ digest, scratch }) =>
      digest.kind === "serial" ? [serialLane(digest, scratch)] : []
    ),
  partLanes: (options) =>
    chooseDigests(options).flatMap(({ name, digest, scratch }) =>
      digest.kind === "parted" ? [partLane(name, digest, scratch)] : []
    ),
  alignBytes: (options) =>
    Math.max(...chooseDigests(options).map(({ digest }) => alignOf(digest))),
  scratchBytes: (options) =>
    Math.max(...chooseDigests(options).map(({ scratch }) => endOf(scratch))),
  start: startDigests,
  scan: scanDigests,
  merge: mergeDigests,
  mergeHere: mergeRunning,
  finish: finishDigests,
});

/** A digest that was asked for. */
interface ChosenDigest {
  /** Under which the result is found. */
  readonly name: string;
  readonly digest: AnyDigest;
  /** Its share of the scratch of a worker, from 0. */
  readonly scratch: Region;
}

/** By the options of a run: of many small files, to choose anew for each took as long as to open it. */
const chosen = new WeakMap<HashJobOptions, readonly ChosenDigest[]>();

/** The digests of a run, the same in every thread. */
function chooseDigests(options: HashJobOptions): readonly ChosenDigest[] {
  const known = chosen.get(options) ?? chooseAnew(options);
  chosen.set(options, known);
  return known;
}

function chooseAnew(options: HashJobOptions): ChosenDigest[] {
  const take = scratchTaker({ byteOffset: 0, byteLength: Infinity });
  return nameDigests(options).map(([name, digest]) => ({
    name,
    digest,
    scratch: take(scratchOf(digest)),
  }));
}

function nameDigests(
  { algorithms, parameters = {}, trials }: HashJobOptions,
): (readonly [name: string, digest: AnyDigest])[] {
  return algorithms.flatMap((name) => {
    if (trials === undefined) return [[name, digestNamed(name, parameters)]];
    return trials.map((partBytes) => [
      trialName(name, partBytes),
      digestNamed(name, { ...parameters, partBytes }),
    ]);
  });
}

function scratchOf(digest: AnyDigest): number {
  if (digest.kind === "parted") return digest.part.scratchBytes;
  return digest.scratchBytes ?? 0;
}

function alignOf(digest: AnyDigest): number {
  if (digest.kind !== "parallel") return 1;
  return digest.alignBytes ?? SEGMENT_ALIGN_BYTES;
}

function endOf({ byteOffset, byteLength }: Region): number {
  return byteOffset + byteLength;
}

/** A place in the scratch of this worker. */
function placeScratch({ scratch }: WorkerContext, share: Region): Region {
  return { ...share, byteOffset: scratch.byteOffset + share.byteOffset };
}

function serialLane(
  { lane }: SerialDigest,
  share: Region,
): Lane<unknown, string> {
  return {
    ...lane,
    start: (worker) =>
      lane.start({ ...worker, scratch: placeScratch(worker, share) }),
  };
}

function partLane(
  name: string,
  { partBytes, part }: PartedDigest,
  scratch: Region,
): PartLane<unknown> {
  return {
    name,
    partBytes,
    resultBytes: part.resultBytes,
    start: (worker) => part.start(worker, placeScratch(worker, scratch)),
    update: part.update,
    end: part.end,
    whole: part.whole,
    inStep: part.inStep,
  };
}

function startDigests(
  options: HashJobOptions,
  worker: WorkerContext,
): RunningDigest[] {
  return chooseDigests(options).flatMap(({ digest, scratch }) =>
    digest.kind !== "parallel" ? [] : [{
      digest,
      state: digest.start(worker, placeScratch(worker, scratch)),
    }]
  );
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
    merged[name] = mergerNamed(name)(left[name], right[name]);
  }
  return merged;
}

function mergeRunning(
  left: HashPartial,
  right: HashPartial,
  running: readonly RunningDigest[],
): HashPartial {
  const merged: Record<string, unknown> = {};
  for (const { digest, state } of running) {
    const { name } = digest;
    merged[name] = digest.merge(left[name], right[name], state);
  }
  return merged;
}

/** How partials of each digest are joined: parameters are in the partials. */
const mergers = new Map<string, ParallelDigest<unknown, unknown>["merge"]>();

function mergerNamed(
  name: string,
): ParallelDigest<unknown, unknown>["merge"] {
  let merge = mergers.get(name);
  if (merge === undefined) {
    const digest = digestNamed(name);
    if (digest.kind !== "parallel") {
      throw new Error(`Bug: "${name}" has no partials`);
    }
    merge = digest.merge;
    mergers.set(name, merge);
  }
  return merge;
}

function finishDigests(
  partial: HashPartial | undefined,
  { byteLength }: FileInfo,
  lanes: Readonly<Record<string, unknown>>,
  options: HashJobOptions,
): HashJobResult {
  const digests: Record<string, string> = {};
  const parts: Record<string, PartsInfo> = {};
  let extra: DigestExtra = {};
  for (const { name, digest } of chooseDigests(options)) {
    if (digest.kind === "parallel") {
      digests[name] = digest.finish(partial?.[name], byteLength);
      const more = digest.extra?.(partial?.[name], byteLength);
      extra = { ...extra, ...more };
    } else if (digest.kind === "serial") {
      digests[name] = String(lanes[digest.name]);
    } else {
      const { partBytes } = digest;
      // The one cast: results of a part lane are bytes.
      digests[name] = digest.finish(lanes[name] as Uint8Array);
      parts[name] = { partBytes, count: Math.ceil(byteLength / partBytes) };
    }
  }
  return { digests, parts, ...extra };
}
