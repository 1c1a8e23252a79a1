/**
 * An update that only looks.
 *
 * @module
 */
import { requireReplaceable } from "../patch/copied.ts";
import { wouldChoose } from "./choose.ts";
import { EditStream } from "./edit_stream.ts";
import { takeChanges } from "./run_update.ts";
import { requireUnwritten } from "./unchanged.ts";
import type { OpenUpdate, Updated } from "./update_file.ts";
import { UpdateSteps } from "./update_steps.ts";

/** Edits that are shown unless something else is said. */
const SHOWN = 20;

/** Runs the job, and tells what it would change. */
export async function dryRun<Result>(
  { session, source, steps, options, run }: OpenUpdate<Result>,
): Promise<Updated<Result>> {
  const { target } = session;
  const { durability = "auto", shown = SHOWN, breakLinks = false } = options;
  if (durability === "copy") requireReplaceable(target, breakLinks);
  const stream = new EditStream(target, shown, () => {});
  let bytesChanged: number | undefined;
  const outcome = await run(
    { source, steps: new UpdateSteps(steps, stream) },
    {
      target: undefined,
      direct: false,
      scanned(scanned, plan) {
        bytesChanged = takeChanges(scanned, plan);
        requireUnwritten(target, source);
      },
    },
  );
  return {
    outcome,
    summary: {
      durability: durability === "auto"
        ? await wouldChoose(session, stream, breakLinks)
        : durability,
      edits: stream.count,
      bytesChanged,
      shown: stream.shown,
      undoKept: false,
    },
  };
}
