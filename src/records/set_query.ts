/**
 * Updates of the records of a file: as plain data, which travels to the workers.
 *
 * @module
 */
import type {
  BadRecord,
  RecordQuery,
  RecordSource,
  RecordValue,
} from "./query.ts";
import { emptyTally, mergeTallies, type Tally } from "./tally.ts";

/** What is to be set. */
export interface SetQuery extends Pick<RecordQuery, "onBad"> {
  readonly source: RecordSource;
  /** Which records are changed; `undefined` for all. */
  readonly where: string | undefined;
  /** Assignments, `FIELD = EXPRESSION`, one or more in each text. */
  readonly set: readonly string[];
  /** Whether integers out of range start again at the other end. */
  readonly wraps: boolean;
  /** How many edits are told of, the first of the file. */
  readonly shown: number;
}

/** A field that was changed. */
export interface SetEdit {
  /** In the file, of the field. */
  readonly offset: number;
  /** Name of the field. */
  readonly field: string;
  /** Its value before, as `recordStats` gives it. */
  readonly from: RecordValue;
  /** Its value after the change. */
  readonly to: RecordValue;
  /** Its bytes before. */
  readonly old: Uint8Array;
  /** Its bytes after the change. */
  readonly new: Uint8Array;
}

/** What neighbouring segments give. Plain data. */
export interface SetCounts {
  readonly tally: Tally;
  /** Records that hold other bytes than before. */
  changed: number;
  /** Fields that hold other bytes. */
  edits: number;
  /** Bytes that have another value. */
  bytesChanged: number;
  /** The first record whose values did not fit; what comes behind it in its segment was not looked at. */
  failure: BadRecord | undefined;
  /** The first edits, as many as are told of. */
  shown: readonly SetEdit[];
}

/** Nothing counted yet. */
export function emptyCounts(offset: number): SetCounts {
  return {
    tally: emptyTally(offset),
    changed: 0,
    edits: 0,
    bytesChanged: 0,
    failure: undefined,
    shown: [],
  };
}

/** Joins those of two neighbours, `left` in front. @param shown Edits that are told of at most. */
export function mergeCounts(
  left: SetCounts,
  right: SetCounts,
  shown: number,
): SetCounts {
  return {
    tally: mergeTallies(left.tally, right.tally),
    changed: left.changed + right.changed,
    edits: left.edits + right.edits,
    bytesChanged: left.bytesChanged + right.bytesChanged,
    failure: left.failure ?? right.failure,
    shown: left.shown.length >= shown || right.shown.length === 0
      ? left.shown
      : [...left.shown, ...right.shown].slice(0, shown),
  };
}
