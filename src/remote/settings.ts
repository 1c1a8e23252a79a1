/**
 * How objects are fetched: what the caller says, else the environment, else our own choice.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";
import { readEnvironment } from "./environment.ts";
import type { RemoteOptions } from "./types.ts";

/** All that is to be known, checked. */
export interface RemoteSettings {
  readonly timeoutMs: number;
  readonly retries: number;
  readonly chunkBytes: number;
  readonly requests: number;
  readonly allowHosts: readonly string[] | undefined;
}

const TIMEOUT_MS_DEFAULT = 30_000;
/** With the pauses between them, a server may be away for three seconds. */
const RETRIES_DEFAULT = 5;
/**
 * Object stores give one request 50 to 100 MB/s, after some tens of milliseconds: four of 8 MiB fill a line of 2 Gbit/s,
 * and 32 MiB are held at most.
 */
const CHUNK_BYTES_DEFAULT = 8 * 1024 ** 2;
const REQUESTS_DEFAULT = 4;

/** @throws {RangeError} If an option is out of range. */
export function checkRemoteOptions(options: RemoteOptions): RemoteSettings {
  const {
    timeoutMs = secondsFrom("SABMAP_REMOTE_TIMEOUT") ?? TIMEOUT_MS_DEFAULT,
    retries = countFrom("SABMAP_REMOTE_RETRIES", 0, 100) ?? RETRIES_DEFAULT,
    chunkBytes = CHUNK_BYTES_DEFAULT,
    requests = countFrom("SABMAP_REMOTE_REQUESTS", 1, 64) ?? REQUESTS_DEFAULT,
    allowHosts,
  } = options;
  requireCount("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
  requireCount("retries", retries, 0, 100);
  requireCount("chunkBytes", chunkBytes, 64 * 1024, 1024 ** 3);
  requireCount("requests", requests, 1, 64);
  return { timeoutMs, retries, chunkBytes, requests, allowHosts };
}

function requireCount(
  name: string,
  value: number,
  min: number,
  max: number,
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot fetch with "${name}" as it must be an integer from ${
      groupDigits(min)
    } to ${groupDigits(max)}: received ${value}`,
  );
}

function countFrom(
  variable: string,
  min: number,
  max: number,
): number | undefined {
  const text = readEnvironment(variable);
  if (text === undefined) return undefined;
  const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new RangeError(
    `Cannot use ${variable} as it must be an integer from ${min} to ${max}: received "${text}"`,
  );
}

function secondsFrom(variable: string): number | undefined {
  const seconds = countFrom(variable, 1, 86_400);
  return seconds === undefined ? undefined : seconds * 1000;
}
