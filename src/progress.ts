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
 * @returns What ends the reports.
 */
export function reportProgress(setup: ProgressSetup): () => void {
  const { onProgress } = setup;
  if (onProgress === undefined) return () => {};
  const timer = setInterval(() => onProgress(readProgress(setup)), REPORT_MS);
  return () => clearInterval(timer);
}

/** The last report of a run that has ended well: all bytes are done. */
export function reportEnd(setup: ProgressSetup, byteLength: number): void {
  const elapsedMs = performance.now() - setup.startedAt;
  setup.onProgress?.({ bytesDone: byteLength, byteLength, elapsedMs });
}

/** Each segment counts once for each reader that must see it. */
function readProgress({ plan, control, startedAt }: ProgressSetup): Progress {
  const segments = control.unitsDone / plan.readers;
  return {
    bytesDone: Math.min(
      segments * plan.segmentBytes,
      plan.byteLength ?? Infinity,
    ),
    byteLength: plan.byteLength,
    elapsedMs: performance.now() - startedAt,
  };
}
