/**
 * Files that a command writes beside its results, such as reports and traces, while it works.
 *
 * None of them may be a file that the command works on, which is known little by little: from its words, from lists,
 * from folders.
 *
 * @module
 */
import { realPath } from "../platform/file_changes.ts";
import { statPath } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { UsageError } from "./io.ts";
import { toPath } from "./names.ts";

/** A file that is being written. */
export interface WrittenFile {
  readonly name: string;
  /** What asked for it. */
  readonly option: string;
  /** Where it will be, by whatever name it goes. */
  readonly place: string;
  /** Of the file that it will replace, if there is one. */
  readonly identity: string | undefined;
  /** Name, without its folder, under which it is written. */
  readonly scratch: string | undefined;
}

const written = new Set<WrittenFile>();

/** Says that a file is being written. @returns What says that it no longer is. */
export function addWritten(file: WrittenFile): () => void {
  written.add(file);
  return () => written.delete(file);
}

/** Which option has asked for the file at a place. */
export function writerOf(place: string): string | undefined {
  for (const file of written) if (file.place === place) return file.option;
  return undefined;
}

/** @throws {UsageError} If a file that is worked on would be replaced. */
export function requireUnwritten(name: string): void {
  for (const file of written) {
    if (isSame(name, file)) throw replacedError(file);
  }
}

/** Whether a file goes by a name, or will. */
export function isSame(
  name: string,
  { place, identity }: Pick<WrittenFile, "place" | "identity">,
): boolean {
  return (identity !== undefined && identityOf(name) === identity) ||
    placeOf(toPath(name)) === place;
}

/** That a file would be replaced which is worked on. */
export function replacedError(
  { name, option }: Pick<WrittenFile, "name" | "option">,
): UsageError {
  return new UsageError(
    `Cannot use ${option} as it would replace a file that is worked on: received "${name}"`,
    { file: name },
  );
}

/** Whether a name, without its folder, is one under which something is being written. */
export function isScratch(name: string): boolean {
  for (const { scratch } of written) if (scratch === name) return true;
  return false;
}

/** Where a file is or will be, by whatever name it goes. */
export function placeOf(path: FilePath): string {
  try {
    return pathText(realPath(path));
  } catch {
    const text = pathText(path);
    const [, folder = "", base = text] = /^(.*\/)?([^/]*)$/s.exec(text) ?? [];
    return `${folderOf(folder)}/${base}`;
  }
}

function folderOf(name: string): string {
  try {
    return pathText(realPath(name === "" ? "." : name));
  } catch {
    // The file cannot be opened either, which says so.
    return name;
  }
}

/** @returns `undefined` for what is not there, or no regular file. */
export function identityOf(name: string): string | undefined {
  try {
    const { kind, device, inode } = statPath(toPath(name));
    return kind === "regular" ? `${device}:${inode}` : undefined;
  } catch {
    return undefined;
  }
}
