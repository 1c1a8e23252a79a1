/**
 * Undo and recover as wholes, from path to result.
 *
 * @module
 */
import { checkPath } from "../check_path.ts";
import { type FilePath, pathText } from "../platform/files.ts";
import { FrameMemory } from "./frame_memory.ts";
import type {
  ChangeOptions,
  RecoverOptions,
  RecoverResult,
} from "./options.ts";
import { type Recovered, undoTarget } from "./recover.ts";
import { recoverSession, withSession } from "./session.ts";

/** See `undoPatch`. */
export async function undo(
  file: FilePath | URL,
  options: ChangeOptions,
): Promise<RecoverResult> {
  const path = checkPath(file);
  const { anyDevice = false } = options;
  return await withSession(path, "write", options, async (session) => {
    await recoverSession(session, { undo: false, discard: false, anyDevice });
    const memories = { kept: new FrameMemory(), own: new FrameMemory() };
    const { target, user } = session;
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
  const path = checkPath(file);
  const { undo = false, discard = false, anyDevice = false } = options;
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
