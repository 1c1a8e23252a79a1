/**
 * The claim loop: what each thread of a run does until no segment is left.
 *
 * Private slots, for jobs that look at each segment once:
 *
 * ```text
 * loop: claim a run of segments (one Atomics.add)
 *       for each: fill my slot, scan it there, show it to part lanes, merge with the one before
 *       send the run's partial
 * ```
 *
 * The ring, where several threads see each segment (lanes beside the scan), where the coordinator
 * fills (streams), or where filling runs ahead (preload):
 *
 * ```text
 * loop: one of my lanes can go on?           -> update it, release the slot
 *       the framing can go on, and is mine?  -> tell the segment's entry, go through it, release the slot
 *       a part lane can go on?               -> show it its segment, release the slot (part_ring.ts)
 *       the next segment is in its slot?     -> claim its scan, scan it, release the slot
 *       the slot of the next fill is free?   -> claim it, fill it, publish it
 *       nothing left?                        -> done
 *       otherwise                            -> sleep until something changes
 * ```
 *
 * A framing that has to know what lies in front of a segment (binary/framing.ts) is followed by one of
 * the workers, and a segment is scanned when its entry is known.
 *
 * Lanes come first because a serial digest bounds the run; whoever has none to serve fills and scans,
 * so serial and parallel work overlap and each byte is read once.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import type { Follower, RecordFraming } from "../binary/framing.ts";
import {
  type AnyJob,
  type Lane,
  NO_FRAMING,
  type WorkerContext,
  workerResultName,
} from "../job.ts";
import { type ArenaLayout, GRANULE_BYTES } from "../memory/arena.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { Plan } from "../plan.ts";
import { countReaders } from "../plan/parts.ts";
import { segmentRange } from "../plan/segments.ts";
import type { Emitter } from "./emitter.ts";
import type { Filler } from "./fill.ts";
import { endRunners } from "./part_results.ts";
import { PartRing } from "./part_ring.ts";
import { PartRunner } from "./part_runner.ts";
import { isRecordFraming } from "./record_framing.ts";
import { locate, type SegmentSource, SegmentView } from "./segment_view.ts";
import type { ChangeTracker } from "../update/changes.ts";
import type { EditBlock } from "../update/edit_block.ts";

/** Scanning holds back while partials of a streamed run that nobody has taken weigh more. */
const HELD_KIB_MAX = 32 * 1024;

/** What the loop works with, in one thread. */
export interface ScanSetup {
  readonly plan: Plan;
  readonly layout: ArenaLayout;
  readonly control: ControlBlock;
  readonly buffer: SharedArrayBuffer;
  /** Absent where the coordinator fills. */
  readonly filler: Filler | undefined;
  readonly job: AnyJob;
  readonly options: unknown;
  readonly context: WorkerContext;
  readonly emitter: Emitter;
  /** Finds what the job changes; absent unless it does, and where its changes are the file's at once. */
  readonly changes?: ChangeTracker | undefined;
}

/**
 * Works until no segment is left or the run is aborted.
 *
 * @returns Results of the lanes that this thread had, by name, and that of the worker; those of an aborted run mean nothing.
 */
export function scanLoop(setup: ScanSetup): Record<string, unknown> {
  const loop = new ScanLoop(setup);
  if (setup.plan.ring) loop.runRing();
  else {
    for (const seen of loop.runPrivate()) {
      if (seen !== undefined) setup.control.wait(seen);
    }
  }
  setup.emitter.flush();
  return loop.endLanes();
}

/**
 * As {@link scanLoop}, in turns with whatever else the thread has to do.
 *
 * @param turn Called and awaited between two segments.
 */
export async function scanInTurns(
  setup: ScanSetup,
  turn: () => Promise<void> | undefined,
): Promise<Record<string, unknown>> {
  const loop = new ScanLoop(setup);
  for (const seen of loop.runPrivate()) {
    // To wait for what is there already would cost as much as a short segment.
    const wait = seen === undefined ? turn() : setup.control.waitAsync(seen);
    if (wait !== undefined) await wait;
  }
  setup.emitter.flush();
  return loop.endLanes();
}

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
  /** Bytes of the segments before that. */
  byteLength: number;
}

class ScanLoop {
  readonly #setup: ScanSetup;
  readonly #source: SegmentSource;
  readonly #follower: FollowerRun | undefined;
  readonly #state: unknown;
  readonly #lanes: LaneRun[];
  readonly #partRunners: readonly PartRunner[];
  readonly #index: number;
  /** What the job has changed since the last partial went out. */
  #edits: EditBlock[] = [];

