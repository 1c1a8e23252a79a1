/**
 * An update whose changes go into a copy of the file, by all workers, which then takes the file's place.
 *
 * ```text
 * copy      all bytes, beside the file: shared blocks where the file system can
 * scan      the job runs over the file, and each thread writes what it changes to the copy
 * commit    sync the copy; the file was not written to meanwhile; rename; sync the folder
 * ```
 *
 * @module
 */
import {
  type CopyTools,
  createCopy,
  discardCopy,
  keepForUndo,
  settleStores,
  takeFilesPlace,
} from "../patch/copied.ts";
import type { PatchFile } from "../patch/open_file.ts";
import { FileSyncs } from "../patch/file_syncs.ts";
import { loadCopyTools } from "../patch/machine_copy.ts";
import { frameMemory } from "../patch/session.ts";
import type { Steps } from "../patch/steps.ts";
import type { FileSource } from "../protocol.ts";
import { goThroughDifferences } from "./differences.ts";
import { EditStream } from "./edit_stream.ts";
import { takeChanges } from "./run_update.ts";
import { requireUnwritten } from "./unchanged.ts";
import type { OpenUpdate, Updated } from "./update_file.ts";
import { UpdateSteps } from "./update_steps.ts";

/**
 * Runs the job over a file, and puts a changed copy in its place if it has changed anything.
 *
 * @throws {SabmapError} `ERR_COPY_REFUSED`; with the file unchanged, unless the text says otherwise.
 */
export async function updateByCopy<Result>(
  open: OpenUpdate<Result>,
): Promise<Updated<Result>> {
  const { session: { target, user, run }, request, options } = open;
  const { breakLinks = false, keepUndo = false } = options;
  const tools = await loadCopyTools(request.options);
  const copy = createCopy(target, { breakLinks, user });
  const syncs = new FileSyncs(copy, "copy");
  try {
    await run(settleStores(target));
    await run(tools.copyBytes(target.file, copy, target.byteLength, syncs));
    const { outcome, bytesChanged } = await scanInto(open, copy);
    if (bytesChanged === 0) discardCopy(target, copy);
    else {
      if (keepUndo) await keepUndoOf(open, copy);
      tools.keepAttributes(target.file, copy, target.opened);
      await run(takePlace(open, tools, syncs));
    }
    return { outcome, summary: summaryOf(bytesChanged, keepUndo) };
  } catch (error) {
    discardCopy(target, copy);
    throw error;
  } finally {
    copy.close();
  }
}

function summaryOf(
  bytesChanged: number,
  keepUndo: boolean,
): Updated<unknown>["summary"] {
  return {
    durability: "copy",
    edits: undefined,
    bytesChanged,
    shown: [],
    undoKept: keepUndo && bytesChanged > 0,
  };
}

async function scanInto<Result>(
  { session: { target }, source, steps, run }: OpenUpdate<Result>,
  copy: PatchFile,
): Promise<Pick<Updated<Result>, "outcome"> & { bytesChanged: number }> {
  // For threads that may not write themselves.
  const stream = new EditStream(
    target,
    0,
    ({ bytes, newAt, byteLength, offset }) =>
      copy.write(bytes, newAt, byteLength, offset),
  );
  let bytesChanged = 0;
  const outcome = await run(
    { source, steps: new UpdateSteps(steps, stream) },
    {
      target: sourceOf(copy),
      direct: false,
      scanned(scanned, plan) {
        bytesChanged = takeChanges(scanned, plan) ?? 0;
        requireUnwritten(target, source);
      },
    },
  );
  return { outcome, bytesChanged };
}

function sourceOf(copy: PatchFile): FileSource {
  const { byteLength, device, inode } = copy.details();
  return { path: copy.path, byteLength, device, inode };
}

async function keepUndoOf(
  { session: { target, run } }: OpenUpdate<unknown>,
  copy: PatchFile,
): Promise<void> {
  const memory = await frameMemory(Infinity);
  await run(
    keepForUndo(
      target,
      copy,
      memory,
      (journal) =>
        goThroughDifferences(
          target.file,
          copy,
          target.byteLength,
          (...change) => journal.add(...change),
        ),
    ),
  );
}

/** Waits until all of the copy is on the disk; after the rename it is the file. */
function* takePlace(
  { session: { target }, source, options }: OpenUpdate<unknown>,
  tools: CopyTools,
  syncs: FileSyncs,
): Steps<void> {
  syncs.begin("all");
  yield* syncs.finish(0);
  requireUnwritten(target, source);
  // Sees also what keeps the time of the last write: other permissions, another name.
  target.requireUnwritten();
  takeFilesPlace(target, tools, options.keepUndo === true);
}
