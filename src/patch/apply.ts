/**
 * What is done with the records of a sealed journal: check, apply, verify. For a patch and for its recovery alike.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { FileWindow, firstDifference } from "./file_window.ts";
import type { FrameRecords, JournalReader } from "./journal_reader.ts";
import type { PatchPhase, Step, Steps } from "./steps.ts";
import type { Target } from "./target.ts";

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

/** A run that is to end may finish if it thereby takes no longer than this. */
const FINISH_MS = 500;

/**
 * Writes one side of all records, each of them whatever the file holds: a page that looks written may never
 * have reached the disk, where an earlier sync failed.
 *
 * @throws {SabmapError} `ERR_HOT_JOURNAL` if it was to end and would have taken long; the errno's name.
 */
export function* writeRecords(
  journal: JournalReader,
  target: Target,
  side: Side,
): Steps<void> {
  const started = performance.now();
  let done = 0;
  for (const records of journal.frames()) {
    // A write behind the end would make the file longer.
    target.requireLength();
    try {
      while (records.advance()) {
        const at = side === "new" ? records.newAt : records.oldAt;
        const { bytes, byteLength, offset } = records;
        target.file.write(bytes, at, byteLength, offset);
        done++;
      }
    } catch (error) {
      throw unfinished(error, done, journal, target);
    }
    const interrupted = yield stepOf("apply", journal, records);
    if (interrupted && !isNearlyDone(done, journal, started)) {
      throw hotJournal(target, "interrupted", done, journal);
    }
  }
}

function isNearlyDone(
  done: number,
  { seal }: JournalReader,
  startedMs: number,
): boolean {
  const left = seal.recordCount - done;
  return (performance.now() - startedMs) * left <= FINISH_MS * done;
}

/** What a failure in the middle leaves: the journal, which finishes it. */
function unfinished(
  error: unknown,
  done: number,
  journal: JournalReader,
  target: Target,
): unknown {
  if (!(error instanceof SabmapError)) return error;
  const { message } = hotJournal(target, error.message, done, journal);
  return new SabmapError(error.code, message, {
    file: target.name,
    range: error.range,
    cause: error,
  });
}

function hotJournal(
  target: Target,
  what: string,
  done: number,
  { seal }: JournalReader,
): SabmapError {
  return new SabmapError(
    ErrorCode.HotJournal,
    `${what}; ${groupDigits(done)} of ${
      groupDigits(seal.recordCount)
    } changes are written, and "process recover" finishes or undoes them`,
    { file: target.name },
  );
}

/**
 * Reads what was written.
 *
 * @throws {SabmapError} `EIO` with the offset of the first byte that is not as it was written.
 */
export function* verifyRecords(
  journal: JournalReader,
  target: Target,
  side: Side,
): Steps<void> {
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
    yield stepOf("verify", journal, records);
  }
}

function stepOf(
  phase: PatchPhase,
  { seal }: JournalReader,
  { bytesSeen }: FrameRecords,
): Step {
  return { phase, bytesDone: bytesSeen, byteLength: seal.byteCount };
}
