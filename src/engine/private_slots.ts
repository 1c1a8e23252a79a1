/**
 * The claim loop over private slots: a thread has one slot, or one for each unit that it goes through side by side,
 * and claims runs of segments.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import { GRANULE_BYTES, HUGE_PAGE_BYTES } from "../memory/arena.ts";
import type { Plan } from "../plan.ts";
import { segmentRange } from "../plan/segments.ts";
import type { PartRunner } from "./part_runner.ts";
import { bytesBehind, type SegmentScan } from "./segment_scan.ts";
import type { SegmentView } from "./segment_view.ts";

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
  const { plan, control } = scan.setup;
  const count = plan.segmentCount ?? 0;
  while (yield* awaitMerging(scan, control.nextScan)) {
    const claim = claimSize(scan);
    const first = control.claimRun(claim);
    if (first >= count) return;
    const end = Math.min(first + claim, count);
    const address = fillClaim(first, end, scan);
    let partial: unknown;
    let from = first;
    for (let index = first; index < end;) {
      if (control.aborted) return;
      if (index > from && (scan.isHeavy(partial) || scan.isAhead(index))) {
        scan.emit(from, index - from, partial);
        from = index;
        if (!(yield* awaitMerging(scan, index))) return;
      }
      const width = stepWidth(index, end, plan);
      const next = width > 0
        ? yield* scanInStep(index, scan, runners)
        : scanNext(index, placeIn(address, first, index, plan), scan, runners);
      partial = index === from ? next : scan.merge(partial, next);
      index += Math.max(1, width);
      yield;
    }
    scan.emit(from, end - from, partial);
  }
}

/** How many segments to claim: fewer towards the end of the file, so that no thread is left to work alone. */
function claimSize({ setup: { plan, control, filler } }: SegmentScan): number {
  // A unit of parts is worked on by one thread as a whole.
  if (plan.parts.length > 0) return plan.claimSegments;
  const left = (plan.segmentCount ?? 0) - control.nextScan;
  const most = (filler?.claimBytesMax?.() ?? Infinity) / plan.segmentBytes;
  const fair = Math.min(
    Math.floor(left / (2 * plan.threads)),
    plan.claimSegments,
    Math.floor(most),
  );
  if ((plan.shape.slackBytes ?? 0) === 0) return Math.max(1, fair);
  // A page of 2 MiB is mapped as one by one thread, or its 512 pages one by one: to store into them takes 6 ms then.
  const whole = Math.max(1, HUGE_PAGE_BYTES / plan.segmentBytes);
  return Math.max(whole, fair - fair % whole);
}

/** Holds back while a scan is too far ahead of merging. @returns False if the run is aborted. */
function* awaitMerging(
  scan: SegmentScan,
  next: number,
): Generator<number | undefined, boolean> {
  const { control, emitter, context } = scan.setup;
  for (;;) {
    const seen = control.event;
    if (control.aborted) return false;
    if (next >= control.segmentCount || !scan.isAhead(next)) return true;
    emitter.flush();
    control.beat(context.index, next);
    yield seen;
  }
}

/** Puts all segments of a claim into the slot, where that is faster. @returns Where they lie then. */
function fillClaim(
  first: number,
  end: number,
  scan: SegmentScan,
): number | undefined {
  const { plan, control, filler, context } = scan.setup;
  if (filler?.fillClaim === undefined) return undefined;
  const { start } = segmentRange(first, plan);
  const range = { start, end: segmentRange(end - 1, plan).end };
  control.beat(context.index, first);
  return filler.fillClaim(range, slotOf(scan));
}

/** Where the segments of one of this thread's slots begin, or a little later. */
function slotOf(
  { setup: { plan, layout, context } }: SegmentScan,
  index = 0,
): number {
  const slots = plan.inStep?.count ?? 1;
  return layout.segmentAddress(context.index * slots + index);
}

/** Where the bytes from `start` on lie in a slot of this thread's, if they are the first in it. */
function addressOf(
  start: number,
  scan: SegmentScan,
  index = 0,
): number {
  const { filler } = scan.setup;
  const slot = slotOf(scan, index);
  // Pages of a mapping lie on the grid of the file; so does all else where segments do.
  return filler?.addressIn?.(slot, start) ?? slot + start % GRANULE_BYTES;
}

/** How many segments from `index` on are of units that are gone through side by side; 0 for none. */
function stepWidth(index: number, end: number, plan: Plan): number {
  if (plan.inStep === undefined) return 0;
  const { count, unitBytes, unitSegments } = plan.inStep;
  const width = count * unitSegments;
  if (index + width > end) return 0;
  // At the end of a file a unit may be shorter.
  const { start } = segmentRange(index, plan);
  const last = segmentRange(index + width - 1, plan);
  return last.end - start === count * unitBytes ? width : 0;
}

/**
 * Scans units side by side: the first segment of each, the second of each, and so on.
 *
 * @param first The first segment of the first unit.
 * @returns What yields after each segment; the partial of all of them.
 */
function* scanInStep(
  first: number,
  scan: SegmentScan,
  runners: readonly PartRunner[],
): Generator<undefined, unknown> {
  const { plan, control, context } = scan.setup;
  const { count = 0, unitBytes = 0, unitSegments = 0 } = plan.inStep ?? {};
  const partials: unknown[] = [];
  for (let i = first; i < first + unitSegments; i++) {
    const views: SegmentView[] = [];
    for (let k = 0; k < count; k++) {
      if (control.aborted) return undefined;
      const index = i + k * unitSegments;
      control.beat(context.index, index);
      const range = segmentRange(index, plan);
      const address = addressOf(range.start, scan, k);
      const view = fill(index, range, address, scan);
      const next = scan.scan(view);
      partials[k] = i === first ? next : scan.merge(partials[k], next);
      views.push(view);
      control.addUnit(context.index);
      yield;
    }
    for (const runner of runners) runner.takeInStep(views, unitBytes);
  }
  return partials.reduce((left, right) => scan.merge(left, right));
}

/** @param address Where the segment lies; `undefined` if it is to be put into the slot. @returns The partial. */
function scanNext(
  index: number,
  address: number | undefined,
  scan: SegmentScan,
  runners: readonly PartRunner[],
): unknown {
  const { plan, control, context } = scan.setup;
  control.beat(context.index, index);
  const range = segmentRange(index, plan);
  const view = address === undefined
    ? fill(index, range, addressOf(range.start, scan), scan)
    : see(index, range, address, scan);
  const partial = scan.scan(view);
  for (const runner of runners) runner.take(view, range.start, range.end);
  control.addUnit(context.index);
  return partial;
}

/** Where a segment of a claim lies that is in its slot as a whole. */
function placeIn(
  address: number | undefined,
  first: number,
  index: number,
  plan: Plan,
): number | undefined {
  // The segments of a claim are those of one grid then, as no units cut it.
  return address && address + (index - first) * plan.segmentBytes;
}

/** Puts a segment into its place. */
function fill(
  index: number,
  range: ByteRange,
  address: number,
  scan: SegmentScan,
): SegmentView {
  scan.setup.filler?.fill(range, address);
  return see(index, range, address, scan);
}

/** A segment that is in its place. */
function see(
  index: number,
  range: ByteRange,
  address: number,
  scan: SegmentScan,
): SegmentView {
  const { plan } = scan.setup;
  const after = bytesBehind(range, plan, plan.aheadBytes);
  return scan.view(index, address, range, after);
}
