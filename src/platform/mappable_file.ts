/**
 * Files to be mapped: what a mapping needs of a file is a descriptor, which on Deno is had sooner without `node:fs`.
 *
 * @module
 */
import { closeFile, type FileStatus, openFile, statFile } from "./files.ts";
import type { FilePath } from "./file_path.ts";

/** A file to be mapped, open in this thread. */
export interface MappableFile {
  readonly fd: number;
  /** Size and identity now. */
  status(): Pick<FileStatus, "byteLength" | "device" | "inode">;
  close(): void;
}

/**
 * Opens a file to be mapped.
 *
 * @throws {SabmapError} As {@link openFile}.
 */
export async function openMappable(
  path: FilePath,
  access: "read" | "write",
): Promise<MappableFile> {
  return await openByLibc(path, access) ?? openMappableHere(path, access);
}

/** As {@link openMappable}, at once, and on Deno 20 ms later where nothing else has used `node:fs`. */
export function openMappableHere(
  path: FilePath,
  access: "read" | "write",
): MappableFile {
  const fd = openFile(path, access);
  return {
    fd,
    status: () => statFile(fd, path),
    close: () => closeFile(fd, path),
  };
}

async function openByLibc(
  path: FilePath,
  access: "read" | "write",
): Promise<MappableFile | undefined> {
  if (!("Deno" in globalThis) || typeof path !== "string") return undefined;
  const { openDenoMappable } = await import("./deno_file.ts");
  const { findLibc } = await import("./libc.ts");
  return openDenoMappable(path, access, findLibc());
}
