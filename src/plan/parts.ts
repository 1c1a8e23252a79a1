/**
 * How part lanes share a file out: each part goes to one worker, which sees it in order.
 *
 * Two ways. With **units**, a worker claims whole parts of all part lanes at once and puts them into
 * its own slot, segment after segment: as many places of the file are read at once as there are
 * workers, and a part may be larger than memory. A unit is a common multiple of the lengths of the
 * parts, and segments start anew in each. Where that cannot be (serial lanes beside them, streams,
 * `preload`, lengths whose multiple is too large), segments go through the **ring** in file order and a
 * worker claims *groups* of parts of one lane, so that a segment belongs to two groups at most; the
 * ring has room for as many parts as there are threads.
 *
 * @module
 */
import { type ByteRange, groupDigits } from "../errors.ts";

/** What has to be known of a part lane to plan its run. Plain data. */
export interface PartShape {
  /** Name of the lane. */
  readonly name: string;
  /** Length of a part, at least 1. */
  readonly partBytes: number;
  /** Length of the result of a part, at least 1. */
  readonly resultBytes: number;
  /** How many parts the lane works on at once, if it can. */
  readonly partsInStep?: number | undefined;
}

/** Units that a thread goes through side by side: one segment of each, then the next segment of each. */
export interface StepPlan {
  /** How many, at least 2. */
  readonly count: number;
  /** Length of each. */
  readonly unitBytes: number;
  /** Segments of each. */
  readonly unitSegments: number;
}

/** Results of a part lane are kept until the end, so their number has a bound: 1,700 times that of S3. */
export const PARTS_MAX: number = 2 ** 24;

/** The most that the ring holds so that several parts are worked on at once. */
const RING_BYTES_MAX = 512 * 1024 ** 2;

/** What the choice of units depends on. */
export interface UnitInput {
  readonly parts: readonly PartShape[];
  /** Segments start at multiples of this. */
  readonly alignBytes: number;
  readonly segmentBytes: number;
  readonly byteLength: number;
  readonly threads: number;
}

/**
 * Finds the length of units.
 *
 * @returns `undefined` where the ring does better: units are larger than the largest part and than a
 * worker's share, or there is one only.
 */
export function chooseUnitBytes(input: UnitInput): number | undefined {
  const { parts, alignBytes, segmentBytes, byteLength, threads } = input;
  const lengths = parts.map((part) => part.partBytes);
  const common = leastCommonMultiple([...lengths, alignBytes]);
  const units = byteLength / common;
  if (units <= 1 || (units < threads && common > Math.max(...lengths))) {
    return undefined;
  }
  return common * Math.max(1, Math.floor(segmentBytes / common));
}

/** Shorter parts take no less time side by side. */
const STEP_PART_BYTES_MIN = 4096;

/**
 * Chooses whether threads go through units side by side.
 *
 * @returns `undefined` where a lane cannot, there are too few units, or pieces would not be whole blocks of 64 bytes.
 */
export function chooseStep(
  parts: readonly PartShape[],
  unitBytes: number,
  segmentBytes: number,
  units: number,
): StepPlan | undefined {
  const [{ partBytes = 0, partsInStep: count = 1 } = {}] = parts;
  const areAlike = parts.every((part) =>
    part.partBytes === partBytes && part.partsInStep === count
  );
  const inBlocks = partBytes % 64 === 0 || unitBytes === partBytes ||
    unitBytes <= segmentBytes;
  if (
    !areAlike || !inBlocks || count < 2 || units < count ||
    partBytes < STEP_PART_BYTES_MIN
  ) return undefined;
  const unitSegments = Math.ceil(unitBytes / segmentBytes);
  return { count, unitBytes, unitSegments };
}

/** The smallest number of which all are divisors; infinite beyond 2^53 - 1. @param values Integers from 1 on. */
export function leastCommonMultiple(values: readonly number[]): number {
  let common = 1;
  for (const value of values) {
    common *= value / greatestCommonDivisor(common, value);
    if (!Number.isSafeInteger(common)) return Infinity;
  }
  return common;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

/** Bytes of the parts of a lane that are claimed together in the ring: a segment at least. */
export function groupBytes(partBytes: number, segmentBytes: number): number {
  return partBytes * Math.ceil(segmentBytes / partBytes);
}

/** How many times a segment of the ring is looked at. */
export function countReaders(
  plan: {
    readonly parts: readonly PartShape[];
    readonly readers: number;
    readonly segmentBytes: number;
    readonly origin?: number;
  },
  range: ByteRange,
): number {
  const { origin = 0 } = plan;
  const start = range.start - origin, end = range.end - origin;
  let readers = plan.readers;
  for (const { partBytes } of plan.parts) {
    const group = groupBytes(partBytes, plan.segmentBytes);
    // The first of them is counted in `plan.readers`.
    readers += Math.floor((end - 1) / group) - Math.floor(start / group);
  }
  return readers;
}

/** Slots of a ring in which each thread finds a part to work on, besides those through which segments flow. */
export function partSlots(
  parts: readonly PartShape[],
  segmentBytes: number,
  threads: number,
): number {
  const groups = parts.map((part) => groupBytes(part.partBytes, segmentBytes));
  const group = Math.max(0, ...groups);
  // Beside a part that fills the ring no other finds room.
  if (threads === 1 || group >= RING_BYTES_MAX) return 0;
  const wanted = (threads + 1) * group;
  return Math.ceil(Math.min(wanted, RING_BYTES_MAX) / segmentBytes);
}

/** @throws {RangeError} If a lane has more than {@link PARTS_MAX} parts. */
export function checkPartCounts(
  parts: readonly PartShape[],
  byteLength: number,
): void {
  for (const { partBytes } of parts) {
    checkPartCount(Math.ceil(byteLength / partBytes), partBytes);
  }
}

/** @throws {RangeError} If there are more parts than {@link PARTS_MAX}. */
export function checkPartCount(count: number, partBytes: number): void {
  if (count <= PARTS_MAX) return;
  throw new RangeError(
    `Cannot cut the file into parts of ${
      groupDigits(partBytes)
    } B as there may be ${groupDigits(PARTS_MAX)} parts at most: received ${
      groupDigits(count)
    }`,
  );
}
