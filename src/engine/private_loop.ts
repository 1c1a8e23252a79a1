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

/** A run of segments that this thread has claimed. */
interface Claim {
  readonly first: number;
  readonly end: number;
  /** Where the first lies, if all of them have been put into the slot at once. */
  readonly address: number | undefined;
  /** The segment to scan next. */
  next: number;
  /** The first whose partial has not gone out. */
  from: number;
  /** Of the segments from there to the next. */
  partial: unknown;
}

/**
 * One thread's work with slots of its own.
 *
 * No generator, which V8 compiles while it is under way, twice and for nothing: what it has made for a loop is left with
 * the first `yield` (16 ms of CPU each time on Node 20).
 */
export class PrivateLoop {
  readonly #scan: SegmentScan;
  readonly #runners: readonly PartRunner[];
  #claim: Claim | undefined;
  /** What is left of units that are gone through side by side. */
  #inStep: Iterator<undefined, unknown> | undefined;
  #blockedBy: number | undefined;

  /** @param runners Shown each segment after its scan. */
  constructor(scan: SegmentScan, runners: readonly PartRunner[]) {
    this.#scan = scan;
    this.#runners = runners;
  }

  /** Scans until no segment is left or the run is aborted. */
  run(): void {
    const { control } = this.#scan.setup;
    while (this.#step()) {
      if (this.#blockedBy !== undefined) control.wait(this.#blockedBy);
    }
  }

  /** As {@link run}, with turns between the segments. */
  async runInTurns(turn: () => Promise<void> | undefined): Promise<void> {
    const { control } = this.#scan.setup;
    while (this.#step()) {
      // To wait for what is there already would cost as much as a short segment.
      const wait = this.#blockedBy === undefined
        ? turn()
        : control.waitAsync(this.#blockedBy);
      if (wait !== undefined) await wait;
    }
  }

  /**
   * Scans a segment, or finds that it must wait until an event has changed: then `#blockedBy`.
   *
   * @returns Whether there is more to do.
   */
  #step(): boolean {
    const { control } = this.#scan.setup;
    const seen = control.event;
    if (control.aborted) return false;
    const next = this.#claim?.next ?? control.nextScan;
    if (next < control.segmentCount && this.#scan.isAhead(next)) {
      this.#holdBack(next);
      this.#blockedBy = seen;
      return true;
    }
    this.#blockedBy = undefined;
    this.#claim ??= claimNext(this.#scan);
    if (this.#claim === undefined) return false;
    this.#scanNext(this.#claim);
    return true;
  }

  /** Sends what there is: merging may wait for it, while the scan is too far ahead. */
  #holdBack(next: number): void {
    const { control, emitter, context } = this.#scan.setup;
    if (this.#claim !== undefined) this.#emit(this.#claim);
    emitter.flush();
    control.beat(context.index, next);
  }

  #scanNext(claim: Claim): void {
    const width = stepWidth(claim, this.#scan.setup.plan);
    if (width > 0) return this.#scanInStep(claim, width);
    this.#take(claim, scanOne(claim, this.#scan, this.#runners), 1);
  }

  #scanInStep(claim: Claim, width: number): void {
    this.#inStep ??= scanInStep(claim.next, this.#scan, this.#runners);
    const { done, value } = this.#inStep.next();
    if (done !== true) return;
    this.#inStep = undefined;
    this.#take(claim, value, width);
  }

  /** Joins the partial of the next segments to those in front of them. */
  #take(claim: Claim, partial: unknown, count: number): void {
    const scan = this.#scan;
    claim.partial = claim.next === claim.from
      ? partial
      : scan.merge(claim.partial, partial);
    claim.next += count;
    const isOver = claim.next === claim.end;
    if (isOver || scan.isHeavy(claim.partial)) this.#emit(claim);
    if (isOver) this.#claim = undefined;
  }

  #emit(claim: Claim): void {
    const { next, from, partial } = claim;
    if (next > from) this.#scan.emit(from, next - from, partial);
    claim.from = next;
    claim.partial = undefined;
  }
}

/** @returns `undefined` if no segment is left. */
function claimNext(scan: SegmentScan): Claim | undefined {
  const { plan, control } = scan.setup;
  const count = plan.segmentCount ?? 0;
  const claim = claimSize(scan);
  const first = control.claimRun(claim);
  if (first >= count) return undefined;
  const end = Math.min(first + claim, count);
  const address = fillClaim(first, end, scan);
  return { first, end, address, next: first, from: first, partial: undefined };
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

/** How many segments from the next on are of units that are gone through side by side; 0 for none. */
function stepWidth({ next, end }: Claim, plan: Plan): number {
  if (plan.inStep === undefined) return 0;
  const { count, unitBytes, unitSegments } = plan.inStep;
  const width = count * unitSegments;
  if (next + width > end) return 0;
  // At the end of a file a unit may be shorter.
  const first = segmentRange(next, plan);
  const last = segmentRange(next + width - 1, plan);
  return last.end - first.start === count * unitBytes ? width : 0;
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

/** Scans the next segment of a claim. @returns The partial. */
function scanOne(
  claim: Claim,
  scan: SegmentScan,
  runners: readonly PartRunner[],
): unknown {
  const { plan, control, context } = scan.setup;
  const index = claim.next;
  control.beat(context.index, index);
  const range = segmentRange(index, plan);
  const address = placeIn(claim, plan);
  const view = address === undefined
    ? fill(index, range, addressOf(range.start, scan), scan)
    : see(index, range, address, scan);
  const partial = scan.scan(view);
  for (const runner of runners) runner.take(view, range.start, range.end);
  control.addUnit(context.index);
  return partial;
}

/** Where the next segment of a claim lies that is in its slot as a whole. */
function placeIn(
  { address, first, next }: Claim,
  plan: Plan,
): number | undefined {
  // The segments of a claim are those of one grid then, as no units cut it.
  return address && address + (next - first) * plan.segmentBytes;
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
