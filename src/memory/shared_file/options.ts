/**
 * Checks what callers of a SharedFile pass.
 *
 * @module
 */
import { asBytes } from "../../binary/bytes.ts";
import { received } from "../../received.ts";
import { type ByteRange, groupDigits } from "../../errors.ts";
import { checkLocalPath } from "../../check_path.ts";
import type { FilePath } from "../../platform/file_path.ts";
import { ADVICE } from "./advice.ts";
import type {
  Needle,
  SharedFileAccess,
  SharedFileAdvice,
  SharedFileOptions,
  Whence,
} from "./types.ts";

/** Options of `open()` with their defaults. */
export interface CheckedOptions {
  readonly access: SharedFileAccess;
  readonly io: "auto" | "map" | "preload";
  readonly offset: number;
  readonly length: number | undefined;
}

/** @throws {TypeError} If a mode is none of those that there are. @throws {RangeError} If a count is. */
export function checkOptions(options: SharedFileOptions): CheckedOptions {
  const { access = "read", io = "auto", offset = 0, length } = options;
  requireOneOf("access", access, ["read", "write", "copy"]);
  requireOneOf("io", io, ["auto", "map", "preload"]);
  requireCount("offset", offset);
  if (length !== undefined) requireCount("length", length);
  return { access, io, offset, length };
}

/** @throws {TypeError} If `path` is of the wrong type, or a URL of something else than a file. */
export function checkPath(path: unknown): FilePath {
  if (
    path instanceof URL || typeof path === "string" ||
    path instanceof Uint8Array
  ) return checkLocalPath(path, "open a SharedFile");
  throw new TypeError(
    `Cannot open a file as its path must be a string, bytes or a file URL: received ${
      received(path)
    }`,
  );
}

/** @throws {RangeError} If `value` is no integer from 0 on. */
export function requireCount(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(
    `Cannot use ${what} as it must be an integer from 0 on: received ${
      received(value)
    }`,
  );
}

/** @throws {TypeError} If `value` is none of `values`. */
function requireOneOf(
  what: string,
  value: unknown,
  values: readonly unknown[],
): void {
  if (values.includes(value)) return;
  throw new TypeError(
    `Cannot use ${what} as it must be of ${values.join(", ")}: received ${
      received(value)
    }`,
  );
}

/** @throws {TypeError} If it is no advice that we know. */
export function checkAdvice(advice: SharedFileAdvice): void {
  requireOneOf("advice", advice, Object.keys(ADVICE));
}

/** @throws {RangeError} If it is no byte. */
export function checkByte(value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return;
  throw new RangeError(
    `Cannot use a byte as it must be an integer from 0 to 255: received ${
      received(value)
    }`,
  );
}

/**
 * A range by where it starts and how long it is.
 *
 * @throws {RangeError} If it is not within `[0, byteLength)`.
 */
export function checkRange(
  byteLength: number,
  offset: number,
  length: number = byteLength - offset,
): ByteRange {
  requireCount("offset", offset);
  const end = offset + length;
  if (Number.isSafeInteger(end) && offset <= end && end <= byteLength) {
    return { start: offset, end };
  }
  throw new RangeError(
    `Cannot use [${offset}, ${end}) as it must lie within the ${
      groupDigits(byteLength)
    } bytes of the SharedFile`,
  );
}

/**
 * A range by its bounds, as those of `slice()`: negative ones count from the end, those beyond are
 * cut off. It starts behind its end where nothing is between them.
 *
 * @throws {RangeError} If one is no integer.
 */
export function sliceRange(
  byteLength: number,
  start: number = 0,
  end: number = byteLength,
): ByteRange {
  return {
    start: clampIndex("start", byteLength, start),
    end: clampIndex("end", byteLength, end),
  };
}

function clampIndex(what: string, byteLength: number, value: number): number {
  // Infinity is a bound too.
  if (Math.trunc(value) !== value) {
    throw new RangeError(
      `Cannot use ${what} as it must be an integer: received ${
        received(value)
      }`,
    );
  }
  return value < 0
    ? Math.max(0, byteLength + value)
    : Math.min(byteLength, value);
}

/** @throws {TypeError} If it is none of those that there are. @returns Where positions count from. */
export function checkWhence(whence: Whence): "start" | "current" | "end" {
  requireOneOf("whence", whence, ["start", "current", "end", 0, 1, 2]);
  if (typeof whence === "string") return whence;
  return whence === 0 ? "start" : whence === 1 ? "current" : "end";
}

/**
 * The bytes of a needle. No copy where it is bytes.
 *
 * @throws {TypeError} If it is of the wrong type, or text with a lone surrogate, which UTF-8 has not got.
 * @throws {RangeError} If it is a number that is no byte.
 */
export function needleBytes(needle: Needle): Uint8Array {
  if (typeof needle === "string") return encodeText(needle);
  if (typeof needle === "number") {
    checkByte(needle);
    return Uint8Array.of(needle);
  }
  return asBytes(needle);
}

function encodeText(text: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw new TypeError(
      `Cannot find text as it has a lone surrogate: received ${received(text)}`,
    );
  }
  return new TextEncoder().encode(text);
}
