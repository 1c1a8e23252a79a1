/** Results of measurements that nobody has measured. */
import type {
  BenchFigures,
  BenchModel,
  BenchResult,
  BenchRow,
  RunTrace,
  TraceSpan,
} from "../src/mod.ts";

/** Figures of runs that took so many milliseconds. */
function sampleFigures(ms: number, workers: number): BenchFigures {
  return {
    seconds: { median: ms / 1000, min: ms / 1250, max: ms / 500 },
    bytesPerSecond: 1e9 / ms,
    overChunked: 50 / ms,
    overOneWorker: workers === 0 ? undefined : 20 / ms,
    peakBytes: 3 * 1024 ** 2,
    cpuSeconds: ms / 400,
  };
}

/** A trace of so many workers, which fill and scan ten times. */
function sampleTrace(workers: number, elapsedMs: number): RunTrace {
  const span = (
    phase: TraceSpan["phase"],
    startMs: number,
    endMs: number,
  ): TraceSpan => ({
    phase,
    startMs,
    endMs,
    offset: undefined,
    unfinished: false,
  });
  const step = elapsedMs / 12;
  const work = Array.from({ length: 10 }, (_, i) => [
    span("fill", step * (i + 1), step * (i + 1.4)),
    span("scan", step * (i + 1.4), step * (i + 2)),
  ]).flat();
  return {
    file: "big.data",
    startedAt: 1_763_700_000_000,
    elapsedMs,
    error: undefined,
    threads: [
      { name: "coordinator", spans: [span("open", 0, step)], dropped: 0 },
      ...Array.from({ length: workers }, (_, index) => ({
        name: `worker ${index}`,
        spans: work,
        dropped: 0,
      })),
    ],
  };
}

/** What a strategy would do on 4 and 8 cores. */
export function sampleModel(strategy: BenchModel["strategy"]): BenchModel {
  const point = (workers: number, overOneWorker: number) => ({
    workers,
    seconds: 0.02 / overOneWorker,
    bytesPerSecond: 5e7 * overOneWorker,
    overOneWorker,
  });
  return {
    strategy,
    measuredWorkers: 2,
    fixedSeconds: 0.0012,
    growth: 0.034,
    points: [point(4, 3.5), point(8, 6)],
  };
}

/** A result with all strategies, one of which is not available. */
export function sampleResult(more: Partial<BenchResult> = {}): BenchResult {
  const row = (
    strategy: BenchRow["strategy"],
    workers: number,
    ms: number,
  ): BenchRow => ({
    strategy,
    workers,
    threads: workers,
    unavailable: undefined,
    figures: sampleFigures(ms, workers),
    trace: sampleTrace(workers, ms),
  });
  const missing = (workers: number): BenchRow => ({
    strategy: "map",
    workers,
    threads: 0,
    unavailable: "mapping files needs <FFI> & more",
    figures: undefined,
    trace: undefined,
  });
  return {
    file: "big.data",
    byteLength: 1_000_000,
    operation: "count",
    found: "12345",
    runs: 5,
    seed: 42,
    cache: "warm",
    machine: {
      runtime: "deno 2.9.5",
      processor: "Sample <CPU>",
      cores: 2,
      memoryBytes: 8 * 1024 ** 3,
      system: "Linux 6 x64",
    },
    date: "2026-11-21T15:00:00.000Z",
    notes: ["4 workers share 2 cores"],
    rows: [
      row("chunked", 0, 50),
      row("readinto", 0, 30),
      row("preload", 1, 40),
      row("preload", 2, 25),
      missing(1),
      missing(2),
      row("stream", 1, 20),
      row("stream", 2, 10),
    ],
    models: [],
    ...more,
  };
}
