/**
 * Names of the files that stand beside one that is patched.
 *
 * @module
 */
import type { FilePath } from "../platform/file_path.ts";

/** What stands beside a file. */
export interface PatchNames {
  /** Folder of all of them. */
  readonly folder: FilePath;
  /** There while a patch is applied: after a crash it tells what to finish. */
  readonly journal: FilePath;
  /** The last patch that was kept to be taken back. */
  readonly undo: FilePath;
  /** What is to be that once a copy has taken the file's place. */
  readonly nextUndo: FilePath;
  /** The copy that is patched in place of the file. */
  readonly copy: FilePath;
}

/** Longest name that Linux takes, in bytes. */
const NAME_BYTES_MAX = 255;

const SLASH = 0x2f;

/**
 * Names the files beside a file.
 *
 * One name for each, not a new one at each run, so that a journal is found by one look at the folder.
 *
 * @param path Path without a symbolic link at its end: the files stand beside the file itself.
 */
export function patchNames(path: FilePath): PatchNames {
  const start = lastSlash(path) + 1;
  const folder = path.slice(0, Math.max(1, start));
  return {
    folder: start === 0 ? "." : folder,
    journal: beside(path, start, "journal"),
    undo: beside(path, start, "undo"),
    nextUndo: beside(path, start, "next-undo"),
    copy: beside(path, start, "copy"),
  };
}

/** Path of the journal that a file has, or would have. */
export function journalPath(path: FilePath): FilePath {
  return beside(path, lastSlash(path) + 1, "journal");
}

function lastSlash(path: FilePath): number {
  return typeof path === "string"
    ? path.lastIndexOf("/")
    : path.lastIndexOf(SLASH);
}

function beside(path: FilePath, start: number, what: string): FilePath {
  const ending = `.sabmap-${what}`;
  const name = path.slice(start);
  const byteLength = bytesOf(name).length;
  if (byteLength + ending.length >= NAME_BYTES_MAX) {
    return joined(path.slice(0, start), `.${shortName(name)}${ending}`);
  }
  return typeof path === "string"
    ? `${path.slice(0, start)}.${name}${ending}`
    : joined(joined(joined(path.slice(0, start), "."), name), ending);
}

/** Stands for a name that leaves no room (FNV-1a, twice); whose journal it is stands in the journal. */
function shortName(name: FilePath): string {
  return [0x811c9dc5, 0x050c5d1f].map((start) => {
    let hash = start;
    for (const byte of bytesOf(name)) hash = Math.imul(hash ^ byte, 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, "0");
  }).join("");
}

function bytesOf(text: FilePath): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

function joined(left: FilePath, right: FilePath): FilePath {
  if (typeof left === "string" && typeof right === "string") {
    return left + right;
  }
  return Uint8Array.from([...bytesOf(left), ...bytesOf(right)]);
}
