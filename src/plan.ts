/**
 * The plan of a run: how a file is cut into segments and who holds them. Pure arithmetic.
 *
 * @module
 */
import { type ArenaShape, GRANULE_BYTES } from "./memory/arena.ts";
import type { ByteRange } from "./errors.ts";
import type { FramingDescription } from "./binary/framing/description.ts";
import type { Framing } from "./job.ts";
import type { IoMode } from "./options.ts";
import type { FileSource } from "./protocol.ts";
import {
  checkPartCounts,
  type PartShape,
  type StepPlan,
} from "./plan/parts.ts";
import { mapAccess, mapsClaims, shapeArena, shareOut } from "./plan/share.ts";

export const SEGMENT_BYTES_MIN: number = 64 * 1024;
export const SEGMENT_BYTES_MAX: number = 1024 ** 3;
export const WORKERS_MAX: number = 512;

/**
 * Files up to this size are done on the calling thread: two workers take 6 ms (Bun) to 80 ms (Node)
 * to start, in which one thread hashes 10 to 100 MiB, but the caller's event loop stands meanwhile.
 */
export const INLINE_BYTES_DEFAULT: number = 4 * 1024 ** 2;

/**
 * Default segment by mode, where a mapping is not that of a whole claim. `pread` into a reused slot is fastest at 256 KiB to 1 MiB, where slot and
 * kernel share the second-level cache; a mapping pays its system calls per segment and wants 16 MiB
 * (two C threads, 1 GiB in page cache, Xeon 2.6 GHz, 2026-11-21: pread and count 15.4, 14.8, 11.8
 * GB/s at 256 KiB, 1 MiB, 2 MiB; map and count 9.0, 15.5, 20.4 GB/s at 256 KiB, 1 MiB, 16 MiB). Ours counts
 * 4 GiB in 2.4 to 4.5 % less time at 512 KiB than at 1 MiB, on each runtime.
 */
const SEGMENT_BYTES_DEFAULT: Readonly<Record<IoMode, number>> = {
  stream: 512 * 1024,
  preload: 1024 ** 2,
  map: 16 * 1024 ** 2,
};

/** Default segment where a mapping holds many: they are then as short as those that are read. */
const WINDOW_SEGMENT_BYTES = 1024 ** 2;

/**
 * A segment that is compared with what it was should share the cache with it: +1 on a word of every 32 bytes of
 * 1 GiB takes 0.53 s of two cores at 256 KiB, 0.58 at 512 KiB, 0.66 at 1 MiB (Bun 1.4, two shared cores of a
 * Xeon, 2026-11-21).
 */
const UPDATE_SEGMENT_BYTES = 256 * 1024;

/** The caller's event loop has no turn within a segment: longer ones are not for its thread. */
const CALLER_SEGMENT_BYTES_MAX = 1024 ** 2;

/** So many neighbour bytes behind a segment are read with it, whether they are needed or not. */
const AHEAD_BYTES_MAX = 64 * 1024;

/** Where the framing's `after` is a bound on records that are mostly short, this is read, and more when it is asked for. */
const AHEAD_BYTES = 4096;

/** What has to be known of a job to plan its run. Plain data. */
export interface JobDescription {
  /** Its byte counts only. */
  readonly framing: Framing;
  /** Whether a segment's records depend on the bytes in front of it: the framing has an indexer. */
  readonly indexed: boolean;
  /** That framing as plain data, where it is one of ours. */
  readonly indexedBy?: FramingDescription | undefined;
  readonly laneCount: number;
  /** Its part lanes (see plan/parts.ts). */
  readonly parts: readonly PartShape[];
  /** Segments start at multiples of this, a power of two up to 64 KiB. */
  readonly alignBytes: number;
  /** Scratch of each worker's job code. */
  readonly scratchBytes: number;
  /** Whether the job changes the bytes that it is given. Defaults to false. */
  readonly updates?: boolean;
  /** Whether its framing knows records, each of which belongs to the segment in which it starts. Defaults to false. */
  readonly ownsRecords?: boolean;
}

/** What has to be known to plan. */
export interface PlanInput extends JobDescription {
  /** Mode, decided: never `"auto"`. */
  readonly io: IoMode;
  /** `undefined` for a stream, which the coordinator feeds. */
  readonly byteLength: number | undefined;
  /** Threads allowed, `1 <= workers <= WORKERS_MAX`. */
  readonly workers: number;
  /** As asked for, or `undefined` for the default. */
  readonly segmentBytes: number | undefined;
  /** Whether the coordinator must read for the workers: streams, and workers that may open no file. */
  readonly fed: boolean;
  /** Largest file for the calling thread. */
  readonly inlineBytes: number;
  /** The part of the file to scan, where it is a file with a size; all of it if absent. */
  readonly range?: ByteRange | undefined;
  /** Whether neighbour bytes may be read behind `range`. */
  readonly readOn?: boolean | undefined;
  /** The entry of the first segment, where that is not the file's and the framing has an indexer. */
  readonly entry?: number | undefined;
  /** Whether a consumer takes the partials one by one, at its own pace (see partial_queue.ts). */
  readonly streamed?: boolean | undefined;
  /** Where changes of the bytes go; absent unless the job makes some. */
  readonly update?: UpdateRoute | undefined;
  /** Whether the calling thread may be one of those that scan. */
  readonly callerScans?: boolean | undefined;
}

