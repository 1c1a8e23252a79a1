/**
 * The claim loop: what each thread of a run does until no segment is left.
 *
 * Private slots, for jobs that look at each segment once:
 *
 * ```text
 * loop: claim a run of segments (one Atomics.add)
 *       for each: fill my slot, scan it there, merge with the one before
 *       send the run's partial
 * ```
 *
 * The ring, where several threads see each segment (lanes beside the scan), where the coordinator
 * fills (streams), or where filling runs ahead (preload):
 *
 * ```text
 * loop: one of my lanes can go on?           -> update it, release the slot
 *       the next segment is in its slot?     -> claim its scan, scan it, release the slot
 *       the slot of the next fill is free?   -> claim it, fill it, publish it
 *       nothing left?                        -> done
 *       otherwise                            -> sleep until something changes
 * ```
 *
 * Lanes come first because a serial digest bounds the run; whoever has none to serve fills and scans,
 * so serial and parallel work overlap and each byte is read once.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import type { AnyJob, Lane, RangeView, WorkerContext } from "../job.ts";
import type { ArenaLayout } from "../memory/arena.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import { type Plan, segmentRange } from "../plan.ts";
import type { Emitter } from "./emitter.ts";
import type { Filler } from "./fill.ts";

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
}

/**
 * Works until no segment is left or the run is aborted.
 *
 * @returns Results of the lanes that this thread had, by name; those of an aborted run mean nothing.
 */
export function scanLoop(setup: ScanSetup): Record<string, unknown> {
  const loop = new ScanLoop(setup);
  if (setup.plan.ring) loop.runRing();
  else loop.runPrivate();
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

class ScanLoop {
  readonly #setup: ScanSetup;
  readonly #state: unknown;
  readonly #lanes: LaneRun[];
  readonly #index: number;

  constructor(setup: ScanSetup) {
    const { job, options, context, plan } = setup;
    this.#setup = setup;
    this.#index = context.index;
    this.#state = job.start(options, context);
    this.#lanes = (job.lanes?.(options) ?? [])
      .filter((_, index) => index % plan.threads === context.index)
      .map((lane) => ({ lane, state: lane.start(context), next: 0 }));
  }

  endLanes(): Record<string, unknown> {
    return Object.fromEntries(
      this.#lanes.map(({ lane, state }) => [lane.name, lane.end(state)]),
    );
  }

  runPrivate(): void {
    const { plan, control, job, emitter } = this.#setup;
    const count = plan.segmentCount ?? 0;
    while (this.#awaitMerging()) {
      const first = control.claimRun(plan.claimSegments);
      if (first >= count) return;
      const end = Math.min(first + plan.claimSegments, count);
      let partial: unknown;
      for (let index = first; index < end; index++) {
        if (control.aborted) return;
        const next = this.#fillAndScan(index);
        partial = index === first ? next : job.merge(partial, next);
      }
      emitter.add(first, end - first, partial);
    }
  }

  /** Holds back while scanning is too far ahead of merging. @returns False if the run is aborted. */
  #awaitMerging(): boolean {
    const { plan, control, emitter } = this.#setup;
    for (;;) {
      const seen = control.event;
      if (control.aborted) return false;
      const next = control.nextScan;
      if (
        next >= control.segmentCount || next - control.merged < plan.mergeWindow
      ) return true;
      emitter.flush();
      control.beat(this.#index, next);
      control.wait(seen);
    }
  }

  #fillAndScan(index: number): unknown {
    const { plan, layout, control, filler } = this.#setup;
    const address = layout.segmentAddress(this.#index);
    const range = segmentRange(index, plan.segmentBytes, plan.byteLength ?? 0);
    control.beat(this.#index, index);
    filler?.fill(range, address);
    const view = this.#view(
      index,
      address,
      range.end - range.start,
      bytesBehind(range, plan),
    );
    const partial = this.#scan(view);
    control.addUnit(this.#index);
    return partial;
  }

  runRing(): void {
    const { control, emitter, plan } = this.#setup;
    for (;;) {
      const seen = control.event;
      if (control.aborted) return;
      if (this.#advanceLanes()) continue;
      if (
        plan.fillAhead
          ? this.#fillNext() || this.#scanNext()
          : this.#scanNext() || this.#fillNext()
      ) {
        continue;
      }
      if (this.#isDone()) return;
      emitter.flush();
      control.beat(this.#index, control.nextScan);
      control.wait(seen);
    }
  }

  #isDone(): boolean {
    const { control } = this.#setup;
    const count = control.segmentCount;
    return control.nextScan >= count &&
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

  #scanNext(): boolean {
    const { control, plan, emitter } = this.#setup;
    const index = control.nextScan;
    if (index - control.merged >= plan.mergeWindow) return false;
    const byteLength = control.filledBytes(index);
    if (byteLength < 0) return false;
    if (!control.claimScan(index)) return true;
    control.beat(this.#index, index);
    const partial = this.#scan(this.#ringView(index, byteLength));
    control.releaseSlot(index);
    control.addUnit(this.#index);
    emitter.add(index, 1, partial);
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
    const range = segmentRange(index, plan.segmentBytes, plan.byteLength ?? 0);
    control.beat(this.#index, index);
    filler.fill(range, this.#ringAddress(index));
    control.publish(index, {
      byteLength: range.end - range.start,
      bytesAfter: bytesBehind(range, plan),
      readers: plan.laneCount + 1,
    });
    return true;
  }

  #scan(view: RangeView): unknown {
    return this.#setup.job.scan(view, this.#state);
  }

  #ringAddress(index: number): number {
    const { layout, plan } = this.#setup;
    return layout.segmentAddress(index % plan.shape.slots);
  }

  #ringView(index: number, byteLength: number): RangeView {
    const after = this.#setup.control.bytesAfter(index);
    return this.#view(index, this.#ringAddress(index), byteLength, after);
  }

  #view(
    index: number,
    address: number,
    byteLength: number,
    after: number,
  ): RangeView {
    const { plan, buffer } = this.#setup;
    const offset = index * plan.segmentBytes;
    return {
      index,
      offset,
      byteLength,
      address,
      before: Math.min(offset, plan.framing.before),
      after,
      bytes: new Uint8Array(buffer, address, byteLength),
    };
  }
}

/** Bytes behind a segment that the framing wants and the file has. */
function bytesBehind(range: ByteRange, plan: Plan): number {
  return Math.min(
    plan.framing.after,
    (plan.byteLength ?? range.end) - range.end,
  );
}
