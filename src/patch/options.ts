/**
 * What a patch of a file is asked to do, and what it tells.
 *
 * @module
 */
import type { RunOptions } from "../options.ts";
import type { FilePath } from "../platform/file_path.ts";
import type { Addition } from "./additions.ts";
import type { Edit } from "./edit_list.ts";
import type { RecoverOutcome } from "./recover.ts";
import type { PatchPhase } from "./steps.ts";

/**
 * How a file is kept from being lost.
 *
 * - `journal`: the file is changed in place, and is wholly old or wholly new after a crash, once recovered.
 * - `copy`: a changed copy takes the file's place; needs no recovery.
 * - `none`: the file is changed in place; a crash leaves any part of the changes.
 */
export type Durability = "journal" | "copy" | "none";

/** Bytes that a file has to hold at an offset, or nothing of a patch is done. */
export interface Expectation {
  /** In the file. */
  readonly offset: number;
  /** At least one byte. */
  readonly bytes: Uint8Array;
}

/** Bytes that are replaced wherever they occur. */
export interface Replacement {
  /** At least one byte. */
  readonly old: Uint8Array;
  /** As many bytes. */
  readonly new: Uint8Array;
}

/** How far a phase of a patch has come. */
export interface PatchProgress {
  /** What the patch is at. */
  readonly phase: PatchPhase;
  /** What of the phase is done, in a measure of its own. */
  readonly bytesDone: number;
  /** What the phase has to do in that measure. */
  readonly byteLength: number;
  /** Since the patch began. */
  readonly elapsedMs: number;
}

/** What patch, undo and recover have in common. */
export interface ChangeOptions {
  /** Ends the work. Before the first byte of the file changes nothing is left of it; after that it finishes if that is soon done. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then. */
  readonly onProgress?: ((progress: PatchProgress) => void) | undefined;
  /** Called with what the user should know. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Takes a journal whose file system had another device number, as some have after each start. */
  readonly anyDevice?: boolean | undefined;
}

/** Options of {@link patchFile}. Edits that overlap must be equal; offsets are those before the patch. */
export interface PatchOptions
  extends
    ChangeOptions,
    Pick<RunOptions, "workers" | "io" | "segmentBytes" | "onTrace"> {
  /** Bytes to put at offsets, in any order. */
  readonly edits?: Iterable<Edit> | AsyncIterable<Edit> | undefined;
  /** A script of edits: one JSON object in a line, `{"offset", "expect"?, "bytes"}`. */
  readonly script?: FilePath | AsyncIterable<Uint8Array> | undefined;
  /** What else the file has to hold. */
  readonly expect?: Iterable<Expectation> | undefined;
  /** Numbers to add to. */
  readonly additions?: Iterable<Addition> | undefined;
  /** Bytes to replace: occurrences that do not overlap, from the left. */
  readonly replacements?: Iterable<Replacement> | undefined;
  /**
   * Defaults to `"auto"`: `copy` if the edits are over a quarter of the file, or their journal would be and the file
   * has 1 MiB or more; `journal` otherwise, and where a copy would break links, lacks space or
   * would not keep attributes.
   */
  readonly durability?: Durability | "auto" | undefined;
  /** Keeps the patch, for {@link undoPatch} to take back. */
  readonly keepUndo?: boolean | undefined;
  /** Only looks what would be done. */
  readonly dryRun?: boolean | undefined;
  /** How many edits the result shows; 20 by default for a dry run, otherwise none. */
  readonly shown?: number | undefined;
  /** Lets a copy replace a file that has other names, which then keep the old bytes. */
  readonly breakLinks?: boolean | undefined;
}

/** One edit with the bytes that it replaces: the first 64 of each. */
export interface ShownEdit {
  /** In the file. */
  readonly offset: number;
  /** Before the patch. */
  readonly old: Uint8Array;
  /** After it. */
  readonly new: Uint8Array;
  /** Bytes of the edit, where these are more. */
  readonly byteLength?: number;
}

/** What {@link patchFile} has done. */
export interface PatchResult {
  /** Path of the file as text. */
  readonly file: string;
  /** Bytes of the file. */
  readonly byteLength: number;
  /** How many edits there are, each place counted once. */
  readonly edits: number;
  /** How many bytes have another value now; of a dry run, would have. */
  readonly bytesChanged: number;
  /** How the file was kept from being lost. */
  readonly durability: Durability;
  /** Whether nothing was written. */
  readonly dryRun: boolean;
  /** The first edits. */
  readonly shown: readonly ShownEdit[];
  /** What became of a journal that an earlier run had left. */
  readonly recovered: RecoverOutcome;
  /** Whether {@link undoPatch} can take it back. */
  readonly undoKept: boolean;
}

/** Options of {@link recoverFile}. */
export interface RecoverOptions extends ChangeOptions {
  /** Takes the patch back instead of finishing it. */
  readonly undo?: boolean | undefined;
  /** Removes the journal, whatever it is, and leaves the file as it is: perhaps patched in part. */
  readonly discard?: boolean | undefined;
}

/** What {@link recoverFile} or {@link undoPatch} has done. */
export interface RecoverResult {
  /** Path of the file as text. */
  readonly file: string;
  /** `none` if there was nothing to do. */
  readonly outcome: RecoverOutcome;
  /** How many changes were written. */
  readonly edits: number;
  /** Bytes that were written. */
  readonly bytesWritten: number;
}
