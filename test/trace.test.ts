import { afterAll, describe, expect, test } from "vitest";
import {
  countFile,
  Engine,
  hashFile,
  runJob,
  type RunTrace,
  type TraceSpan,
} from "../src/mod.ts";
import { checkChromeTrace, type ChromeEvent } from "./chrome_trace_oracle.ts";
import { formatChromeTrace } from "../src/trace/chrome_trace.ts";
import { createSharedTrace, SpanRing } from "../src/trace/span_ring.ts";
import { fixture, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const SEGMENT = 64 * 1024;
const SEGMENTS = 40;
const OPTIONS = { workers: 2, segmentBytes: SEGMENT, inlineBytes: 0 } as const;
/** Clocks of two threads may differ by so much. */
const CLOCK_MS = 2;

const files = temporaryFiles();
const engine = new Engine();
afterAll(() => engine.close());

function makeFile(): string {
  return files.make(seededBytes(SEGMENTS * SEGMENT - 7, 1));
}

/** Runs, and gives the trace that the run must have handed out. */
async function traced(
  run: (onTrace: (trace: RunTrace) => void) => Promise<unknown>,
): Promise<RunTrace> {
  const traces: RunTrace[] = [];
  await run((trace) => traces.push(trace)).catch(() => {});
  expect(traces).toHaveLength(1);
  return traces[0] as RunTrace;
}

function spansOf(trace: RunTrace, phase: string): TraceSpan[] {
  return trace.threads.flatMap(({ spans }) =>
    spans.filter((span) => span.phase === phase)
  );
}

/** Offsets of the segments, as the spans of a phase say. */
function offsetsOf(trace: RunTrace, phase: string): (number | undefined)[] {
  return spansOf(trace, phase).map(({ offset }) => offset)
    .sort((left, right) => Number(left) - Number(right));
}

const ALL_OFFSETS = Array.from({ length: SEGMENTS }, (_, i) => i * SEGMENT);

describe("onTrace", () => {
  test.for(["stream", "map", "preload"] as const)(
    "shows each segment filled and scanned once: %s",
    async (io) => {
      const path = makeFile();
      const trace = await traced((onTrace) =>
        countFile(path, { ...OPTIONS, io, engine, onTrace })
      );
      expect(trace.file).toBe(path);
      expect(trace.error).toBeUndefined();
      const names = trace.threads.map(({ name }) => name);
      expect(names).toEqual(["coordinator", "worker 0", "worker 1"]);
      const fills = offsetsOf(trace, "fill");
      // All segments of a claim are mapped at once.
      if (io === "map") {
        expect(ALL_OFFSETS).toEqual(expect.arrayContaining(fills));
      } else expect(fills).toEqual(ALL_OFFSETS);
      expect(offsetsOf(trace, "scan")).toEqual(ALL_OFFSETS);
      expect(spansOf(trace, "claim").length).toBeGreaterThan(0);
    },
  );

  test("has times within the run, on one clock for all threads", async () => {
    const before = Date.now();
    const trace = await traced((onTrace) =>
      countFile(makeFile(), { ...OPTIONS, engine, onTrace })
    );
    expect(Math.abs(trace.startedAt - before)).toBeLessThan(10_000);
    for (const { spans, dropped } of trace.threads) {
      expect(dropped).toBe(0);
      expect(spans.length).toBeGreaterThan(0);
      for (const { startMs, endMs, unfinished } of spans) {
        expect(unfinished).toBe(false);
        expect(startMs).toBeGreaterThanOrEqual(-CLOCK_MS);
        expect(endMs).toBeGreaterThanOrEqual(startMs);
        expect(endMs).toBeLessThanOrEqual(trace.elapsedMs + CLOCK_MS);
      }
    }
    // Workers are asked after the coordinator has planned, whatever their own clocks begin with.
    const planned = spansOf(trace, "open")[0]?.endMs ?? 0;
    const opened = trace.threads.slice(1).map(({ spans }) => spans[0]);
    for (const span of opened) {
      expect(span?.endMs).toBeGreaterThanOrEqual(planned - CLOCK_MS);
    }
  });

  test("shows a run on the calling thread as one thread", async () => {
    const trace = await traced((onTrace) =>
      countFile(makeFile(), { segmentBytes: SEGMENT, onTrace })
    );
    expect(trace.threads.map(({ name }) => name)).toEqual(["coordinator"]);
    expect(offsetsOf(trace, "scan")).toEqual(ALL_OFFSETS);
  });

  test("shows the lanes of serial digests, in file order", async () => {
    const trace = await traced((onTrace) =>
      hashFile(makeFile(), {
        ...OPTIONS,
        algorithms: ["sha256", "blake3"],
        engine,
        onTrace,
      })
    );
    const offsets = spansOf(trace, "lane").map(({ offset }) => offset);
    expect(offsets).toEqual(ALL_OFFSETS);
  });

  test("shows the work on parts", async () => {
    const trace = await traced((onTrace) =>
      hashFile(makeFile(), {
        ...OPTIONS,
        algorithms: ["s3-etag"],
        partBytes: 5 * SEGMENT,
        engine,
        onTrace,
      })
    );
    expect(spansOf(trace, "lane").length).toBeGreaterThanOrEqual(8);
  });

  test("changes no result", async () => {
    const path = makeFile();
    const run = {
      ...OPTIONS,
      engine,
      algorithms: ["blake3", "s3-etag", "sha256"],
    };
    const plain = await hashFile(path, run);
    const withTrace = await hashFile(path, { ...run, onTrace: () => {} });
    expect(withTrace.digests).toEqual(plain.digests);
  });

  test("tells of a run that could not begin", async () => {
    const trace = await traced((onTrace) =>
      countFile("/nowhere/at/all", { onTrace })
    );
    expect(trace.error).toBe("no such file or directory");
    expect(trace.threads).toHaveLength(1);
  });

  test("is not called for wrong options, as no run begins", async () => {
    const traces: RunTrace[] = [];
    const run = countFile(makeFile(), {
      workers: 0,
      onTrace: (trace) => traces.push(trace),
    });
    await expect(run).rejects.toThrow(RangeError);
    expect(traces).toEqual([]);
  });

  test("tells what was done until a job threw", async () => {
    const trace = await failedRun({ act: "throw", at: 5 * SEGMENT });
    expect(trace.error).toBe("boom at the record");
    expect(offsetsOf(trace, "scan")).toContain(5 * SEGMENT);
  });

  test("tells where a thread hangs", async () => {
    const trace = await failedRun({ act: "loop", at: 5 * SEGMENT }, {
      stallMs: 2000,
    });
    expect(trace.error).toContain("no progress");
    const last = trace.threads.flatMap(({ spans }) => spans)
      .find(({ unfinished, phase }) => unfinished && phase === "scan");
    expect(last?.offset).toBe(5 * SEGMENT);
  });

  function failedRun(
    jobOptions: { readonly act: string; readonly at: number },
    options: { readonly stallMs?: number } = {},
  ): Promise<RunTrace> {
    const job = { module: fixture("fixtures/jobs/misbehave.mjs").href };
    return traced((onTrace) =>
      runJob(makeFile(), job, jobOptions, { ...OPTIONS, ...options, onTrace })
    );
  }
});

describe("SpanRing", () => {
  const shared = createSharedTrace(2, performance.timeOrigin);

  test("keeps the last spans and counts those that are gone", () => {
    const ring = new SpanRing(shared, 0);
    const count = 32_768 + 5;
    for (let offset = 0; offset < count; offset++) {
      ring.add({ phase: "scan", startMs: offset / 8, offset });
    }
    const { spans, dropped } = new SpanRing(shared, 0).read();
    expect(dropped).toBe(5);
    expect(spans).toHaveLength(32_768);
    expect(spans[0]).toMatchObject({ offset: 5, startMs: 5 / 8 });
    expect(spans.at(-1)).toMatchObject({ offset: count - 1 });
  });

  test("keeps rings apart, and shows what is going on", () => {
    const ring = new SpanRing(shared, 1);
    expect(ring.read()).toEqual({ spans: [], dropped: 0 });
    ring.task = { phase: "fill", startMs: 1, offset: undefined };
    expect(ring.read().spans).toMatchObject([
      { phase: "fill", startMs: 1, offset: undefined, unfinished: true },
    ]);
    ring.task = undefined;
    expect(ring.read().spans).toEqual([]);
  });
});

describe("formatChromeTrace()", () => {
  test("gives what viewers take, for any number of runs", async () => {
    const path = makeFile();
    const runs: RunTrace[] = [];
    const onTrace = (trace: RunTrace) => runs.push(trace);
    await countFile(path, { ...OPTIONS, engine, onTrace });
    await countFile(path, { ...OPTIONS, engine, onTrace });
    const events = checkChromeTrace(formatChromeTrace(runs, "count"));
    const named = (name: string) =>
      events.filter((event: ChromeEvent) => event.name === name);
    const wholes = named("run");
    expect(wholes).toHaveLength(2);
    expect(wholes[0]?.ts).toBe(0);
    const firstEnd = (wholes[0]?.ts ?? 0) + (wholes[0]?.dur ?? 0);
    expect(wholes[1]?.ts).toBeGreaterThanOrEqual(firstEnd - 1000 * CLOCK_MS);
    expect(named("scan")).toHaveLength(2 * SEGMENTS);
    expect(named("thread_name").map(({ args }) => args?.["name"]))
      .toEqual(["coordinator", "worker 0", "worker 1"]);
  });

  test("gives an empty trace where there was no run", () => {
    const events = checkChromeTrace(formatChromeTrace([], "nothing"));
    expect(events.map(({ name }) => name)).toEqual(["process_name"]);
  });

  test("names what failed, hangs or is missing", () => {
    const span = { phase: "scan", startMs: 1, endMs: 2 } as const;
    const run: RunTrace = {
      file: 'a "b"\n',
      startedAt: 5,
      elapsedMs: 3,
      error: "boom",
      threads: [{
        name: "coordinator",
        spans: [{ ...span, offset: 8, unfinished: true }],
        dropped: 7,
      }],
    };
    const events = checkChromeTrace(formatChromeTrace([run], "x"));
    const [whole, dropped, scan] = events.filter(({ ph }) => ph === "X");
    expect(whole?.args).toEqual({ file: 'a "b"\n', error: "boom" });
    expect(dropped).toMatchObject({ name: "dropped", args: { dropped: 7 } });
    expect(scan).toMatchObject({
      name: "scan",
      ts: 1000,
      dur: 1000,
      args: { offset: 8, unfinished: true },
    });
  });
});
