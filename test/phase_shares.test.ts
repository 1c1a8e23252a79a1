import { describe, expect, test } from "vitest";
import { chartData } from "../src/report/chart_data.ts";
import {
  phaseTimes,
  type ShownPhase,
  slotShares,
  type Stretch,
  stretchesOf,
} from "../src/bench/phase_shares.ts";
import { seededRandom } from "../src/bench/statistics.ts";
import type { TracePhase, TraceSpan, TraceThread } from "../src/mod.ts";
import { sampleModel, sampleResult } from "./bench_samples.ts";

function span(phase: TracePhase, startMs: number, endMs: number): TraceSpan {
  return { phase, startMs, endMs, offset: undefined, unfinished: false };
}

function thread(spans: readonly TraceSpan[], name = "worker 0"): TraceThread {
  return { name, spans, dropped: 0 };
}

function shown(stretches: readonly Stretch[]): [ShownPhase, number][] {
  return stretches.map(({ phase, endMs }) => [phase, endMs]);
}

describe("stretchesOf()", () => {
  test("names what is before, between and behind spans", () => {
    const spans = [span("fill", 2, 3), span("scan", 4, 6)];
    expect(shown(stretchesOf(thread(spans), 10))).toEqual([
      ["start", 2],
      ["fill", 3],
      ["other", 4],
      ["scan", 6],
      ["done", 10],
    ]);
  });

  test("takes a coordinator between spans as idle", () => {
    const spans = [span("open", 0, 2), span("merge", 4, 5)];
    expect(shown(stretchesOf(thread(spans, "coordinator"), 6))).toEqual([
      ["open", 2],
      ["idle", 4],
      ["merge", 5],
      ["done", 6],
    ]);
  });

  test("counts the innermost of spans, whatever order they come in", () => {
    const spans = [
      span("fill", 3, 4),
      span("claim", 5, 6),
      span("scan", 1, 8),
      span("merge", 8, 9),
    ];
    expect(shown(stretchesOf(thread(spans), 9))).toEqual([
      ["start", 1],
      ["scan", 3],
      ["fill", 4],
      ["scan", 5],
      ["claim", 6],
      ["scan", 8],
      ["merge", 9],
    ]);
  });

  test("is all start for a thread that did nothing, and nothing for no time", () => {
    expect(shown(stretchesOf(thread([]), 5))).toEqual([["start", 5]]);
    expect(stretchesOf(thread([]), 0)).toEqual([]);
  });

  test("covers all of the time once, for spans of any kind", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = seededRandom(seed);
      const spans = Array.from({ length: 200 }, () => {
        const from = random() * 100;
        return span("scan", from, Math.min(100, from + random() ** 3 * 20));
      });
      let at = 0;
      for (const { startMs, endMs } of stretchesOf(thread(spans), 100)) {
        expect(startMs, `seed ${seed}`).toBe(at);
        expect(endMs).toBeGreaterThan(startMs);
        at = endMs;
      }
      expect(at, `seed ${seed}`).toBe(100);
    }
  });
});

describe("slotShares()", () => {
  test("divides each slot among phases", () => {
    const spans = [span("fill", 0, 1), span("scan", 1, 4)];
    const stretches = stretchesOf(thread(spans), 8);
    expect(slotShares(stretches, 8, 4)).toEqual({
      fill: [0.5, 0, 0, 0],
      scan: [0.5, 1, 0, 0],
      done: [0, 0, 1, 1],
    });
  });

  test("fills each slot, and agrees with the sums", () => {
    const random = seededRandom(9);
    const spans: TraceSpan[] = [];
    for (let at = 0.3; at < 49;) {
      const end = at + random() * 0.2;
      spans.push(span(random() < 0.5 ? "fill" : "scan", at, end));
      at = end + random() * 0.01;
    }
    const stretches = stretchesOf(thread(spans), 50);
    const shares = slotShares(stretches, 50, 64);
    const times = phaseTimes(stretches);
    for (let slot = 0; slot < 64; slot++) {
      const sum = Object.values(shares).reduce(
        (total, row) => total + (row[slot] ?? 0),
        0,
      );
      expect(sum).toBeCloseTo(1, 9);
    }
    for (const phase of ["start", "fill", "scan", "other", "done"] as const) {
      const sum = (shares[phase] ?? []).reduce((total, x) => total + x, 0);
      expect(sum * 50 / 64).toBeCloseTo(times[phase] ?? NaN, 9);
    }
  });
});

describe("chartData()", () => {
  const data = chartData(sampleResult());

  test("has a bar for each row with figures", () => {
    expect(data.rates.map(({ label }) => label)).toEqual([
      "chunked",
      "readinto",
      "preload × 1",
      "preload × 2",
      "stream × 1",
      "stream × 2",
    ]);
    expect(data.rates.at(-1)).toMatchObject({
      rate: 0.1,
      slowest: 0.05,
      fastest: 0.125,
    });
  });

  test("has a line for each strategy with workers", () => {
    expect(data.scaling).toEqual([
      { strategy: "preload", points: [{ x: 1, y: 0.5 }, { x: 2, y: 0.8 }] },
      { strategy: "stream", points: [{ x: 1, y: 1 }, { x: 2, y: 2 }] },
    ]);
  });

  test("has a line for each model, which begins with what was measured", () => {
    expect(data.modelled).toEqual([]);
    const models = [sampleModel("stream")];
    expect(chartData(sampleResult({ models })).modelled).toEqual([{
      strategy: "stream",
      measuredWorkers: 2,
      points: [
        { x: 1, y: 1 },
        { x: 2, y: 2 },
        { x: 4, y: 3.5 },
        { x: 8, y: 6 },
      ],
    }]);
  });

  test("has the mean time of the threads that scan", () => {
    const { times, threads } = data.timelines.at(-1) ?? expect.fail("no rows");
    expect(threads.map(({ name }) => name)).toEqual([
      "coordinator",
      "worker 0",
      "worker 1",
    ]);
    expect(times.fill).toBeCloseTo(10 / 12 * 4, 9);
    expect(times.scan).toBeCloseTo(10 / 12 * 6, 9);
    expect(times.start).toBeCloseTo(10 / 12, 9);
    expect(data.phases).toEqual(["start", "open", "fill", "scan", "done"]);
  });
});
