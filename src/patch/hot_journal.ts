/**
 * Tells readers that a file may be patched in part.
 *
 * @module
 */
import { realPath } from "../platform/file_changes.ts";
import { isLink, isThere } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { journalPath } from "./names.ts";

/**
 * Notes that a patch of a file was begun and not finished, if that is so. Readers are warned, not held up.
 *
 * Costs two looks at names, some 10 microseconds, for each file that is opened; one where `throughLink` is known.
 *
 * @param path A regular file that is there.
 * @param throughLink Whether it is there through a symbolic link, if the caller knows.
 */
export function noteHotJournal(
  path: FilePath,
  onNote: ((note: string) => void) | undefined,
  throughLink?: boolean,
): void {
  if (onNote === undefined || !hasJournal(path, throughLink)) return;
  onNote(
    `a patch of ${
      pathText(path)
    } is being applied, or was not finished: what is read may be patched in part (see "process recover")`,
  );
}

/** Whether a patch of a file was begun and not finished, or is being applied. */
export function hasJournal(path: FilePath, throughLink?: boolean): boolean {
  const own = throughLink === false ? path : withoutLink(path);
  return isThere(journalPath(own));
}

/** The journal stands beside the file itself. */
function withoutLink(path: FilePath): FilePath {
  try {
    return isLink(path) ? realPath(path) : path;
  } catch {
    // Not ours to look at: then neither is the journal.
    return path;
  }
}
