/**
 * Progress of a run, read from the control block: workers send no messages for it.
 *
 * @module
 */
import type { ControlBlock } from "./memory/control_block.ts";
import type { Progress } from "./options.ts";
import type { Plan } from "./plan.ts";

/** Time between two reports. */
const REPORT_MS = 100;

/** What a report is made from. */
export interface ProgressSetup {
  readonly plan: Plan;
  readonly control: ControlBlock;
  readonly startedAt: number;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Calls `onProgress` about ten times a second.
 *
 * @param fail Gets what it throws, which ends the reports.
 * @returns What ends the reports.
 */
export function reportProgress(
  setup: ProgressSetup,
  fail: (error: unknown) => void,
): () => void {
  const { onProgress } = setup;
  if (onProgress === undefined) return () => {};
  return reportOften(() => onProgress(readProgress(setup)), fail);
}

/**
 * Calls a function that reports, about ten times a second.
 *
 * @param fail Called with what it throws, which ends the reports.
 * @returns What ends them.
 */
export function reportOften(
  report: () => void,
  fail: (error: unknown) => void,
): () => void {
  const timer = setInterval(() => {
    try {
      report();
    } catch (error) {
      clearInterval(timer);
      fail(error);
    }
  }, REPORT_MS);
  return () => clearInterval(timer);
}

/** Reports what was told before rather than less. */
export function onlyRising(
  onProgress: ProgressSetup["onProgress"],
): ProgressSetup["onProgress"] {
  if (onProgress === undefined) return undefined;
  let most = 0;
  return (progress) => {
    most = Math.max(most, progress.bytesDone);
    onProgress({ ...progress, bytesDone: most });
  };
}

/** The last report of a run that has ended well: all bytes are done. */
export function reportEnd(setup: ProgressSetup, byteLength: number): void {
  const elapsedMs = performance.now() - setup.startedAt;
  const bytesDone = scanBytes(setup.plan) ?? byteLength;
  setup.onProgress?.({ bytesDone, byteLength: bytesDone, elapsedMs });
}

/** Bytes to scan: the file's, or those of the part that the run is over. */
function scanBytes({ origin, end }: Plan): number | undefined {
  return end === undefined ? undefined : end - origin;
}

/** Each segment counts once for each reader that must see it. */
function readProgress({ plan, control, startedAt }: ProgressSetup): Progress {
  const segments = control.unitsDone / plan.readers;
  const segmentBytes = plan.unitBytes === undefined
    ? plan.segmentBytes
    : (plan.byteLength ?? 0) / (plan.segmentCount ?? 1);
  return {
    bytesDone: Math.min(
      Math.floor(segments * segmentBytes),
      scanBytes(plan) ?? Infinity,
    ),
    byteLength: scanBytes(plan),
    elapsedMs: performance.now() - startedAt,
  };
}