/**
 * Where the changes that a job makes go (update/changes.ts).
 *
 * - `mapped`: into the file while they are made, as segments lie in a shared mapping of it.
 * - `write`: into the file `target` from the thread that made them, behind each segment.
 * - `send`: to the coordinator, with the segment's partial; `exact` if unchanged bytes must not be among them.
 */
export type UpdateRoute =
  & (
    | {
      readonly kind: "mapped";
      /** Whether pages may be brought in for stores before any is stored into, which fills holes. */
      readonly mayStore: boolean;
    }
    | { readonly kind: "send"; readonly exact: boolean }
    | { readonly kind: "write"; readonly target: FileSource }
  )
  & {
    /** Whether the bytes are counted that get another value, which takes a look at each. */
    readonly counts: boolean;
  };

/** How the changes of a run are found and where they go. */
export type UpdatePlan = UpdateRoute & {
  /** Whether bytes behind a segment can be changed by its last record. */
  readonly ownsRecords: boolean;
};

/** How a run is carried out. Plain data: it travels to the workers. */
export interface Plan {
  readonly io: IoMode;
  /** Bytes of the file. */
  readonly byteLength: number | undefined;
  /** Offset in the file of segment 0, a multiple of 64 KiB; 0 unless part of the file is scanned. */
  readonly origin: number;
  /** Offset in the file behind the last segment; `undefined` for a stream. */
  readonly end: number | undefined;
  /** Offset behind the last byte that may be read as a neighbour: `end`, or that of the file; `undefined` for a stream. */
  readonly readEnd: number | undefined;
  readonly segmentBytes: number;
  /** `undefined` for a stream. */
  readonly segmentCount: number | undefined;
  readonly framing: Framing;
  /** Neighbour bytes behind a segment that are there from the start, of the framing's `after`. */
  readonly aheadBytes: number;
  readonly laneCount: number;
  /** Whether one worker goes through the segments in order, for the framing (see binary/framing.ts). */
  readonly indexed: boolean;
  /** The entry of the first segment, where that is not the file's. */
  readonly entry?: number | undefined;
  /** Part lanes beside the scan. */
  readonly parts: readonly PartShape[];
  /** Length of the units in which segments start anew; `undefined` where they lie on one grid. */
  readonly unitBytes: number | undefined;
  /** Whether threads go through several units side by side, with a slot for each; `undefined` for one by one. */
  readonly inStep: StepPlan | undefined;
  /** How many times each byte is looked at apart from the others: scan, lanes and framing; part lanes too in the ring. */
  readonly readers: number;
  /** Whether the coordinator fills the slots. */
  readonly fed: boolean;
  /** Threads that scan, at least 1. */
  readonly threads: number;
  /** Whether that thread is the caller's own. */
  readonly inline: boolean;
  /** Whether the first of several threads is the caller's own (see caller_scan.ts). */
  readonly callerScans: boolean;
  /** Whether segments live in the ring because several threads see each (see scan_loop.ts). */
  readonly ring: boolean;
  /** Whether slots are filled as far ahead as possible before they are scanned. */
  readonly fillAhead: boolean;
  /** Segments of one claim at most, where the ring is not used. */
  readonly claimSegments: number;
  /** How threads map the file over their slots: `write` if stores are to change it. `undefined` if they do not. */
  readonly mapAccess: "read" | "write" | undefined;
  /** Whether all segments of a claim are mapped at once where they are, into a slot that holds so many. */
  readonly mapsClaims: boolean;
  /** How far scanning may run ahead of merging, in segments: this bounds the partials in memory. */
  readonly mergeWindow: number;
  readonly shape: ArenaShape;
  /** Absent unless the job changes its file. */
  readonly update?: UpdatePlan | undefined;
}

/**
 * Plans a run.
 *
 * @throws {RangeError} If `workers` or `segmentBytes` is out of bounds, the file has too many parts, or
 * the arena would exceed 4 GiB.
 */
