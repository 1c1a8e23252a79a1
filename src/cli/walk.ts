/**
 * Folders and what is in them, in an order that does not depend on the machine.
 *
 * @module
 */
import { lstat, readdir, stat } from "node:fs/promises";
import { type Dirent, statSync } from "node:fs";
import type { PathFilter } from "./glob.ts";
import { decodeName, encodeName, toPath } from "./names.ts";
import { isScratch } from "./written_files.ts";

/** What is found, in order. */
export type Found =
  | { readonly kind: "file"; readonly name: string }
  /** A folder that cannot be read. */
  | { readonly kind: "error"; readonly name: string; readonly error: unknown }
  /** A socket, a device or a FIFO. */
  | { readonly kind: "special"; readonly name: string }
  | { readonly kind: "link"; readonly name: string };

type EntryKind = Found["kind"] | "folder";

interface Entry {
  /** As `decodeName` has it. */
  readonly name: string;
  readonly kind: EntryKind;
}

/** A folder that is being gone through. */
interface Level {
  /** What stands in front of the names, with its slash. */
  readonly prefix: string;
  /** The same from the first folder on, for patterns. */
  readonly path: string;
  readonly entries: readonly Entry[];
  next: number;
}

/**
 * Goes through a folder and those in it: the entries of each by name, in the order of their bytes.
 *
 * Symbolic links are not followed. One folder's names at a time are in memory, and those of the folders it is in.
 *
 * @param excludes Tells what is left out; a folder with all that is in it.
 */
export async function* walk(
  folder: string,
  excludes: PathFilter,
): AsyncGenerator<Found> {
  const levels: Level[] = [];
  const enter = async (name: string, path: string) => {
    const prefix = name.endsWith("/") ? name : `${name}/`;
    levels.push({ prefix, path, entries: await readFolder(name), next: 0 });
  };
  const open = async (name: string, path: string): Promise<Found[]> => {
    try {
      await enter(name, path);
      return [];
    } catch (error) {
      return [{ kind: "error", name, error }];
    }
  };
  yield* await open(folder, "");
  for (let level; (level = levels.at(-1)) !== undefined;) {
    const entry = level.entries[level.next++];
    if (entry === undefined) {
      levels.pop();
      continue;
    }
    const path = level.path + entry.name;
    if (excludes(path, entry.name) || isScratch(entry.name)) continue;
    const name = level.prefix + entry.name;
    if (entry.kind === "folder") yield* await open(name, `${path}/`);
    else yield { kind: entry.kind, name } as Found;
  }
}

/** Whether a name leads to a folder, also through a symbolic link; false if it leads nowhere. */
export async function isFolder(name: string): Promise<boolean> {
  try {
    return (await stat(nodePath(name))).isDirectory();
  } catch {
    return false;
  }
}

/** Size of a file, or `undefined` where that cannot be told. At once: a thread that works hears late of answers. */
export function fileSize(name: string): number | undefined {
  try {
    const status = statSync(nodePath(name));
    return status.isFile() ? status.size : undefined;
  } catch {
    return undefined;
  }
}

async function readFolder(name: string): Promise<Entry[]> {
  const entries = await readdir(nodePath(name), { withFileTypes: true });
  // The runtimes put this in the place of bytes that are not UTF-8.
  const isOdd = entries.some((entry) => entry.name.includes("\ufffd"));
  const found = isOdd
    ? await readOddFolder(name)
    : entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  return sortByBytes(found);
}

/** Reads names as bytes. Bun has no types with these, and Deno no such bytes. */
async function readOddFolder(name: string): Promise<Entry[]> {
  const folder = name.endsWith("/") ? name : `${name}/`;
  const names = await readdir(nodePath(name), { encoding: "buffer" });
  return await Promise.all(names.map(async (bytes) => {
    const entry = decodeName(bytes);
    try {
      const status = await lstat(nodePath(folder + entry));
      return { name: entry, kind: kindOf(status) };
    } catch {
      // Whoever opens it finds out what is wrong with it.
      return { name: entry, kind: "file" };
    }
  }));
}

function kindOf(
  entry: Pick<Dirent, "isFile" | "isDirectory" | "isSymbolicLink">,
): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "special";
}

/** Sorts by the bytes of names, as `LC_ALL=C` does. */
function sortByBytes(entries: Entry[]): Entry[] {
  // UTF-16 sorts differently only where there are surrogates, which also stand for single bytes here.
  const isPlain = entries.every(({ name }) => !/[\ud800-\udfff]/.test(name));
  if (isPlain) {
    return entries.sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : 0
    );
  }
  const keyed = entries.map((entry) => ({
    entry,
    bytes: encodeName(entry.name),
  }));
  keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return keyed.map(({ entry }) => entry);
}

function nodePath(name: string): string | Buffer {
  const path = toPath(name);
  return typeof path === "string" ? path : Buffer.from(path);
}
