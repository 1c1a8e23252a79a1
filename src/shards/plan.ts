/**
 * Plans: a file cut into shards, each of which any machine can run.
 *
 * @module
 */
import { framingFrom } from "../binary/framing/description.ts";
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import type { RunOptions } from "../options.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { shownPath } from "../remote/is_remote.ts";
import { blake3Hex } from "./blake3_bytes.ts";
import {
  CUT,
  cutOf,
  type CutOptions,
  isCutOf,
  type ShardCut,
  type ShardRange,
  shardRange,
  SHARDS_MAX,
} from "./cut.ts";
import { encodePlain } from "./encode.ts";
import {
  checkFingerprint,
  FINGERPRINT,
  fingerprintOf,
  type SourceFingerprint,
} from "./fingerprint.ts";
import { checkOperation, framingOf, type Operation } from "./operation.ts";
import {
  exactly,
  integer,
  object,
  optional,
  type Shape,
  text,
  wrongValue,
} from "./shape.ts";

export { shardRange, SHARDS_MAX } from "./cut.ts";
export type { ShardCut, ShardRange } from "./cut.ts";
export type { FileFingerprint, SourceFingerprint } from "./fingerprint.ts";

/** Version of plans and partials. */
export const SHARD_VERSION = 1;

/** What all shards of a run have in common. Plain data, also as JSON. */
export interface ShardRun {
  /** Version of plans and partials. */
  readonly v: 1;
  /** Names the run: BLAKE3 of source, operation and cut, 64 hexadecimal digits. The same request has the same. */
  readonly run: string;
  /** The file as it is named in results; no part of the run's identity. */
  readonly file: string;
  /** What the file was when it was cut. */
  readonly source: SourceFingerprint;
  /** What is done to it. */
  readonly operation: Operation;
  /** Where the shards lie. */
  readonly cut: ShardCut;
}

/** A file cut into shards. */
export interface ShardPlan extends ShardRun {
  /** In file order. */
  readonly shards: readonly ShardRange[];
}

/** One shard, with all that whoever runs it needs besides the file. */
export interface ShardTask extends ShardRun, ShardRange {}

