/**
 * Checks of what framings are made from.
 *
 * @module
 */
import { received } from "../../received.ts";

/** No record may be longer, so that positions in and behind a segment of 1 GiB stay below 2**31. */
export const RECORD_BYTES_MAX: number = 512 * 1024 ** 2;

/** Bound on records where the caller sets none. */
export const RECORD_BYTES_DEFAULT: number = 1024 ** 2;

/**
 * @throws {TypeError} If `value` is no number.
 * @throws {RangeError} If it is not an integer from `min` to `max`.
 */
export function checkWholeNumber(
  name: string,
  value: unknown,
  min: number,
  max: number,
): number {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot make a framing as "${name}" must be a number: received ${
        received(value)
      }`,
    );
  }
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `Cannot make a framing as "${name}" must be an integer from ${min} to ${max}: received ${value}`,
  );
}

/** The error of an option that is not what it must be. */
export function optionError(
  name: string,
  rule: string,
  value: unknown,
): TypeError {
  return new TypeError(
    `Cannot make a framing as "${name}" must be ${rule}: received ${
      received(value)
    }`,
  );
}
