/**
 * The claim loop over the ring: segment `i` lies in slot `i % slots`, where several threads look at it.
 *
 * @module
 */
import type { Follower, IndexChunk } from "../binary/framing.ts";
import type { Lane } from "../job.ts";
import type { Plan } from "../plan.ts";
import { countReaders } from "../plan/parts.ts";
import { segmentRange } from "../plan/segments.ts";
import { FRAMING_EXIT } from "./framing_exit.ts";
import { PartRing } from "./part_ring.ts";
import type { PartRunner } from "./part_runner.ts";
import { bytesBehind, type SegmentScan } from "./segment_scan.ts";
import type { SegmentView } from "./segment_view.ts";

interface LaneRun {
  // deno-lint-ignore no-explicit-any -- a lane's state is its own
  readonly lane: Lane<any, any>;
  readonly state: unknown;
  /** The segment that it needs next. */
  next: number;
}

/** The one thread's look at the framing of an indexed run. */
interface FollowerRun {
  readonly follower: Follower;
  /** The segment that it needs next. */
  next: number;
  /** Offset behind the segments before that. */
  end: number;
}

/** One thread's work at the ring. */
export class RingLoop {
  readonly #scan: SegmentScan;
  readonly #follower: FollowerRun | undefined;
  readonly #lanes: LaneRun[];
  readonly #runners: readonly PartRunner[];
  readonly #index: number;

  constructor(scan: SegmentScan, runners: readonly PartRunner[]) {
    const { job, options, context, plan } = scan.setup;
    this.#scan = scan;
    this.#follower = followerRun(scan);
    this.#index = context.index;
    this.#lanes = (job.lanes?.(options) ?? [])
      .filter((_, index) => index % plan.threads === context.index)
      .map((lane) => ({ lane, state: lane.start(context), next: 0 }));
    this.#runners = runners;
  }

