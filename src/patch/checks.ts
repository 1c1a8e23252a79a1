/**
 * Arguments of the library's functions that change files, checked before anything is opened.
 *
 * @module
 */
import { received } from "../received.ts";
import { numberBytes } from "./additions.ts";
import type { Addition } from "./additions.ts";
import type { Edit } from "./edit_list.ts";
import type {
  ChangeOptions,
  Expectation,
  PatchOptions,
  Replacement,
} from "./options.ts";

/** @throws {TypeError} If a callback, the signal or a flag is none. @throws The reason of the signal. */
export function checkChange(
  { signal, onProgress, onNote, anyDevice }: ChangeOptions,
): void {
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw wrong("signal", "an AbortSignal", signal);
  }
  signal?.throwIfAborted();
  for (const [name, value] of Object.entries({ onProgress, onNote })) {
    if (value === undefined || typeof value === "function") continue;
    throw wrong(name, "a function", value);
  }
  checkFlags({ anyDevice });
}

/** @throws {TypeError} If one is neither true, false nor left out. */
export function checkFlags(flags: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || typeof value === "boolean") continue;
    throw wrong(name, "true or false", value);
  }
}

function wrong(name: string, rule: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot change a file as "${name}" must be ${rule}: received ${
      received(value)
    }`,
  );
}

/** @throws {TypeError} If these are no options, or what is a list of edits cannot be gone through. */
export function checkShape(options: PatchOptions): void {
  if (typeof options !== "object" || options === null || isListed(options)) {
    throw new TypeError(
      `Cannot change a file as the options must be an object such as { edits: [...] }: received ${
        received(options)
      }`,
    );
  }
  const { edits, expect, additions, replacements } = options;
  const lists = { edits, expect, additions, replacements };
  for (const [name, value] of Object.entries(lists)) {
    if (value === undefined || isListed(value)) continue;
    throw wrong(name, "a list", value);
  }
}

function isListed(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/** @throws {TypeError|RangeError} If an option is none of those that there are. */
export function checkOptions(options: PatchOptions): void {
  const { durability = "auto", shown, keepUndo, dryRun, breakLinks } = options;
  checkFlags({ keepUndo, dryRun, breakLinks, anyDevice: options.anyDevice });
  if (!["auto", "journal", "copy", "none"].includes(durability)) {
    throw new RangeError(
      `Cannot patch as "durability" must be auto, journal, copy or none: received "${durability}"`,
    );
  }
  if (durability === "none" && keepUndo === true) {
    throw new RangeError(
      `Cannot keep a patch to be undone as its durability must be journal or copy: received "none"`,
    );
  }
  if (shown !== undefined && !(Number.isSafeInteger(shown) && shown >= 0)) {
    throw new RangeError(
      `Cannot patch as "shown" must be an integer from 0 to 2**53 - 1: received ${shown}`,
    );
  }
}

/** What only replacements need: loaded where it is given. @throws {TypeError|RangeError} If it is wrong. */
export async function checkSearch(
  { workers, io, segmentBytes, onTrace }: PatchOptions,
): Promise<void> {
  const given = [workers, io, segmentBytes, onTrace];
  if (given.every((value) => value === undefined)) return;
  const { checkOptions } = await import("../check_options.ts");
  checkOptions({ workers, io, segmentBytes, onTrace });
}

/** @throws {TypeError|RangeError} If it is no edit. */
export function checkEdit({ offset, bytes, expect }: Edit): void {
  checkPlace("patch", offset, bytes);
  if (expect !== undefined) checkPlace("expect", offset, expect);
}

/** @throws {TypeError|RangeError} If it is no expectation. */
export function checkExpectation({ offset, bytes }: Expectation): void {
  checkPlace("expect", offset, bytes);
}

/** @throws {TypeError|RangeError} If old and new bytes are not equally many. */
export function checkReplacement(replacement: Replacement): void {
  const { old, new: next } = replacement;
  checkBytes("replace", old);
  checkBytes("replace", next);
  if (old.byteLength === next.byteLength) return;
  throw new RangeError(
    `Cannot replace bytes as old and new must be equally many: received ${old.byteLength} and ${next.byteLength}`,
  );
}

/** @throws {TypeError|RangeError} If there is no such kind of number, or its place or what is added is none. */
export function checkAddition(
  { type, offset, delta, endian = "little", wrap }: Addition,
): void {
  numberBytes(type);
  checkOffset("add to", offset);
  if (typeof delta !== "number" && typeof delta !== "bigint") {
    throw new TypeError(
      `Cannot add to a number as "delta" must be a number or a bigint: received ${
        received(delta)
      }`,
    );
  }
  checkFlags({ wrap });
  if (endian === "little" || endian === "big") return;
  throw new RangeError(
    `Cannot add to a number as "endian" must be little or big: received "${endian}"`,
  );
}

function checkPlace(what: string, offset: unknown, bytes: unknown): void {
  checkOffset(what, offset);
  checkBytes(what, bytes);
}

function checkOffset(what: string, offset: unknown): void {
  if (
    typeof offset === "number" && Number.isSafeInteger(offset) && offset >= 0
  ) {
    return;
  }
  throw new RangeError(
    `Cannot ${what} bytes as their offset must be an integer from 0 to 2**53 - 1: received ${
      String(offset)
    }`,
  );
}

function checkBytes(what: string, bytes: unknown): void {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot ${what} bytes as they must be a Uint8Array: received ${typeof bytes}`,
    );
  }
  if (bytes.byteLength > 0) return;
  throw new RangeError(
    `Cannot ${what} bytes as there must be at least one: received none`,
  );
}
