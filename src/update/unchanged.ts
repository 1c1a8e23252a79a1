/**
 * Looks whether the file of an update is still the one that was scanned.
 *
 * @module
 */
import { SabmapError } from "../errors.ts";
import type { Target } from "../patch/target.ts";
import type { Source } from "../source.ts";

/**
 * Looks at a file that nobody should have written to.
 *
 * @throws {SabmapError} `ERR_CONFLICT` if it was written to, resized or replaced since it was opened.
 */
export function requireUnwritten(target: Target, source: Source): void {
  target.requireSame();
  try {
    source.checkUnchanged();
  } catch (error) {
    if (!(error instanceof SabmapError)) throw error;
    throw target.conflict("the file was written to while the job ran");
  }
}
