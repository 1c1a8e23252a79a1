/**
 * Finishing or taking back what a crash has left, and taking back a patch that was kept.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { type FileDetails, isSameInode } from "../platform/file_changes.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { checkRecords } from "./apply.ts";
import type { PatchFile } from "./open_file.ts";
import type { FrameMemory } from "./frame_memory.ts";
import { BLOCK_BYTES, encodeSeal } from "./journal_format.ts";
import { JournalReader, readJournalState } from "./journal_reader.ts";
import { finishJournal, patchJournaled } from "./journaled.ts";
import type { Steps } from "./steps.ts";
import type { Target } from "./target.ts";

/** What became of a journal. */
export type RecoverOutcome = "none" | "discarded" | "redone" | "undone";

/** What was done, and to how much. */
export interface Recovered {
  readonly outcome: RecoverOutcome;
  /** Changes that were written. */
  readonly edits: number;
  /** Bytes that were written. */
  readonly byteCount: number;
  /** Whether it was an undo that was begun and not finished, and now is. */
  readonly tookBack?: boolean;
}

/** How to recover. */
export interface RecoverSettings {
  /** Takes the patch back; otherwise it is finished. */
  readonly undo: boolean;
  /** Removes the journal, whatever it is, and leaves the file as it is. */
  readonly discard: boolean;
  /** Takes a journal whose file system had another device number, as some have after each start. */
  readonly anyDevice: boolean;
  /** Who runs this; `undefined` where that is not known. */
  readonly user: number | undefined;
}

const NONE: Recovered = { outcome: "none", edits: 0, byteCount: 0 };

/**
 * Finishes, takes back or discards the patch that a file's journal tells of. The caller has the file locked.
 *
 * @throws {SabmapError} `ERR_BAD_JOURNAL` if the journal is not this file's or was changed; `ERR_CONFLICT` if the
 * file holds bytes that are neither old nor new. Nothing is changed then, and the journal stays.
 */
export function* recoverTarget(
  target: Target,
  memory: FrameMemory,
  settings: RecoverSettings,
): Steps<Recovered> {
  const { files, names } = target;
  removeStaleCopy(target, settings.user);
  settleNextUndo(target, settings.user);
  const details = files.look(names.journal);
  if (details === undefined) return NONE;
  if (settings.discard) return removeJournal(target);
  requireTrusted(details, names.journal, target, settings.user);
  const file = openLooked(target, names.journal, details);
  try {
    const state = readJournalState(file);
    if (state.kind === "damaged") throw refusal(names.journal, state.what);
    if (state.kind === "unsealed") return removeJournal(target);
    const journal = new JournalReader(file, state, memory);
    requireSameFile(journal, target, names.journal, settings.anyDevice);
    yield* checkRecords(journal, target, "either");
    syncJournal(journal, file, target);
    const side = settings.undo ? "old" : "new";
    // What was to be kept for an undo is: the one kept before is not of the last patch any more.
    const commit = settings.undo ? "remove" : journal.header.commit;
    yield* finishJournal(journal, target, side, commit);
    return {
      outcome: settings.undo ? "undone" : "redone",
      edits: journal.seal.recordCount,
      byteCount: journal.seal.byteCount,
      tookBack: commit === "remove-undo",
    };
  } finally {
    file.close();
  }
}

/**
 * Makes sure that the journal is on the disk before the file changes.
 *
 * The run that wrote it may have ended between seal and sync, or its sync may have failed: then the seal is in
 * memory only, in a page that looks clean. So it is written anew.
 */
function syncJournal(
  { seal }: JournalReader,
  file: PatchFile,
  { files, names }: Target,
): void {
  const block = new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES));
  encodeSeal(seal, block);
  file.write(block, 0, BLOCK_BYTES, BLOCK_BYTES + seal.frameBytes);
  file.sync();
  files.syncFolder(names.folder);
}

function removeJournal({ files, names }: Target): Recovered {
  files.remove(names.journal);
  files.syncFolder(names.folder);
  return { ...NONE, outcome: "discarded" };
}

/** A copy that was never finished: nobody else works on it, as the caller has the lock. */
export function removeStaleCopy(
  target: Target,
  user: number | undefined,
): void {
  const { files, names } = target;
  if (isOurs(files.look(names.copy), target, user)) files.remove(names.copy);
}

/** What would undo a copy: it is kept if that has taken the file's place, and goes with one that has not. */
function settleNextUndo(target: Target, user: number | undefined): void {
  const { files, names, opened } = target;
  const details = files.look(names.nextUndo);
  if (!isOurs(details, target, user)) return;
  const file = openLooked(target, names.nextUndo, details);
  const state = readJournalState(file);
  file.close();
  const isOfFile = state.kind === "sealed" &&
    isSameInode(state.header.inode, opened.inode);
  if (isOfFile) {
    // As it was to be done: the copy's name first, then what was kept for the file that is no more.
    files.syncFolder(names.folder);
    files.rename(names.nextUndo, names.undo);
  } else {
    files.remove(names.nextUndo);
  }
  files.syncFolder(names.folder);
}

