/**
 * Who gets which segments of a file: how many threads there are, whether segments go through private
 * slots or the ring, how many are claimed at once, and what the arena has to hold for that.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import {
  ARENA_BYTES_MAX,
  type ArenaShape,
  GRANULE_BYTES,
  HUGE_PAGE_BYTES,
} from "../memory/arena.ts";
import { roundUp } from "../round_up.ts";
import type { Plan, PlanInput } from "../plan.ts";
import { chooseStep, chooseUnitBytes, partSlots } from "./parts.ts";
import { countSegments } from "./segments.ts";

/** A partial travels to the coordinator for so many bytes, not for each segment. */
const CLAIM_BYTES = 16 * 1024 ** 2;

/**
 * What is streamed is wanted soon. A rare needle in 1 GiB is found in 5 to 8 % less time than where each segment has a
 * partial of its own (two started workers, Xeon 2.6 GHz, page cache, 2026-11-22: 128 ms instead of 137 on Node).
 */
const STREAMED_CLAIM_BYTES = 4 * 1024 ** 2;

/**
 * A mapping pays its system calls by the piece: two started workers count 1 GiB in 0.125 s by 1 MiB, 0.089 by 8,
 * 0.083 by 16, 0.079 by 32 and 0.080 by 64 (Deno 2.9, two cores of a Xeon, page cache, 2026-11-21).
 */
const MAPPED_CLAIM_BYTES = 32 * 1024 ** 2;

/** What `preload` fills before it scans; the window slides over larger files. */
const PRELOAD_BYTES_MAX = 1024 ** 3;

/** Room that is left for the grid of huge pages in all slots together. */
const SLACK_BYTES_MAX = ARENA_BYTES_MAX / 8;

/** How segments come to threads. */
export interface Sharing extends
  Pick<
    Plan,
    | "threads"
    | "ring"
    | "unitBytes"
    | "inStep"
    | "segmentCount"
    | "claimSegments"
  > {
  /** Places for segments in the arena. */
  readonly slots: number;
}

/** A sharing whose slots are still to be counted. */
type Shares = Omit<Sharing, "slots">;

/** What is to be shared out, and where. */
export interface ToShare {
  readonly span: ByteRange | undefined;
  readonly segmentBytes: number;
  readonly inline: boolean;
  readonly fed: boolean;
}

/**
 * Whether the segments of a claim are mapped at once.
 *
 * Not where the ring has them, where units or changes make a slot their own, or where claims are of one segment.
 */
export function mapsClaims(input: PlanInput): boolean {
  const access = mapAccess(input);
  return access !== undefined && ownsClaims(input) &&
    (input.update === undefined || access === "write");
}

/** See {@link Plan.mapAccess}. */
export function mapAccess(input: PlanInput): Plan["mapAccess"] {
  const { io, update } = input;
  if (update?.kind === "mapped") return "write";
  return io === "map" ? "read" : undefined;
}

/** Whether segments come to the thread that has claimed them, many at a time, and to no other. */
function ownsClaims(
  { laneCount, indexed, fed, parts, streamed }: PlanInput,
): boolean {
  return laneCount === 0 && !indexed && !fed && parts.length === 0 &&
    streamed !== true;
}

/** Shares the segments of a file out among threads. */
export function shareOut(input: PlanInput, known: ToShare): Sharing {
  const shares = chooseShares(input, known);
  return { ...shares, slots: slotCount(input, known.segmentBytes, shares) };
}

function chooseShares(input: PlanInput, known: ToShare): Shares {
  const { laneCount, indexed, parts, streamed } = input;
  const { span, segmentBytes, fed } = known;
  const segmentCount = span && countSegments(span, segmentBytes);
  const threads = known.inline ? 1 : threadCount(input, segmentCount);
  const ringed = {
    threads,
    ring: true,
    unitBytes: undefined,
    inStep: undefined,
    segmentCount,
    claimSegments: 1,
  };
  if (laneCount > 0 || indexed || fed || input.io === "preload") return ringed;
  if (parts.length > 0) {
    const byteLength = span === undefined ? 0 : span.end - span.start;
    const asked = { ...input, byteLength };
    const shares = shareUnits(asked, segmentBytes, threads);
    if (threads > 1) return shares ?? ringed;
    // One thread that does parts one after the other goes through the file as it lies.
    if (shares?.inStep !== undefined) return shares;
  }
  const mostBytes = mapsClaims(input)
    ? Math.min(MAPPED_CLAIM_BYTES, ARENA_BYTES_MAX / (2 * threads))
    : streamed
    ? STREAMED_CLAIM_BYTES
    : CLAIM_BYTES;
  const claimSegments = claimCount(
    segmentBytes,
    segmentCount ?? 0,
    threads,
    mostBytes,
  );
  return { ...ringed, ring: false, claimSegments };
}

