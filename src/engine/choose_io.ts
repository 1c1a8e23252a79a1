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
import type { IoMode, RunOptions } from "../options.ts";
import type { FileSource } from "../protocol.ts";

/**
 * @param meanwhile What goes on while it is tried whether the file can be mapped.
 * @returns The mode; `preload` with a note to the caller where `map` was asked for and is refused.
 */
export async function chooseIo(
  file: FileSource,
  options: RunOptions,
  meanwhile: () => Promise<void>,
): Promise<IoMode> {
  const { io = "auto" } = options;
  if (io === "auto") return "stream";
  if (io !== "map") return io;
  // Loaded here, with what maps files: most runs need neither.
  const { whyNotMapped } = await import("./probe_mapping.ts");
  const [refusal] = await Promise.all([whyNotMapped(file), meanwhile()]);
  if (refusal === undefined) return "map";
  options.onNote?.(`${refusal}; reading the file into memory instead`);
  return "preload";
}
