/**
 * What file systems tell of themselves, where this runtime may ask: `statfs(2)`.
 *
 * @module
 */
import { isGranted } from "./builtin.ts";
import type { FilePath } from "./file_path.ts";
import { attempt, fs, nativePath } from "./native_file.ts";

/** Bytes that can still be written where a path leads; `undefined` where this runtime may not tell. */
export function freeBytes(path: FilePath): number | undefined {
  if (!mayAsk()) return undefined;
  return attempt(path, () => {
    const { bavail, bsize } = fs().statfsSync(nativePath(path));
    return bavail * bsize;
  });
}

/** Types of file systems whose files others change from afar: `statfs(2)`. */
const NETWORK_FILE_SYSTEMS: readonly number[] = [
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x01021997, // 9P
  0x65735546, // FUSE, behind which sshfs and the like are
  0x00c36400, // Ceph
];

/** Whether a file lies on another machine, as far as this runtime may tell. */
export function isNetworkFile(path: FilePath): boolean {
  if (!mayAsk()) return false;
  return attempt(path, () => {
    const { type } = fs().statfsSync(nativePath(path));
    // Some runtimes give 32 bits as a signed number.
    return NETWORK_FILE_SYSTEMS.includes(type >>> 0);
  });
}

/** Unit of what a file occupies, by `stat(2)`. */
const BLOCK_BYTES = 512;

/** Whether a file occupies less than its length, as one with holes does. */
export function isSparse(path: FilePath): boolean {
  return attempt(path, () => {
    const { blocks, size } = fs().statSync(nativePath(path));
    return blocks * BLOCK_BYTES < size;
  });
}

/** Whether this runtime may ask a file system about itself. */
function mayAsk(): boolean {
  return isGranted({ name: "sys", kind: "statfs" });
}
