/**
 * Part lanes of one thread in a run through the ring: claims groups of parts and takes their bytes as
 * they come into their slots.
 *
 * A thread has one group of each lane at a time. It always comes to an end: the segment that any thread
 * waits for longest is in its slot, and whoever has to look at it can, or can claim to. So a ring of
 * any size will do, and a larger one only lets more parts be worked on at once.
 *
 * @module
 */
import type { ControlBlock } from "../memory/control_block.ts";
import type { Plan } from "../plan.ts";
import { groupBytes } from "../plan/parts.ts";
import type { PartRunner, PlacedBytes } from "./part_runner.ts";

/** What the groups of a thread are worked on with. */
export interface PartRingSetup {
  readonly plan: Plan;
  readonly control: ControlBlock;
  /** Which thread this is. */
  readonly index: number;
  readonly runners: readonly PartRunner[];
  /** The bytes of a segment that is in its slot. */
  place(index: number, byteLength: number): PlacedBytes;
}

/** A part lane in this thread. */
interface LanePlace {
  readonly runner: PartRunner;
  /** Index of the lane. */
  readonly lane: number;
  readonly groupBytes: number;
  /** The group that the thread has, if it has one. */
  group: ClaimedGroup | undefined;
}

interface ClaimedGroup {
  /** Offsets from the plan's origin, as all here: a part starts there too. */
  readonly start: number;
  readonly end: number;
  /** The segment that it needs next. */
  next: number;
}

/** Part lanes of one thread. */
export class PartRing {
  readonly #setup: PartRingSetup;
  readonly #lanes: readonly LanePlace[];

  constructor(setup: PartRingSetup) {
    const { runners, plan: { segmentBytes } } = setup;
    this.#setup = setup;
    this.#lanes = runners.map((runner, lane) => ({
      runner,
      lane,
      groupBytes: groupBytes(runner.lane.partBytes, segmentBytes),
      group: undefined,
    }));
  }

  /** Shows each lane one more segment of its group, where it is there. @returns Whether anything moved on. */
  advance(): boolean {
    let moved = false;
    for (const place of this.#lanes) {
      place.group ??= this.#claim(place);
      if (place.group !== undefined && this.#step(place, place.group)) {
        moved = true;
      }
    }
    return moved;
  }

  /** Whether no group is left for this thread. */
  isDone(): boolean {
    return this.#lanes.every((place) =>
      place.group === undefined && this.#isExhausted(place)
    );
  }

  /** Claims the next group of a lane, once its first segment is there. */
  #claim(place: LanePlace): ClaimedGroup | undefined {
    const { control, plan: { segmentBytes } } = this.#setup;
    for (;;) {
      const index = control.nextGroup(place.lane);
      const start = index * place.groupBytes;
      const next = Math.floor(start / segmentBytes);
      const filled = control.filledBytes(next);
      if (filled < 0 || start >= next * segmentBytes + filled) return undefined;
      // SAFETY: the segment has a reader for this group, which nobody has claimed; whoever gets it
      // finds the segment still in its slot.
      if (control.claimGroup(place.lane, index)) {
        return { start, end: start + place.groupBytes, next };
      }
    }
  }

  #step(place: LanePlace, group: ClaimedGroup): boolean {
    const { control, index: thread, plan } = this.#setup;
    const { segmentBytes, origin } = plan;
    const index = group.next;
    const byteLength = control.filledBytes(index);
    if (byteLength < 0) {
      // A stream that ended between two segments had no more for this group.
      if (index < control.segmentCount) return false;
      place.group = undefined;
      return true;
    }
    control.beat(thread, index);
    const offset = index * segmentBytes;
    const end = offset + byteLength;
    place.runner.take(
      this.#setup.place(index, byteLength),
      origin + Math.max(group.start, offset),
      origin + Math.min(group.end, end),
    );
    control.releaseSlot(index);
    // The end of each segment is in one group of the lane, so that it counts once.
    if (end <= group.end) control.addUnit(thread);
    group.next++;
    if (group.end <= end || byteLength < segmentBytes) place.group = undefined;
    return true;
  }

  /** Whether all groups of a lane are claimed. */
  #isExhausted({ lane, groupBytes }: LanePlace): boolean {
    const { control, plan: { origin, end, segmentBytes } } = this.#setup;
    const start = control.nextGroup(lane) * groupBytes;
    if (end !== undefined) return origin + start >= end;
    // Once the end of a stream is known, all its segments are or were in their slots.
    const last = control.segmentCount - 1;
    const first = Math.floor(start / segmentBytes);
    if (first !== last) return first > last;
    const filled = control.filledBytes(last);
    return filled < 0 || start >= last * segmentBytes + filled;
  }
}
