/**
 * Operations on records of which the bytes of a shard do not tell where the first one starts.
 *
 * What is known of neighbouring shards has, besides what the operation found, the *entry* that the first of them began
 * with and the *exit*, the entry of whatever comes behind the last. Shards meet where an exit is the next one's entry;
 * as the first begins with the file, all of them then saw the records that one machine sees.
 *
 * @module
 */
import type { FramingDescription } from "../../binary/framing/description.ts";
import { framingFrom } from "../../binary/framing/description.ts";
import { type ByteRange, ErrorCode, SabmapError } from "../../errors.ts";
import { findEntry } from "../entries.ts";
import { integer, object, optional, type Shape, wrongValue } from "../shape.ts";
import type { ShardedFile, ShardedJob, ShardWork } from "../sharded_job.ts";

/** What is known of neighbouring shards. */
interface FramedState {
  /** Absent where they begin with the file, or have no bytes. */
  readonly entry: number | undefined;
  /** Absent where they end with the file, have no bytes, or where nothing behind them can be in the result. */
  readonly exit: number | undefined;
  /** Whether they have bytes. */
  readonly hasBytes: boolean;
  /** What the operation found. */
  readonly found: unknown;
}

/** Lets the shards of an operation begin in the middle of such records. */
export function framedShards(
  job: ShardedJob,
  framing: FramingDescription,
): ShardedJob<unknown, FramedState> {
  return {
    run: (work, parameters) => runFramed(job, framing, work, parameters),
    empty: (range, parameters) => ({
      entry: undefined,
      exit: undefined,
      hasBytes: false,
      found: job.empty(range, parameters),
    }),
    write: ({ entry, exit, found }, parameters, range) => ({
      entry,
      exit,
      found: job.write(found, parameters, range),
    }),
    read: (body, parameters, range, file) => {
      const { entry, exit, found } = readBody(body, framing, range);
      const hasBytes = range.start < range.end;
      const known = job.read(found, parameters, range, file);
      return { entry, exit, hasBytes, found: known };
    },
    join: (states, parameters) => joinFramed(job, states, parameters),
    finish: ({ found }, parameters, file: ShardedFile) =>
      job.finish(found, parameters, file),
  };
}

async function runFramed(
  job: ShardedJob,
  framing: FramingDescription,
  work: ShardWork,
  parameters: unknown,
): Promise<FramedState> {
  const { start } = work.range;
  const entry = start === 0
    ? undefined
    : work.entry ?? await findEntry(work, framing, start);
  let exit: number | undefined;
  const onExit = (found: number) => void (exit = found);
  const found = await job.run({ ...work, entry, onExit }, parameters);
  return { entry, exit, hasBytes: true, found };
}

/** @throws {SabmapError} If shards do not meet. */
function joinFramed(
  job: ShardedJob,
  states: readonly FramedState[],
  parameters: unknown,
): FramedState {
  const all = states.filter(({ hasBytes }) => hasBytes);
  all.forEach((state, i) => checkMeet(all[i - 1], state));
  const founds = states.map(({ found }) => found);
  return {
    entry: all[0]?.entry,
    exit: all.at(-1)?.exit,
    hasBytes: all.length > 0,
    found: job.join(founds, parameters),
  };
}

function checkMeet(left: FramedState | undefined, right: FramedState): void {
  if (left?.exit === undefined || left.exit === right.entry) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot merge shards as each must begin at the record that the one in front ends with: received one that began elsewhere, at ${
      right.entry ?? "none"
    } instead of ${left.exit}`,
  );
}

const BODY: Shape<Omit<FramedState, "hasBytes">> = object({
  entry: optional(integer(0)),
  exit: optional(integer(0)),
  found: (value: unknown) => value,
});

function readBody(
  body: unknown,
  framing: FramingDescription,
  { start, end }: ByteRange,
): Omit<FramedState, "hasBytes"> {
  const { entry, exit, found } = BODY(body, "body");
  if (start < end && start > 0) checkEntry(entry, framing, start, "body.entry");
  if (exit !== undefined) checkEntry(exit, framing, end, "body.exit");
  return { entry, exit, found };
}

/** Whether it can be one; that it is the right one shows where shards meet. */
function checkEntry(
  entry: number | undefined,
  framing: FramingDescription,
  offset: number,
  at: string,
): void {
  const { indexer } = framingFrom(framing);
  if (entry !== undefined && indexer?.isEntry(entry, offset)) return;
  throw wrongValue(at, "what the framing knows of that place", entry);
}
