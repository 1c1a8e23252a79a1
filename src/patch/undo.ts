/**
 * Undo and recover as wholes, from path to result.
 *
 * @module
 */
import { checkLocalPath } from "../check_path.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { checkChange, checkFlags } from "./checks.ts";
import type {
  ChangeOptions,
  RecoverOptions,
  RecoverResult,
} from "./options.ts";
import { type Recovered, undoTarget } from "./recover.ts";
import {
  finishEarlier,
  frameMemory,
  recoverSession,
  withSession,
} from "./session.ts";

/** See `undoPatch`. */
export async function undo(
  file: FilePath | URL,
  options: ChangeOptions,
): Promise<RecoverResult> {
  const path = checkLocalPath(file, "take a patch back");
  checkChange(options);
  const { anyDevice = false } = options;
  return await withSession(path, "write", options, async (session) => {
    const earlier = await finishEarlier(session, options, "patch or undo");
    if (earlier.tookBack === true) {
      return resultOf(path, { ...earlier, outcome: "undone" });
    }
    const { target, user } = session;
    const bytes = target.files.look(target.names.undo)?.byteLength ?? 0;
    const memories = {
      kept: await frameMemory(bytes),
      own: await frameMemory(bytes),
    };
    const done = await session.run(
      undoTarget(target, memories, { anyDevice, user }),
    );
    return resultOf(path, done);
  });
}

/** See `recoverFile`. */
export async function recover(
  file: FilePath | URL,
  options: RecoverOptions,
): Promise<RecoverResult> {
  const path = checkLocalPath(file, "recover a file");
  const { undo = false, discard = false, anyDevice = false } = options;
  checkChange(options);
  checkFlags({ undo, discard });
  return await withSession(
    path,
    "write",
    options,
    async (session) =>
      resultOf(
        path,
        await recoverSession(session, { undo, discard, anyDevice }),
      ),
  );
}

function resultOf(
  path: FilePath,
  { outcome, edits, byteCount }: Recovered,
): RecoverResult {
  return { file: pathText(path), outcome, edits, bytesWritten: byteCount };
}
