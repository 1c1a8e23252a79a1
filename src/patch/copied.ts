/**
 * Changing a copy of a file, which then takes the file's place.
 *
 * ```text
 * copy      all bytes, beside the file
 * check     the file holds what is expected of it
 * apply     new bytes, to the copy
 * verify    the copy holds all new bytes                        sync the copy, which begins meanwhile
 * commit    the file was not written to meanwhile; rename       sync the folder
 * ```
 *
 * One thread writes the changes: a file system lets one write to a file at a time (250,000 writes of one byte all over
 * 1 GiB on ext4, by two threads of a C program: 0.9 to 1.5 times as fast as by one, median 1.1; Xeon 2.6 GHz,
 * 2026-11-21), and stores into a mapping of it would die of a full disk.
 *
 * Until the rename the file is as it was; after it, it is another file: other inode, other birth time. Who has
 * the old one open goes on seeing the old bytes.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import type { FileDetails } from "../platform/file_changes.ts";
import { pathText } from "../platform/file_path.ts";
import { copyObstacle } from "./copy_obstacle.ts";
import { FileSyncs } from "./file_syncs.ts";
import { createBeside, removeIfThere } from "./file_system.ts";
import type { PatchFile } from "./open_file.ts";
import { FileWindow, firstDifference } from "./file_window.ts";
import type { FrameMemory } from "./frame_memory.ts";
import { headerOf } from "./journaled.ts";
import { JournalWriter } from "./journal_writer.ts";
import type { Unlock } from "./lock.ts";
import { checkExpected, goThroughChanges, type PatchPlan } from "./plan.ts";
import { removeStaleCopy } from "./recover.ts";
import type { Steps } from "./steps.ts";
import { Target } from "./target.ts";
import { retold } from "./unfinished.ts";

/** How a copy comes to be like its file. */
export interface CopyTools {
  /** Copies all bytes into an empty file. @param syncs Is told what was written. */
  copyBytes(
    from: PatchFile,
    to: PatchFile,
    byteLength: number,
    syncs: FileSyncs,
  ): Steps<void>;
  /**
   * Gives the copy owner, permissions and attributes of the file.
   *
   * @throws {SabmapError} If one of them cannot be kept.
   */
  keepAttributes(from: PatchFile, to: PatchFile, details: FileDetails): void;
  /** Locks the copy, as its file is locked. Absent where there is nobody else. */
  lock?(copy: Target): Unlock;
}

/** What a patch by copy is made of. */
export interface CopiedPatch {
  readonly plan: PatchPlan;
  readonly tools: CopyTools;
  readonly memory: FrameMemory;
  readonly keepUndo: boolean;
  /** Whether the file's other names may keep the old bytes. */
  readonly breakLinks: boolean;
  readonly user: number | undefined;
}

/** @throws {SabmapError} `ERR_COPY_REFUSED` if a copy may not take the file's place. */
export function requireReplaceable(target: Target, breakLinks: boolean): void {
  const obstacle = copyObstacle(target, breakLinks);
  if (obstacle === undefined) return;
  throw new SabmapError(
    ErrorCode.CopyRefused,
    `the file is not changed by a copy, as ${obstacle}`,
    { file: target.name },
  );
}

/**
 * Creates the file that will be the copy.
 *
 * @throws {SabmapError} `ERR_COPY_REFUSED` if it may not take the file's place.
 */
export function createCopy(
  target: Target,
  { breakLinks, user }: Pick<CopiedPatch, "breakLinks" | "user">,
): PatchFile {
  requireReplaceable(target, breakLinks);
  removeStaleCopy(target, user);
  return createBeside(target.files, target.names.copy);
}

/**
 * Changes a file by a copy. The caller has the file locked.
 *
 * @returns How many bytes got another value.
 * @throws {SabmapError} With the file unchanged, unless the text says otherwise.
 */
export function* patchByCopy(
  target: Target,
  patch: CopiedPatch,
): Steps<number> {
  const { opened, file } = target;
  const copy = createCopy(target, patch);
  const syncs = new FileSyncs(copy, "copy");
  try {
    yield* settleStores(target);
    yield* patch.tools.copyBytes(file, copy, opened.byteLength, syncs);
    yield* checkExpected(patch.plan, target);
    const changed = yield* writeChanges(target, copy, patch);
    if (changed === 0) {
      discardCopy(target, copy);
      return 0;
    }
    patch.tools.keepAttributes(file, copy, opened);
    // Permissions too: after a crash the name must not lead to a file that its users may not read.
    syncs.begin("all");
    yield* verifyCopy(copy, opened.byteLength, patch.plan);
    yield* checkExpected(patch.plan, target);
    yield* syncs.finish(0);
    target.requireUnwritten();
    takeFilesPlace(target, patch.tools, patch.keepUndo);
    return changed;
  } catch (error) {
    discardCopy(target, copy);
    throw error;
  } finally {
    copy.close();
  }
}

