/**
 * Chooses the mode of a run from what was asked for and what this machine can do.
 *
 * `auto` is `stream` for every job that looks at each byte once. On a 2-core Xeon (2.6 GHz,
 * 2026-11-21, page cache) mapping 16 MiB at a time counted lines 1.3 times as fast as reading 1 MiB
 * at a time, on a 2-core EPYC 1.0 times; but a file that someone truncates kills a process that has
 * it mapped, and reading only fails. Speed is not worth that by default.
 *
 * @module
 */
import { GRANULE_BYTES, sharedBuffer } from "../memory/arena.ts";
import { isMapRefusal, Mapper } from "../memory/mapping.ts";
import type { IoMode, RunOptions } from "../options.ts";
import { closeFile } from "../platform/files.ts";
import { loadLibc } from "../platform/platform.ts";
import type { FileSource } from "../protocol.ts";
import { openSource } from "./fill.ts";

/** @returns The mode; `preload` with a note to the caller where `map` was asked for and is refused. */
export async function chooseIo(
  file: FileSource,
  options: RunOptions,
): Promise<IoMode> {
  const { io = "auto" } = options;
  if (io === "auto") return "stream";
  if (io !== "map") return io;
  try {
    await probeMapping(file);
    return "map";
  } catch (error) {
    if (!isMapRefusal(error)) throw error;
    options.onNote?.(
      `${(error as Error).message}; reading the file into memory instead`,
    );
    return "preload";
  }
}

/** Maps the first bytes once, because some file systems have no mappings. */
async function probeMapping(file: FileSource): Promise<void> {
  const libc = await loadLibc();
  const memory = new WebAssembly.Memory({
    initial: 1,
    maximum: 1,
    shared: true,
  });
  const fd = openSource(file);
  try {
    const region = {
      byteOffset: 0,
      byteLength: Math.min(file.byteLength, GRANULE_BYTES),
    };
    const mapper = new Mapper(libc, sharedBuffer(memory));
    mapper.map(region, {
      fd,
      offset: 0,
      access: "read",
      file: String(file.path),
    });
    mapper.unmap(region);
  } finally {
    closeFile(fd, file.path);
  }
}
