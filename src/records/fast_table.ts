/**
 * A worker's scratch shared between a fast path and the general one behind it.
 *
 * @module
 */
import type { WorkerContext } from "../job.ts";
import type { Region } from "../kernels/kernels.ts";
import { shareScratch } from "./bind.ts";
import type { RecordQuery } from "./query.ts";

const NOTES_BYTES = 64;

/** The two tables, and a few words for the kernel's own. */
export interface SharedTable {
  readonly notes: Region;
  readonly fast: Region;
  readonly general: Region;
}

/** Shares the region of a query's table out. */
export function shareTable(
  query: RecordQuery,
  worker: WorkerContext,
): SharedTable {
  const { byteOffset, byteLength } = shareScratch(query, worker.scratch).table;
  // A quarter, as what it holds at a time can be handed over.
  const generalBytes = Math.floor(byteLength / 256) * 64;
  const fastBytes = byteLength - generalBytes - NOTES_BYTES;
  const fast = { byteOffset: byteOffset + NOTES_BYTES, byteLength: fastBytes };
  return {
    notes: { byteOffset, byteLength: NOTES_BYTES },
    fast,
    general: {
      byteOffset: fast.byteOffset + fastBytes,
      byteLength: generalBytes,
    },
  };
}
