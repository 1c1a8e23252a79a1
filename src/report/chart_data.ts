/**
 * What the plots of a report are drawn from.
 *
 * @module
 */
import {
  type PhaseTimes,
  scanningTimes,
  SHOWN_PHASES,
  type ShownPhase,
  slotShares,
  stretchesOf,
} from "../bench/phase_shares.ts";
import type { BenchModel, BenchResult, BenchRow } from "../bench/types.ts";

/** One bar of the plot of throughput. Rates are in GB/s. */
export interface RateBar {
  readonly label: string;
  readonly strategy: string;
  readonly rate: number;
  readonly slowest: number;
  readonly fastest: number;
}

/** One line of the plot of scaling. */
export interface ScalingLine {
  readonly strategy: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** One line of the plot of what more cores would give. */
export interface ModelledLine extends ScalingLine {
  /** Up to so many workers it was measured. */
  readonly measuredWorkers: number;
}

/** What one thread did. */
export interface ThreadChart {
  readonly name: string;
  /** Shares by phase and slot, with three digits. */
  readonly shares: Partial<Record<ShownPhase, readonly number[]>>;
}

/** What the threads of one strategy did. */
export interface TimelineChart {
  readonly label: string;
  readonly elapsedMs: number;
  /** Milliseconds by phase, the mean over the threads that scan. */
  readonly times: PhaseTimes;
  readonly threads: readonly ThreadChart[];
}

/** All of them. Plain data. */
export interface ChartData {
  readonly cores: number;
  readonly phases: readonly ShownPhase[];
  readonly rates: readonly RateBar[];
  readonly scaling: readonly ScalingLine[];
  /** From one worker over what was measured to what was calculated; empty where nothing was. */
  readonly modelled: readonly ModelledLine[];
  readonly timelines: readonly TimelineChart[];
}

/** Slots of a timeline: what a screen can show. */
const SLOTS = 240;

/** Gathers what plots need. */
export function chartData(
  { rows, machine, models }: BenchResult,
): ChartData {
  const timelines = rows.flatMap(timelineOf);
  const scaling = scalingLines(rows);
  return {
    cores: machine.cores,
    phases: SHOWN_PHASES.filter((phase) =>
      timelines.some(({ threads }) =>
        threads.some(({ shares }) => phase in shares)
      )
    ),
    rates: rows.flatMap(rateBar),
    scaling,
    modelled: models.map((model) => modelledLine(model, scaling)),
    timelines,
  };
}

/** How a strategy with so many workers is called. */
export function rowLabel({ strategy, workers }: BenchRow): string {
  return workers === 0 ? strategy : `${strategy} × ${workers}`;
}

function rateBar(row: BenchRow): RateBar[] {
  const { figures, strategy } = row;
  if (figures === undefined) return [];
  const { seconds, bytesPerSecond } = figures;
  const gigabytes = bytesPerSecond * seconds.median / 1e9;
  return [{
    label: rowLabel(row),
    strategy,
    rate: gigabytes / seconds.median,
    slowest: gigabytes / seconds.max,
    fastest: gigabytes / seconds.min,
  }];
}

function scalingLines(rows: readonly BenchRow[]): ScalingLine[] {
  const lines = new Map<string, { x: number; y: number }[]>();
  for (const { strategy, workers, figures } of rows) {
    const { overOneWorker: y } = figures ?? {};
    if (y === undefined) continue;
    const points = lines.get(strategy) ?? [];
    points.push({ x: workers, y });
    lines.set(strategy, points);
  }
  return [...lines].map(([strategy, points]) => ({ strategy, points }));
}

function modelledLine(
  { strategy, measuredWorkers, points }: BenchModel,
  scaling: readonly ScalingLine[],
): ModelledLine {
  const line = scaling.find((each) => each.strategy === strategy);
  const measured = (line?.points ?? []).filter(({ x }) => x <= measuredWorkers);
  const modelled = points.map(({ workers: x, overOneWorker: y }) => ({ x, y }));
  return { strategy, measuredWorkers, points: [...measured, ...modelled] };
}

function timelineOf(row: BenchRow): TimelineChart[] {
  const { trace, workers } = row;
  if (trace === undefined) return [];
  const { elapsedMs } = trace;
  // A name that makes gaps what they are: the coordinator's are waiting.
  const threads = trace.threads.map((thread) =>
    workers === 0 ? { ...thread, name: "the one thread" } : thread
  );
  return [{
    label: rowLabel(row),
    elapsedMs,
    times: scanningTimes({ ...trace, threads }),
    threads: threads.map((thread) => ({
      name: thread.name,
      shares: roundAll(
        slotShares(stretchesOf(thread, elapsedMs), elapsedMs, SLOTS),
      ),
    })),
  }];
}

function roundAll(
  shares: Partial<Record<ShownPhase, readonly number[]>>,
): Partial<Record<ShownPhase, readonly number[]>> {
  return Object.fromEntries(
    Object.entries(shares).map((
      [phase, row],
    ) => [phase, row.map((share) => Math.round(share * 1000) / 1000)]),
  );
}
