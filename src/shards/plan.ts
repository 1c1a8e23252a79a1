/**
 * Plans: a file cut into shards, each of which any machine can run.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { type FilePath, pathText } from "../platform/files.ts";
import { shownPath } from "../remote/is_remote.ts";
import { blake3Hex } from "./blake3_bytes.ts";
import { encodePlain } from "./encode.ts";
import {
  FINGERPRINT,
  fingerprintOf,
  type SourceFingerprint,
} from "./fingerprint.ts";
import {
  alignBytesOf,
  checkOperation,
  entryOf,
  type Operation,
} from "./operation.ts";
import { exactly, integer, object, type Shape, text } from "./shape.ts";

export type { FileFingerprint, SourceFingerprint } from "./fingerprint.ts";

/** Version of plans and partials. */
export const SHARD_VERSION = 1;

/** Shards of a plan at most. */
export const SHARDS_MAX: number = 65_536;

/** Above this, shards start at multiples of {@link LARGE_ALIGN_BYTES}. */
const LARGE_SHARD_BYTES = 64 * 1024 ** 2;
const LARGE_ALIGN_BYTES = 1024 ** 2;

/**
 * How a file is cut: into `count` shards, whose lengths are multiples of `unit` and differ by one of them at most.
 * Where there are more shards than units, some are empty.
 */
export interface ShardCut {
  /** Offset of the first shard. */
  readonly start: number;
  /** Offset behind the last shard. */
  readonly end: number;
  /** Bytes, the least that a shard can be longer than another. */
  readonly unit: number;
  /** How many shards. */
  readonly count: number;
}

/** Bytes of one shard, `[start, end)`. */
export interface ShardRange {
  /** From 0. */
  readonly index: number;
  /** Offset in the file of its first byte. */
  readonly start: number;
  /** Offset behind its last byte. */
  readonly end: number;
}

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
export interface PlanOptions {
  /** How many shards. Defaults to one. Not together with `shardBytes`. */
  readonly shards?: number | undefined;
  /** How long each is but the last: rounded up to where shards may start. */
  readonly shardBytes?: number | undefined;
  /** How the file is named in results. Defaults to the path. */
  readonly file?: string | undefined;
  /** Ends the reading of the fingerprint. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Cuts a file into shards.
 *
 * Reads 192 KiB of it. The same file, operation and options give the same plan on every machine.
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
  const source = await fingerprintOf(path, options.signal);
  const file = options.file ?? shownPath(pathText(path));
  return makePlan(file, source, operation, options);
}

/** As {@link planShards}, of a file that was looked at already. */
export function makePlan(
  file: string,
  source: SourceFingerprint,
  operation: Operation,
  options: Pick<PlanOptions, "shards" | "shardBytes">,
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

/** Cuts the part of a file that an operation has work in. */
function cutOf(
  byteLength: number,
  operation: Operation,
  { shards = 1, shardBytes }: Pick<PlanOptions, "shards" | "shardBytes">,
): ShardCut {
  const span = spanOf(byteLength, operation);
  const align = alignBytesOf(operation);
  const length = span.end - span.start;
  if (shardBytes !== undefined) {
    const unit = Math.ceil(shardBytes / align) * align;
    const count = Math.max(1, Math.ceil(length / unit));
    checkShardCount(count, unit);
    return { ...span, unit, count };
  }
  const isLarge = length / shards >= LARGE_SHARD_BYTES &&
    LARGE_ALIGN_BYTES % align === 0;
  const unit = isLarge ? LARGE_ALIGN_BYTES : align;
  checkUnits(length, unit, shards, operation);
  return { ...span, unit, count: shards };
}

/** The part of a file that there is work in: it starts where a shard may. */
function spanOf(
  byteLength: number,
  operation: Operation,
): { start: number; end: number } {
  const { parameters } = entryOf(operation);
  const wanted = parameters.span?.(operation.parameters as never) ??
    { start: 0, end: Infinity };
  const align = alignBytesOf(operation);
  const end = Math.min(wanted.end, byteLength);
  const start = Math.floor(Math.min(wanted.start, end) / align) * align;
  return { start, end };
}

function checkShardCount(count: number, unit: number): void {
  if (count <= SHARDS_MAX) return;
  throw new RangeError(
    `Cannot cut a file into shards of ${
      groupDigits(unit)
    } bytes as there may be ${groupDigits(SHARDS_MAX)} at most: received ${
      groupDigits(count)
    }`,
  );
}

/** Parts of odd lengths meet the grid of shards seldom: that all the work would be in one shard is better said. */
function checkUnits(
  length: number,
  unit: number,
  shards: number,
  operation: Operation,
): void {
  const wanted = Math.min(shards, Math.ceil(length / LARGE_ALIGN_BYTES));
  if (unit <= LARGE_ALIGN_BYTES || length / unit > wanted / 2) return;
  const most = Math.max(1, Math.ceil(length / unit));
  if (most >= wanted) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot cut ${groupDigits(length)} bytes into ${
      groupDigits(shards)
    } shards as those of this ${operation.name} must start at multiples of ${
      groupDigits(unit)
    }, so that no part lies in two: use up to ${groupDigits(most)}`,
  );
}

/** The bytes of a shard: pure arithmetic. */
export function shardRange(cut: ShardCut, index: number): ShardRange {
  return {
    index,
    start: boundary(cut, index),
    end: boundary(cut, index + 1),
  };
}

function boundary(
  { start, end, unit, count }: ShardCut,
  index: number,
): number {
  if (index === count) return end;
  const units = Math.ceil((end - start) / unit);
  // Below 2**37 units of 64 KiB, and 2**16 shards: their product is a safe integer.
  return start + Math.floor(units * index / count) * unit;
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
  return { v, run, file, source, operation, cut, ...range };
}

const CUT: Shape<ShardCut> = object({
  start: integer(0),
  end: integer(0),
  unit: integer(1),
  count: integer(1, SHARDS_MAX),
});

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

/** Whether a cut covers what the operation has work in, at places where its shards may start. */
function isCutOf(
  { start, end, unit, count }: ShardCut,
  byteLength: number,
  operation: Operation,
): boolean {
  const span = spanOf(byteLength, operation);
  return start === span.start && end === span.end &&
    unit % alignBytesOf(operation) === 0 && count <= SHARDS_MAX;
}

/**
 * Checks a task that is not trusted, such as one from a queue or a line of a plan.
 *
 * @throws {SabmapError} `ERR_BAD_SHARD` if it is none.
 */
export function checkTask(json: unknown): ShardTask {
  const run = checkRun(json);
  const at: Shape<ShardRange> = object({
    index: integer(0, run.cut.count - 1),
    start: integer(0),
    end: integer(0),
  });
  const { index, start, end } = at(json, "");
  const task = taskOf(run, index);
  if (task.start === start && task.end === end) return task;
  throw new SabmapError(
    ErrorCode.BadShard,
    `Cannot run a shard as shard ${index} must be [${
      groupDigits(task.start)
    }, ${groupDigits(task.end)}): received [${groupDigits(start)}, ${
      groupDigits(end)
    })`,
  );
}
