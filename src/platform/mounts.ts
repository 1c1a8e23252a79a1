/**
 * Where file systems are mounted.
 *
 * @module
 */
import type { FilePath } from "./file_path.ts";
import { readProcFile } from "./proc_file.ts";

/** Place of the mount point in a line of `/proc/self/mountinfo`: see proc(5). */
const MOUNT_POINT_FIELD = 4;

/**
 * Tells whether something is mounted at a path itself: such a name cannot be renamed over, also if what is mounted
 * there is another file of the same device (`mount --bind`).
 *
 * @param path From the root, without symbolic links.
 * @returns False where the kernel does not tell.
 */
export function isMountPoint(path: FilePath): boolean {
  const mounts = readProcFile("/proc/self/mountinfo");
  // Compared as text of one byte a character, or on Deno as UTF-8: both forms of a name are looked for.
  const bytes = typeof path === "string"
    ? Buffer.from(path)
    : Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  const names = [bytes.toString("latin1"), bytes.toString()].flatMap((name) => {
    const escaped = inOctal(name);
    // Kernels such as 6.18 leave this one as it is.
    return [escaped, escaped.replaceAll("\\043", "#")];
  });
  return mounts.split("\n").some((line) =>
    names.includes(line.split(" ")[MOUNT_POINT_FIELD] ?? "")
  );
}

/** What would part fields or lines stands there in octal. */
function inOctal(name: string): string {
  return name.replace(
    /[ \t\n\\#]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}
