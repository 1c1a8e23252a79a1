/**
 * Sizes and offsets as users write them.
 *
 * @module
 */
import { UsageError } from "./io.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/**
 * Reads a size: a whole number of bytes, or of a unit such as `KiB` (1,024) or `KB` (1,000).
 *
 * A bare letter (`64K`) is refused, as some tools mean 1,000 by it and others 1,024.
 *
 * @param what The option, for the message.
 * @throws {UsageError} If `text` is no size, or above 2**53 - 1.
 */
export function parseSize(text: string, what: string): number {
  const [, digits = "", unit = "?"] = /^([0-9]+) ?([A-Za-z]*)$/.exec(text) ??
    [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  const bytes = Number(digits) * (factor ?? NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  if (!Number.isNaN(bytes)) {
    throw new UsageError(
      `Cannot use ${what} as it must be at most 2**53 - 1 bytes: received "${text}"`,
    );
  }
  throw new UsageError(
    `Cannot use ${what} as a size is a whole number of bytes, or of KB, MB, GB, TB (powers of 1000), ` +
      `KiB, MiB, GiB or TiB (powers of 1024): received "${text}"`,
  );
}

/**
 * Reads an offset: a size, or bytes in hexadecimal (`0x1f40`).
 *
 * @param what The option, for the message.
 * @throws {UsageError} If `text` is no offset, or above 2**53 - 1.
 */
export function parseOffset(text: string, what: string): number {
  if (!/^0[xX][0-9a-fA-F]+$/.test(text)) return parseSize(text, what);
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new UsageError(
    `Cannot use ${what} as an offset must be at most 2**53 - 1: received "${text}"`,
  );
}
