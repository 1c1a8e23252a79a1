/**
 * The claim loop of most runs: private slots, and no lanes. What other runs need besides is loaded for
 * them (scan_loop.ts), as each thread waits for its modules before it can start.
 *
 * @module
 */
import { workerResultName } from "../job.ts";
import type { Plan } from "../plan.ts";
import { PrivateLoop } from "./private_loop.ts";
import { type ScanSetup, SegmentScan } from "./segment_scan.ts";

/**
 * Works until no segment is left or the run is aborted.
 *
 * @returns Results of the lanes that this thread had, by name, and that of the worker; those of an aborted run mean nothing.
 */
export type ScanLoop = (setup: ScanSetup) => Record<string, unknown>;

/**
 * As {@link ScanLoop}, in turns with whatever else the thread has to do.
 *
 * @param turn Called and awaited between two segments.
 */
export type TurnsLoop = (
  setup: ScanSetup,
  turn: () => Promise<void> | undefined,
) => Promise<Record<string, unknown>>;

/** Gets the loop that a plan asks for. */
export async function loadLoop(plan: Plan): Promise<ScanLoop> {
  if (isPlain(plan)) return scanPlain;
  return (await import("./scan_loop.ts")).scanLoop;
}

/** As {@link loadLoop}, for the thread with the event loop. */
export async function loadTurnsLoop(plan: Plan): Promise<TurnsLoop> {
  if (isPlain(plan)) return scanPlainInTurns;
  return (await import("./scan_loop.ts")).scanInTurns;
}

function isPlain({ ring, parts }: Plan): boolean {
  return !ring && parts.length === 0;
}

function scanPlain(setup: ScanSetup): Record<string, unknown> {
  const scan = new SegmentScan(setup);
  new PrivateLoop(scan, []).run();
  return finishScan(scan);
}

async function scanPlainInTurns(
  setup: ScanSetup,
  turn: () => Promise<void> | undefined,
): Promise<Record<string, unknown>> {
  const scan = new SegmentScan(setup);
  await new PrivateLoop(scan, []).runInTurns(turn);
  return finishScan(scan);
}

/** Sends what was not sent yet. @returns What the job has kept in this thread, by name. */
export function finishScan(
  { setup, state }: SegmentScan,
): Record<string, unknown> {
  const { control, context: { index }, job, changes } = setup;
  setup.emitter.flush();
  const results: Record<string, unknown> = {};
  if (changes !== undefined) results[changesName(index)] = changes.bytesChanged;
  if (!control.aborted && job.end !== undefined) {
    results[workerResultName(index)] = job.end(state);
  }
  return results;
}

/** Under which name a thread's results tell how many bytes it has changed. */
export function changesName(index: number): string {
  return `changes ${index}`;
}