/** Whether a file beside the target is one that a run of ours may have left. */
function isOurs(
  details: FileDetails | undefined,
  { opened }: Target,
  user: number | undefined,
): details is FileDetails {
  return details?.kind === "regular" && details.links === 1 &&
    [0, opened.owner, user].includes(details.owner);
}

/**
 * Takes the patch back that was kept last, by a patch of its own.
 *
 * @throws {SabmapError} `ERR_NO_UNDO` if none was kept; `ERR_CONFLICT` if the file does not hold its bytes any more.
 */
export function* undoTarget(
  target: Target,
  memories: { readonly kept: FrameMemory; readonly own: FrameMemory },
  settings: Pick<RecoverSettings, "anyDevice" | "user">,
): Steps<Recovered> {
  const { files, names } = target;
  const details = files.look(names.undo);
  if (details === undefined) {
    throw new SabmapError(
      ErrorCode.NoUndo,
      "no patch was kept to be taken back: patch with --keep-undo to keep one",
      { file: target.name },
    );
  }
  requireTrusted(details, names.undo, target, settings.user);
  const file = openLooked(target, names.undo, details);
  try {
    const state = readJournalState(file);
    if (state.kind !== "sealed") {
      throw refusal(names.undo, "it is not whole");
    }
    const kept = new JournalReader(file, state, memories.kept);
    requireSameFile(kept, target, names.undo, settings.anyDevice);
    yield* swapAndApply(kept, target, memories.own);
    const { recordCount, byteCount } = kept.seal;
    return { outcome: "undone", edits: recordCount, byteCount };
  } finally {
    file.close();
  }
}

function swapAndApply(
  kept: JournalReader,
  target: Target,
  memory: FrameMemory,
): Steps<void> {
  return patchJournaled(target, {
    memory,
    commit: "remove-undo",
    *fill(journal) {
      const { byteCount } = kept.seal;
      for (const records of kept.frames()) {
        while (records.advance()) {
          const { offset, byteLength, bytes, newAt, oldAt } = records;
          journal.add(offset, byteLength, bytes, newAt, bytes, oldAt);
        }
        const { bytesSeen } = records;
        yield { phase: "journal", bytesDone: bytesSeen, byteLength: byteCount };
      }
    },
    *recheck() {},
  });
}

/**
 * Looks whether a journal may be believed: whoever can create files in the folder could plant one.
 *
 * @throws {SabmapError} `ERR_BAD_JOURNAL` if others could have written it.
 */
function requireTrusted(
  details: FileDetails,
  path: FilePath,
  target: Target,
  user: number | undefined,
): void {
  const { opened } = target;
  if (details.kind !== "regular") {
    throw refusal(path, "it is no regular file");
  }
  if (details.links !== 1) {
    throw refusal(path, `it has ${details.links} names`);
  }
  const isPrivate = (details.mode & OTHERS) === 0;
  const isOfKnown = [0, opened.owner, user].includes(details.owner);
  if (isPrivate && isOfKnown) return;
  const usual = newFileBeside(target);
  if (!isPrivate && (usual?.mode ?? 0) !== details.mode) {
    throw refusal(path, "others than its owner may read or write it");
  }
  if (!isOfKnown && usual?.owner !== details.owner) {
    throw refusal(
      path,
      `its owner is user ${details.owner}, who is neither root nor the file's owner`,
    );
  }
}

/** The permissions of all but the owner. */
const OTHERS = 0o077;

/**
 * What a file of ours looks like here: file systems of other systems (FAT, SMB) give all files the same permissions,
 * and servers of NFS all of root's to nobody. Who has written a journal cannot be told there by looking at it.
 *
 * @returns `undefined` if none can be created.
 */
function newFileBeside({ files, names }: Target): FileDetails | undefined {
  try {
    const file = files.create(names.copy);
    try {
      return file.details();
    } finally {
      file.close();
      files.remove(names.copy);
    }
  } catch {
    return undefined;
  }
}

/** Opens what was looked at. */
function openLooked(
  { files }: Target,
  path: FilePath,
  details: FileDetails,
): PatchFile {
  const file = files.openOwn(path);
  const { inode, device } = file.details();
  if (inode === details.inode && device === details.device) return file;
  file.close();
  throw refusal(path, "it was replaced while it was looked at");
}

function requireSameFile(
  { header }: JournalReader,
  { opened }: Target,
  path: FilePath,
  anyDevice: boolean,
): void {
  if (!isSameInode(header.inode, opened.inode)) {
    throw refusal(path, "it belongs to another file (its inode differs)");
  }
  if (header.byteLength !== opened.byteLength) {
    throw refusal(
      path,
      `the file had ${header.byteLength} bytes and has ${opened.byteLength}` +
        (opened.byteLength > header.byteLength
          ? ` (cut off what was added, as by truncate -s ${header.byteLength}, to recover it)`
          : ""),
    );
  }
  if (header.device !== opened.device && !anyDevice) {
    throw refusal(
      path,
      "it was written on another device (use --any-device if the device's number changed at a restart)",
    );
  }
}

function refusal(path: FilePath, what: string): SabmapError {
  const name = pathText(path);
  return new SabmapError(
    ErrorCode.BadJournal,
    `the journal ${name} cannot be trusted, so nothing was changed: ${what}`,
    { file: name },
  );
}
