/**
 * Copies of files of this machine: shared blocks where the file system can, else copied by the kernel, else read and written.
 *
 * @module
 */
import { setOwnership } from "../platform/file_changes.ts";
import { truncateFile } from "../platform/files.ts";
import type { CopyLibc } from "../platform/copy_libc.ts";
import type { CopyTools } from "./copied.ts";
import type { FileSyncs } from "./file_syncs.ts";
import { descriptorOf, type PatchFile } from "./open_file.ts";
import { loadLock } from "./lock.ts";
import type { ChangeOptions } from "./options.ts";
import type { Step, Steps } from "./steps.ts";

const READ_BYTES = 1024 ** 2;
/** What the kernel copies between two steps. */
const RANGE_BYTES = 32 * 1024 ** 2;

/**
 * Makes the tools.
 *
 * @param libc `undefined` where there is no FFI: extended attributes are then lost.
 */
export function machineCopyTools(
  libc: CopyLibc | undefined,
  lock?: CopyTools["lock"],
): CopyTools {
  return {
    ...(lock && { lock }),
    *copyBytes(from, to, byteLength, syncs) {
      const source = descriptorOf(from);
      const target = descriptorOf(to);
      if (libc?.clone(source, target) === true) return;
      const isCopied = libc !== undefined &&
        (yield* copyRanges(libc, source, target, byteLength, syncs));
      if (!isCopied) yield* readAndWrite(from, to, byteLength, syncs);
      // Holes at the end.
      truncateFile(target, byteLength, to.path);
    },
    keepAttributes(from, to, details) {
      // First, as the permissions would bring it into force.
      libc?.dropInheritedAccess(descriptorOf(from), descriptorOf(to));
      setOwnership(descriptorOf(to), details, to.path);
      libc?.copyAttributes(descriptorOf(from), descriptorOf(to));
    },
  };
}

/** Makes the tools, with what the C library has for them where there is FFI. */
export async function loadCopyTools(
  { onNote }: Pick<ChangeOptions, "onNote">,
): Promise<CopyTools> {
  const { loadCopyLibc } = await import("../platform/platform.ts");
  const libc = await loadCopyLibc().catch(() => undefined);
  if (libc === undefined) {
    onNote?.(
      "extended attributes and access control lists are not kept, as there is no FFI here",
    );
  }
  return machineCopyTools(libc, await loadLock());
}

/** @returns False if the kernel does not copy between these files. */
function* copyRanges(
  libc: CopyLibc,
  from: number,
  to: number,
  byteLength: number,
  syncs: FileSyncs,
): Steps<boolean> {
  let position = 0;
  while (position < byteLength) {
    const data = libc.nextData(from, position, byteLength);
    if (data === undefined) break;
    const rest = Math.min(data.end, byteLength) - data.start;
    const wanted = Math.min(RANGE_BYTES, rest);
    if (wanted <= 0) break;
    const count = libc.copyRange(from, to, data.start, wanted);
    if (count <= 0) return false;
    position = data.start + count;
    syncs.wrote(count);
    yield copyStep(position, byteLength);
  }
  return true;
}

/** Copies by reading and writing. Blocks of zeros are left as holes. */
export function* readAndWrite(
  from: PatchFile,
  to: PatchFile,
  byteLength: number,
  syncs: FileSyncs,
): Steps<void> {
  const bytes = new Uint8Array(new SharedArrayBuffer(READ_BYTES));
  for (let position = 0; position < byteLength;) {
    const count = from.read(bytes, 0, READ_BYTES, position);
    if (count === 0) break;
    if (!isZero(bytes, count)) {
      to.write(bytes, 0, count, position);
      syncs.wrote(count);
    }
    position += count;
    yield copyStep(position, byteLength);
  }
}

function isZero(bytes: Uint8Array<SharedArrayBuffer>, count: number): boolean {
  const words = new BigUint64Array(bytes.buffer, 0, count >>> 3);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0n) return false;
  for (let i = words.length * 8; i < count; i++) {
    if (bytes[i] !== 0) return false;
  }
  return true;
}

function copyStep(bytesDone: number, byteLength: number): Step {
  return { phase: "copy", bytesDone, byteLength };
}
