import fc from "fast-check";
import { expect, test } from "vitest";
import { JOB_SCRATCH_BYTES, SEGMENT_ALIGN_BYTES } from "../src/job.ts";
import { ArenaLayout, GRANULE_BYTES } from "../src/memory/arena.ts";
import { type PlanInput, planRun } from "../src/plan.ts";
import { countSegments, segmentRange } from "../src/plan/segments.ts";

const MIB = 1024 ** 2;

function input(changes: Partial<PlanInput>): PlanInput {
  return {
    io: "stream",
    byteLength: 100 * MIB,
    workers: 2,
    segmentBytes: undefined,
    framing: { before: 0, after: 0 },
    indexed: false,
    laneCount: 0,
    parts: [],
    alignBytes: SEGMENT_ALIGN_BYTES,
    scratchBytes: JOB_SCRATCH_BYTES,
    fed: "byteLength" in changes && changes.byteLength === undefined,
    inlineBytes: 0,
    ...changes,
  };
}

test("countSegments() and segmentRange() cover a file without gap or overlap", () => {
  fc.assert(fc.property(
    fc.maxSafeNat(),
    fc.integer({ min: 16, max: 30 }),
    (length, power) => {
      const byteLength = length % 2 ** 45;
      const segmentBytes = 2 ** power;
      const count = countSegments({ start: 0, end: byteLength }, segmentBytes);
      if (byteLength === 0) return count === 0;
      const cut = {
        segmentBytes,
        unitBytes: undefined,
        origin: 0,
        end: byteLength,
      };
      const last = segmentRange(count - 1, cut);
      const first = segmentRange(0, cut);
      const middle = segmentRange(Math.floor(count / 2), cut);
      return first.start === 0 && last.end === byteLength &&
        last.end > last.start &&
        last.end - last.start <= segmentBytes &&
        middle.start % segmentBytes === 0;
    },
  ));
});

test("planRun() gives an arena whose regions lie apart, aligned and inside", () => {
  fc.assert(fc.property(
    fc.record({
      io: fc.constantFrom("stream", "preload", "map"),
      byteLength: fc.option(fc.integer({ min: 0, max: 2 ** 31 }), {
        nil: undefined,
      }),
      workers: fc.integer({ min: 1, max: 64 }),
      segmentBytes: fc.constantFrom(undefined, 65536, MIB, 4 * MIB),
      before: fc.integer({ min: 0, max: 65536 }),
      after: fc.integer({ min: 0, max: 65536 }),
      laneCount: fc.integer({ min: 0, max: 3 }),
    }),
    ({ before, after, ...rest }) => {
      const plan = planRun(
        input({ ...rest, framing: { before, after } } as Partial<PlanInput>),
      );
      const layout = new ArenaLayout(plan.shape);
      const { slots, workers } = plan.shape;
      expect(layout.byteLength % GRANULE_BYTES).toBe(0);
      expect(layout.control.byteOffset % 64).toBe(0);
      let end = layout.control.byteOffset + layout.control.byteLength;
      for (let index = 0; index < workers; index++) {
        for (
          const region of [
            layout.kernelScratch(index),
            layout.jobScratch(index),
          ]
        ) {
          expect(region.byteOffset % 64).toBe(0);
          expect(region.byteOffset).toBeGreaterThanOrEqual(end);
          end = region.byteOffset + region.byteLength;
        }
      }
      expect(layout.slotsStart).toBeGreaterThanOrEqual(end);
      expect(layout.slotsStart % GRANULE_BYTES).toBe(0);
      for (const index of [0, slots - 1]) {
        const address = layout.segmentAddress(index);
        expect(address % GRANULE_BYTES).toBe(0);
        expect(address - before).toBeGreaterThanOrEqual(layout.slotsStart);
        expect(address + plan.shape.segmentBytes + after).toBeLessThanOrEqual(
          layout.byteLength,
        );
      }
      expect(plan.threads).toBeLessThanOrEqual(rest.workers);
      // The ring must hold a segment and the one after it, which the feeder reads ahead.
      if (plan.ring && plan.segmentCount !== 1 && plan.segmentCount !== 0) {
        expect(slots).toBeGreaterThanOrEqual(
          Math.min(2, plan.segmentCount ?? 2),
        );
      }
    },
  ));
});

