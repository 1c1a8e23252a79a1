/**
 * One change of a file: open, locked, its journal recovered.
 *
 * @module
 */
import { isGranted } from "../platform/builtin.ts";
import { realPath } from "../platform/file_changes.ts";
import type { FilePath } from "../platform/file_path.ts";
import { machineFiles } from "./file_system.ts";
import { FrameMemory } from "./frame_memory.ts";
import { lockTarget } from "./lock.ts";
import type { ChangeOptions } from "./options.ts";
import type { Recovered, RecoverSettings } from "./recover.ts";
import { drive, type Steps } from "./steps.ts";
import { Target } from "./target.ts";

/** An open file, and how work on it is carried out. */
export interface Session {
  readonly target: Target;
  /** Who runs this; `undefined` where that is not known. Found out when asked for, which takes Deno 10 ms. */
  readonly user: number | undefined;
  run<Result>(steps: Steps<Result>): Promise<Result>;
}

/**
 * Opens a file, does something to it, and closes it.
 *
 * @param access `write` locks the file against all other changes; `share` against those that lock it with `write`.
 */
export async function withSession<Result>(
  path: FilePath,
  access: "read" | "write" | "share",
  options: ChangeOptions,
  action: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const startedMs = performance.now();
  const target = Target.open(
    machineFiles,
    realPath(path),
    access === "read" ? "read" : "write",
  );
  let unlock = () => {};
  try {
    if (access === "write") unlock = await lockTarget(target);
    if (access === "share") unlock = await lockTarget(target, "shared");
    return await action({
      target,
      get user() {
        return currentUser();
      },
      run: (steps) =>
        drive(steps, {
          signal,
          onDone: () =>
            options.onNote?.(`${target.name} is changed all the same`),
          onStep: onProgress &&
            ((step) =>
              onProgress({
                ...step,
                elapsedMs: performance.now() - startedMs,
              })),
        }),
    });
  } finally {
    // In this order, as the lock may go with the file.
    target.close();
    unlock();
  }
}

/** Tells who has a file journaled that the journal stands beside one of its names only. */
export function noteOtherNames(
  { opened, name }: Target,
  onNote: ChangeOptions["onNote"],
): void {
  if (opened.links === 1) return;
  onNote?.(
    `${name} has ${opened.links} names: should the machine fail meanwhile, recover it by this one`,
  );
}

/** A reader warns of a patch that was not finished, and leaves the journal. */
export function noteJournal(
  { files, names, name }: Target,
  onNote: ChangeOptions["onNote"],
): void {
  if (files.look(names.journal) === undefined) return;
  onNote?.(
    `a patch of ${name} was begun and not finished: run "process recover" first`,
  );
}

/** Whether a copy was not finished, or what would undo it is not settled. */
export function hasRemains({ files, names }: Target): boolean {
  return [names.copy, names.nextUndo]
    .some((name) => files.look(name) !== undefined);
}

/**
 * A writer finishes what an earlier run has left, and says so.
 *
 * @param what It may have been, for the note.
 */
export async function finishEarlier(
  session: Session,
  { onNote, anyDevice = false }: ChangeOptions,
  what = "patch",
): Promise<Recovered> {
  const settings = { undo: false, discard: false, anyDevice };
  const recovered = await recoverSession(session, settings);
  const { outcome } = recovered;
  if (outcome !== "none") {
    onNote?.(
      `an earlier ${what} of ${session.target.name} had not been finished: it was ${outcome} first`,
    );
  }
  return recovered;
}

/** Recovers what an earlier run has left. */
export async function recoverSession(
  session: Session,
  settings: Omit<RecoverSettings, "user">,
): Promise<Recovered> {
  const { target, run } = session;
  const { files, names } = target;
  const journal = files.look(names.journal);
  if (journal === undefined && !hasRemains(target)) {
    return { outcome: "none", edits: 0, byteCount: 0 };
  }
  const { recoverTarget } = await import("./recover.ts");
  const memory = await frameMemory(journal?.byteLength ?? 0);
  const { user } = session;
  const recovered = await run(
    recoverTarget(target, memory, { ...settings, user }),
  );
  // Or a copy would take the recovery for somebody else's change.
  if (recovered.edits > 0) target.renew();
  return recovered;
}

/** Journals from this size on are worth loading faster kernels for. */
const FAST_BYTES = 4 * 1024 ** 2;

/** Makes the memory for a journal of so many bytes. */
export async function frameMemory(journalBytes: number): Promise<FrameMemory> {
  if (journalBytes < FAST_BYTES) return new FrameMemory();
  const { kernelFrameMemory } = await import("./kernel_frames.ts");
  return kernelFrameMemory();
}

function currentUser(): number | undefined {
  if (!isGranted({ name: "sys", kind: "uid" })) return undefined;
  // deno-lint-ignore no-process-global -- an import of it takes Deno 10 ms
  return process.geteuid?.();
}
