/**
 * Feeding the segments of a file to threads that may open none (platform/sandbox.ts), for a job that changes them.
 *
 * The coordinator reads each segment, or maps it, with the neighbour bytes that the file has around it: what lies
 * in the slots beside it may have been changed already.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";
import { awaitSlot } from "../engine/feed.ts";
import type { Filler } from "../engine/fill.ts";
import { openFiller } from "../engine/fill.ts";
import type { PlannedRun } from "../engine/planned_run.ts";
import { countReaders } from "../plan/parts.ts";
import { segmentRange } from "../plan/segments.ts";
import type { FileSource } from "../protocol.ts";

/**
 * Feeds a file to its end, or until the run is aborted.
 *
 * @returns Bytes of the file.
 */
export async function feedSegments(
  run: PlannedRun,
  file: FileSource,
): Promise<number> {
  const { plan, control } = run;
  const filler = await openFiller(plan, file, run.memory);
  try {
    const count = plan.segmentCount ?? 0;
    for (let index = 0; index < count; index++) {
      if (!await awaitSlot(control, index)) break;
      feedSegment(run, filler, index);
      // Signals, progress and partials have their turn between two segments.
      await nextTurn();
    }
    return file.byteLength;
  } catch (error) {
    control.abort();
    throw error;
  } finally {
    filler.close();
  }
}

function feedSegment(
  { plan, control, layout }: PlannedRun,
  filler: Filler,
  index: number,
): void {
  const range = segmentRange(index, plan);
  filler.fill(range, layout.segmentAddress(index % plan.shape.slots));
  const { end = range.end } = plan;
  control.publish(index, {
    byteLength: range.end - range.start,
    bytesAfter: Math.min(plan.framing.after, end - range.end),
    readers: countReaders(plan, range),
  });
}
