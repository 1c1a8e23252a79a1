/**
 * Parameters of `profile` on shards: none.
 *
 * @module
 */
import { closed } from "../shape.ts";
import type { OperationParameters } from "./types.ts";

/** Checks. */
export const PROFILE: OperationParameters<Record<string, never>> = {
  check: closed<Record<string, never>>({}),
};
