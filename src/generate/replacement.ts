/**
 * Writing a file so that others see the old one or the whole new one, and never a part.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import {
  type FileHandle,
  open,
  realpath,
  rename,
  stat,
  unlink,
} from "node:fs/promises";
import { sep } from "node:path";
import { statPath } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { SabmapError } from "../errors.ts";
import { hasCode, Retry } from "./retry.ts";

/** A file that is being written. One of `commit` and `discard` has to be called. */
export interface Replacement {
  readonly handle: FileHandle;
  /** Name, without its folder, under which it is written; `undefined` if it is written to directly. */
  readonly scratch: string | undefined;
  /** Most bytes to write at a time. */
  readonly writeBytesMax: number;
  /** Closes the file and puts it in its place. */
  commit(): Promise<void>;
  /** Closes the file and removes what was written. */
  discard(): Promise<void>;
}

/**
 * Opens what will become the file at `path`.
 *
 * A regular file, or one that does not exist yet, is written under a temporary name in the
 * same folder and renamed at the end; it keeps the permissions of the file there. What is no
 * regular file (a device, a FIFO) cannot be replaced and is written to directly.
 *
 * @param signal Ends the wait for the reader of a FIFO.
 * @throws {Error} What `node:fs` throws, with the errno's name as `code`.
 * @throws {SabmapError} `EISDIR`; `EINVAL` for where standard output or error goes; `ERR_FILE_NAME` if this runtime
 * cannot pass the name on.
 */
export async function openReplacement(
  path: FilePath,
  signal?: AbortSignal,
): Promise<Replacement> {
  if (path.length === 0) {
    throw new SabmapError("ENOENT", "no such file or directory", { file: "" });
  }
  const kind = existingKind(path);
  if (kind === "directory") {
    throw new SabmapError("EISDIR", "is a directory", { file: pathText(path) });
  }
  if (kind === "regular" && isOutput(path)) {
    throw new SabmapError(
      "EINVAL",
      "is where standard output or error goes, which would be lost",
      { file: pathText(path) },
    );
  }
  const name = typeof path === "string" ? path : Buffer.from(path);
  return kind === "stream"
    ? await openDirect(name, signal)
    : await openTemporary(name, kind === "regular");
}

function existingKind(
  path: FilePath,
): "regular" | "directory" | "stream" | undefined {
  try {
    return statPath(path).kind;
  } catch (error) {
    if (error instanceof SabmapError && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Whether what this process prints goes to a file: whoever has it open would go on with one that has no name. */
function isOutput(path: FilePath): boolean {
  const { device, inode } = statPath(path);
  return ["/dev/stdout", "/dev/stderr"].some((output) => {
    try {
      const is = statPath(output);
      return is.device === device && is.inode === inode;
    } catch {
      return false;
    }
  });
}

/**
 * PIPE_BUF of Linux: a FIFO takes so many bytes at once or none of them. Of a larger write it may take
 * a part, and Deno then reports EAGAIN and not how large the part was.
 */
const ATOMIC_BYTES = 4096;

/**
 * Opens without blocking: a thread that blocks in `open` or `write`, as a FIFO without a reader
 * makes it do, keeps Node from ending even when it is told to exit.
 */
async function openDirect(
  name: string | Buffer,
  signal: AbortSignal | undefined,
): Promise<Replacement> {
  const retry = new Retry(signal);
  for (;;) {
    try {
      const handle = await open(
        name,
        constants.O_WRONLY | constants.O_NONBLOCK,
      );
      return {
        handle,
        scratch: undefined,
        writeBytesMax: ATOMIC_BYTES,
        commit: () => handle.close(),
        discard: () => handle.close(),
      };
    } catch (error) {
      // No process has the FIFO open for reading yet.
      if (!hasCode(error, "ENXIO")) throw error;
      await retry.wait();
    }
  }
}

async function openTemporary(
  name: string | Buffer,
  exists: boolean,
): Promise<Replacement> {
  // Renaming over a symbolic link would replace the link.
  const final = exists
    ? await realpath(name, { encoding: "buffer" })
    : Buffer.from(name);
  const scratch = `.sabmap-${randomUUID()}.tmp`;
  const temporary = beside(final, scratch);
  const handle = await open(temporary, "wx");
  const discard = async (): Promise<void> => {
    await handle.close();
    await unlink(temporary);
  };
  const commit = async (): Promise<void> => {
    if (exists) await handle.chmod((await stat(final)).mode & 0o7777);
    await handle.close();
    try {
      await rename(temporary, final);
    } catch (error) {
      // A file that something is mounted on, such as one of a container.
      await unlink(temporary);
      throw error;
    }
  };
  return { handle, scratch, writeBytesMax: Infinity, commit, discard };
}

/** Path of another name in the folder of a file. */
function beside(file: Buffer, name: string): Buffer {
  const folderBytes = file.lastIndexOf(sep) + 1;
  return Buffer.concat([file.subarray(0, folderBytes), Buffer.from(name)]);
}
