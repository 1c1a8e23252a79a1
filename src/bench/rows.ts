/**
 * From what was measured to what is told.
 *
 * @module
 */
import type { Measured } from "./measure.ts";
import { medianKnown, speedUp, spreadOf } from "./statistics.ts";
import type { BenchFigures, BenchRow } from "./types.ts";

/** Makes the rows. @param byteLength Bytes that each run went through. */
export function makeRows(
  measured: readonly Measured[],
  byteLength: number,
): BenchRow[] {
  return measured.map((one) => {
    const { contender, unavailable, threads, trace } = one;
    const { strategy, workers } = contender;
    const figures = one.seconds.length === 0
      ? undefined
      : makeFigures(one, measured, byteLength);
    return { strategy, workers, threads, unavailable, figures, trace };
  });
}

function makeFigures(
  one: Measured,
  all: readonly Measured[],
  byteLength: number,
): BenchFigures {
  const { strategy, workers } = one.contender;
  const seconds = spreadOf(one.seconds);
  const chunked = secondsOf(all, "chunked", 0);
  const single = secondsOf(all, strategy, 1);
  return {
    seconds,
    bytesPerSecond: byteLength / seconds.median,
    overChunked: speedUp(one.seconds, chunked),
    overOneWorker: workers === 0 ? undefined : speedUp(one.seconds, single),
    peakBytes: medianKnown(one.taken.map(({ peakBytes }) => peakBytes)),
    cpuSeconds: medianKnown(one.taken.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

function secondsOf(
  all: readonly Measured[],
  strategy: string,
  workers: number,
): readonly number[] | undefined {
  return all.find(({ contender }) =>
    contender.strategy === strategy && contender.workers === workers
  )?.seconds;
}
