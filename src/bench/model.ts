/**
 * What a strategy would do on more cores than there are here: calculated from what was measured.
 *
 * ```text
 * T(n) = fixed + (T(1) - fixed) * (1 + growth * (n - 1)) / n
 * ```
 *
 * This is Amdahl's law, whose serial part `fixed` is not fitted but seen: the time in which the threads of a traced run
 * did not work. What is then missing to the measured time of as many workers as there are cores is `growth`: each
 * further worker makes the work of all a little longer, because memory and caches are shared (Gunther's contention, here
 * of the parallel part).
 *
 * What a thread takes once, such as the time until its kernels are compiled well, counts as growth: two counts of
 * workers cannot tell it from contention. In short runs it is most of it, so that large files tell more. Not in it are
 * steps: a second socket, or memory that has no more to give from some core on.
 *
 * @see Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities", 1967
 * @see Gunther, "Guerrilla Capacity Planning", 2007, chapter 4
 * @module
 */
import { type PhaseTimes, scanningTimes } from "./phase_shares.ts";
import type {
  BenchFigures,
  BenchModel,
  BenchModelPoint,
  BenchResult,
  BenchRow,
} from "./types.ts";

/** What is known of a run when its model is made. */
type Known = Pick<BenchResult, "rows" | "byteLength" | "cache"> & {
  /** Threads that can run at once. */
  readonly cores: number;
};

/** The counts of workers that are calculated: so many, each twice the one before. */
const POINTS = 3;

/** Fewer bytes for each worker, and its time is that of starting it. */
const WORKER_BYTES_MIN = 16 * 1024 ** 2;

/** Slowest less fastest run, in medians. */
const SCATTER_MAX = 0.5;

/** Phases in which a thread gets nothing done that others could have taken from it. */
const FIXED_PHASES = ["start", "open", "idle", "end", "done"] as const;

/** Makes the models of all strategies of which enough was measured; none of a file that comes from a disk. */
export function makeModels(known: Known): BenchModel[] {
  const { rows, cache, cores } = known;
  const counts = modelledCounts(known);
  // The disk is the limit of the other caches, and what it can do is not in a trace.
  if (cache !== "warm" || cores < 2 || counts.length === 0) return [];
  return rows.flatMap((row) => {
    if (row.workers !== cores || row.threads !== cores) return [];
    const single = rows.find(({ strategy, workers }) =>
      strategy === row.strategy && workers === 1
    );
    return makeModel(row, single, known, counts);
  });
}

function modelledCounts({ cores, byteLength }: Known): number[] {
  const counts: number[] = [];
  for (let count = 1; counts.length < POINTS; count *= 2) {
    if (count * WORKER_BYTES_MIN > byteLength) break;
    if (count > cores) counts.push(count);
  }
  return counts;
}

/** @returns One, or none if the times do not tell. */
function makeModel(
  { strategy, workers, figures, trace }: BenchRow,
  single: BenchRow | undefined,
  { byteLength }: Known,
  counts: readonly number[],
): BenchModel[] {
  const one = single?.figures?.seconds.median;
  const { overOneWorker } = figures ?? {};
  if (!one || !overOneWorker || trace === undefined) return [];
  if (isScattered(figures) || isScattered(single?.figures)) return [];
  // By rounds, as the ratio is: a machine that is shared is slower at one moment than at another.
  const all = one / overOneWorker;
  const fixedSeconds = all * fixedShare(scanningTimes(trace));
  const work = one - fixedSeconds;
  // Where more were no faster, as on cores that others use, there is nothing to continue.
  if (overOneWorker <= 1 || work <= 0 || fixedSeconds >= all) return [];
  const growth = growthOf(workers * (all - fixedSeconds) / work, workers);
  const points = counts.map((count): BenchModelPoint => {
    const seconds = fixedSeconds + work * (1 + growth * (count - 1)) / count;
    return {
      workers: count,
      seconds,
      bytesPerSecond: byteLength / seconds,
      overOneWorker: one / seconds,
    };
  });
  return [
    { strategy, measuredWorkers: workers, fixedSeconds, growth, points },
  ];
}

/** Whether runs differed so much that their median says little. */
function isScattered(figures: BenchFigures | undefined): boolean {
  if (figures === undefined) return true;
  const { median, min, max } = figures.seconds;
  return max - min > SCATTER_MAX * median;
}

/** @param ratio How many times as long all workers take for the work in all as one takes for it. */
function growthOf(ratio: number, workers: number): number {
  return Math.max(0, (ratio - 1) / (workers - 1));
}

function fixedShare(times: PhaseTimes): number {
  const sum = (phases: readonly (number | undefined)[]) =>
    phases.reduce<number>((total, ms = 0) => total + ms, 0);
  const all = sum(Object.values(times));
  return all === 0 ? 0 : sum(FIXED_PHASES.map((phase) => times[phase])) / all;
}
