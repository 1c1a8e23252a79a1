/**
 * Tells readers that a file may be patched in part.
 *
 * @module
 */
import { detailsOf, realPath } from "../platform/file_changes.ts";
import { isThere } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { journalPath } from "./names.ts";

/**
 * Notes that a patch of a file was begun and not finished, if that is so. Readers are warned, not held up.
 *
 * Costs two looks at names, some 10 microseconds, for each file that is opened; one where `isLink` is known.
 *
 * @param path A regular file that is there.
 * @param isLink Whether it is there through a symbolic link, if the caller knows.
 */
export function noteHotJournal(
  path: FilePath,
  onNote: ((note: string) => void) | undefined,
  isLink?: boolean,
): void {
  if (onNote === undefined) return;
  const own = isLink === false ? path : withoutLink(path);
  if (!isThere(journalPath(own))) return;
  onNote(
    `a patch of ${
      pathText(path)
    } is being applied, or was not finished: what is read may be patched in part (see "process recover")`,
  );
}

/** The journal stands beside the file itself. */
function withoutLink(path: FilePath): FilePath {
  try {
    const isLink = detailsOf(path, path, false)?.kind === "stream";
    return isLink ? realPath(path) : path;
  } catch {
    // Not ours to look at: then neither is the journal.
    return path;
  }
}
