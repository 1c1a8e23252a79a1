/**
 * What a patch is to do to one file, with its edits settled.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";
import type { EditList } from "./edit_list.ts";
import {
  countDifferences,
  FileWindow,
  firstDifference,
} from "./file_window.ts";
import type { PatchPhase, Step, Steps } from "./steps.ts";
import type { Target } from "./target.ts";

/** What is to be changed, and what has to be there before. */
export interface PatchPlan {
  /** In order, disjoint, within the file. */
  readonly edits: EditList;
  /** In order, within the file; may overlap. */
  readonly expected: EditList;
}

/** Takes a change: `byteLength` bytes of `oldBytes` from `oldAt` on become those of `newBytes`. */
export type TakeChange = (
  offset: number,
  byteLength: number,
  oldBytes: Uint8Array,
  oldAt: number,
  newBytes: Uint8Array,
  newAt: number,
) => void;

/** Edits between two steps. */
const STEP_EDITS = 4096;
/** Bytes of an edit that are looked at together. */
const PIECE_BYTES = 256 * 1024;

/**
 * Goes through the edits with the bytes that the file holds there now, or held when they were found. Edits that
 * change nothing are left out.
 *
 * @returns How many bytes get another value.
 */
export function* goThroughChanges(
  { edits }: PatchPlan,
  target: Target,
  phase: PatchPhase,
  take: TakeChange,
): Steps<number> {
  const window = new FileWindow(target.file, target.byteLength);
  let changed = 0;
  for (let i = 0; i < edits.count; i++) {
    const byteLength = edits.byteLength(i);
    for (let done = 0; done < byteLength; done += PIECE_BYTES) {
      const offset = edits.offset(i) + done;
      const newAt = edits.start(i) + done;
      const length = Math.min(PIECE_BYTES, byteLength - done);
      const known = edits.oldStart(i);
      const oldAt = known === undefined
        ? window.at(offset, length)
        : known + done;
      const bytes = known === undefined ? window.bytes : edits.bytes;
      const count = countDifferences(bytes, oldAt, edits.bytes, newAt, length);
      changed += count;
      if (count > 0) take(offset, length, bytes, oldAt, edits.bytes, newAt);
    }
    if (i % STEP_EDITS === STEP_EDITS - 1) yield stepOf(phase, edits, i);
  }
  return changed;
}

/**
 * Compares the file with what is expected of it.
 *
 * @throws {SabmapError} `ERR_CONFLICT` with the first place where it differs.
 */
export function* checkExpected(
  { expected }: PatchPlan,
  target: Target,
): Steps<void> {
  yield* checkList(expected, (index) => expected.start(index), target);
}

/**
 * Checks that the file still holds what was found there to be replaced.
 *
 * @throws {SabmapError} `ERR_CONFLICT` at the first byte that differs.
 */
export function* checkReplaced(
  { edits }: PatchPlan,
  target: Target,
): Steps<void> {
  yield* checkList(edits, (index) => edits.oldStart(index), target);
}

/** @param startOf As {@link requireBytes} has it, for each place; `undefined` where any bytes may be. */
function* checkList(
  list: EditList,
  startOf: (index: number) => number | undefined,
  target: Target,
): Steps<void> {
  const window = new FileWindow(target.file, target.byteLength);
  for (let i = 0; i < list.count; i++) {
    const start = startOf(i);
    if (start !== undefined) requireBytes(list, i, start, { window, target });
    if (i % STEP_EDITS === STEP_EDITS - 1) yield stepOf("check", list, i);
  }
}

/** @param start Where in the bytes of the list those begin that the file has to hold at the place of an edit. */
function requireBytes(
  list: EditList,
  index: number,
  start: number,
  { window, target }: { readonly window: FileWindow; readonly target: Target },
): void {
  const { bytes } = list;
  const byteLength = list.byteLength(index);
  for (let done = 0; done < byteLength; done += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, byteLength - done);
    const offset = list.offset(index) + done;
    const at = window.at(offset, length);
    const wantedAt = start + done;
    const same = firstDifference(window.bytes, at, bytes, wantedAt, length);
    if (same === length) continue;
    throw target.conflict(
      `the file does not hold what is expected at ${
        groupDigits(offset + same)
      }: expected ${shown(bytes, wantedAt, same, length)}, found ${
        shown(window.bytes, at, same, length)
      }`,
      { start: offset, end: offset + length },
    );
  }
}

const SHOWN_BYTES = 16;

/** Some bytes from the first that differs on, in hexadecimal. */
function shown(
  bytes: Uint8Array,
  at: number,
  from: number,
  byteLength: number,
): string {
  const part = bytes.slice(at + from, at + byteLength);
  const hex = Array.from(
    part.subarray(0, SHOWN_BYTES),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return hex.join("") + (part.byteLength > SHOWN_BYTES ? "..." : "");
}

function stepOf(phase: PatchPhase, list: EditList, index: number): Step {
  return { phase, bytesDone: index + 1, byteLength: list.count };
}
