/**
 * The calling thread as one of the workers of a run: it scans from the first moment on, while the others
 * start, and has its turn at everything else every few milliseconds.
 *
 * Two threads take 15 ms (Bun) to 31 ms (Node) to start, in which one thread goes through 0.2 GB and more;
 * and one thread less is to be started (Xeon 2.6 GHz, 2026-11-21).
 *
 * @module
 */
import type { PlannedRun } from "./planned_run.ts";
import { openCallerScan } from "./scan_here.ts";
import { scanInTurns } from "./scan_loop.ts";

/** Longest time that passes between two segments without a turn of the event loop. */
const TURN_MS = 4;

/**
 * Works as worker 0 until no segment is left.
 *
 * @returns Results of its lanes and of the worker, as `scanLoop` gives them.
 * @throws What the job throws; the run is aborted then.
 */
export async function scanBesideWorkers(
  run: PlannedRun,
): Promise<Record<string, unknown>> {
  const scan = await openCallerScan(run);
  try {
    const results = await scanInTurns(scan.setup, takeTurns());
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

/** Gives signals, progress and partials of other threads their turn, where it is time. */
function takeTurns(): () => Promise<void> | undefined {
  let lastAt = performance.now();
  return () => {
    if (performance.now() - lastAt < TURN_MS) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        lastAt = performance.now();
        resolve();
      })
    );
  };
}
