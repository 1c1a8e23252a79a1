/**
 * How an update job keeps its file from being lost, where the caller does not say.
 *
 * @module
 */
import { copyObstacle, mayKeepAttributes } from "../patch/copy_obstacle.ts";
import type { Durability } from "../patch/options.ts";
import type { Session } from "../patch/session.ts";
import type { Target } from "../patch/target.ts";
import { freeBytes } from "../platform/file_system.ts";
import type { EditTally } from "./edit_stream.ts";

/** Smaller files are changed in place: what a copy costs is not the bytes then. */
const COPY_BYTES_MIN = 1024 ** 2;

const PAGE_BYTES = 4096;

/** Whether a copy costs less than the journal of so many edits. Once it does, more edits do not change that. */
export function isMuch(target: Target, tally: EditTally): boolean {
  const { byteLength } = target;
  return byteLength >= COPY_BYTES_MIN &&
    (tally.journalBytes > byteLength / 4 ||
      tally.pages > byteLength / PAGE_BYTES / 2);
}

/**
 * Whether the file may be replaced by a copy that keeps its attributes, and there is space for one.
 *
 * Whether attributes are kept is asked beforehand, as it takes a while.
 *
 * @param journalBytes What a journal takes on the disk that goes before a copy is made.
 */
export function mayCopy(
  target: Target,
  breakLinks: boolean,
  journalBytes: number,
): boolean {
  if (copyObstacle(target, breakLinks) !== undefined) return false;
  const free = freeBytes(target.path);
  return free === undefined || free + journalBytes >= target.byteLength;
}

/** What a run that only looks would have chosen. */
export async function wouldChoose(
  { target, user }: Pick<Session, "target" | "user">,
  tally: EditTally,
  breakLinks: boolean,
): Promise<Durability> {
  return isMuch(target, tally) && mayCopy(target, breakLinks, 0) &&
      await mayKeepAttributes(target, user)
    ? "copy"
    : "journal";
}
