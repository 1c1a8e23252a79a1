import { describe, expect, test } from "vitest";
import { makeModels } from "../src/bench/model.ts";
import type { BenchResult, BenchRow, TraceSpan } from "../src/mod.ts";

const GIB = 1024 ** 3;

/** A row whose threads work for so many of ten parts of a run, and wait in the others. */
function row(
  workers: number,
  seconds: number,
  more: { single?: number; busy?: number } & Partial<BenchRow> = {},
): BenchRow {
  const { single = seconds, busy = 10, ...fields } = more;
  const span = (start: number, end: number): TraceSpan => ({
    phase: "scan",
    startMs: start,
    endMs: end,
    offset: undefined,
    unfinished: false,
  });
  const thread = (name: string, spans: readonly TraceSpan[]) => ({
    name,
    spans,
    dropped: 0,
  });
  return {
    strategy: "stream",
    workers,
    threads: workers,
    unavailable: undefined,
    figures: {
      seconds: { median: seconds, min: seconds, max: seconds },
      bytesPerSecond: GIB / seconds,
      overChunked: undefined,
      overOneWorker: single / seconds,
      peakBytes: undefined,
      cpuSeconds: undefined,
    },
    trace: {
      file: "big.data",
      startedAt: 0,
      // Whatever the traced run took: its shares count.
      elapsedMs: 70,
      error: undefined,
      threads: [
        thread("coordinator", []),
        ...Array.from(
          { length: workers },
          (_, index) => thread(`worker ${index}`, [span(70 - 7 * busy, 70)]),
        ),
      ],
    },
    ...fields,
  };
}

function models(rows: readonly BenchRow[], more: Partial<BenchResult> = {}) {
  const { cache = "warm", byteLength = GIB } = more;
  return makeModels({ rows, byteLength, cache, cores: 2 });
}

/** Speed-ups by count of workers. */
function speedUps(rows: readonly BenchRow[]) {
  return models(rows)[0]?.points.map(({ workers, overOneWorker }) => [
    workers,
    overOneWorker,
  ]);
}

describe("makeModels()", () => {
  test("is the ideal where nothing is in the way", () => {
    expect(speedUps([row(1, 1), row(2, 0.5, { single: 1 })])).toEqual([
      [4, 4],
      [8, 8],
      [16, 16],
    ]);
  });

  test("is Amdahl's law where a part of the run is fixed", () => {
    // 0.1 s of each run are not work: 1 = 0.1 + 0.9, 0.55 = 0.1 + 0.9 / 2.
    const two = row(2, 0.5, { single: 1 / 1.1, busy: 8 });
    const [model] = models([row(1, 1), two]);
    expect(model?.fixedSeconds).toBeCloseTo(0.11, 9);
    const exact = row(2, 0.55, { single: 1, busy: 10 - 1 / 0.55 });
    const [amdahl] = models([row(1, 1), exact]);
    expect(amdahl?.fixedSeconds).toBeCloseTo(0.1, 9);
    expect(amdahl?.growth).toBeCloseTo(0, 9);
    expect(amdahl?.points[1]?.seconds).toBeCloseTo(0.1 + 0.9 / 8, 9);
  });

  test.each(["open", "idle", "end"] as const)(
    "takes %s for fixed, whenever it is",
    (phase) => {
      const two = row(2, 0.5, { single: 1 });
      const work = { startMs: 0, endMs: 56, offset: undefined } as const;
      const spans = [
        { ...work, phase: "scan", unfinished: false },
        { ...work, phase, startMs: 56, endMs: 70, unfinished: false },
      ] as const;
      const threads = [{ name: "coordinator, worker 0", spans, dropped: 0 }];
      const trace = two.trace && { ...two.trace, threads };
      const [model] = models([row(1, 1), { ...two, trace }]);
      expect(model?.fixedSeconds).toBeCloseTo(0.5 * 14 / 70, 9);
    },
  );

  test("lets work grow as it grew from one worker to two", () => {
    const [model] = models([row(1, 1), row(2, 0.6, { single: 1 })]);
    expect(model?.growth).toBeCloseTo(0.2, 9);
    // The measured times themselves are on the curve, and no count is faster than 1 / growth.
    expect(model?.points[0]?.overOneWorker).toBeCloseTo(4 / 1.6, 9);
    expect(model?.points[2]?.overOneWorker).toBeCloseTo(16 / 4, 9);
    expect(model?.points[2]?.bytesPerSecond).toBeCloseTo(4 * GIB, 0);
  });

  test("promises no more than the ideal where two were faster than twice one", () => {
    expect(speedUps([row(1, 1), row(2, 0.4, { single: 1 })])?.[0]?.[1])
      .toBeCloseTo(4, 9);
  });

  test("is not there where two were no faster than one", () => {
    expect(models([row(1, 1), row(2, 1.01, { single: 1 })])).toEqual([]);
    expect(models([row(1, 1), row(2, 0.99, { single: 1 })])).toHaveLength(1);
  });

  test("is not there where runs of one kind differ by half", () => {
    const one = row(1, 1);
    const two = row(2, 0.5, { single: 1 });
    const spread = (of: BenchRow, max: number): BenchRow => ({
      ...of,
      figures: of.figures &&
        { ...of.figures, seconds: { ...of.figures.seconds, max } },
    });
    expect(models([spread(one, 1.5), spread(two, 0.75)])).toHaveLength(1);
    expect(models([spread(one, 1.51), two])).toEqual([]);
    expect(models([one, spread(two, 0.76)])).toEqual([]);
  });

  test("makes one for each strategy, from as many workers as there are cores", () => {
    const two = { single: 1 };
    const rows = [
      row(0, 3, { strategy: "chunked" }),
      row(1, 1, { strategy: "map" }),
      row(2, 0.5, { strategy: "map", ...two }),
      row(1, 1),
      row(2, 0.5, two),
      row(4, 0.5, two),
    ];
    const made = models(rows);
    expect(made.map(({ strategy }) => strategy)).toEqual(["map", "stream"]);
    expect(made.map((model) => model.measuredWorkers)).toEqual([2, 2]);
  });

  test("asks for no more workers than the file has work for", () => {
    const rows = [row(1, 1), row(2, 0.5, { single: 1 })];
    const counts = (byteLength: number) =>
      models(rows, { byteLength })[0]?.points.map(({ workers }) => workers);
    expect(counts(128 * 1024 ** 2)).toEqual([4, 8]);
    expect(counts(64 * 1024 ** 2)).toEqual([4]);
    expect(counts(64 * 1024 ** 2 - 1)).toBeUndefined();
  });

  test("makes none where too little is known", () => {
    const one = row(1, 1);
    const two = row(2, 0.5, { single: 1 });
    expect(models([one, two], { cache: "cold" })).toEqual([]);
    expect(models([one, two], { cache: "larger than memory" })).toEqual([]);
    expect(models([one])).toEqual([]);
    expect(models([two])).toEqual([]);
    expect(models([one, row(4, 0.5, { single: 1 })])).toEqual([]);
    expect(models([one, { ...two, threads: 1 }])).toEqual([]);
    expect(models([one, { ...two, trace: undefined }])).toEqual([]);
    expect(models([one, { ...two, figures: undefined }])).toEqual([]);
    const alone = { rows: [one], byteLength: GIB, cores: 1 };
    expect(makeModels({ ...alone, cache: "warm" })).toEqual([]);
    // Nobody worked.
    expect(models([one, row(2, 0.5, { single: 1, busy: 0 })])).toEqual([]);
  });
});
