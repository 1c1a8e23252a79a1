/**
 * Changing files through Deno's own functions: they are there at once, where the first touch of `node:fs` takes 13 ms
 * of the 40 that a small patch had behind the start of the runtime (Deno 2.9, EPYC, 2026-11-23).
 *
 * Every function throws what Deno throws.
 *
 * @module
 */
import { SabmapError } from "../errors.ts";
import { type DenoStatus, toStatus } from "./deno_reader.ts";
import type { FileDetails } from "./file_changes.ts";

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoFiles {
  statSync(path: string): DenoDetails;
  lstatSync(path: string): DenoDetails;
  openSync(path: string, options: DenoOpenOptions): DenoFile;
  renameSync(from: string, to: string): void;
  removeSync(path: string): void;
  realPathSync(path: string): string;
}

interface DenoOpenOptions {
  readonly read: true;
  readonly write?: boolean;
  readonly createNew?: boolean;
  readonly mode?: number;
}

/** An open file of Deno's. */
export interface DenoFile {
  readSync(target: Uint8Array): number | null;
  writeSync(bytes: Uint8Array): number;
  seekSync(offset: number, whence: number): number;
  statSync(): DenoDetails;
  syncSync(): void;
  syncDataSync(): void;
  sync(): Promise<void>;
  syncData(): Promise<void>;
  close(): void;
}

interface DenoDetails extends DenoStatus {
  readonly mode: number | null;
  readonly nlink: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly ctime: Date | null;
}

function denoFiles(): DenoFiles {
  return (globalThis as unknown as { Deno: DenoFiles }).Deno;
}

/** Opens a file that is there, or (`create`) one that only its owner may read and that must not be there. */
export function openDenoFile(
  path: string,
  access: "read" | "write" | "create",
): DenoFile {
  return denoFiles().openSync(path, {
    read: true,
    write: access !== "read",
    ...(access === "create" && { createNew: true, mode: 0o600 }),
  });
}

/**
 * Details of an open file, or of what there is under a name.
 *
 * The number of its inode is rounded above 2**53.
 *
 * @param follow Whether a symbolic link stands for what it leads to.
 */
export function denoDetails(
  file: DenoFile | string,
  follow: boolean,
): FileDetails {
  const status = typeof file !== "string"
    ? file.statSync()
    : follow
    ? denoFiles().statSync(file)
    : denoFiles().lstatSync(file);
  return {
    ...toStatus(status),
    changedNs: BigInt(status.ctime?.getTime() ?? 0) * 1_000_000n,
    mode: (status.mode ?? 0) & 0o7777,
    links: status.nlink ?? 1,
    owner: status.uid ?? 0,
    group: status.gid ?? 0,
  };
}

/** Whether an error says that there is no such file: to ask for its errno would load Node's modules. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === "NotFound";
}

/** Waits until the names in a folder are on the disk. */
export function syncDenoFolder(folder: string): void {
  const file = denoFiles().openSync(folder, { read: true });
  try {
    file.syncSync();
  } finally {
    file.close();
  }
}

/** Gives a file another name in place of what has that name. */
export function renameDenoFile(from: string, to: string): void {
  denoFiles().renameSync(from, to);
}

/** Takes a name away from its file. An empty folder would be removed as well. */
export function removeDenoFile(path: string): void {
  denoFiles().removeSync(path);
}

/** Path without symbolic links, from the root. */
export function realDenoPath(path: string): string {
  return denoFiles().realPathSync(path);
}

/** Goes on after short writes, as of a disk that fills up; Deno itself goes on after interruptions. */
export function writeFully(
  file: Pick<DenoFile, "writeSync">,
  bytes: Uint8Array,
  path: string,
): void {
  for (let written = 0; written < bytes.byteLength;) {
    const count = file.writeSync(bytes.subarray(written));
    if (count === 0) {
      throw new SabmapError("EIO", "the kernel wrote nothing", { file: path });
    }
    written += count;
  }
}
