/**
 * The settings of a fleet, checked. Submitters and workers of one fleet need the same prefix and queue.
 *
 * @module
 */

/** Which queue, among those that one Redis may hold. */
export interface QueueOptions {
  /** What all keys of the fleet in Redis start with: one for each tenant. Defaults to `"sabmap"`. */
  readonly prefix?: string | undefined;
  /** Name of the queue below the prefix. Defaults to `"shards"`. */
  readonly queue?: string | undefined;
}

/** Where a queue is, checked. */
export interface QueueName {
  readonly prefix: string;
  readonly name: string;
}

/** How long shards are kept safe, and how often tried. */
export interface LeaseSettings {
  /** Milliseconds after which a worker that gave no sign of life loses its shard. Defaults to 30,000. */
  readonly lockMs?: number | undefined;
  /** Milliseconds between two looks for shards that were lost so. Defaults to half of `lockMs`, 15,000 at most. */
  readonly stalledMs?: number | undefined;
}

/** Bounds of a setting. */
interface Bounds {
  readonly min: number;
  readonly max: number;
}

const LOCK_MS: Bounds = { min: 1000, max: 3_600_000 };
const STALLED_MS: Bounds = { min: 100, max: 3_600_000 };
const LOCK_MS_DEFAULT = 30_000;
const STALLED_MS_MAX_DEFAULT = 15_000;

/** How often a shard may be lost with its worker before it counts as failed. */
export const STALLED_COUNT_MAX = 3;

/** Checks the name of a queue. @throws {RangeError} If it has characters that Redis keys of BullMQ give a meaning. */
export function queueName(options: QueueOptions): QueueName {
  return {
    prefix: checkName(options.prefix ?? "sabmap", "prefix"),
    name: checkName(options.queue ?? "shards", "queue"),
  };
}

function checkName(text: string, what: string): string {
  // Braces keep the keys of a tenant together on a cluster.
  if (/^[\w.{}-]{1,64}$/.test(text)) return text;
  throw new RangeError(
    `Cannot use a ${what} as it must be 1 to 64 of the characters A-Z a-z 0-9 _ . - { }: received "${text}"`,
  );
}

/** Checks the times of a lease. @throws {RangeError} If one is out of range. */
export function leaseSettings(
  options: LeaseSettings,
): { readonly lockMs: number; readonly stalledMs: number } {
  const lockMs = options.lockMs ?? LOCK_MS_DEFAULT;
  checkInteger(lockMs, LOCK_MS, "lockMs");
  const stalledMs = options.stalledMs ??
    Math.min(STALLED_MS_MAX_DEFAULT, Math.ceil(lockMs / 2));
  checkInteger(stalledMs, STALLED_MS, "stalledMs");
  return { lockMs, stalledMs };
}

/** @throws {RangeError} If `value` is no integer within the bounds. */
export function checkInteger(
  value: number,
  { min, max }: Bounds,
  name: string,
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot use "${name}" as it must be an integer from ${min} to ${max}: received ${value}`,
  );
}
