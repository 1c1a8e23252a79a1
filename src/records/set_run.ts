/**
 * Runs that set fields, from path to result.
 *
 * @module
 */
import { checkPath } from "../check_path.ts";
import { runOwnJob } from "../engine.ts";
import type { RunOptions } from "../options.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { hasJournal } from "../patch/hot_journal.ts";
import type { RecoverOutcome } from "../patch/recover.ts";
import { isRemote } from "../remote/is_remote.ts";
import { STANDARD_INPUT } from "../source.ts";
import type { UpdateOptions } from "../update/options.ts";
import { recoverFirst } from "../update/update_session.ts";
import type {
  UpdateRecordsOptions,
  UpdateRecordsResult,
} from "../update_records.ts";
import { prepareSet } from "./set_prepare.ts";
import type { SetCounts } from "./set_query.ts";

/** As `updateRecords` of the library. */
export async function updateRecords(
  path: FilePath | URL,
  options: UpdateRecordsOptions,
): Promise<UpdateRecordsResult> {
  const file = checkPath(path);
  // The header of a file that is patched in part may be another one.
  const settled = options.header === true && options.dryRun !== true
    ? await settle(file, options)
    : "none";
  const query = prepareSet(file, options);
  const { result, update, stats } = await runOwnJob<SetCounts>({
    path: file,
    job: { builtin: "setRecords" },
    jobOptions: query,
    options: runOptionsOf(options),
    internals: { update: updateOptionsOf(options) },
  });
  if (update === undefined) throw new Error("Bug: an update has no summary");
  const { tally, changed, edits, bytesChanged, shown } = result;
  const { records, matched, badCount, bad } = tally;
  const { durability, dryRun, recovered, undoKept } = update;
  return {
    file: pathText(file),
    records,
    matched,
    badCount,
    bad,
    changed,
    edits,
    bytesChanged,
    durability,
    dryRun,
    shown,
    recovered: recovered === "none" ? settled : recovered,
    undoKept,
    stats,
  };
}

/** Recovers what an earlier patch has left of a file, before anything of it is read. */
async function settle(
  file: FilePath,
  options: UpdateRecordsOptions,
): Promise<RecoverOutcome> {
  if (file === STANDARD_INPUT || isRemote(file) || !hasJournal(file)) {
    return "none";
  }
  const { signal, onNote, anyDevice } = options;
  return await recoverFirst(file, { signal, onNote, anyDevice });
}

/** The run's part of the options: the others are no matter of the engine. */
function runOptionsOf(options: UpdateRecordsOptions): RunOptions {
  const { workers, io, segmentBytes, signal, onProgress, stallMs } = options;
  const { onNote, inlineBytes, onTrace, engine } = options;
  return {
    workers,
    io,
    segmentBytes,
    signal,
    onProgress,
    stallMs,
    onNote,
    inlineBytes,
    onTrace,
    engine,
  };
}

/** What is shown are fields, not runs of bytes, so the engine need not. */
function updateOptionsOf(
  { durability, dryRun, keepUndo, breakLinks, anyDevice }: UpdateRecordsOptions,
): UpdateOptions {
  return { durability, dryRun, keepUndo, breakLinks, anyDevice, shown: 0 };
}
