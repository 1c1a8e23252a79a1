/**
 * What is done with the records of a sealed journal: check, apply, verify. For a patch and for its recovery alike.
 *
 * @module
 */
import { groupDigits, SabmapError } from "../errors.ts";
import type { FileSyncs } from "./file_syncs.ts";
import { FileWindow, firstDifference } from "./file_window.ts";
import type { FrameRecords, JournalReader } from "./journal_reader.ts";
import type { PatchPhase, Step, Steps } from "./steps.ts";
import type { Target } from "./target.ts";
import { hotJournal, isNearlyDone } from "./unfinished.ts";

/** Which bytes of a record. */
export type Side = "old" | "new";

/** What a check takes for right: one side of all records, or for each byte one of both, as a crash leaves it. */
export type Accepted = Side | "either";

/**
 * Compares the file with all records, and the journal with its seal.
 *
 * @throws {SabmapError} `ERR_CONFLICT` with the offset of the first byte that is wrong; `ERR_BAD_JOURNAL`.
 */
export function* checkRecords(
  journal: JournalReader,
  target: Target,
  accepted: Accepted,
): Steps<void> {
  const window = new FileWindow(target.file, target.byteLength);
  for (const records of journal.frames()) {
    while (records.advance()) {
      const wrong = findWrong(records, window, accepted);
      if (wrong < records.byteLength) throw conflict(target, records, wrong);
    }
    yield stepOf("check", journal, records);
  }
}

/** @returns Index of the first byte that is not accepted. */
function findWrong(
  records: FrameRecords,
  window: FileWindow,
  accepted: Accepted,
): number {
  const { bytes, byteLength, oldAt, newAt } = records;
  const at = window.at(records.offset, byteLength);
  const side = accepted === "new" ? newAt : oldAt;
  const wrong = firstDifference(window.bytes, at, bytes, side, byteLength);
  if (accepted !== "either" || wrong === byteLength) return wrong;
  for (let i = wrong; i < byteLength; i++) {
    const now = window.bytes[at + i];
    // Byte by byte: a disk that lost power may have written a part of a record.
    if (now !== bytes[oldAt + i] && now !== bytes[newAt + i]) return i;
  }
  return byteLength;
}

function conflict(
  target: Target,
  { offset, byteLength }: FrameRecords,
  wrong: number,
): SabmapError {
  return target.conflict(
    `the file does not hold the bytes expected at ${
      groupDigits(offset + wrong)
    }: it was changed meanwhile`,
    { start: offset, end: offset + byteLength },
  );
}

/** A change of one byte waits in the cache as a whole page. */
export const PAGE_BYTES = 4096;

/**
 * Writes one side of all records, each of them whatever the file holds: a page that looks written may never
 * have reached the disk, where an earlier sync failed.
 *
 * @param syncs Is told what was written.
 * @throws {SabmapError} `ERR_HOT_JOURNAL` if it was to end and would have taken long; the errno's name.
 */
export function* writeRecords(
  journal: JournalReader,
  target: Target,
  side: Side,
  syncs: FileSyncs,
): Steps<void> {
  const startedMs = performance.now();
  const count = journal.seal.recordCount;
  let done = 0;
  yield { phase: "apply", bytesDone: 0, byteLength: journal.seal.byteCount };
  for (const records of journal.frames()) {
    try {
      // A write behind the end would make the file longer.
      target.requireNotCut();
      while (records.advance()) {
        const at = side === "new" ? records.newAt : records.oldAt;
        const { bytes, byteLength, offset } = records;
        target.file.write(bytes, at, byteLength, offset);
        syncs.wrote(PAGE_BYTES + byteLength);
        done++;
      }
    } catch (error) {
      throw unfinished(error, done, journal, target);
    }
    const interrupted = yield stepOf("apply", journal, records);
    if (interrupted && !isNearlyDone({ done, count }, startedMs)) {
      throw hotJournal(target, `interrupted; ${writtenText(done, count)}`);
    }
  }
}

function writtenText(done: number, count: number): string {
  return `${groupDigits(done)} of ${groupDigits(count)} changes are written`;
}

/** What a failure in the middle leaves: the journal, which finishes it. */
function unfinished(
  error: unknown,
  done: number,
  { seal }: JournalReader,
  target: Target,
): unknown {
  if (!(error instanceof SabmapError)) return error;
  const written = writtenText(done, seal.recordCount);
  const { message } = hotJournal(target, `${error.message}; ${written}`);
  return new SabmapError(error.code, message, {
    file: target.name,
    range: error.range,
    cause: error,
  });
}

/**
 * Reads what was written.
 *
 * @throws {SabmapError} `EIO` with the offset of the first byte that is not as it was written; `ERR_HOT_JOURNAL` if
 * it was to end and would have taken long.
 */
export function* verifyRecords(
  journal: JournalReader,
  target: Target,
  side: Side,
): Steps<void> {
  const startedMs = performance.now();
  const { recordCount, byteCount } = journal.seal;
  const window = new FileWindow(target.file, target.byteLength);
  for (const records of journal.frames()) {
    while (records.advance()) {
      const wrong = findWrong(records, window, side);
      if (wrong === records.byteLength) continue;
      const start = records.offset + wrong;
      throw new SabmapError(
        "EIO",
        `what was written at ${
          groupDigits(start)
        } reads differently: the journal is kept for "process recover"`,
        { file: target.name, range: { start, end: start + 1 } },
      );
    }
    const interrupted = yield stepOf("verify", journal, records);
    const seen = { done: records.bytesSeen, count: byteCount };
    if (interrupted && !isNearlyDone(seen, startedMs)) {
      const written = writtenText(recordCount, recordCount);
      throw hotJournal(target, `interrupted; ${written}`);
    }
  }
}

function stepOf(
  phase: PatchPhase,
  { seal }: JournalReader,
  { bytesSeen }: FrameRecords,
): Step {
  return { phase, bytesDone: bytesSeen, byteLength: seal.byteCount };
}