/** Shares whole units out. @returns `undefined` where the ring does better. */
function shareUnits(
  { parts, alignBytes, byteLength = 0 }: PlanInput,
  segmentBytes: number,
  threadsMost: number,
): Shares | undefined {
  const unitBytes = chooseUnitBytes({
    parts,
    alignBytes,
    segmentBytes,
    byteLength,
    threads: threadsMost,
  });
  if (unitBytes === undefined) return undefined;
  const units = Math.floor(byteLength / unitBytes);
  const rest = byteLength - units * unitBytes;
  const unitSegments = Math.ceil(unitBytes / segmentBytes);
  const threads = Math.min(threadsMost, Math.ceil(byteLength / unitBytes));
  const claimUnits = claimCount(unitBytes, units, threads);
  const inStep = chooseStep(parts, unitBytes, segmentBytes, units);
  const together = inStep?.count ?? 1;
  return {
    threads,
    ring: false,
    unitBytes: unitBytes % segmentBytes === 0 ? undefined : unitBytes,
    inStep,
    segmentCount: units * unitSegments + Math.ceil(rest / segmentBytes),
    claimSegments: unitSegments * roundUp(claimUnits, together),
  };
}

function threadCount(
  { workers, laneCount, parts }: PlanInput,
  segmentCount: number | undefined,
): number {
  if (segmentCount === undefined) return workers;
  const looks = segmentCount * (1 + laneCount + parts.length);
  return Math.max(1, Math.min(workers, looks));
}

/** Few enough segments that the end of the file is shared out evenly, 16 MiB at most unless more is said. */
function claimCount(
  segmentBytes: number,
  segmentCount: number,
  threads: number,
  mostBytes: number = CLAIM_BYTES,
): number {
  const fair = Math.floor(segmentCount / (threads * 8));
  return Math.max(1, Math.min(fair, Math.floor(mostBytes / segmentBytes)));
}

function slotCount(
  { io, parts }: PlanInput,
  segmentBytes: number,
  { threads, ring, inStep, segmentCount }: Shares,
): number {
  if (!ring) return threads * (inStep?.count ?? 1);
  // Two for each thread, so that filling runs ahead of the lanes, and one for the feeder's look-ahead.
  const flowing = 2 * threads + 1 + partSlots(parts, segmentBytes, threads);
  const wanted = io === "preload"
    ? preloadSlots(segmentBytes, flowing)
    : flowing;
  return Math.max(1, Math.min(wanted, segmentCount ?? wanted));
}

function preloadSlots(segmentBytes: number, flowing: number): number {
  const window = Math.min(PRELOAD_BYTES_MAX, ARENA_BYTES_MAX / 2);
  return Math.max(flowing, Math.floor(window / segmentBytes));
}

/** Shapes an arena for segments that are shared out. @param scanBytes Bytes to scan, if that is known. */
export function shapeArena(
  input: PlanInput,
  sharing: Sharing,
  segmentBytes: number,
  scanBytes: number | undefined,
): ArenaShape {
  const { framing, parts, scratchBytes } = input;
  const { ring, slots, threads, unitBytes, claimSegments } = sharing;
  const roomFor = (byteLength: number): number =>
    roundUp(
      Math.min(byteLength, scanBytes ?? byteLength) || 1,
      GRANULE_BYTES,
    );
  const isWindow = !ring && mapsClaims(input);
  const slotted = roomFor(segmentBytes * (isWindow ? claimSegments : 1));
  // Segments of units start anywhere between two points of the grid of mappings.
  const trailBytes = roundUp(framing.after, GRANULE_BYTES) +
    (unitBytes === undefined ? 0 : GRANULE_BYTES);
  const onHugePages = !ring && mapAccess(input) !== undefined &&
    slotted >= HUGE_PAGE_BYTES && slots * HUGE_PAGE_BYTES <= SLACK_BYTES_MAX;
  return {
    workers: threads,
    scratchBytes: roundUp(scratchBytes, 64),
    slots,
    partLanes: ring ? parts.length : 0,
    segmentBytes: slotted,
    leadBytes: roundUp(framing.before, GRANULE_BYTES),
    trailBytes,
    ...(onHugePages ? { slackBytes: HUGE_PAGE_BYTES } : {}),
    ...(comparesSegments(input, segmentBytes)
      ? { originalBytes: roomFor(segmentBytes) + trailBytes }
      : {}),
  };
}

/** Whether segments are compared with what they were: all, or the first to see how many pages change. */
function comparesSegments(input: PlanInput, segmentBytes: number): boolean {
  const { update } = input;
  return update?.kind === "mapped"
    ? mapsClaims(input) && segmentBytes <= HUGE_PAGE_BYTES
    : update !== undefined;
}
