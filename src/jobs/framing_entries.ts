/**
 * The job that finds the entries of places within a file: what tells there where the next record starts, if the bytes
 * around do not (binary/framing.ts).
 *
 * All work is one lane's: to follow a framing is quick beside reading, which other threads do ahead of it.
 *
 * @module
 */
import type { Follower, IndexKernels } from "../binary/framing.ts";
import {
  type FramingDescription,
  framingFrom,
} from "../binary/framing/description.ts";
import { chunkPart } from "../binary/framing/follower.ts";
import { defineJob, type Job, type Lane, type RangeView } from "../job.ts";

/** Which entries are wanted. */
export interface FramingEntriesOptions {
  /** How records are told apart, with an indexer. */
  readonly framing: FramingDescription;
  /** Offsets of the places, ascending, the last of which ends what is looked at. */
  readonly borders: readonly number[];
}

/** What the lane keeps. */
interface EntriesState {
  readonly follower: Follower;
  readonly borders: readonly number[];
  /** Of the borders that were passed. */
  readonly entries: number[];
}

const LANE = "entries";

/** Finds an entry for each border. */
export const framingEntriesJob: Job<
  FramingEntriesOptions,
  undefined,
  number,
  readonly number[]
> = defineJob({
  name: "framingEntries",
  lanes: (options: FramingEntriesOptions) => [entriesLane(options)],
  start: () => undefined,
  scan: () => 0,
  merge: () => 0,
  // The one cast: what the lane's end gave.
  finish: (_partial, _file, lanes) => lanes[LANE] as readonly number[],
});

function entriesLane(
  { framing, borders }: FramingEntriesOptions,
): Lane<EntriesState, readonly number[]> {
  return {
    name: LANE,
    start: ({ kernels }) => startState(framing, borders, kernels),
    update,
    end: ({ entries }) => entries,
  };
}

function startState(
  framing: FramingDescription,
  borders: readonly number[],
  kernels: IndexKernels,
): EntriesState {
  const { indexer } = framingFrom(framing);
  if (indexer === undefined) throw new Error("Bug: such records need no entry");
  // One segment that is longer than any file: entries are asked for where they are wanted.
  const follower = indexer.createFollower(Number.MAX_SAFE_INTEGER, kernels);
  return { follower, borders, entries: [] };
}

/** Follows the framing through a segment, from border to border. */
function update(
  range: RangeView,
  { follower, borders, entries }: EntriesState,
): void {
  const end = range.offset + range.byteLength;
  for (let border; (border = borders[entries.length]) !== undefined;) {
    if (border > end) break;
    follower.update(chunkPart(range, range.offset, border));
    entries.push(follower.exit);
  }
  follower.update(range);
}
