/** What bounds the memory of a run: the merge window, and the ring of a stream. */
import { expect, test } from "vitest";
import { Emitter } from "../src/engine/emitter.ts";
import { type ByteStream, feed } from "../src/engine/feed.ts";
import { scanLoop } from "../src/engine/scan_loop.ts";
import {
  type AnyJob,
  defineJob,
  JOB_SCRATCH_BYTES,
  NO_FRAMING,
  SEGMENT_ALIGN_BYTES,
} from "../src/job.ts";
import { createKernels } from "../src/kernels/load.ts";
import {
  ArenaLayout,
  createMemory,
  sharedBuffer,
} from "../src/memory/arena.ts";
import { ControlBlock } from "../src/memory/control_block.ts";
import { type Plan, planRun } from "../src/plan.ts";

const SEGMENT = 65_536;

const COUNT = defineJob({
  name: "count",
  start: () => 0,
  scan: () => 1,
  merge: (left: number, right: number) => left + right,
  finish: (partial) => partial ?? 0,
});

/** A thread that would have to wait ends the run instead. */
class ImpatientControl extends ControlBlock {
  waits = 0;

  override wait(): void {
    this.waits++;
    this.abort();
  }
}

function makePlan(
  changes: {
    byteLength: number | undefined;
    laneCount?: number;
    streamed?: boolean;
  },
): Plan {
  return planRun({
    io: "stream",
    workers: 1,
    segmentBytes: SEGMENT,
    framing: NO_FRAMING,
    indexed: false,
    laneCount: 0,
    parts: [],
    alignBytes: SEGMENT_ALIGN_BYTES,
    scratchBytes: JOB_SCRATCH_BYTES,
    fed: changes.byteLength === undefined,
    inlineBytes: 0,
    ...changes,
  });
}

function arena(plan: Plan) {
  const layout = new ArenaLayout(plan.shape);
  const memory = createMemory(layout);
  const buffer = sharedBuffer(memory);
  const { workers, slots } = plan.shape;
  const control = new ImpatientControl(
    buffer,
    layout.control.byteOffset,
    workers,
    slots,
  );
  control.reset(plan.segmentCount);
  return { plan, layout, memory, buffer, control };
}

/** Scans on one thread, whose partials are sent and never merged. @returns How many segments each of them has. */
function scanAlone(
  { plan, layout, memory, ...parts }: ReturnType<typeof arena>,
  job: AnyJob,
): number[] {
  const sent: number[] = [];
  scanLoop({
    ...parts,
    plan,
    layout,
    filler: { fill: () => {}, fillMore: () => {}, close: () => {} },
    job,
    options: {},
    context: {
      index: 0,
      count: 1,
      memory,
      kernels: createKernels(memory, undefined, layout.kernelScratch(0)),
      scratch: layout.jobScratch(0),
      file: { path: "", byteLength: plan.byteLength },
    },
    emitter: new Emitter((partials) => {
      sent.push(...partials.map(({ count }) => count));
    }),
  });
  return sent;
}

const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);

test("scanLoop() scans no further ahead of merging than the plan's window", () => {
  const parts = arena(makePlan({ byteLength: 5000 * SEGMENT }));
  const sent = scanAlone(parts, COUNT);
  expect(parts.control.waits).toBe(1);
  expect(sum(sent)).toBe(parts.plan.mergeWindow);
});

test.each([[3, 11], [20, 2], [40, 1]])(
  "scanLoop() holds back in the middle of a claim for partials of %d MiB that nobody takes",
  (mebibytes, expected) => {
    const parts = arena(
      makePlan({ byteLength: 5000 * SEGMENT, streamed: true }),
    );
    expect(parts.plan.claimSegments).toBeGreaterThan(10);
    const sent = scanAlone(parts, {
      ...COUNT,
      heldBytes: (partial: number) => partial * mebibytes * 1024 ** 2,
    });
    expect(parts.control.waits).toBe(1);
    expect(sum(sent)).toBe(expected);
  },
);

test("feed() reads no more of a stream than the ring has slots while nobody scans", async () => {
  const parts = arena(makePlan({ byteLength: undefined }));
  let reads = 0;
  let onFull = () => {};
  const full = new Promise<void>((resolve) => (onFull = resolve));
  const stream: ByteStream = {
    readFully: (target) => {
      if (++reads === parts.plan.shape.slots) onFull();
      return Promise.resolve(target.fill(reads).byteLength);
    },
  };
  const feeding = feed({ ...parts, stream });
  await full;
  // Time enough for a feeder that does not wait to read on.
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(reads).toBe(parts.plan.shape.slots);
  // One segment is scanned: one more can be read.
  parts.control.releaseSlot(0);
  while (reads === parts.plan.shape.slots) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  parts.control.abort();
  await feeding;
  expect(reads).toBe(parts.plan.shape.slots + 1);
});
