/**
 * What stands against a copy in the place of a file: asked before it is known whether there is to be one.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";
import { descriptorOf } from "./open_file.ts";
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
 * Whether a copy could be given the owner, the group and the attributes of its file: only root may give files away,
 * others may give them to groups of theirs; and attributes are not known without FFI.
 *
 * @param user Who runs this; `undefined` where that is not known.
 */
export async function mayKeepAttributes(
  { opened, file }: Target,
  user: number | undefined,
): Promise<boolean> {
  const isOwner = user === undefined || user === 0 ||
    (user === opened.owner &&
      currentGroups()?.includes(opened.group) !== false);
  if (!isOwner) return false;
  // Loaded here, as a patch that takes no copy does without.
  const { loadCopyLibc } = await import("../platform/platform.ts");
  try {
    const libc = await loadCopyLibc();
    const names = libc.attributeNames(descriptorOf(file));
    return user === 0 || !names.some(isOfRoot);
  } catch {
    return false;
  }
}

/** Whether only root may give a file an attribute, such as the capabilities of a program; labels of SELinux others may. */
function isOfRoot(attribute: string): boolean {
  return attribute.startsWith("security.") && attribute !== "security.selinux";
}

/** The groups of whoever runs this; `undefined` on Deno, which does not tell all of them. */
function currentGroups(): readonly number[] | undefined {
  if ("Deno" in globalThis) return undefined;
  // deno-lint-ignore no-process-global -- an import of it takes Deno 10 ms
  const { getegid, getgroups } = process;
  return getegid && getgroups && [getegid(), ...getgroups()];
}