/**
 * Brings the file to the disk before it is copied: a store into a mapped page that waits to be written changes the
 * file, but not the time of its last change, and would be lost with the file that the copy replaces.
 */
export function* settleStores({ file }: Target): Steps<void> {
  const syncs = new FileSyncs(file, "copy");
  syncs.begin("data");
  yield* syncs.finish(0);
}

/** Writes the new bytes, and the journal that could undo them. */
function* writeChanges(
  target: Target,
  copy: PatchFile,
  { plan, keepUndo, memory }: CopiedPatch,
): Steps<number> {
  if (keepUndo) {
    yield* keepForUndo(target, copy, memory, function* (journal) {
      yield* goThroughChanges(
        plan,
        target,
        "journal",
        (...change) => journal.add(...change),
      );
    });
  }
  const buffer = new Uint8Array(new SharedArrayBuffer(256 * 1024));
  return yield* goThroughChanges(
    plan,
    target,
    "copy",
    (offset, byteLength, _old, _oldAt, bytes, at) => {
      buffer.set(bytes.subarray(at, at + byteLength));
      copy.write(buffer, 0, byteLength, offset);
    },
  );
}

/**
 * Keeps what is needed to undo a copy's changes. The journal names the copy's inode: before the rename it is
 * nobody's, and refused.
 *
 * @param fill Writes the changes, in order.
 */
export function* keepForUndo(
  target: Target,
  copy: PatchFile,
  memory: FrameMemory,
  fill: (journal: JournalWriter) => Steps<void>,
): Steps<void> {
  const { files, names } = target;
  const { device, inode } = copy.details();
  const place = { files, path: names.nextUndo, folder: names.folder, memory };
  const journal = new JournalWriter(place, {
    ...headerOf(target, "remove"),
    device,
    inode,
  });
  try {
    yield* fill(journal);
    if (journal.recordCount === 0) return journal.discard();
    journal.seal().close();
  } catch (error) {
    journal.discard();
    throw error;
  }
}

function* verifyCopy(
  copy: PatchFile,
  fileBytes: number,
  { edits }: PatchPlan,
): Steps<void> {
  const window = new FileWindow(copy, fileBytes);
  for (let i = 0; i < edits.count; i++) {
    const offset = edits.offset(i);
    const length = edits.byteLength(i);
    const at = window.at(offset, length);
    const start = edits.start(i);
    const { bytes } = window;
    if (firstDifference(bytes, at, edits.bytes, start, length) < length) {
      throw new SabmapError(
        "EIO",
        `what was written to a copy of the file at ${
          groupDigits(offset)
        } reads differently: nothing was changed`,
        { file: pathText(copy.path) },
      );
    }
  }
  yield { phase: "copy", bytesDone: fileBytes, byteLength: fileBytes };
}

/** Removes a copy that has not taken the file's place, and what would have undone it. */
export function discardCopy({ files, names }: Target, copy: PatchFile): void {
  const now = files.look(names.copy);
  // After the rename there is none.
  if (now?.inode !== copy.details().inode) return;
  files.remove(names.copy);
  removeIfThere(files, names.nextUndo);
}

/**
 * Puts the copy in the place of its file, for good.
 *
 * It is locked before: others that open the file from then on wait until what is beside it is settled, too.
 */
export function takeFilesPlace(
  target: Target,
  tools: CopyTools,
  keepUndo: boolean,
): void {
  const { files, names, path } = target;
  const copy = Target.open(files, names.copy, "write");
  let unlock: Unlock = () => {};
  try {
    unlock = tools.lock?.(copy) ?? unlock;
    files.rename(names.copy, path);
    syncPlace(target, keepUndo);
  } finally {
    copy.close();
    unlock();
  }
}

/** Makes sure that a copy keeps the place that it has taken. */
function syncPlace(target: Target, keepUndo: boolean): void {
  const { files, names } = target;
  try {
    if (keepUndo && files.look(names.nextUndo) !== undefined) {
      // Before what was kept for the file that is no more goes.
      files.syncFolder(names.folder);
      files.rename(names.nextUndo, names.undo);
    } else {
      // It was kept for the file that is no more.
      removeIfThere(files, names.undo);
    }
    files.syncFolder(names.folder);
  } catch (error) {
    throw retold(
      error,
      target,
      (what) =>
        `the file is patched, but after a loss of power it may be the old one (${what})`,
    );
  }
}
