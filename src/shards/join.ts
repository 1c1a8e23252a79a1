/**
 * Joins partials of neighbouring shards.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { encodePlain } from "./encode.ts";
import { isSameSource } from "./fingerprint.ts";
import { loadShardedJob } from "./operation.ts";
import {
  encodePartial,
  isEqual,
  type Partial,
  PartialReader,
  rangeOf,
} from "./partial.ts";
import type { ShardRun } from "./plan.ts";
import type { ModuleOfJob, ShardedFile, ShardedJob } from "./sharded_job.ts";

/** How partials are joined. */
export interface JoinOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether all shards of the run must be there, rather than neighbours of each other. */
  readonly whole?: boolean | undefined;
  /** The module, if they are of a user's job. */
  readonly module?: ModuleOfJob | undefined;
}

/** Ranges of missing shards that an error names. */
const MISSING_SHOWN = 8;

/**
 * Joins partials of neighbouring shards of one run, in any order.
 *
 * @throws {SabmapError} As `mergePartials`.
 */
export async function joinPartials(
  partials: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { signal, whole = false, module }: JoinOptions = {},
): Promise<JoinedShards> {
  const found = inOrder(await readAll(partials, signal));
  const [first] = found;
  if (first === undefined) {
    throw mismatch("there must be at least one", "none");
  }
  const { run } = first;
  const from = whole ? 0 : first.first;
  const end = whole ? run.cut.count : endOf(found.at(-1) ?? first);
  checkCover(found, from, end);
  const { parameters } = run.operation;
  const job = await loadShardedJob(run.operation, module);
  const file = wholeOf(run);
  const states = found.map((partial) =>
    job.read(partial.body, parameters, rangeOf(partial), file)
  );
  signal?.throwIfAborted();
  const state = states.length === 1
    ? states[0]
    : await inShards(() => job.join(states, parameters));
  return { run, first: from, count: end - from, state, job };
}

/** What is known of neighbouring shards, as the operation has it in memory. */
export interface JoinedShards extends Omit<Partial, "body"> {
  readonly state: unknown;
  /** What the state is one of. */
  readonly job: ShardedJob;
}

/** What a run is about. */
export function wholeOf({ file, source }: ShardRun): ShardedFile {
  return { file, byteLength: source.size };
}

/** Lets an error of joining that is none of ours say that it is for the partials that it came. */
export async function inShards<T>(action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof SabmapError) throw error;
    throw new SabmapError(
      ErrorCode.BadShard,
      `Cannot merge shards as what is in them must go together: received what leads to "${error.message}"`,
      { cause: error },
    );
  }
}

/** Joined shards as bytes, which can be joined further. */
export function encodeJoined(
  { run, first, count, state, job }: JoinedShards,
): Uint8Array<ArrayBuffer> {
  const range = rangeOf({ run, first, count });
  const body = job.write(state, run.operation.parameters, range);
  return encodePartial({ ...run, index: first }, body, count);
}

async function readAll(
  partials: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Partial[]> {
  const reader = new PartialReader();
  const all: Partial[] = [];
  for await (const bytes of partials) {
    signal?.throwIfAborted();
    const partial = reader.read(bytes);
    const [known] = all;
    if (known !== undefined) checkSameRun(known.run, partial.run);
    all.push(partial);
  }
  return all;
}

/** @throws {SabmapError} If two runs are not the same: says in what they differ. */
function checkSameRun(left: ShardRun, right: ShardRun): void {
  if (left.run === right.run) return;
  const what = !isSameSource(left.source, right.source)
    ? "shards of different files"
    : !isEqual(encodePlain(left.operation), encodePlain(right.operation))
    ? `shards of different operations, ${shown(left)} and ${shown(right)}`
    : `files cut in different ways, into ${left.cut.count} and ${right.cut.count} shards`;
  throw mismatch("all must be of one run", what);
}

function shown({ operation: { name, parameters } }: ShardRun): string {
  const text = JSON.stringify(parameters);
  return `${name} ${text.length > 100 ? `${text.slice(0, 100)}...` : text}`;
}

/** Partials by their first shard; those that are there twice once. */
function inOrder(partials: readonly Partial[]): Partial[] {
  const sorted = [...partials].sort((a, b) =>
    a.first - b.first || a.count - b.count
  );
  return sorted.filter((partial, i) => {
    const last = sorted[i - 1];
    const isRepeated = last !== undefined && last.first === partial.first &&
      last.count === partial.count;
    if (isRepeated) checkSame(last, partial);
    return !isRepeated;
  });
}

/** @throws {SabmapError} If what was found of one shard is not the same twice. */
function checkSame(left: Partial, right: Partial): void {
  if (isEqual(encodePlain(left.body), encodePlain(right.body))) return;
  throw mismatch(
    "what two partials say of a shard must be the same",
    `two different ones of ${shardText(left.first, endOf(left))}`,
  );
}

/** @throws {SabmapError} If shards are missing, or there twice. */
function checkCover(
  found: readonly Partial[],
  from: number,
  end: number,
): void {
  const missing: string[] = [];
  let next = from;
  for (const partial of found) {
    if (partial.first < next) {
      throw mismatch(
        "each must be there once",
        `${shardText(partial.first, Math.min(next, endOf(partial)))} twice`,
      );
    }
    if (partial.first > next) missing.push(shardText(next, partial.first));
    next = endOf(partial);
  }
  if (next < end) missing.push(shardText(next, end));
  if (missing.length === 0) return;
  const more = missing.length > MISSING_SHOWN
    ? ` and ${missing.length - MISSING_SHOWN} other places`
    : "";
  throw mismatch(
    `all from ${from} to ${end - 1} must be there`,
    `none of ${missing.slice(0, MISSING_SHOWN).join(", ")}${more}`,
  );
}

function endOf({ first, count }: Pick<Partial, "first" | "count">): number {
  return first + count;
}

function shardText(first: number, end: number): string {
  return end - first === 1 ? `shard ${first}` : `shards ${first} to ${end - 1}`;
}

function mismatch(rule: string, received: string): SabmapError {
  return new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot merge shards as ${rule}: received ${received}`,
  );
}
