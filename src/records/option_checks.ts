/**
 * Checks that several options of records share.
 *
 * @module
 */
import { received } from "../received.ts";
import { statPath } from "../platform/files.ts";
import type { FilePath } from "../platform/file_path.ts";
import { isRemote } from "../remote/is_remote.ts";
import { STANDARD_INPUT } from "../source.ts";
import type { RecordOptions } from "./options.ts";

/** @throws {RangeError} If it is no integer from 0 to `max`. */
export function checkCount(
  name: string,
  count: number | undefined,
  max: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (count === undefined) return undefined;
  if (Number.isInteger(count) && count >= 0 && count <= max) return count;
  throw new RangeError(
    `Cannot read records as "${name}" must be an integer from 0 to ${
      max === Number.MAX_SAFE_INTEGER ? "2**53 - 1" : max
    }: received ${received(count)}`,
  );
}

/** @throws {TypeError} If one of `others` is there beside `name`. */
export function refuseTogether(
  options: RecordOptions,
  name: keyof RecordOptions,
  others: readonly (keyof RecordOptions)[],
): void {
  const found = others.find((other) =>
    options[other] !== undefined && options[other] !== false
  );
  if (found !== undefined) throw notTogether(found, name);
}

/** The error of two options that do not go together. */
export function notTogether(name: string, other: string): TypeError {
  return new TypeError(
    `Cannot read records as "${name}" must be left out beside "${other}": received both`,
  );
}

/** Whether a file can be read only once, from its start, or is better not read twice. */
export function isStream(path: FilePath): boolean {
  return path === STANDARD_INPUT || isRemote(path) ||
    statPath(path).kind === "stream";
}
