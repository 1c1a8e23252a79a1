/**
 * The built-in jobs, by name.
 *
 * @module
 */
import type { AnyJob } from "../job.ts";
import { countJob } from "./count.ts";
import { hashJob } from "./hash.ts";
import { profileJob } from "./profile.ts";

/** Name of a built-in job. */
export type BuiltinJobName = "count" | "hash" | "profile";

const JOBS: Readonly<Record<BuiltinJobName, AnyJob>> = {
  count: countJob,
  hash: hashJob,
  profile: profileJob,
};

/**
 * Finds a built-in job.
 *
 * The modules of all of them are small and touch no library of the runtime until
 * a job starts, so they are loaded together.
 */
export function loadBuiltinJob(name: BuiltinJobName): AnyJob {
  return JOBS[name];
}
