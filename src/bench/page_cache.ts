/**
 * Where the file's bytes are when a run begins.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";
import { closeFile, openFile, readAt, syncFile } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { loadBuiltin } from "../platform/builtin.ts";
import { loadLibc } from "../platform/platform.ts";
import { mayTell } from "./machine.ts";
import type { BenchResult } from "./types.ts";

/** Brings the file into one state before each run. */
export interface PageCache {
  readonly state: BenchResult["cache"];
  prepare(): Promise<void>;
}

const READ_BYTES = 1024 ** 2;
const TURN_BYTES = 64 * READ_BYTES;

/** File systems whose files are nowhere but in memory: `tmpfs` and `ramfs` of `statfs(2)`. */
const MEMORY_FILE_SYSTEMS = [0x0102_1994, 0x8584_58f6];

/**
 * Chooses the state.
 *
 * @param cold Whether the file is to be out of the cache, as far as this process can see to it.
 * @param onNote Hears why it cannot.
 */
export async function openPageCache(
  path: FilePath,
  byteLength: number,
  cold: boolean,
  onNote: (note: string) => void,
): Promise<PageCache> {
  if (cold) {
    const dropping = await tryDropping(path);
    if (typeof dropping !== "string") return dropping;
    onNote(`the file stays in the page cache: ${dropping}`);
  }
  if (byteLength > freeBytes()) {
    onNote(
      "the file is larger than free memory, so that most of it is read from the disk",
    );
    return { state: "larger than memory", prepare: () => Promise.resolve() };
  }
  return { state: "warm", prepare: () => readThrough(path) };
}

/** @returns Why it cannot be. */
async function tryDropping(path: FilePath): Promise<PageCache | string> {
  if (isInMemory(path)) return "its file system is one of memory";
  try {
    const libc = await loadLibc();
    // deno-lint-ignore require-await -- turns what fails into a rejection
    const prepare = async (): Promise<void> => {
      const fd = openFile(path, "read");
      try {
        // Pages that are not on the disk yet cannot be dropped.
        syncFile(fd, path);
        libc.dropCache(fd, { file: pathText(path) });
      } finally {
        closeFile(fd, path);
      }
    };
    await prepare();
    return { state: "cold", prepare };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isInMemory(path: FilePath): boolean {
  try {
    const { statfsSync } = loadBuiltin<typeof import("node:fs")>("node:fs");
    const name = typeof path === "string" ? path : Buffer.from(path);
    return MEMORY_FILE_SYSTEMS.includes(statfsSync(name).type >>> 0);
  } catch {
    return false;
  }
}

/** Memory that files may fill, on Linux also what other files fill now; endless where nobody tells. */
function freeBytes(): number {
  try {
    const { readFileSync } = loadBuiltin<typeof import("node:fs")>("node:fs");
    const text = readFileSync("/proc/meminfo", "utf8");
    const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Another system, or no permission.
  }
  if (!mayTell("systemMemoryInfo")) return Infinity;
  return loadBuiltin<typeof import("node:os")>("node:os").freemem();
}

/** A file that nobody looks at leaves the cache little by little. */
async function readThrough(path: FilePath): Promise<void> {
  const fd = openFile(path, "read");
  const block = new Uint8Array(new SharedArrayBuffer(READ_BYTES));
  try {
    for (let position = 0;;) {
      const count = readAt(fd, block, position, path);
      if (count === 0) return;
      position += count;
      // Signals have their turn now and then.
      if (position % TURN_BYTES === 0) {
        await nextTurn();
      }
    }
  } finally {
    closeFile(fd, path);
  }
}
