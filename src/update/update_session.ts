/**
 * The session of an update: the file locked, and what an earlier run has left of a patch recovered.
 *
 * @module
 */
import type { RunOptions } from "../options.ts";
import type { ChangeOptions } from "../patch/options.ts";
import type { RecoverOutcome } from "../patch/recover.ts";
import {
  finishEarlier,
  hasRemains,
  noteJournal,
  type Session,
  withSession,
} from "../patch/session.ts";
import type { FilePath } from "../platform/file_path.ts";
import type { UpdateOptions } from "./options.ts";

/** What an action in a session has given, and what was recovered in front of it. */
interface Ended<Value> {
  readonly updated: Value;
  readonly recovered: RecoverOutcome;
}

/**
 * Opens a session for an update.
 *
 * Updates with `none` share the file, as several processes may work on one live file; all others have it for themselves.
 */
export async function withUpdateSession<Value>(
  path: FilePath,
  run: RunOptions,
  options: UpdateOptions,
  action: (session: Session) => Promise<Value>,
): Promise<Ended<Value>> {
  const change = { ...run, anyDevice: options.anyDevice };
  const access = options.dryRun === true
    ? "read"
    : options.durability === "none"
    ? "share"
    : "write";
  let recovered: RecoverOutcome | undefined;
  for (;;) {
    const ended = await withSession(path, access, change, async (session) => {
      if (access === "read") noteJournal(session.target, change.onNote);
      else if (hasJournal(session)) return undefined;
      // Those that share a file leave them to whoever has it alone.
      const settles = access === "write" && recovered === undefined;
      if (settles && hasRemains(session.target)) return undefined;
      return { updated: await action(session) };
    });
    if (ended !== undefined) {
      return { ...ended, recovered: recovered ?? "none" };
    }
    // The file is opened anew behind it, as recovery changes what is known of it.
    recovered = await recoverFirst(path, change);
  }
}

function hasJournal({ target: { files, names } }: Session): boolean {
  return files.look(names.journal) !== undefined;
}

/** Recovers what an earlier patch has left of a file. */
export async function recoverFirst(
  path: FilePath,
  change: ChangeOptions,
): Promise<RecoverOutcome> {
  return await withSession(
    path,
    "write",
    change,
    async (session) => (await finishEarlier(session, change)).outcome,
  );
}
