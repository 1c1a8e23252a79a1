/**
 * What the scan of an update job is carried out with: where changes go, and who looks at the file behind it.
 *
 * @module
 */
import type { Scanned } from "../engine/planned_run.ts";
import { changesName } from "../engine/plain_loop.ts";
import type { Plan } from "../plan.ts";
import type { FileSource } from "../protocol.ts";

/** One scan of an update job. */
export interface RunUpdate {
  /**
   * What threads may write changes to as they go: a copy of the file, or the file itself if it may be changed in
   * part. All changes are sent to the coordinator where it is absent.
   */
  readonly target: FileSource | undefined;
  /** Whether the target is the file that is scanned, so that a shared mapping of it does as well. */
  readonly direct: boolean;
  /**
   * Called when all is scanned, before the job's `finish`.
   *
   * @throws {SabmapError} If the file is not as it was when the scan began.
   */
  scanned(scanned: Scanned, plan: Plan): void;
}

/**
 * Takes from the results of the lanes what threads tell of their changes.
 *
 * @returns How many bytes got another value; `undefined` where nobody has counted.
 */
export function takeChanges(
  { lanes }: Scanned,
  { update, threads }: Plan,
): number | undefined {
  let sum = 0;
  for (let index = 0; index < threads; index++) {
    const name = changesName(index);
    sum += Number(lanes[name] ?? 0);
    delete lanes[name];
  }
  return update?.counts === true ? sum : undefined;
}
