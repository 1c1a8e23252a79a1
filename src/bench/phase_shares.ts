/**
 * What each thread spends its time on, from the spans of a trace.
 *
 * @module
 */
import type {
  RunTrace,
  TracePhase,
  TraceSpan,
  TraceThread,
} from "../trace/types.ts";

/**
 * What a thread is at, seen from outside: `start` before its first span, `other` between spans of a
 * worker, `done` behind the last.
 */
export type ShownPhase = TracePhase | "start" | "other" | "done";

/** In the order in which they are drawn. */
export const SHOWN_PHASES: readonly ShownPhase[] = [
  "start",
  "open",
  "claim",
  "fill",
  "scan",
  "lane",
  "merge",
  "end",
  "other",
  "idle",
  "done",
];

/** Name of a thread that does not scan as long as there are others. */
const COORDINATOR = "coordinator";

/** A stretch of a thread's time. Stretches follow one another without gaps. */
export interface Stretch {
  readonly phase: ShownPhase;
  readonly startMs: number;
  readonly endMs: number;
}

/** Cuts a thread's time into stretches: of spans inside others, the innermost counts. */
export function stretchesOf(
  thread: TraceThread,
  elapsedMs: number,
): Stretch[] {
  const between = thread.name === COORDINATOR ? "idle" : "other";
  const spans = [...thread.spans].sort((left, right) =>
    left.startMs - right.startMs || right.endMs - left.endMs
  );
  const sweep = new Sweep(between);
  for (const span of spans) sweep.add(span);
  return sweep.finish(elapsedMs);
}

/** Goes through spans by their starts. */
class Sweep {
  readonly #between: ShownPhase;
  readonly #stretches: Stretch[] = [];
  /** Spans that have begun and not ended, the innermost last. */
  readonly #open: TraceSpan[] = [];
  #at = 0;
  #begun = false;

  constructor(between: ShownPhase) {
    this.#between = between;
  }

  add(span: TraceSpan): void {
    this.#closeUntil(span.startMs);
    this.#push(this.#phase(), span.startMs);
    this.#begun = true;
    this.#open.push(span);
  }

  finish(elapsedMs: number): Stretch[] {
    this.#closeUntil(Infinity);
    this.#push(this.#begun ? "done" : "start", elapsedMs);
    return this.#stretches;
  }

  #closeUntil(ms: number): void {
    for (;;) {
      const last = this.#open.at(-1);
      if (last === undefined || last.endMs > ms) return;
      this.#push(last.phase, last.endMs);
      this.#open.pop();
    }
  }

  #phase(): ShownPhase {
    return this.#open.at(-1)?.phase ??
      (this.#begun ? this.#between : "start");
  }

  #push(phase: ShownPhase, endMs: number): void {
    if (endMs <= this.#at) return;
    this.#stretches.push({ phase, startMs: this.#at, endMs });
    this.#at = endMs;
  }
}

/** Milliseconds of each phase. */
export type PhaseTimes = Partial<Record<ShownPhase, number>>;

/** Adds up stretches. */
export function phaseTimes(stretches: readonly Stretch[]): PhaseTimes {
  const times: PhaseTimes = {};
  for (const { phase, startMs, endMs } of stretches) {
    times[phase] = (times[phase] ?? 0) + endMs - startMs;
  }
  return times;
}

/** Time by phase of the threads of a run that scan: the mean over them. */
export function scanningTimes({ threads, elapsedMs }: RunTrace): PhaseTimes {
  const workers = threads.filter(({ name }) => name !== COORDINATOR);
  // Where it is alone, it scans.
  const scanning = workers.length > 0 ? workers : threads;
  const mean: PhaseTimes = {};
  for (const thread of scanning) {
    const times = phaseTimes(stretchesOf(thread, elapsedMs));
    for (const phase of SHOWN_PHASES) {
      const ms = times[phase];
      if (ms === undefined) continue;
      mean[phase] = (mean[phase] ?? 0) + ms / scanning.length;
    }
  }
  return mean;
}

/**
 * Cuts a run into slots of equal length, and tells the share of each phase in each.
 *
 * Spans are shorter than what a screen can show: as shares they stay true at every scale.
 *
 * @returns For each phase that there is, one share from 0 to 1 per slot.
 */
export function slotShares(
  stretches: readonly Stretch[],
  elapsedMs: number,
  slots: number,
): Partial<Record<ShownPhase, number[]>> {
  const shares: Partial<Record<ShownPhase, number[]>> = {};
  const slotMs = elapsedMs / slots;
  for (const { phase, startMs, endMs } of stretches) {
    const row = shares[phase] ??= new Array<number>(slots).fill(0);
    const first = Math.floor(startMs / slotMs);
    const last = Math.min(slots - 1, Math.floor(endMs / slotMs));
    for (let slot = first; slot <= last; slot++) {
      const from = Math.max(startMs, slot * slotMs);
      const to = Math.min(endMs, (slot + 1) * slotMs);
      row[slot] = (row[slot] ?? 0) + Math.max(0, to - from) / slotMs;
    }
  }
  return shares;
}
