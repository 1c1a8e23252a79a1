/**
 * Integers among arguments.
 *
 * @module
 */
import { received } from "../../received.ts";

/**
 * @param what What is done and to which argument: `"Cannot slice a view as its step"`.
 * @throws {TypeError} If `value` is not an integer.
 */
export function requireInteger(
  value: unknown,
  what: string,
): asserts value is number {
  if (Number.isInteger(value)) return;
  throw new TypeError(
    `${what} must be an integer: received ${received(value)}`,
  );
}
