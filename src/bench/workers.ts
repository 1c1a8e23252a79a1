/**
 * The strategies of this library.
 *
 * @module
 */
import type { IoMode } from "../options.ts";
import type { FilePath } from "../platform/file_path.ts";
import { type Contender, UnavailableError } from "./contender.ts";
import type { Operation } from "./operation.ts";

/** What is the same for all of a measurement. */
export interface WorkerSettings {
  readonly segmentBytes: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A way of reading with so many workers, which are started anew in each run but for the first, where it is the caller. */
export function workersContender(
  path: FilePath,
  operation: Operation,
  io: IoMode,
  workers: number,
  settings: WorkerSettings,
): Contender {
  return {
    strategy: io,
    workers,
    run: async (onTrace) => {
      let refusal: string | undefined;
      const { found, stats } = await operation.run(path, {
        ...settings,
        io,
        workers,
        // A small file too: it is the workers that are asked about.
        inlineBytes: 0,
        // As the commands do it; or one worker would be a thread to start, and slower than none.
        callerScans: true,
        onNote: (note) => refusal = note,
        onTrace,
      });
      if (stats.io !== io) {
        throw new UnavailableError(reasonOf(refusal ?? "it was refused"));
      }
      return { found, threads: stats.workers };
    },
  };
}

/** A note tells also what is done instead. */
function reasonOf(note: string): string {
  return note.split("; ")[0] ?? note;
}
