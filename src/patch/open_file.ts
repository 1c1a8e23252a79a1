/**
 * An open file as the patch protocol sees it.
 *
 * @module
 */
import type { FileDetails } from "../platform/file_changes.ts";
import type { FilePath } from "../platform/file_path.ts";

/** Bytes that the file system reads into and writes from. */
export type FileBytes = Uint8Array<SharedArrayBuffer>;

/** An open file. */
export interface PatchFile {
  readonly path: FilePath;
  details(): FileDetails;
  /** @returns How many bytes came; less than `byteLength` only at the end of the file. */
  read(
    bytes: FileBytes,
    start: number,
    byteLength: number,
    position: number,
  ): number;
  /** Writes all of them, or throws; what was written before stays written. */
  write(
    bytes: FileBytes,
    start: number,
    byteLength: number,
    position: number,
  ): void;
  /** Waits until all that was written is on the disk. Final: what failed is not on the disk, and may look as if it were. */
  sync(): void;
  /** As {@link PatchFile.sync}, while the thread goes on. What is written meanwhile may be on the disk or not. */
  startSync(extent: SyncExtent): PendingSync;
  /** How much may wait in the cache before it pays to send it to the disk. */
  readonly aheadBytes: number;
  close(): void;
}

/** What a sync brings to the disk: bytes and length, or permissions and attributes as well. */
export type SyncExtent = "data" | "all";

/** A sync that was begun. */
export interface PendingSync {
  readonly isDone: boolean;
  /** Why it failed; `undefined` before it has, and if it did not. */
  readonly error: unknown;
  /** Fulfilled when it has ended, in whichever way. */
  readonly ended: Promise<void>;
}

/** A file of the machine, with the descriptor that locks and clones need. */
export interface MachineFile extends PatchFile {
  readonly fd: number;
}

/** The descriptor of a file of the machine's. */
export function descriptorOf(file: PatchFile): number {
  if (!("fd" in file)) throw new Error("Bug: a file that is not the machine's");
  return (file as MachineFile).fd;
}

/** A tenth of a second for the disk, in which the next bytes are written to the cache. */
export const AHEAD_BYTES: number = 128 * 1024 ** 2;

/** As {@link PatchFile.startSync}, of a sync that goes on. */
export function pendingSync(sync: Promise<void>): PendingSync {
  const pending = {
    isDone: false,
    error: undefined as unknown,
    ended: sync.catch((error) => {
      pending.error = error;
    }).then(() => {
      pending.isDone = true;
    }),
  };
  return pending;
}