/** How to cut. */
export interface PlanOptions extends CutOptions {
  /** How the file is named in results. Defaults to the path. */
  readonly file?: string | undefined;
  /**
   * Whether to look through the file for where the records of shards start, where they are in quotes or behind their
   * lengths. If not, each shard looks for itself, for which it reads the file up to there. Defaults to true.
   */
  readonly entries?: boolean | undefined;
  /** How the file is read for that. */
  readonly run?: RunOptions | undefined;
  /** Ends the reading of the file. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Cuts a file into shards.
 *
 * Reads 192 KiB of it; all but the last shard where records are in quotes or behind their lengths. The same file,
 * operation and options give the same plan on every machine.
 *
 * @param path A file, or the URL of an object; not a stream.
 * @param operation What `makeOperation` or `checkOperation` gave.
 * @throws {TypeError|RangeError} If an option is wrong.
 * @throws {SabmapError} If the file cannot be read, or cut as asked.
 */
export async function planShards(
  path: FilePath,
  operation: Operation,
  options: PlanOptions = {},
): Promise<ShardPlan> {
  checkPlanOptions(options);
  const { run, signal } = options;
  const source = await fingerprintOf(path, signal, run?.remote);
  const file = options.file ?? shownPath(pathText(path));
  const plan = makePlan(file, source, operation, options);
  if (options.entries === false) return plan;
  return await withEntries(plan, path, options);
}

/**
 * Looks for where the records of shards start, if their operation needs that.
 *
 * @returns The plan, with the entries of its shards.
 * @throws {SabmapError} `ERR_FILE_CHANGED` if the file is not the plan's any more; what a run throws.
 */
export async function withEntries(
  plan: ShardPlan,
  path: FilePath,
  { run, signal }: Pick<PlanOptions, "run" | "signal">,
): Promise<ShardPlan> {
  const { source, operation, shards } = plan;
  const framing = framingOf(operation);
  const inner = shards.filter(needsEntry);
  if (framing === undefined || inner.length === 0) return plan;
  const { findEntries } = await import("./entries.ts");
  const borders = inner.map(({ start }) => start);
  const work = { path, source, options: { ...run, signal } };
  const entries = await findEntries(work, framing, borders);
  await checkFingerprint(path, source, signal, run?.remote);
  const found = new Map(inner.map(({ index }, i) => [index, entries[i]]));
  return {
    ...plan,
    shards: shards.map((shard) =>
      needsEntry(shard) ? { ...shard, entry: found.get(shard.index) } : shard
    ),
  };
}

/** Whether a shard has bytes, and others in front. */
function needsEntry({ start, end }: ShardRange): boolean {
  return start > 0 && start < end;
}

/** As {@link planShards}, of a file that was looked at already. */
export function makePlan(
  file: string,
  source: SourceFingerprint,
  operation: Operation,
  options: CutOptions,
): ShardPlan {
  const cut = cutOf(source.size, operation, options);
  const run = runIdOf(source, operation, cut);
  return {
    v: SHARD_VERSION,
    run,
    file,
    source,
    operation,
    cut,
    shards: Array.from({ length: cut.count }, (_, i) => shardRange(cut, i)),
  };
}

/** @throws {TypeError|RangeError} If an option is wrong. */
function checkPlanOptions({ shards, shardBytes }: PlanOptions): void {
  if (shards !== undefined && shardBytes !== undefined) {
    throw new TypeError(
      `Cannot cut a file as "shards" or "shardBytes" must be given: received both`,
    );
  }
  if (shards !== undefined) checkCount("shards", shards, SHARDS_MAX);
  if (shardBytes !== undefined) {
    checkCount("shardBytes", shardBytes, Number.MAX_SAFE_INTEGER);
  }
}

function checkCount(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(
    `Cannot cut a file as "${name}" must be an integer from 1 to ${
      groupDigits(max)
    }: received ${value}`,
  );
}

function runIdOf(
  source: SourceFingerprint,
  { name, version, parameters }: Operation,
  { start, end, unit, count }: ShardCut,
): string {
  const identity = [
    ["sabmap shards", SHARD_VERSION],
    identityOf(source),
    [name, version, parameters],
    [start, end, unit, count],
  ];
  return blake3Hex(encodePlain(identity));
}

/** The way to an object may have other names and secrets; what it holds is told by the rest. */
function identityOf(source: SourceFingerprint): unknown {
  if (source.kind === "file") return source;
  const { kind, size, etag, versionId } = source;
  return { kind, size, etag, ...versionId !== undefined && { versionId } };
}

/** One shard of a plan, with what all have in common. */
export function taskOf(plan: ShardPlan | ShardRun, index: number): ShardTask {
  const { v, run, file, source, operation, cut } = plan;
  if (!Number.isInteger(index) || index < 0 || index >= cut.count) {
    throw new RangeError(
      `Cannot run a shard as its index must be from 0 to ${
        cut.count - 1
      }: received ${index}`,
    );
  }
  const range = shardRange(cut, index);
  const { entry } = ("shards" in plan ? plan.shards[index] : undefined) ?? {};
  const known = entry === undefined ? {} : { entry };
  return { v, run, file, source, operation, cut, ...range, ...known };
}

const RUN: Shape<Omit<ShardRun, "operation">> = object({
  v: exactly(SHARD_VERSION),
  run: text(64),
  file: text(65_536),
  source: FINGERPRINT,
  cut: CUT,
});

/**
 * Checks what all shards of a run have in common, where it is not trusted.
 *
 * @param local Whether the operation may be a job of the user's.
 * @throws {SabmapError} `ERR_BAD_SHARD` if it is none, or does not belong together.
 */
export function checkRun(json: unknown, local = false): ShardRun {
  checkVersion(json);
  const known = RUN(json, "");
  const { operation: asked } = json as { operation?: unknown };
  const operation = checkOperation(asked, local);
  const { run, source, cut } = known;
  const isOurs = isCutOf(cut, source.size, operation) &&
    runIdOf(source, operation, cut) === run;
  if (!isOurs) {
    throw new SabmapError(
      ErrorCode.BadShard,
      "Cannot read shards as source, operation and cut must be those that the run is named by: received others",
    );
  }
  return { ...known, operation };
}

function checkVersion(json: unknown): void {
  const { v } = (json ?? {}) as { v?: unknown };
  if (v === SHARD_VERSION) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot read shards as they must be of version ${SHARD_VERSION}: received ${
      typeof v === "number" ? v : "none"
    }`,
  );
}

/**
 * Checks a task that is not trusted, such as one from a queue or a line of a plan.
 *
 * @param run What `checkRun` gave for it.
 * @throws {SabmapError} `ERR_BAD_SHARD` if it is none.
 */
export function checkTask(
  json: unknown,
  run: ShardRun = checkRun(json),
): ShardTask {
  const at: Shape<ShardRange> = object({
    index: integer(0, run.cut.count - 1),
    start: integer(0),
    end: integer(0),
    entry: optional(integer(0)),
  });
  const { index, start, end, entry } = at(json, "");
  const task = taskOf(run, index);
  if (task.start === start && task.end === end) {
    checkTaskEntry(task, entry);
    return entry === undefined ? task : { ...task, entry };
  }
  throw new SabmapError(
    ErrorCode.BadShard,
    `Cannot run a shard as shard ${index} must be [${
      groupDigits(task.start)
    }, ${groupDigits(task.end)}): received [${groupDigits(start)}, ${
      groupDigits(end)
    })`,
  );
}

/** Whether it can be the entry; that it is shows when shards are joined. */
function checkTaskEntry(task: ShardTask, entry: number | undefined): void {
  if (entry === undefined) return;
  const framing = framingOf(task.operation);
  const isOne = framing !== undefined && needsEntry(task) &&
    framingFrom(framing).indexer?.isEntry(entry, task.start) === true;
  if (!isOne) {
    throw wrongValue("entry", "what the framing knows of that place", entry);
  }
}
