/**
 * What stands against a copy in the place of a file: asked before it is known whether there is to be one.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";
import type { Target } from "./target.ts";

/**
 * Says why a file must not be replaced by a copy.
 *
 * @returns `undefined` if it may.
 */
export function copyObstacle(
  { opened, files, names, path }: Target,
  breakLinks: boolean,
): string | undefined {
  if (opened.links > 1 && !breakLinks) {
    return `it has ${
      groupDigits(opened.links)
    } names, of which the others would keep the old bytes (--break-links allows that)`;
  }
  const folder = files.look(names.folder, true);
  return folder?.device === opened.device && !files.isMounted(path)
    ? undefined
    : "it is mounted where it is, and cannot be renamed over";
}

/**
 * Whether a copy could be given the owner of its file: only root may give files away.
 *
 * @param user Who runs this; `undefined` where that is not known.
 */
export function mayKeepOwner(
  { opened }: Target,
  user: number | undefined,
): boolean {
  return user === undefined || user === 0 || user === opened.owner;
}
