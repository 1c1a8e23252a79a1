/**
 * The edits of a run as the coordinator sees them: in file order, counted, checked, and handed on.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { recordBytes } from "../patch/journal_format.ts";
import type { ShownEdit } from "../patch/options.ts";
import type { Target } from "../patch/target.ts";
import { type EditBlock, EditCursor } from "./edit_block.ts";

/** Takes an edit, and keeps nothing of the cursor. */
export type TakeEdit = (edit: EditCursor) => void;

/** Longest part of an edit that is shown. */
const SHOWN_BYTES = 64;

const PAGE_BYTES = 4096;

/** What edits would cost, so far. */
export interface EditTally {
  /** How many there are. */
  readonly count: number;
  /** Bytes of their journal, without its frames. */
  readonly journalBytes: number;
  /** Pages of 4 KiB that they change. */
  readonly pages: number;
}

/** All edits of a run. */
export class EditStream implements EditTally {
  count = 0;
  journalBytes = 0;
  pages = 0;
  /** The first ones. */
  readonly shown: ShownEdit[] = [];
  readonly #target: Target;
  readonly #shownMost: number;
  readonly #take: TakeEdit;
  /** End of the edit before. */
  #reached = 0;

  /** @param shownMost How many edits to keep to be shown. */
  constructor(target: Target, shownMost: number, take: TakeEdit) {
    this.#target = target;
    this.#shownMost = shownMost;
    this.#take = take;
  }

  /**
   * Takes the edits of the next segment that has some.
   *
   * @throws {SabmapError} `ERR_CONFLICT` if they lie outside of the file, or in front of those before.
   */
  accept(block: EditBlock): void {
    const edit = new EditCursor(block);
    while (edit.advance()) {
      this.#check(edit);
      this.#count(edit);
      if (this.shown.length < this.#shownMost) this.shown.push(shownOf(edit));
      this.#take(edit);
    }
  }

  #check({ offset, byteLength }: EditCursor): void {
    const range = { start: offset, end: offset + byteLength };
    if (range.end > this.#target.byteLength) {
      throw this.#target.conflict("the file is longer than its size says");
    }
    if (offset >= this.#reached) return;
    throw new SabmapError(
      ErrorCode.Conflict,
      `two segments have changed the bytes at ${
        groupDigits(offset)
      }: a job may change the records that start in its segment, and nothing else`,
      { file: this.#target.name, range },
    );
  }

  #count({ offset, byteLength }: EditCursor): void {
    const first = Math.floor(offset / PAGE_BYTES);
    const last = Math.floor((offset + byteLength - 1) / PAGE_BYTES);
    const before = this.#reached === 0
      ? -1
      : Math.floor((this.#reached - 1) / PAGE_BYTES);
    this.count++;
    this.journalBytes += recordBytes(byteLength);
    this.pages += last - Math.max(first, before + 1) + 1;
    this.#reached = offset + byteLength;
  }
}

function shownOf(
  { bytes, offset, byteLength, oldAt, newAt }: EditCursor,
): ShownEdit {
  const length = Math.min(SHOWN_BYTES, byteLength);
  // Copies that are not shared.
  return {
    offset,
    old: Uint8Array.from(bytes.subarray(oldAt, oldAt + length)),
    new: Uint8Array.from(bytes.subarray(newAt, newAt + length)),
    ...(byteLength > length ? { byteLength } : {}),
  };
}
