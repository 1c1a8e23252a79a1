/**
 * Arguments of the library's functions that change files, checked before anything is opened.
 *
 * @module
 */
import { numberBytes } from "./additions.ts";
import type { Addition } from "./additions.ts";
import type { Edit } from "./edit_list.ts";
import type { Expectation, PatchOptions, Replacement } from "./options.ts";

/** @throws {RangeError} If an option is none of those that there are. */
export function checkOptions(
  { durability = "auto", shown, keepUndo }: PatchOptions,
): void {
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

/** @throws {RangeError} If there is no such kind of number, or its place is none. */
export function checkAddition(
  { type, offset, endian = "little" }: Addition,
): void {
  numberBytes(type);
  checkOffset("add to", offset);
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
