/**
 * What the run of a job that changes its file is asked to do, and what it tells.
 *
 * @module
 */
import type { PatchOptions, PatchResult } from "../patch/options.ts";

/** What runs of update jobs take besides the options of every run; other jobs refuse them. */
export interface UpdateOptions
  extends Pick<PatchOptions, "keepUndo" | "breakLinks" | "anyDevice"> {
  /**
   * How the file is kept from being lost. Defaults to `"auto"`: `journal`; `copy` if the file has 1 MiB or more
   * and the journal would take over a quarter of it, or more than half of its pages change, unless a copy would
   * break links, lacks space or would not keep attributes. The job then runs a second time.
   *
   * With `none` the file is changed while the job runs, and nothing waits for the disk: a failure, a signal or a
   * crash leaves any part of the changes.
   */
  readonly durability?: PatchOptions["durability"];
  /** Runs the job, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** How many edits the result shows, of a dry run or with `journal`; 20 by default for a dry run, otherwise none. */
  readonly shown?: number | undefined;
}

/** What a run of an update job has done to its file. */
export interface UpdateSummary extends
  Pick<
    PatchResult,
    "durability" | "dryRun" | "shown" | "recovered" | "undoKept"
  > {
  /**
   * How many places of the file were changed: changed bytes with fewer than 16 others between them are one place,
   * if one segment has them. `undefined` with `copy` and `none`, unless nothing was written.
   */
  readonly edits: number | undefined;
  /** How many bytes have another value now; of a dry run, would have. `undefined` with `none`, where nobody counts. */
  readonly bytesChanged: number | undefined;
}
