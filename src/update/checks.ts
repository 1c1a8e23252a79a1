/**
 * Options of runs that change their file, checked before it is opened.
 *
 * @module
 */
import type { RunRequest } from "../coordinator.ts";
import { checkOptions } from "../patch/checks.ts";

/** @throws {TypeError|RangeError} If an option is wrong, or cannot be had with an update. */
export function checkUpdateOptions({ internals }: RunRequest): void {
  const { update = {}, range, queue } = internals;
  checkOptions(update);
  if (range === undefined && queue === undefined) return;
  throw new TypeError(
    `Cannot run a job whose access is "update" as it must have all of the file: received a part of it`,
  );
}
