/**
 * The built-in jobs, by name. Each is loaded when it is asked for: all of them would take every thread
 * 6 (Bun) to 9 ms (Deno) longer to start, most of it for the digests (Xeon 2.6 GHz, 2026-11-21).
 *
 * @module
 */
import type { AnyJob } from "../job.ts";

/** Name of a built-in job. */
export type BuiltinJobName =
  | "count"
  | "countMatches"
  | "find"
  | "framingEntries"
  | "hash"
  | "profile"
  | "records"
  | "setRecords"
  | "sortedRecords";

const JOBS: Readonly<Record<BuiltinJobName, () => Promise<AnyJob>>> = {
  count: async () => (await import("./count.ts")).countJob,
  countMatches: async () =>
    (await import("./count_matches.ts")).countMatchesJob,
  find: async () => (await import("./find.ts")).findJob,
  framingEntries: async () =>
    (await import("./framing_entries.ts")).framingEntriesJob,
  hash: async () => (await import("./hash.ts")).hashJob,
  profile: async () => (await import("./profile.ts")).profileJob,
  records: async () => (await import("./records.ts")).recordsJob,
  setRecords: async () => (await import("./set_records.ts")).setRecordsJob,
  sortedRecords: async () =>
    (await import("./sorted_records.ts")).sortedRecordsJob,
};

/** Jobs that this thread has loaded. */
const loaded = new Map<BuiltinJobName, AnyJob>();

/** Finds a built-in job, and loads its module where that has not been done. */
export async function importBuiltinJob(name: BuiltinJobName): Promise<AnyJob> {
  const job = await JOBS[name]();
  loaded.set(name, job);
  return job;
}

/** Finds a built-in job that {@link importBuiltinJob} has loaded before. */
export function loadedJob(name: BuiltinJobName): AnyJob {
  const job = loaded.get(name);
  if (job === undefined) throw new Error(`Bug: job "${name}" is not loaded`);
  return job;
}
