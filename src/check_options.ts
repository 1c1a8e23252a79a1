/**
 * Checks what a caller asks of a run, before anything starts.
 *
 * @module
 */
import { received } from "./received.ts";
import type { RunOptions } from "./options.ts";
import { checkSegmentBytes, checkWorkers } from "./plan.ts";
import { PERMISSION_NAMES } from "./platform/permissions.ts";

/**
 * @throws {TypeError} If an option is of the wrong type.
 * @throws {RangeError} If one is out of bounds.
 * @throws The signal's reason, if it has been given.
 */
export function checkOptions(options: RunOptions): void {
  checkSignal(options.signal);
  if (options.workers !== undefined) checkWorkers(options.workers);
  if (options.segmentBytes !== undefined) {
    checkSegmentBytes(options.segmentBytes);
  }
  const { io = "auto" } = options;
  if (!["auto", "map", "preload", "stream"].includes(io)) {
    throw new RangeError(
      `Cannot run as "io" must be auto, map, preload or stream: received "${io}"`,
    );
  }
  for (const name of ["onProgress", "onNote", "onTrace"] as const) {
    const value = options[name];
    if (value === undefined || typeof value === "function") continue;
    throw wrong(name, "a function", value);
  }
  checkFlag("callerScans", options.callerScans);
  checkInlineBytes(options.inlineBytes);
  checkEngine(options.engine);
  checkPositive("stallMs", options.stallMs);
  checkPositive("heapMebibytes", options.heapMebibytes);
  checkPermissions(options.permissions);
}

function checkFlag(name: string, value: unknown): void {
  if (value === undefined || typeof value === "boolean") return;
  throw wrong(name, "true or false", value);
}

function checkInlineBytes(value: number | undefined): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw wrong("inlineBytes", "a number", value);
  if (value >= 0) return;
  throw new RangeError(
    `Cannot run as "inlineBytes" must be 0 or more: received ${value}`,
  );
}

function checkEngine(engine: RunOptions["engine"]): void {
  if (engine === undefined || typeof engine?.runOwn === "function") return;
  throw wrong("engine", "an Engine", engine);
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  if (typeof signal?.throwIfAborted !== "function") {
    throw wrong("signal", "an AbortSignal", signal);
  }
  signal.throwIfAborted();
}

function checkPositive(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw wrong(name, "a number", value);
  if (value > 0) return;
  throw new RangeError(
    `Cannot run as "${name}" must be more than 0: received ${value}`,
  );
}

function checkPermissions(permissions: RunOptions["permissions"]): void {
  if (permissions === undefined || permissions === "all") return;
  const known: readonly unknown[] = PERMISSION_NAMES;
  if (
    Array.isArray(permissions) &&
    permissions.every((name) => known.includes(name))
  ) return;
  const rule = `"all" or an array of ${PERMISSION_NAMES.join(", ")}`;
  throw wrong("permissions", rule, permissions);
}

function wrong(name: string, rule: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot run as "${name}" must be ${rule}: received ${received(value)}`,
  );
}
