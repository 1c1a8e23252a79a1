/**
 * How a patch keeps its file from being lost, where the caller does not say.
 *
 * @module
 */
import { freeBytes } from "../platform/file_system.ts";
import { copyObstacle, mayKeepAttributes } from "./copy_obstacle.ts";
import type { EditList } from "./edit_list.ts";
import type { Durability } from "./options.ts";
import type { Session } from "./session.ts";

/** Bytes of a journal for each edit, besides its old and new bytes. */
const EDIT_BYTES = 24;

/** Smaller files are changed in place unless their edits, too, are many: what a copy costs is not the bytes then. */
const COPY_BYTES_MIN = 1024 ** 2;

/** Bytes that the journal of a patch takes. */
export function journalBytes(edits: EditList): number {
  return 2 * edits.byteCount() + EDIT_BYTES * edits.count;
}

/**
 * Chooses: a copy writes the file once, a journal writes the edits three times.
 *
 * @param user Who runs this; `undefined` where that is not known.
 * @returns `copy` if the edits are over a quarter of the file, or their journal is and the file is large; never
 * where a copy is refused, has no space, or would not keep owner and attributes.
 */
export async function chooseDurability(
  session: Session,
  edits: EditList,
): Promise<Durability> {
  const { target } = session;
  const { byteLength } = target;
  const isMuch = edits.byteCount() > byteLength / 4 ||
    (byteLength >= COPY_BYTES_MIN && journalBytes(edits) > byteLength / 4);
  if (
    !isMuch || copyObstacle(target, false) !== undefined ||
    !await mayKeepAttributes(target, session.user)
  ) return "journal";
  const free = freeBytes(target.path);
  return free === undefined || free >= byteLength ? "copy" : "journal";
}
