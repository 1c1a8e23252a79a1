/**
 * Tells the framings that know records from those that only ask for neighbour bytes.
 *
 * @module
 */
import type { RecordFraming } from "../binary/framing.ts";
import type { Framing } from "../job.ts";

/** By its shape, because a user's module may have a copy of our library of its own. */
export function isRecordFraming(framing: Framing): framing is RecordFraming {
  return typeof (framing as { records?: unknown }).records === "function";
}
