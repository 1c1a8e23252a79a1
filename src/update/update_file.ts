/**
 * The run of a job that changes its file, from the locked file to the last sync.
 *
 * ```text
 * none      the job runs, and what it changes is in the file as it goes
 * journal   the job runs; its changes go into a journal, which is then applied
 * copy      the file is copied; the job runs over the file, and its changes go into the copy, which takes its place
 * ```
 *
 * The job's code has private copies of the file's bytes, but for `none`; what it changes is found by comparing.
 *
 * @module
 */
import type { OpenedRun, RunRequest } from "../coordinator.ts";
import type { JobSteps } from "../engine/job_steps.ts";
import { isRemote } from "../remote/is_remote.ts";
import type { RunOutcome } from "../options.ts";
import type { RecoverOutcome } from "../patch/recover.ts";
import type { Session } from "../patch/session.ts";
import type { FilePath } from "../platform/file_path.ts";
import { SabmapError } from "../errors.ts";
import { openSource, type Source, STANDARD_INPUT } from "../source.ts";
import { dryRun } from "./dry_run.ts";
import { checkUpdateOptions } from "./checks.ts";
import type { UpdateOptions, UpdateSummary } from "./options.ts";
import type { RunUpdate } from "./run_update.ts";
import { updateByCopy } from "./update_by_copy.ts";
import { updateByJournal } from "./update_by_journal.ts";
import { updateInPlace } from "./update_in_place.ts";
import { withUpdateSession } from "./update_session.ts";

/** What the coordinator hands over. */
export interface UpdateRequest<Result> {
  readonly request: RunRequest;
  readonly path: FilePath;
  /** The job's steps, for one scan. */
  readonly steps: JobSteps;
  /** Opens the steps again, for another scan. The caller of this closes them. */
  openSteps(source: Source): Promise<JobSteps>;
  /** Plans, scans, and finishes the job. */
  run(
    opened: Pick<OpenedRun, "source" | "steps">,
    update: RunUpdate,
  ): Promise<RunOutcome<Result>>;
}

/** An update whose file is open and locked. */
export interface OpenUpdate<Result> {
  readonly session: Session;
  /** The file as it is now that it is locked. */
  readonly source: Source;
  readonly steps: JobSteps;
  readonly options: UpdateOptions;
  readonly request: RunRequest;
  run: UpdateRequest<Result>["run"];
}

/** What became of an update. */
export interface Updated<Result> {
  readonly outcome: RunOutcome<Result>;
  readonly summary: Omit<UpdateSummary, "dryRun" | "recovered">;
}

/**
 * Runs a job that changes its file.
 *
 * @throws {TypeError|RangeError} If an option is wrong.
 * @throws {SabmapError} With the file unchanged, unless the text says otherwise or `durability` is `none`.
 */
export async function updateFile<Result>(
  update: UpdateRequest<Result>,
): Promise<RunOutcome<Result>> {
  const { path, request } = update;
  const { update: options = {} } = request.internals;
  checkUpdateOptions(request);
  refusePath(path);
  const started = performance.now();
  const { updated, recovered } = await withUpdateSession(
    path,
    request.options,
    options,
    (session) => inSession(update, session, options),
  );
  const { outcome, summary } = updated;
  return {
    result: outcome.result,
    stats: { ...outcome.stats, elapsedMs: performance.now() - started },
    update: summaryOf(summary, options, recovered),
  };
}

function summaryOf(
  summary: Updated<unknown>["summary"],
  { dryRun = false }: UpdateOptions,
  recovered: RecoverOutcome,
): UpdateSummary {
  return { ...summary, dryRun, recovered };
}

/** @throws {SabmapError} If it cannot be the path of a file. */
function refusePath(path: FilePath): void {
  if (path !== STANDARD_INPUT && !isRemote(path)) return;
  throw new SabmapError(
    "EINVAL",
    path === STANDARD_INPUT
      ? "standard input cannot be changed: the job needs a file"
      : "an object on another machine cannot be changed: the job needs a file",
    { file: String(path) },
  );
}

async function inSession<Result>(
  { steps, run, request, path, openSteps }: UpdateRequest<Result>,
  session: Session,
  options: UpdateOptions,
): Promise<Updated<Result>> {
  const { signal } = request.options;
  const source = await openSource(path, signal);
  const open = { session, source, steps, options, request, run };
  try {
    if (options.dryRun === true) return await dryRun(open);
    switch (options.durability ?? "auto") {
      case "none":
        return await updateInPlace(open);
      case "copy":
        return await updateByCopy(open);
      default:
        return await updateByJournal(open) ??
          await copyInstead(open, await openSteps(source));
    }
  } finally {
    source.close();
  }
}

/** Runs the job again, as its changes are too many for a journal. */
async function copyInstead<Result>(
  open: OpenUpdate<Result>,
  steps: JobSteps,
): Promise<Updated<Result>> {
  try {
    return await updateByCopy({ ...open, steps });
  } finally {
    await steps.close();
  }
}
