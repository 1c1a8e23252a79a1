/**
 * Checks of what locks are made and called with.
 *
 * @module
 */

/** How long to wait for a lock. */
export interface LockOptions {
  /** In ms, 0 or more; without end if not given. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Checks the place of a lock.
 *
 * @param count How many cells it takes.
 * @param what What is made, for errors.
 * @throws {TypeError} If `cells` is no `Int32Array` of shared memory.
 * @throws {RangeError} If the cells from `index` on are too few.
 */
export function checkCells(
  cells: Int32Array<SharedArrayBuffer>,
  index: number,
  count: number,
  what: string,
): void {
  if (
    !(cells instanceof Int32Array) ||
    !(cells.buffer instanceof SharedArrayBuffer)
  ) {
    throw new TypeError(
      `Cannot make ${what} as its cells must be an Int32Array of shared memory: received ${
        nameOf(cells)
      }`,
    );
  }
  if (
    !Number.isInteger(index) || index < 0 || index + count > cells.length
  ) {
    throw new RangeError(
      `Cannot make ${what} as ${count} cells from index ${index} on must be there: received ${cells.length} cells`,
    );
  }
}

function nameOf(value: unknown): string {
  if (value instanceof Int32Array) return "an Int32Array of its own memory";
  return typeof value === "object" && value !== null
    ? value.constructor?.name ?? "an object"
    : String(value);
}

/** Checks how long to wait. @throws {RangeError} If `timeoutMs` is no time to wait. */
export function checkLockOptions({ timeoutMs }: LockOptions): void {
  if (timeoutMs === undefined) return;
  if (typeof timeoutMs !== "number" || !(timeoutMs >= 0)) {
    throw new RangeError(
      `Cannot lock as timeoutMs must be 0 or more: received ${timeoutMs}`,
    );
  }
}
