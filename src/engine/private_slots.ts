/**
 * The claim loop over private slots: a thread has one slot, and claims runs of segments.
 *
 * @module
 */
import { GRANULE_BYTES } from "../memory/arena.ts";
import { segmentRange } from "../plan/segments.ts";
import type { PartRunner } from "./part_runner.ts";
import { bytesBehind, type SegmentScan } from "./segment_scan.ts";

/**
 * Scans until no segment is left or the run is aborted.
 *
 * @param runners Shown each segment after its scan.
 * @returns What yields after each segment; and an event, before it goes on once that has changed.
 */
export function* scanPrivate(
  scan: SegmentScan,
  runners: readonly PartRunner[],
): Generator<number | undefined, void> {
  const { plan, control, job } = scan.setup;
  const count = plan.segmentCount ?? 0;
  while (yield* awaitMerging(scan)) {
    const claim = claimSize(scan);
    const first = control.claimRun(claim);
    if (first >= count) return;
    const end = Math.min(first + claim, count);
    if (plan.mapsClaims) fillClaim(first, end, scan);
    let partial: unknown;
    for (let index = first; index < end; index++) {
      if (control.aborted) return;
      const next = fillAndScan(index, first, scan, runners);
      partial = index === first ? next : job.merge(partial, next);
      yield;
    }
    scan.emit(first, end - first, partial);
  }
}

/** How many segments to claim: fewer towards the end of the file, so that no thread is left to work alone. */
function claimSize({ setup: { plan, control } }: SegmentScan): number {
  // A unit of parts is worked on by one thread as a whole.
  if (plan.parts.length > 0) return plan.claimSegments;
  const left = (plan.segmentCount ?? 0) - control.nextScan;
  const fair = Math.floor(left / (2 * plan.threads));
  return Math.max(1, Math.min(fair, plan.claimSegments));
}

/** Holds back while scanning is too far ahead of merging. @returns False if the run is aborted. */
function* awaitMerging(
  scan: SegmentScan,
): Generator<number | undefined, boolean> {
  const { control, emitter, context } = scan.setup;
  for (;;) {
    const seen = control.event;
    if (control.aborted) return false;
    const next = control.nextScan;
    if (next >= control.segmentCount || !scan.isAhead(next)) return true;
    emitter.flush();
    control.beat(context.index, next);
    yield seen;
  }
}

/** Puts all segments of a claim into the slot. */
function fillClaim(first: number, end: number, scan: SegmentScan): void {
  const { plan, control, filler, context } = scan.setup;
  const { start } = segmentRange(first, plan);
  const range = { start, end: segmentRange(end - 1, plan).end };
  control.beat(context.index, first);
  filler?.fill(range, addressOf(start, scan));
}

/** Where the bytes from `start` on lie in the slot, if they are the first in it. */
function addressOf(start: number, { setup }: SegmentScan): number {
  const { layout, context } = setup;
  // Pages of a mapping lie on the grid of the file; so does all else where segments do.
  return layout.segmentAddress(context.index) + start % GRANULE_BYTES;
}

/** @param first The first segment of the claim. */
function fillAndScan(
  index: number,
  first: number,
  scan: SegmentScan,
  runners: readonly PartRunner[],
): unknown {
  const { plan, control, filler, context } = scan.setup;
  const range = segmentRange(index, plan);
  const { start } = plan.mapsClaims ? segmentRange(first, plan) : range;
  const address = addressOf(start, scan) + range.start - start;
  control.beat(context.index, index);
  if (!plan.mapsClaims) filler?.fill(range, address);
  const after = bytesBehind(range, plan, plan.aheadBytes);
  const view = scan.view(index, address, range, after);
  const partial = scan.scan(view);
  for (const runner of runners) runner.take(view, range.start, range.end);
  control.addUnit(context.index);
  return partial;
}
