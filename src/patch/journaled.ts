/**
 * The protocol that keeps a file wholly old or wholly new, whatever happens.
 *
 * ```text
 * journal   old and new bytes of all edits, beside the file     sync the journal
 * seal      what makes the journal count                        sync the journal, sync the folder
 * check     the file still holds all old bytes
 * apply     new bytes, in the order of offsets                  sync the file, which begins meanwhile
 * verify    the file holds all new bytes
 * commit    remove the journal, or keep it for an undo          sync the folder
 * ```
 *
 * Before the seal is on the disk nothing of the file has changed, so the journal is simply removed. After
 * that, {@link recoverTarget} writes all of it again. Success is reported after the last sync only.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { pathText } from "../platform/file_path.ts";
import {
  checkRecords,
  type Side,
  verifyRecords,
  writeRecords,
} from "./apply.ts";
import { FileSyncs } from "./file_syncs.ts";
import { removeIfThere } from "./file_system.ts";
import type { PatchFile } from "./open_file.ts";
import type { FrameMemory } from "./frame_memory.ts";
import type { Commit, JournalHeader } from "./journal_format.ts";
import { JournalReader, readJournalState } from "./journal_reader.ts";
import {
  discardJournal,
  type JournalPlace,
  JournalWriter,
} from "./journal_writer.ts";
import type { Steps } from "./steps.ts";
import type { Target } from "./target.ts";
import {
  FINISH_MS,
  hotJournal,
  RECOVERS,
  retold,
  retoldOnce,
} from "./unfinished.ts";

/** What a journaled patch is made of. */
export interface JournaledPatch {
  /** Writes the changes, in order. */
  fill(journal: JournalWriter): Steps<void>;
  /** Looks once more, right before the first byte changes, whether the file is as the patch needs it. */
  recheck(): Steps<void>;
  readonly memory: FrameMemory;
  /** What becomes of the journal in the end. */
  readonly commit: Commit;
}

/**
 * Changes a file by a journal. There must be none yet, and the caller has the file locked.
 *
 * @throws {SabmapError} With the file unchanged, or with the journal left to be recovered: the text says which.
 */
export function* patchJournaled(
  target: Target,
  patch: JournaledPatch,
): Steps<void> {
  const place = journalPlace(target, patch.memory);
  const writer = new JournalWriter(place, headerOf(target, patch.commit));
  let file: PatchFile;
  try {
    yield* patch.fill(writer);
    if (writer.recordCount === 0) return writer.discard();
    target.requireSame();
    file = writer.seal();
  } catch (error) {
    throw withdraw(error, target, () => writer.discard());
  }
  try {
    const journal = yield* openChecked(file, target, patch);
    yield* finishJournal(journal, target, "new", patch.commit);
  } finally {
    file.close();
  }
}

/** Reads back what was sealed, and looks for the last time whether it may be applied. */
function* openChecked(
  file: PatchFile,
  target: Target,
  { memory, recheck }: JournaledPatch,
): Steps<JournalReader> {
  try {
    const journal = openSealed(file, memory);
    yield* checkRecords(journal, target, "old");
    yield* recheck();
    target.requireSame();
    return journal;
  } catch (error) {
    const place = journalPlace(target, memory);
    throw withdraw(error, target, () => discardJournal(place));
  }
}

/** Where the journal of a file is. */
export function journalPlace(
  { files, names }: Target,
  memory: FrameMemory,
): JournalPlace {
  return { files, path: names.journal, folder: names.folder, memory };
}

/** What a journal says of its file. */
export function headerOf({ opened }: Target, commit: Commit): JournalHeader {
  return {
    runId: newRunId(),
    createdMs: Date.now(),
    device: opened.device,
    inode: opened.inode,
    byteLength: opened.byteLength,
    commit,
  };
}

/** 64 bits that differ from run to run. They keep no secret, and WebCrypto takes Node 4 ms to load. */
function newRunId(): bigint {
  const half = () => BigInt(Math.floor(Math.random() * 2 ** 32));
  return half() << 32n | half();
}

/** @throws {SabmapError} `ERR_BAD_JOURNAL` if what was just written cannot be read. */
function openSealed(file: PatchFile, memory: FrameMemory): JournalReader {
  const state = readJournalState(file);
  if (state.kind === "sealed") return new JournalReader(file, state, memory);
  const path = pathText(file.path);
  throw new SabmapError(
    ErrorCode.BadJournal,
    `the journal ${path} does not read as it was written`,
    { file: path },
  );
}

/**
 * Takes back what was done before the first byte of the file changed.
 *
 * @returns What to throw: the error, or another if the disk may still have the journal.
 */
function withdraw(
  error: unknown,
  target: Target,
  discard: () => void,
): unknown {
  try {
    discard();
    return error;
  } catch (cause) {
    const why = error instanceof Error ? error.message : String(error);
    return new SabmapError(
      ErrorCode.HotJournal,
      `${why}; nothing was changed, but the journal could not be removed for good: run "process recover --undo"`,
      { file: target.name, cause },
    );
  }
}

/**
 * Writes one side of a sealed journal to the file, and ends the journal.
 *
 * @throws {SabmapError} With the journal left to be recovered, or `ERR_CONFLICT` if the path leads to another file.
 */
export function* finishJournal(
  journal: JournalReader,
  target: Target,
  side: Side,
  commit: Commit,
): Steps<void> {
  const syncs = new FileSyncs(target.file, "sync");
  try {
    yield* writeRecords(journal, target, side, syncs);
    // This one vouches for all of them; meanwhile they are read back.
    syncs.begin("data");
    yield* verifyRecords(journal, target, side);
    yield* finishSyncs(syncs, target);
    target.requireNotCut();
  } catch (error) {
    // What fails once the first byte may have changed says so.
    throw retoldOnce(
      error,
      target,
      RECOVERS,
      (what) => `${what}; changes are written, and ${RECOVERS} finishes them`,
    );
  } finally {
    yield* syncs.settle();
  }
  endJournal(target, commit);
  try {
    target.requireSame();
  } catch (error) {
    throw retold(
      error,
      target,
      (what) => `${what}; all changes are in the file that was opened`,
    );
  }
}

function* finishSyncs(syncs: FileSyncs, target: Target): Steps<void> {
  try {
    if (yield* syncs.finish(FINISH_MS)) return;
  } catch (error) {
    throw retold(
      error,
      target,
      (what) =>
        `the disk did not take all changes (${what}): "process recover" writes them again`,
    );
  }
  const what =
    "interrupted; all changes are written, but may not all be on the disk";
  throw hotJournal(target, what);
}

function endJournal(target: Target, commit: Commit): void {
  const { files, names } = target;
  try {
    // First: without it, the journal would be taken for a patch that may be undone once more.
    if (commit === "remove-undo") removeIfThere(files, names.undo);
    if (commit === "keep-undo") files.rename(names.journal, names.undo);
    else files.remove(names.journal);
  } catch (error) {
    const end = commit === "keep-undo" ? "kept" : "removed";
    throw retold(
      error,
      target,
      (what) =>
        `all changes are on the disk, but their journal could not be ${end} (${what}): "process recover" tries again`,
    );
  }
  try {
    // Before success is told, or a loss of power could bring the journal back, over later changes.
    files.syncFolder(names.folder);
  } catch (error) {
    throw retold(
      error,
      target,
      (what) =>
        `all changes are on the disk, but their journal may come back (${what})`,
    );
  }
}
