/**
 * Changes bytes of a file of any size in place, and does not lose it.
 *
 * @module
 */
import type { FilePath } from "./platform/file_path.ts";
import type {
  ChangeOptions,
  PatchOptions,
  PatchResult,
  RecoverOptions,
  RecoverResult,
} from "./patch/options.ts";

export type {
  ChangeOptions,
  Durability,
  Expectation,
  PatchOptions,
  PatchProgress,
  PatchResult,
  RecoverOptions,
  RecoverResult,
  Replacement,
  ShownEdit,
} from "./patch/options.ts";
export type { Addition, NumberType } from "./patch/additions.ts";
export type { Edit } from "./patch/edit_list.ts";
export type { RecoverOutcome } from "./patch/recover.ts";
export type { PatchPhase } from "./patch/steps.ts";

/**
 * Changes bytes of a file: all of the patch, or nothing of it.
 *
 * All offsets are those of the file before the patch, whose length stays. With durability `journal` (the default
 * for small patches) and `copy` the file is wholly old or wholly new whatever happens, a loss of power included;
 * after `journal` was interrupted, once {@link recoverFile} or the next patch has run. The file is locked
 * meanwhile against others that patch it. When the promise is fulfilled, all of it is on the disk.
 *
 * @param path The file: a regular one. A symbolic link stands for what it leads to.
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {RangeError} If an option is out of range, edits overlap and are not equal, or lie outside of the file.
 * @throws {SabmapError} `ERR_CONFLICT` if the file does not hold what is expected of it, or is changed meanwhile;
 * `ERR_LOCKED` if another process patches it; `ERR_BAD_JOURNAL` if an earlier patch left a journal that cannot be
 * trusted; `ERR_COPY_REFUSED`; the errno's name. The text says if the file may be patched in part.
 *
 * @example
 * ```ts
 * import { patchFile } from "sabmap";
 *
 * await patchFile("disk.img", {
 *   edits: [{ offset: 0x1fe, expect: Uint8Array.of(0, 0), bytes: Uint8Array.of(0x55, 0xaa) }],
 *   keepUndo: true,
 * });
 * ```
 */
export async function patchFile(
  path: FilePath | URL,
  options: PatchOptions = {},
): Promise<PatchResult> {
  const { patch } = await import("./patch/patch.ts");
  return await patch(path, options);
}

/**
 * Takes back the last patch that was kept, if the file still holds what it wrote. Journaled, as a patch.
 *
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {SabmapError} `ERR_NO_UNDO` if none was kept; otherwise as {@link patchFile}.
 *
 * @example
 * ```ts
 * import { undoPatch } from "sabmap";
 *
 * await undoPatch("disk.img");
 * ```
 */
export async function undoPatch(
  path: FilePath | URL,
  options: ChangeOptions = {},
): Promise<RecoverResult> {
  const { undo } = await import("./patch/undo.ts");
  return await undo(path, options);
}

/**
 * Finishes a patch that a crash interrupted, or takes it back.
 *
 * Safe to repeat, and to be interrupted itself. A patch that had not come as far as to change the file is discarded.
 *
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {SabmapError} `ERR_BAD_JOURNAL` if the journal is not this file's or was changed, `ERR_CONFLICT` if the
 * file holds bytes that are neither old nor new: nothing is changed then. Otherwise as {@link patchFile}.
 *
 * @example
 * ```ts
 * import { recoverFile } from "sabmap";
 *
 * const { outcome } = await recoverFile("disk.img");
 * ```
 */
export async function recoverFile(
  path: FilePath | URL,
  options: RecoverOptions = {},
): Promise<RecoverResult> {
  const { recover } = await import("./patch/undo.ts");
  return await recover(path, options);
}
