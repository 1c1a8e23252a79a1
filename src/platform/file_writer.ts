/**
 * Writing at positions of a file that is there, in the way that a thread has soonest.
 *
 * Deno's own files are there at once, where the first touch of `node:fs` takes 15 to 25 ms in each thread (Deno 2.9,
 * Xeon 2.6 GHz, 2026-11-21).
 *
 * @module
 */
import { writeFully } from "./deno_changes.ts";
import { writePartAt } from "./file_changes.ts";
import { closeFile, type FileStatus, openFile, statFile } from "./files.ts";
import type { FilePath } from "./file_path.ts";
import { attempt, fs } from "./native_file.ts";

/** A file that is open to be written to. */
export interface FileWriter {
  /** Identity now. */
  status(): Pick<FileStatus, "device" | "inode">;
  /** Bytes that it has now. */
  byteLength(): number;
  /**
   * Writes all of a part of a buffer at a position of the file.
   *
   * @throws {SabmapError} With the errno's name; what was written before stays written.
   */
  writeAt(
    bytes: Uint8Array<SharedArrayBuffer>,
    start: number,
    byteLength: number,
    position: number,
  ): void;
  close(): void;
}

/**
 * Opens a file, which is neither made nor cut.
 *
 * @throws {SabmapError} As `openFile` of platform/files.ts.
 */
export function openWriter(path: FilePath): FileWriter {
  const { Deno: deno } = globalThis as unknown as { Deno?: DenoFiles };
  if (deno !== undefined && typeof path === "string") {
    return openDenoWriter(deno, path);
  }
  const fd = openFile(path, "write");
  return {
    status: () => statFile(fd, path),
    // Without the numbers of 64 bits that a status has.
    byteLength: () => attempt(path, () => fs().fstatSync(fd).size),
    writeAt: (bytes, start, byteLength, position) =>
      writePartAt(fd, bytes, start, byteLength, position, path),
    close: () => closeFile(fd, path),
  };
}

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoFiles {
  openSync(path: string, options: { read: true; write: true }): DenoFile;
  readonly SeekMode: { readonly Start: number; readonly End: number };
}

interface DenoFile {
  writeSync(bytes: Uint8Array): number;
  seekSync(offset: number, whence: number): number;
  statSync(): { readonly dev: number; readonly ino: number | null };
  close(): void;
}

function openDenoWriter(deno: DenoFiles, path: string): FileWriter {
  const file = attempt(
    path,
    () => deno.openSync(path, { read: true, write: true }),
  );
  return {
    status: () => {
      const { dev, ino } = attempt(path, () => file.statSync());
      return { device: BigInt(dev), inode: BigInt(ino ?? 0) };
    },
    // Sooner than a look at its status.
    byteLength: () => attempt(path, () => file.seekSync(0, deno.SeekMode.End)),
    writeAt: (bytes, start, byteLength, position) =>
      attempt(path, () => {
        // The descriptor is this thread's own, so nobody else moves its position.
        file.seekSync(position, deno.SeekMode.Start);
        writeFully(file, bytes.subarray(start, start + byteLength), path);
      }),
    close: () => file.close(),
  };
}
