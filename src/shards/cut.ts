/**
 * Where the shards of a file lie: pure arithmetic.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { alignBytesOf, entryOf, type Operation } from "./operation.ts";
import { integer, object, type Shape } from "./shape.ts";

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
  /** Tells where its first record starts, where the bytes in front decide that (entries.ts); absent if not known. */
  readonly entry?: number | undefined;
}

/** How to cut. */
export interface CutOptions {
  /** How many shards. Defaults to one. Not together with `shardBytes`. */
  readonly shards?: number | undefined;
  /** How long each is but the last: rounded up to where shards may start. */
  readonly shardBytes?: number | undefined;
}

/** Cuts as they come from elsewhere. */
export const CUT: Shape<ShardCut> = object({
  start: integer(0),
  end: integer(0),
  unit: integer(1),
  count: integer(1, SHARDS_MAX),
});

/** Cuts the part of a file that an operation has work in. */
export function cutOf(
  byteLength: number,
  operation: Operation,
  { shards = 1, shardBytes }: CutOptions,
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

/** Whether a cut covers what the operation has work in, at places where its shards may start. */
export function isCutOf(
  { start, end, unit, count }: ShardCut,
  byteLength: number,
  operation: Operation,
): boolean {
  const span = spanOf(byteLength, operation);
  return start === span.start && end === span.end &&
    unit % alignBytesOf(operation) === 0 && count <= SHARDS_MAX;
}