  constructor(setup: ScanSetup) {
    const { job, options, context, plan } = setup;
    const framing = job.framing?.(options) ?? NO_FRAMING;
    this.#setup = setup;
    this.#source = {
      buffer: setup.buffer,
      framing: isRecordFraming(framing) ? framing : undefined,
      search: context.kernels.backend === "simd" ? context.kernels : undefined,
      updates: plan.update !== undefined,
      filler: setup.changes?.follow(setup.filler) ?? setup.filler,
    };
    this.#follower = followerRun(setup, this.#source.framing);
    this.#index = context.index;
    this.#state = job.start(options, context);
    this.#lanes = (job.lanes?.(options) ?? [])
      .filter((_, index) => index % plan.threads === context.index)
      .map((lane) => ({ lane, state: lane.start(context), next: 0 }));
    this.#partRunners = (job.partLanes?.(options) ?? [])
      .map((lane) => new PartRunner(lane, context));
  }

  /** @throws {SabmapError} If the file ended in the middle of a record, where the framing had to be followed. */
  endLanes(): Record<string, unknown> {
    const { control, job, options } = this.#setup;
    const run = this.#follower;
    const isStrict = job.skipsCutRecords?.(options) !== true;
    if (run !== undefined && isStrict && !control.aborted) {
      this.#inFile(() => run.follower.finish(run.byteLength));
    }
    const results = Object.fromEntries(
      this.#lanes.map(({ lane, state }) => [lane.name, lane.end(state)]),
    );
    if (!control.aborted) {
      Object.assign(results, endRunners(this.#partRunners, this.#index));
    }
    const { changes } = this.#setup;
    if (changes !== undefined) {
      results[changesName(this.#index)] = changes.bytesChanged;
    }
    if (job.end !== undefined && !control.aborted) {
      results[workerResultName(this.#index)] = job.end(this.#state);
    }
    return results;
  }

  /** Yields after each segment; and an event, before it goes on once that has changed. */
  *runPrivate(): Generator<number | undefined, void> {
    const { plan, control, job } = this.#setup;
    const count = plan.segmentCount ?? 0;
    while (yield* this.#awaitMerging()) {
      const first = control.claimRun(plan.claimSegments);
      if (first >= count) return;
      const end = Math.min(first + plan.claimSegments, count);
      let partial: unknown;
      for (let index = first; index < end; index++) {
        if (control.aborted) return;
        const next = this.#fillAndScan(index);
        partial = index === first ? next : job.merge(partial, next);
        yield;
      }
      this.#emit(first, end - first, partial);
    }
  }

  /** Sends a partial, and says what it weighs until it is taken. */
  #emit(first: number, count: number, partial: unknown): void {
    const { job, control, emitter } = this.#setup;
    const edits = this.#edits;
    this.#edits = [];
    const changed = edits.reduce((sum, block) => sum + block.byteLength, 0);
    const held = Math.ceil(((job.heldBytes?.(partial) ?? 0) + changed) / 1024);
    if (held > 0) control.addHeld(held);
    emitter.add(first, count, partial, held, edits);
  }

  /**
   * Whether the next scan has to wait for merging: it is too far ahead, or what was made and not taken is too large.
   *
   * The segment that merging waits for never has to.
   */
  #isAhead(next: number): boolean {
    const { plan, control } = this.#setup;
    const distance = next - control.merged;
    return distance >= plan.mergeWindow ||
      (distance > 0 && control.heldKib > HELD_KIB_MAX);
  }

  /** Holds back while scanning is too far ahead of merging. @returns False if the run is aborted. */
  *#awaitMerging(): Generator<number | undefined, boolean> {
    const { control, emitter } = this.#setup;
    for (;;) {
      const seen = control.event;
      if (control.aborted) return false;
      const next = control.nextScan;
      if (next >= control.segmentCount || !this.#isAhead(next)) return true;
      emitter.flush();
      control.beat(this.#index, next);
      yield seen;
    }
  }

  #fillAndScan(index: number): unknown {
    const { plan, layout, control, filler } = this.#setup;
    const range = segmentRange(index, plan);
    // Pages of a mapping lie on the grid of the file; so does all else where segments do.
    const address = layout.segmentAddress(this.#index) +
      range.start % GRANULE_BYTES;
    control.beat(this.#index, index);
    filler?.fill(range, address);
    const after = bytesBehind(range, plan, plan.aheadBytes);
    const view = this.#view(index, address, range, after);
    const partial = this.#scan(view);
    for (const runner of this.#partRunners) {
      runner.take(view, range.start, range.end);
    }
    control.addUnit(this.#index);
    return partial;
  }

  runRing(): void {
    const { control, emitter, plan } = this.#setup;
    const parts = new PartRing({
      plan,
      control,
      index: this.#index,
      runners: this.#partRunners,
      place: (index, byteLength) => this.#ringView(index, byteLength),
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

  #isDone(): boolean {
    const { control } = this.#setup;
    const count = control.segmentCount;
    return control.nextScan >= count &&
      (this.#follower?.next ?? count) >= count &&
      this.#lanes.every((lane) => lane.next >= count);
  }

  /** Shows each lane its next segment, where it is there. @returns Whether one moved on. */
  #advanceLanes(): boolean {
    const { control } = this.#setup;
    let moved = false;
    for (const run of this.#lanes) {
      const byteLength = control.filledBytes(run.next);
      if (byteLength < 0) continue;
      control.beat(this.#index, run.next);
      run.lane.update(this.#ringView(run.next, byteLength), run.state);
      control.releaseSlot(run.next);
      control.addUnit(this.#index);
      run.next++;
      moved = true;
    }
    return moved;
  }

  /** Goes through the next segment for the framing, where it is there. @returns Whether it was. */
  #follow(): boolean {
    const { control, plan } = this.#setup;
    const run = this.#follower;
    if (run === undefined) return false;
    const byteLength = control.filledBytes(run.next);
    if (byteLength < 0) return false;
    control.beat(this.#index, run.next);
    const entry = run.follower.entry(run.next);
    const tell = () => control.setEntry(run.next, entry);
    const view = this.#ringView(run.next, byteLength);
    // Whoever has the entry may scan the segment; a job that changes it has to wait until it was looked at.
    if (plan.update === undefined) tell();
    this.#inFile(() => run.follower.update(view));
    if (plan.update !== undefined) tell();
    control.releaseSlot(run.next);
    control.addUnit(this.#index);
    run.next++;
    run.byteLength += byteLength;
    return true;
  }

  #scanNext(): boolean {
    const { control, plan } = this.#setup;
    const index = control.nextScan;
    if (this.#isAhead(index)) return false;
    const byteLength = control.filledBytes(index);
    if (byteLength < 0) return false;
    if (plan.indexed && control.entry(index) === undefined) return false;
    if (!control.claimScan(index)) return true;
    control.beat(this.#index, index);
    const partial = this.#scan(this.#ringView(index, byteLength));
    control.releaseSlot(index);
    control.addUnit(this.#index);
    this.#emit(index, 1, partial);
    return true;
  }

  #fillNext(): boolean {
    const { control, plan, filler } = this.#setup;
    if (filler === undefined) return false;
    const index = control.nextFill;
    if (index >= control.segmentCount || !control.isSlotFree(index)) {
      return false;
    }
    if (!control.claimFill(index)) return true;
    const range = segmentRange(index, plan);
    control.beat(this.#index, index);
    filler.fill(range, this.#ringAddress(index));
    control.publish(index, {
      byteLength: range.end - range.start,
      bytesAfter: bytesBehind(range, plan, plan.aheadBytes),
      readers: countReaders(plan, range),
    });
    return true;
  }

  #scan(view: SegmentView): unknown {
    const { changes } = this.#setup;
    changes?.begin(view);
    const partial = this.#scanOnly(view);
    const block = changes?.end(view);
    if (block !== undefined) this.#edits.push(block);
    return partial;
  }

  #scanOnly(view: SegmentView): unknown {
    const { job, context } = this.#setup;
    try {
      return job.scan(view, this.#state);
    } catch (error) {
      throw locate(error, context.file.path, view.position);
    }
  }

  /** Lets an error of the framing name the file; it has the offset already. */
  #inFile(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      throw locate(error, this.#setup.context.file.path, undefined);
    }
  }

  #ringAddress(index: number): number {
    const { layout, plan } = this.#setup;
    return layout.segmentAddress(index % plan.shape.slots);
  }

  #ringView(index: number, byteLength: number): SegmentView {
    const { control, plan } = this.#setup;
    const start = plan.origin + index * plan.segmentBytes;
    const range = { start, end: start + byteLength };
    const after = control.bytesAfter(index);
    return this.#view(index, this.#ringAddress(index), range, after);
  }

  #view(
    index: number,
    address: number,
    range: ByteRange,
    after: number,
  ): SegmentView {
    const { plan, control } = this.#setup;
    return new SegmentView(this.#source, {
      index,
      offset: range.start,
      byteLength: range.end - range.start,
      address,
      before: Math.min(range.start, plan.framing.before),
      after,
      afterMax: bytesBehind(range, plan, plan.framing.after),
      entry: plan.indexed ? control.entry(index) : undefined,
    });
  }
}

/** Under which name a thread's results tell how many bytes it has changed. */
export function changesName(index: number): string {
  return `changes ${index}`;
}

/** The follower of an indexed run, in the one thread that has it: behind those that have the lanes. */
function followerRun(
  { plan, context }: ScanSetup,
  framing: RecordFraming | undefined,
): FollowerRun | undefined {
  const isMine = plan.laneCount % plan.threads === context.index;
  if (!plan.indexed || !isMine || framing?.indexer === undefined) {
    return undefined;
  }
  const { indexer } = framing;
  return {
    follower: indexer.createFollower(plan.segmentBytes, context.kernels),
    next: 0,
    byteLength: 0,
  };
}

/** Bytes behind a segment that are wanted and that the file has. */
function bytesBehind(range: ByteRange, plan: Plan, wanted: number): number {
  return Math.min(wanted, (plan.readEnd ?? range.end) - range.end);
}