export function planRun(input: PlanInput): Plan {
  checkWorkers(input.workers);
  const { byteLength, framing, laneCount, indexed, parts } = input;
  checkPartCounts(parts, byteLength ?? 0);
  const span = scannedSpan(input);
  const scanBytes = span && span.end - span.start;
  const inline = scanBytes !== undefined && scanBytes <= input.inlineBytes;
  const segmentBytes = input.segmentBytes === undefined
    ? defaultSegmentBytes(input, scanBytes)
    : fitNeighbours(checkSegmentBytes(input.segmentBytes), input);
  const fed = input.fed && !inline;
  const sharing = shareOut(input, { span, segmentBytes, inline, fed });
  const { threads, ring, unitBytes, inStep, claimSegments } = sharing;
  return {
    io: input.io,
    byteLength,
    origin: span?.start ?? 0,
    end: span?.end,
    readEnd: input.readOn ? byteLength : span?.end,
    segmentBytes,
    segmentCount: sharing.segmentCount,
    framing,
    aheadBytes: aheadBytes(input),
    laneCount,
    indexed,
    ...(input.entry === undefined ? {} : { entry: input.entry }),
    parts,
    unitBytes,
    inStep,
    readers: 1 + laneCount + (indexed ? 1 : 0) + (ring ? parts.length : 0),
    fed,
    threads,
    inline,
    callerScans: input.callerScans === true && !inline && !ring &&
      segmentBytes <= CALLER_SEGMENT_BYTES_MAX,
    ring,
    fillAhead: input.io === "preload",
    claimSegments,
    mapAccess: mapAccess(input),
    mapsClaims: mapsClaims(input),
    mergeWindow: Math.max(1024, 8 * threads * claimSegments),
    shape: shapeArena(input, sharing, segmentBytes, scanBytes),
    update: input.update &&
      { ...input.update, ownsRecords: input.ownsRecords === true },
  };
}

/** Whether segments are compared with what they were. */
function keepsOriginals({ update }: PlanInput): boolean {
  return update !== undefined && update.kind !== "mapped";
}

/** How many threads of a pool a run takes. */
export function poolThreads({ threads, inline, callerScans }: Plan): number {
  if (inline) return 0;
  return callerScans ? threads - 1 : threads;
}

/**
 * Threads are called for work that would take the calling thread longer than this: they take 23 ms (Bun), 29 (Deno)
 * and 49 (Node) until they scan, and Deno stops the caller for 12 of them (EPYC, 2 cores, 2026-11-22).
 */
export const OTHERS_PAY_MS: number = "Bun" in globalThis
  ? 25
  : "Deno" in globalThis
  ? 40
  : 50;

/** Nothing goes through bytes faster than so: 10 GB/s are what a thread reads from the page cache. */
const BYTES_PER_MS_MAX = 10_000_000;

/** Whether there is nothing to find out before the threads of a run are started: also where a file is so large. */
export function startsAtOnce(
  { callerScans, origin, end = Infinity }: Plan,
): boolean {
  return !callerScans || end - origin > OTHERS_PAY_MS * BYTES_PER_MS_MAX;
}

/** @throws {RangeError} If `workers` is not an integer from 1 to {@link WORKERS_MAX}. */
export function checkWorkers(workers: number): number {
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX) {
    throw new RangeError(
      `Cannot start workers as their count must be an integer from 1 to ${WORKERS_MAX}: received ${workers}`,
    );
  }
  return workers;
}

/** @throws {RangeError} If `segmentBytes` is not a power of two from 64 KiB to 1 GiB. */
export function checkSegmentBytes(segmentBytes: number): number {
  const isPowerOfTwo = Number.isInteger(segmentBytes) && segmentBytes > 0 &&
    (segmentBytes & (segmentBytes - 1)) === 0;
  if (
    !isPowerOfTwo || segmentBytes < SEGMENT_BYTES_MIN ||
    segmentBytes > SEGMENT_BYTES_MAX
  ) {
    throw new RangeError(
      `Cannot cut the file as a segment must be a power of two from 64 KiB to 1 GiB: received ${segmentBytes} bytes`,
    );
  }
  return segmentBytes;
}

/** What is scanned of a file: it starts on the grid of mappings. @returns `undefined` for a stream. */
function scannedSpan(
  { byteLength, range }: PlanInput,
): ByteRange | undefined {
  if (byteLength === undefined) return undefined;
  const end = Math.min(byteLength, range?.end ?? byteLength);
  const start = Math.min(range?.start ?? 0, end);
  return { start: start - start % GRANULE_BYTES, end };
}

/** The mode's default, smaller where it would leave workers without a segment. */
function defaultSegmentBytes(
  input: PlanInput,
  scanBytes: number | undefined,
): number {
  let segmentBytes = mapsClaims(input)
    ? WINDOW_SEGMENT_BYTES
    : SEGMENT_BYTES_DEFAULT[input.io];
  if (keepsOriginals(input)) {
    segmentBytes = Math.min(segmentBytes, UPDATE_SEGMENT_BYTES);
  }
  if (scanBytes !== undefined) {
    const share = scanBytes / (2 * input.workers);
    while (segmentBytes > SEGMENT_BYTES_MIN && segmentBytes > share) {
      segmentBytes /= 2;
    }
  }
  return fitNeighbours(segmentBytes, input);
}

/** Where the coordinator fills, neighbour bytes come from the next segment alone. */
function fitNeighbours(segmentBytes: number, input: PlanInput): number {
  if (!input.fed) return segmentBytes;
  const { before, after } = input.framing;
  let fitting = segmentBytes;
  while (fitting < Math.max(before, after)) fitting *= 2;
  return fitting;
}

/** Only a file that is read can be read on. */
function aheadBytes({ fed, io, framing: { after } }: PlanInput): number {
  return fed || io === "map" || after <= AHEAD_BYTES_MAX ? after : AHEAD_BYTES;
}
