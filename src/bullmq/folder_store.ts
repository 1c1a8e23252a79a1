/**
 * The store in a folder of a file system that all hosts share.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import {
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { ErrorCode, fromSystemError, SabmapError } from "../errors.ts";
import {
  checkStoredLength,
  isRunName,
  isStoredName,
  RESULT_NAME,
  type Store,
} from "./store.ts";

/** Ending of what is being written. */
const TEMPORARY = ".tmp";

/** Files `<folder>/<run>/<shard>.<BLAKE3>`. The folder is made when something is put into it. */
export class FolderStore implements Store {
  readonly shown: string;

  constructor(folder: string) {
    this.shown = folder;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.shown, name);
    const temporary = `${path}.${randomUUID()}${TEMPORARY}`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeSynced(temporary, bytes);
      await rename(temporary, path);
      // So that the name is there after a crash too, and other hosts of a network file system see it.
      await syncFolder(dirname(path));
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw fromSystemError(error, path);
    }
  }

  async get(name: string, byteLength: number): Promise<Uint8Array> {
    checkStoredLength(byteLength);
    const path = join(this.shown, name);
    try {
      return await readWhole(path, byteLength);
    } catch (error) {
      throw fromSystemError(error, path);
    }
  }

  async removeShards(run: string): Promise<void> {
    if (!isRunName(run)) return;
    const folder = join(this.shown, run);
    for (const name of await namesIn(folder)) {
      if (!isOurs(name) || name.startsWith(`${RESULT_NAME}.`)) continue;
      await rm(join(folder, name), { force: true }).catch(() => {});
    }
    // Where nothing is left in it.
    await rmdir(folder).catch(() => {});
  }

  async removeOld(ageMs: number): Promise<void> {
    const before = Date.now() - ageMs;
    for (const run of await namesIn(this.shown)) {
      if (!isRunName(run)) continue;
      const folder = join(this.shown, run);
      for (const name of await namesIn(folder)) {
        if (isOurs(name)) await removeIfOld(join(folder, name), before);
      }
      await rmdir(folder).catch(() => {});
    }
  }
}

/** Also what a crash left of a file that was being written. */
function isOurs(name: string): boolean {
  const [stored = ""] = name.endsWith(TEMPORARY)
    ? /^[^.]*\.[^.]*/.exec(name) ?? []
    : [name];
  return isStoredName(stored);
}

async function removeIfOld(path: string, before: number): Promise<void> {
  try {
    if ((await stat(path)).mtimeMs < before) await unlink(path);
  } catch {
    // Another worker has removed it.
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch {
    // Some network file systems cannot; they have no need of it either.
  } finally {
    await handle.close();
  }
}

async function readWhole(
  path: string,
  byteLength: number,
): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    // A view of it that is not Node's own class.
    if (size === byteLength) return new Uint8Array(await file.readFile());
    throw new SabmapError(
      ErrorCode.Store,
      `holds ${size} bytes where ${byteLength} were put`,
      { file: path },
    );
  } finally {
    await file.close();
  }
}