test("planRun() does files up to the inline limit on the calling thread, and only those", () => {
  const plan = (byteLength: number | undefined) =>
    planRun(input({ byteLength, inlineBytes: 4 * MIB }));
  expect(plan(0).inline).toBe(true);
  expect(plan(4 * MIB).inline).toBe(true);
  expect(plan(4 * MIB + 1).inline).toBe(false);
  expect(plan(undefined).inline).toBe(false);
});

test("planRun() leaves no worker without a segment where the default segment is too large", () => {
  const plan = planRun(input({ byteLength: 8 * MIB, workers: 8, io: "map" }));
  expect(plan.segmentCount).toBeGreaterThanOrEqual(16);
  expect(plan.threads).toBe(8);
});

test("planRun() keeps memory to workers times slot in stream, whatever the size", () => {
  const small = planRun(input({ byteLength: 100 * MIB }));
  const huge = planRun(input({ byteLength: 60 * 1024 * MIB }));
  expect(new ArenaLayout(huge.shape).byteLength).toBe(
    new ArenaLayout(small.shape).byteLength,
  );
  expect(new ArenaLayout(huge.shape).byteLength).toBeLessThan(4 * MIB);
});

test("planRun() bounds what preload fills ahead", () => {
  const plan = planRun(input({ byteLength: 60 * 1024 * MIB, io: "preload" }));
  expect(new ArenaLayout(plan.shape).byteLength).toBeLessThan(1100 * MIB);
  expect(plan.fillAhead).toBe(true);
});

test("planRun() throws RangeError when the arena would exceed 4 GiB", () => {
  expect(() =>
    new ArenaLayout(
      planRun(
        input({ workers: 8, segmentBytes: 1024 * MIB, byteLength: 2 ** 40 }),
      ).shape,
    )
  )
    .toThrow("must not exceed 4 GiB");
});

test("planRun() maps claims as a whole, in segments as short as those that are read", () => {
  const plan = planRun(input({ io: "map", byteLength: 1024 * MIB }));
  expect(plan.mapsClaims).toBe(true);
  expect(plan.segmentBytes).toBe(MIB);
  expect(plan.claimSegments).toBe(32);
  expect(plan.shape.segmentBytes).toBe(32 * MIB);
});

test.each<[string, Partial<PlanInput>]>([
  ["of segments that are read", { io: "stream" }],
  ["of lanes, which see segments in the ring", { laneCount: 1 }],
  ["of framings that are followed", { indexed: true }],
  ["that are handed out one by one", { streamed: true }],
  ["whose changes are sent", {
    update: { kind: "send", counts: true, exact: true },
  }],
])("planRun() maps no claims %s", (_, changes) => {
  const asked = { io: "map", byteLength: 1024 * MIB, ...changes } as const;
  const plan = planRun(input(asked));
  expect(plan.mapsClaims).toBe(false);
  expect(plan.shape.segmentBytes).toBe(plan.segmentBytes);
});

test("planRun() keeps mapped claims of many workers within the arena", () => {
  const asked = { io: "map", byteLength: 2 ** 45, workers: 512 } as const;
  const plan = planRun(input(asked));
  expect(new ArenaLayout(plan.shape).byteLength).toBeLessThan(2 ** 32);
});

test("planRun() has room for long segments that are mapped to be changed, as they are not compared", () => {
  const plan = planRun(input({
    io: "map",
    byteLength: 2 ** 40,
    workers: 3,
    segmentBytes: 1024 * MIB,
    update: { kind: "mapped", counts: false, mayStore: true },
  }));
  expect(plan.shape.originalBytes).toBeUndefined();
  expect(new ArenaLayout(plan.shape).byteLength).toBeLessThan(2 ** 32);
});
