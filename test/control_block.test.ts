import { expect, test } from "vitest";
import {
  ControlBlock,
  controlBlockBytes,
} from "../src/memory/control_block.ts";

function block(
  workers: number,
  slots: number,
  segmentCount?: number,
): ControlBlock {
  const buffer = new SharedArrayBuffer(controlBlockBytes(workers, slots));
  const control = new ControlBlock(buffer, 0, workers, slots);
  control.reset(segmentCount);
  return control;
}

const segment = { byteLength: 10, bytesAfter: 3, readers: 2 };

test("ControlBlock.claimRun() hands out every segment once", () => {
  const control = block(1, 1, 10);
  expect([control.claimRun(4), control.claimRun(4), control.claimRun(4)])
    .toEqual([0, 4, 8]);
});

test("ControlBlock.publish() makes a segment readable until its last reader releases it", () => {
  const control = block(1, 2, 10);
  expect(control.filledBytes(0)).toBe(-1);
  control.publish(0, segment);
  expect(control.filledBytes(0)).toBe(10);
  expect(control.bytesAfter(0)).toBe(3);
  control.releaseSlot(0);
  expect(control.filledBytes(0)).toBe(10);
  expect(control.isSlotFree(2)).toBe(false);
  control.releaseSlot(0);
  expect(control.filledBytes(0)).toBe(-1);
  expect(control.isSlotFree(2)).toBe(true);
});

test("ControlBlock.isSlotFree() is false while an earlier segment of the slot is still being filled", () => {
  const control = block(2, 2, 10);
  expect(control.claimFill(0)).toBe(true);
  // Segment 0 is claimed and not published: its slot looks empty, but is not free for segment 2.
  expect(control.isSlotFree(2)).toBe(false);
});

test("ControlBlock.claimScan() and claimFill() let one caller through", () => {
  const control = block(2, 2, 10);
  expect([control.claimScan(0), control.claimScan(0), control.claimScan(1)])
    .toEqual([true, false, true]);
  expect([control.claimFill(0), control.claimFill(0), control.claimFill(1)])
    .toEqual([true, false, true]);
});

test("ControlBlock.segmentCount is infinite until a stream has ended", () => {
  const control = block(1, 1);
  expect(control.segmentCount).toBe(Infinity);
  control.setSegmentCount(7);
  expect(control.segmentCount).toBe(7);
});

test("ControlBlock.waitAsync() wakes for a signal", async () => {
  const control = block(1, 1, 1);
  const waiting = control.waitAsync(control.event);
  control.signal();
  await waiting;
});

test("ControlBlock.reset() clears everything", () => {
  const control = block(2, 3, 5);
  control.publish(1, segment);
  control.beat(1, 4);
  control.addUnit(0);
  control.abort();
  control.claimRun(3);
  control.setMerged(2);
  control.reset(9);
  expect(control.aborted).toBe(false);
  expect(control.segmentCount).toBe(9);
  expect(control.nextScan).toBe(0);
  expect(control.merged).toBe(0);
  expect(control.unitsDone).toBe(0);
  expect(control.heartbeat(1)).toBe(0);
  expect(control.filledBytes(1)).toBe(-1);
});

test("ControlBlock keeps workers and slots on cache lines of their own", () => {
  const control = block(2, 2, 5);
  control.beat(0, 1);
  control.addUnit(1);
  control.publish(1, segment);
  expect(control.heartbeat(1)).toBe(0);
  expect(control.lastSegment(0)).toBe(1);
  expect(control.unitsDone).toBe(1);
  expect(control.filledBytes(0)).toBe(-1);
});

test("ControlBlock.claimGroup() gives each group of each part lane to one claimant", () => {
  const buffer = new SharedArrayBuffer(controlBlockBytes(2, 3, 2));
  const control = new ControlBlock(buffer, 0, 2, 3, 2);
  control.reset(10);
  expect(control.claimGroup(0, 1)).toBe(false);
  expect(control.claimGroup(0, 0)).toBe(true);
  expect(control.claimGroup(0, 0)).toBe(false);
  expect([control.nextGroup(0), control.nextGroup(1)]).toEqual([1, 0]);
  // Cells of other kinds are none of theirs.
  control.publish(2, segment);
  control.beat(1, 7);
  expect([control.nextGroup(0), control.nextGroup(1)]).toEqual([1, 0]);
});