  /** Works until no segment is left or the run is aborted. */
  run(): void {
    const { control, emitter, plan } = this.#scan.setup;
    const parts = new PartRing({
      plan,
      control,
      index: this.#index,
      runners: this.#runners,
      place: (index, byteLength) => this.#view(index, byteLength),
    });
    for (;;) {
      const seen = control.event;
      if (control.aborted) return;
      if (this.#advanceLanes() || this.#follow() || parts.advance()) continue;
      if (
        plan.fillAhead
          ? this.#fillNext() || this.#scanNext()
          : this.#scanNext() || this.#fillNext()
      ) {
        continue;
      }
      if (this.#isDone() && parts.isDone()) return;
      emitter.flush();
      control.beat(this.#index, control.nextScan);
      control.wait(seen);
    }
  }

  /**
   * @returns Results of the lanes that this thread had, by name.
   * @throws {SabmapError} If the file ended in the middle of a record, where the framing had to be followed.
   */
  endLanes(): Record<string, unknown> {
    const results = Object.fromEntries(
      this.#lanes.map(({ lane, state }) => [lane.name, lane.end(state)]),
    );
    return { ...results, ...this.#endFollower() };
  }

  #endFollower(): Record<string, unknown> {
    const { control, job, options, plan } = this.#scan.setup;
    const run = this.#follower;
    if (run === undefined || control.aborted) return {};
    const { follower, end } = run;
    if (!endsWithFile(plan)) return { [FRAMING_EXIT]: follower.exit };
    const isStrict = job.skipsCutRecords?.(options) !== true;
    if (isStrict) this.#scan.inFile(() => follower.finish(end));
    return {};
  }

  #isDone(): boolean {
    const { control } = this.#scan.setup;
    const count = control.segmentCount;
    return control.nextScan >= count &&
      (this.#follower?.next ?? count) >= count &&
      this.#lanes.every((lane) => lane.next >= count);
  }

  /** Shows each lane its next segment, where it is there. @returns Whether one moved on. */
  #advanceLanes(): boolean {
    const { control } = this.#scan.setup;
    let moved = false;
    for (const run of this.#lanes) {
      const byteLength = control.filledBytes(run.next);
      if (byteLength < 0) continue;
      control.beat(this.#index, run.next);
      run.lane.update(this.#view(run.next, byteLength), run.state);
      control.releaseSlot(run.next);
      control.addUnit(this.#index);
      run.next++;
      moved = true;
    }
    return moved;
  }

  /** Goes through the next segment for the framing, where it is there. @returns Whether it was. */
  #follow(): boolean {
    const { control, plan } = this.#scan.setup;
    const run = this.#follower;
    if (run === undefined) return false;
    const byteLength = control.filledBytes(run.next);
    if (byteLength < 0) return false;
    control.beat(this.#index, run.next);
    const entry = run.follower.entry(run.next);
    const tell = () => control.setEntry(run.next, entry);
    const view = this.#view(run.next, byteLength);
    // Whoever has the entry may scan the segment; a job that changes it has to wait until it was looked at.
    if (plan.update === undefined) tell();
    this.#scan.inFile(() => run.follower.update(withLead(view, run)));
    if (plan.update !== undefined) tell();
    control.releaseSlot(run.next);
    control.addUnit(this.#index);
    run.next++;
    run.end += byteLength;
    return true;
  }

  #scanNext(): boolean {
    const { control, plan } = this.#scan.setup;
    const index = control.nextScan;
    if (this.#scan.isAhead(index)) return false;
    const byteLength = control.filledBytes(index);
    if (byteLength < 0) return false;
    if (plan.indexed && control.entry(index) === undefined) return false;
    if (!control.claimScan(index)) return true;
    control.beat(this.#index, index);
    const partial = this.#scan.scan(this.#view(index, byteLength));
    control.releaseSlot(index);
    control.addUnit(this.#index);
    this.#scan.emit(index, 1, partial);
    return true;
  }

  #fillNext(): boolean {
    const { control, plan, filler } = this.#scan.setup;
    if (filler === undefined) return false;
    const index = control.nextFill;
    if (index >= control.segmentCount || !control.isSlotFree(index)) {
      return false;
    }
    if (!control.claimFill(index)) return true;
    const range = segmentRange(index, plan);
    control.beat(this.#index, index);
    filler.fill(range, this.#address(index));
    control.publish(index, {
      byteLength: range.end - range.start,
      bytesAfter: bytesBehind(range, plan, plan.aheadBytes),
      readers: countReaders(plan, range),
    });
    return true;
  }

  #address(index: number): number {
    const { layout, plan } = this.#scan.setup;
    return layout.segmentAddress(index % plan.shape.slots);
  }

  #view(index: number, byteLength: number): SegmentView {
    const { control, plan } = this.#scan.setup;
    const start = plan.origin + index * plan.segmentBytes;
    const range = { start, end: start + byteLength };
    const after = control.bytesAfter(index);
    return this.#scan.view(index, this.#address(index), range, after);
  }
}

/** Whether the last segment ends where the file does. */
function endsWithFile({ end, byteLength }: Plan): boolean {
  return end === undefined || end === byteLength;
}

/** A segment with its neighbour bytes in front, where the follower begins among them, as part of a file does. */
function withLead(
  view: SegmentView,
  { follower: { position } }: FollowerRun,
): IndexChunk {
  const lead = view.offset - position;
  if (lead <= 0) return view;
  const { offset, address, byteLength, bytes: { buffer } } = view;
  // SAFETY: the framing's bytes in front of a segment are put into its slot with it.
  const bytes = new Uint8Array(buffer, address - lead, lead + byteLength);
  return { offset: offset - lead, address: address - lead, bytes };
}

/** The follower of an indexed run, in the one thread that has it: behind those that have the lanes. */
function followerRun(
  { setup: { plan, context }, source: { framing } }: SegmentScan,
): FollowerRun | undefined {
  const isMine = plan.laneCount % plan.threads === context.index;
  if (!plan.indexed || !isMine || framing?.indexer === undefined) {
    return undefined;
  }
  const { origin: offset, entry, segmentBytes } = plan;
  const start = entry === undefined ? undefined : { offset, entry };
  return {
    follower: framing.indexer
      .createFollower(segmentBytes, context.kernels, start),
    next: 0,
    end: offset,
  };
}
