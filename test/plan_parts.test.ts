import fc from "fast-check";
import { expect, test } from "vitest";
import { JOB_SCRATCH_BYTES, SEGMENT_ALIGN_BYTES } from "../src/job.ts";
import { ArenaLayout } from "../src/memory/arena.ts";
import { type PlanInput, planRun } from "../src/plan.ts";
import {
  countReaders,
  groupBytes,
  leastCommonMultiple,
  PARTS_MAX,
} from "../src/plan/parts.ts";
import { segmentRange } from "../src/plan/segments.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

function shapes(...lengths: number[]) {
  return lengths.map((partBytes, i) => ({
    name: `lane ${i}`,
    partBytes,
    resultBytes: 16,
  }));
}

function plan(changes: Partial<PlanInput>) {
  return planRun({
    io: "stream",
    byteLength: GIB,
    workers: 2,
    segmentBytes: undefined,
    framing: { before: 0, after: 0 },
    indexed: false,
    laneCount: 0,
    parts: [],
    alignBytes: SEGMENT_ALIGN_BYTES,
    scratchBytes: JOB_SCRATCH_BYTES,
    fed: false,
    inlineBytes: 0,
    ...changes,
  });
}

/** Claims of a plan with units, as ranges of the file. */
function claims(found: ReturnType<typeof plan>) {
  const count = found.segmentCount ?? 0;
  const ranges: { start: number; end: number }[] = [];
  for (let first = 0; first < count; first += found.claimSegments) {
    const last = Math.min(first + found.claimSegments, count) - 1;
    const { start } = segmentRange(first, found);
    const { end } = segmentRange(last, found);
    ranges.push({ start, end });
  }
  return ranges;
}

test("planRun() lets workers claim whole parts, from private slots", () => {
  const cases: [number[], number][] = [
    [[8 * MIB], SEGMENT_ALIGN_BYTES],
    [[5 * MIB, 10 * MIB], SEGMENT_ALIGN_BYTES],
    [[MIB], SEGMENT_ALIGN_BYTES],
    [[17_179_870], 1],
    [[100_000], 1],
    [[5 * GIB, 8 * MIB], KIB],
  ];
  for (const [lengths, alignBytes] of cases) {
    const found = plan({
      parts: shapes(...lengths),
      alignBytes,
      byteLength: 16 * GIB + 12_345,
      workers: 3,
    });
    expect(found.ring).toBe(false);
    expect(found.shape.slots).toBe(3);
    for (const { start } of claims(found)) {
      for (const length of lengths) expect(start % length).toBe(0);
    }
  }
});

test("planRun() cuts any file into segments without gap or overlap, aligned as asked", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 3 * MIB }), {
      minLength: 1,
      maxLength: 2,
    }),
    fc.constantFrom(1, 16, KIB, 64 * KIB),
    fc.integer({ min: 0, max: 12 * MIB }),
    fc.integer({ min: 1, max: 5 }),
    (lengths, alignBytes, byteLength, workers) => {
      const found = plan({
        parts: shapes(...lengths),
        alignBytes,
        byteLength,
        workers,
        segmentBytes: 64 * KIB,
      });
      let end = 0;
      for (let index = 0; index < (found.segmentCount ?? 0); index++) {
        const range = segmentRange(index, found);
        expect(range.start).toBe(end);
        expect(range.start % alignBytes).toBe(0);
        expect(range.end).toBeGreaterThan(range.start);
        expect(range.end - range.start).toBeLessThanOrEqual(64 * KIB);
        end = range.end;
      }
      expect(end).toBe(byteLength);
      if (!found.ring && found.threads > 1) {
        for (const { start } of claims(found)) {
          for (const length of lengths) expect(start % length).toBe(0);
        }
      }
      const layout = new ArenaLayout(found.shape);
      expect(layout.slotBytes).toBeGreaterThanOrEqual(
        Math.min(byteLength, 64 * KIB) +
          (found.unitBytes === undefined ? 0 : 64 * KIB),
      );
    },
  ));
});

test("planRun() takes the ring beside lanes, for streams and preload, and where units are too large", () => {
  const parts = shapes(8 * MIB);
  expect(plan({ parts }).ring).toBe(false);
  expect(plan({ parts, laneCount: 1 }).ring).toBe(true);
  expect(plan({ parts, io: "preload" }).ring).toBe(true);
  expect(plan({ parts, byteLength: undefined, fed: true }).ring).toBe(true);
  const odd = { parts: shapes(17_179_870), alignBytes: KIB };
  expect(plan(odd).ring).toBe(true);
  const two = { parts: shapes(17_179_870, 4 * MIB), alignBytes: 1 };
  expect(plan(two).ring).toBe(true);
});

test("planRun() gives the ring room for a part of each thread, within bounds", () => {
  const ring = (partBytes: number, workers: number) => {
    const { shape } = plan({
      parts: shapes(partBytes),
      workers,
      laneCount: 1,
      byteLength: 64 * GIB,
    });
    return shape.slots * shape.segmentBytes;
  };
  expect(ring(8 * MIB, 2)).toBeGreaterThanOrEqual(16 * MIB);
  expect(ring(8 * MIB, 4)).toBeGreaterThanOrEqual(32 * MIB);
  expect(ring(8 * MIB, 512)).toBeLessThan(2 * GIB);
  // Beside a part that fills it no other would find room.
  expect(ring(5 * GIB, 4)).toBeLessThan(16 * MIB);
});

test("planRun() needs no ring for one thread", () => {
  const parts = shapes(17_179_870, 8 * MIB);
  expect(plan({ parts, workers: 1 }).ring).toBe(false);
  expect(plan({ parts, byteLength: MIB, inlineBytes: 4 * MIB }).ring).toBe(
    false,
  );
});

test("planRun() throws RangeError if there are too many parts", () => {
  const parts = shapes(1);
  expect(plan({ parts, byteLength: PARTS_MAX }).segmentCount).toBeDefined();
  expect(() => plan({ parts, byteLength: PARTS_MAX + 1 })).toThrow(RangeError);
});

test("countReaders() counts each group of parts that a segment belongs to", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 300_000 }),
    fc.nat(50),
    (partBytes, index) => {
      const segmentBytes = 64 * KIB;
      const range = {
        start: index * segmentBytes,
        end: (index + 1) * segmentBytes,
      };
      const group = groupBytes(partBytes, segmentBytes);
      expect(group % partBytes).toBe(0);
      expect(group).toBeGreaterThanOrEqual(segmentBytes);
      let groups = 0;
      for (let start = 0; start < range.end; start += group) {
        if (start + group > range.start) groups++;
      }
      const shared = { parts: shapes(partBytes), readers: 2, segmentBytes };
      expect(countReaders(shared, range)).toBe(1 + groups);
    },
  ));
});

test("leastCommonMultiple() is exact, or infinite", () => {
  expect(leastCommonMultiple([])).toBe(1);
  expect(leastCommonMultiple([4, 6])).toBe(12);
  expect(leastCommonMultiple([17_179_870, 1024])).toBe(17_179_870 * 512);
  expect(leastCommonMultiple([2 ** 52, 2 ** 30])).toBe(2 ** 52);
  expect(leastCommonMultiple([2 ** 52, 3])).toBe(Infinity);
  expect(leastCommonMultiple([Number.MAX_SAFE_INTEGER, 2])).toBe(Infinity);
});
