/**
 * The calling thread as one of the workers of a run: it scans from the first moment on, while the others
 * start, and has its turn at everything else every few milliseconds.
 *
 * Others take 23 ms (Bun) to 49 ms (Node) until they scan, in which one thread goes through 0.4 GB and more; and one
 * thread less is to be started (EPYC, 2026-11-22). So the others are called only when it has seen that there is work
 * for longer than that; for large files they are at once.
 *
 * @module
 */
import { loadTurnsLoop } from "./plain_loop.ts";
import { OTHERS_PAY_MS } from "../plan.ts";
import type { PlannedRun } from "./planned_run.ts";
import { openCallerScan } from "./scan_here.ts";

/** The last segments, whose times are looked at. */
const LOOK_SEGMENTS = 3;

/** How long it is looked, at least: the first segments are slow, before kernels are compiled. */
const LOOK_MS = 6;

/** Longest time that passes between two segments without a turn of the event loop. */
const TURN_MS = 4;

/**
 * Longest time between two turns in which Deno rests. It looks for signals when it does, or else at one of 61 turns:
 * SIGINT ended a run after 0.1 to 2.2 s without (Deno 2.9.5, Xeon 2.6 GHz, 2026-11-21). A rest takes 1 ms.
 */
const REST_MS = 50;

/**
 * Works as worker 0 until no segment is left.
 *
 * @param callOthers Called once it is seen that more threads pay; absent where they work already.
 * @returns Results of its lanes and of the worker, as `scanLoop` gives them.
 * @throws What the job throws; the run is aborted then.
 */
export async function scanBesideWorkers(
  run: PlannedRun,
  callOthers: (() => void) | undefined,
): Promise<Record<string, unknown>> {
  const scanInTurns = await loadTurnsLoop(run.plan);
  const scan = await openCallerScan(run);
  try {
    const results = await scanInTurns(
      scan.setup,
      takeTurns(run, callOthers),
    );
    await scan.merged();
    return results;
  } catch (error) {
    // The others need not finish a run that has failed.
    run.control.abort();
    throw error;
  } finally {
    scan.close();
  }
}

/** Gives signals, progress and partials of other threads their turn, where it is time, and calls others where they pay. */
function takeTurns(
  run: PlannedRun,
  callOthers: (() => void) | undefined,
): () => Promise<void> | undefined {
  // Looked at until the others are called, as what is done for each segment is slow before it is compiled.
  let pace = callOthers && new Pace();
  let turnAt = performance.now();
  let lastAt = turnAt;
  let restAt = turnAt;
  return () => {
    const now = performance.now();
    if (pace !== undefined) {
      pace.add(now - lastAt);
      lastAt = now;
      const { segmentCount, unitsDone } = run.control;
      if (pace.othersPay(segmentCount - unitsDone)) {
        callOthers?.();
        pace = undefined;
      }
    }
    if (now - turnAt < TURN_MS) return undefined;
    const rests = "Deno" in globalThis && now - restAt >= REST_MS;
    if (rests) restAt = now;
    return new Promise((resolve) => {
      const next = () => {
        turnAt = lastAt = performance.now();
        resolve();
      };
      if (rests) setTimeout(next, 0);
      else setImmediate(next);
    });
  };
}

/** How long one thread takes for its segments. */
export class Pace {
  readonly #lastMs: number[] = [];
  readonly #startMs: number;
  #elapsedMs = 0;

  /** @param startMs What other threads take to start. */
  constructor(startMs: number = OTHERS_PAY_MS) {
    this.#startMs = startMs;
  }

  /** Notes the time of a segment. */
  add(elapsedMs: number): void {
    this.#elapsedMs += elapsedMs;
    this.#lastMs.push(elapsedMs);
    if (this.#lastMs.length > LOOK_SEGMENTS) this.#lastMs.shift();
  }

  /**
   * Tells whether threads should be called that are not there yet.
   *
   * @param left Segments that are left.
   * @returns Whether they would take this thread long enough, going by the fastest of the last three.
   */
  othersPay(left: number): boolean {
    const times = this.#lastMs;
    const isSure =
      times.length === LOOK_SEGMENTS && this.#elapsedMs >= LOOK_MS ||
      times.some((time) => time > this.#startMs);
    return isSure && left * Math.min(...times) > this.#startMs;
  }
}
