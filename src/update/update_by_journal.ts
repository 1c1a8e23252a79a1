/**
 * An update whose changes go into a journal while the job runs, and into the file when it has ended well.
 *
 * @module
 */
import { mayKeepAttributes } from "../patch/copy_obstacle.ts";
import { frameMemory, noteOtherNames } from "../patch/session.ts";
import type { Target } from "../patch/target.ts";
import { isMuch, mayCopy } from "./choose.ts";
import { EditStream } from "./edit_stream.ts";
import type { UpdateOptions } from "./options.ts";
import { PendingJournal } from "./pending_journal.ts";
import { takeChanges } from "./run_update.ts";
import { requireUnwritten } from "./unchanged.ts";
import type { OpenUpdate, Updated } from "./update_file.ts";
import { UpdateSteps } from "./update_steps.ts";

/** Ends a scan whose changes would be better off in a copy. */
class TooManyEdits extends Error {
  override readonly name = "TooManyEdits";
}

/**
 * Runs the job, then applies what it has changed.
 *
 * @returns `undefined`, with nothing done, if a copy costs less and the caller left the choice open.
 * @throws {SabmapError} With the file unchanged, or with the journal left to be recovered: the text says which.
 */
export async function updateByJournal<Result>(
  { session, source, steps, options, request, run }: OpenUpdate<Result>,
): Promise<Updated<Result> | undefined> {
  const { target } = session;
  const { keepUndo = false, shown = 0 } = options;
  noteOtherNames(target, request.options.onNote);
  const memory = await frameMemory(Infinity);
  const commit = keepUndo ? "keep-undo" : "remove";
  const journal = new PendingJournal(session, memory, commit);
  const isOpen = (options.durability ?? "auto") === "auto" &&
    await mayKeepAttributes(target, session.user);
  const requireFew = isOpen ? limitOf(target, options, journal) : () => {};
  const stream = new EditStream(target, shown, (edit) => {
    requireFew(stream);
    journal.add(edit);
  });
  let bytesChanged: number | undefined;
  try {
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
    await journal.apply();
    return {
      outcome,
      summary: {
        durability: "journal",
        edits: stream.count,
        bytesChanged,
        shown: stream.shown,
        undoKept: keepUndo && stream.count > 0,
      },
    };
  } catch (error) {
    const told = journal.withdraw(error);
    if (told instanceof TooManyEdits) return undefined;
    throw told;
  }
}

/** What throws once there are more edits than a journal should have, if the file may be copied. */
function limitOf(
  target: Target,
  { breakLinks = false }: UpdateOptions,
  journal: PendingJournal,
): (stream: EditStream) => void {
  let isOpen = true;
  return (stream) => {
    if (!isOpen || !isMuch(target, stream)) return;
    isOpen = false;
    if (mayCopy(target, breakLinks, journal.byteLength)) {
      throw new TooManyEdits();
    }
  };
}
