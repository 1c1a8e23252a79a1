/**
 * An update that changes the file as it goes.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import type { RunOptions } from "../options.ts";
import type { Target } from "../patch/target.ts";
import { EditStream } from "./edit_stream.ts";
import { takeChanges } from "./run_update.ts";
import type { OpenUpdate, Updated } from "./update_file.ts";
import { UpdateSteps } from "./update_steps.ts";

/** How far in front of a write the file was looked at last, at most. */
const LOOK_BYTES = 4 * 1024 ** 2;

/**
 * Runs the job; what it changes is in the file behind each segment, or at once where the file is mapped.
 *
 * Nothing waits for the disk.
 *
 * @throws What the scan throws, after a note that the file may be changed in part.
 */
export async function updateInPlace<Result>(
  { session: { target }, source, steps, run, request }: OpenUpdate<Result>,
): Promise<Updated<Result>> {
  let looked = 0;
  // For threads that may not write themselves.
  const stream = new EditStream(
    target,
    0,
    ({ bytes, newAt, byteLength, offset }) => {
      // A write behind the end would make a file longer that somebody has cut off, with zeros in it.
      if (offset >= looked) {
        target.requireLength();
        looked = offset + LOOK_BYTES;
      }
      target.file.write(bytes, newAt, byteLength, offset);
    },
  );
  try {
    const outcome = await run(
      { source, steps: new UpdateSteps(steps, stream) },
      {
        target: source.file,
        direct: true,
        scanned(scanned, plan) {
          takeChanges(scanned, plan);
          target.requireSame();
        },
      },
    );
    return {
      outcome,
      summary: {
        durability: "none",
        edits: undefined,
        bytesChanged: undefined,
        shown: [],
        undoKept: false,
      },
    };
  } catch (error) {
    throw partlyChanged(error, request.options, target);
  }
}

/** Says of a failure that the file is not as it was: an interrupt alone would be taken for one that left no trace. */
function partlyChanged(
  error: unknown,
  { signal, onNote }: RunOptions,
  target: Target,
): unknown {
  if (signal?.aborted !== true) {
    onNote?.(
      `${target.name} may be changed in part, as its durability was none`,
    );
    return error;
  }
  return new SabmapError(
    ErrorCode.Aborted,
    "interrupted while it was changed: it may hold a part of the changes, as its durability was none",
    { file: target.name, cause: error },
  );
}
