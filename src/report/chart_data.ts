/**
 * What the plots of a report are drawn from.
 *
 * @module
 */
import type { BenchResult, BenchRow } from "../bench/types.ts";
import {
  type PhaseTimes,
  phaseTimes,
  SHOWN_PHASES,
  type ShownPhase,
  slotShares,
  stretchesOf,
} from "./phase_shares.ts";

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
  readonly timelines: readonly TimelineChart[];
}

/** Slots of a timeline: what a screen can show. */
const SLOTS = 240;

/** Gathers what plots need. */
export function chartData({ rows, machine }: BenchResult): ChartData {
  const timelines = rows.flatMap(timelineOf);
  return {
    cores: machine.cores,
    phases: SHOWN_PHASES.filter((phase) =>
      timelines.some(({ threads }) =>
        threads.some(({ shares }) => phase in shares)
      )
    ),
    rates: rows.flatMap(rateBar),
    scaling: scalingLines(rows),
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

function timelineOf(row: BenchRow): TimelineChart[] {
  const { trace, workers } = row;
  if (trace === undefined) return [];
  const { elapsedMs } = trace;
  const threads = trace.threads.map(({ name: own, ...thread }) => {
    const name = workers === 0 ? "the one thread" : own;
    return { name, stretches: stretchesOf({ name, ...thread }, elapsedMs) };
  });
  const scanning = threads.length > 1 ? threads.slice(1) : threads;
  return [{
    label: rowLabel(row),
    elapsedMs,
    times: meanTimes(
      scanning.map(({ stretches }) => phaseTimes(stretches)),
    ),
    threads: threads.map(({ name, stretches }) => ({
      name,
      shares: roundAll(slotShares(stretches, elapsedMs, SLOTS)),
    })),
  }];
}

function meanTimes(all: readonly PhaseTimes[]): PhaseTimes {
  const mean: PhaseTimes = {};
  for (const phase of SHOWN_PHASES) {
    const sum = all.reduce((total, times) => total + (times[phase] ?? 0), 0);
    if (sum > 0) mean[phase] = sum / all.length;
  }
  return mean;
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
