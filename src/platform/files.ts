/**
 * Files, the same on every runtime: `node:fs` reads straight into shared views on Deno, Bun and
 * Node at the speed of `pread` itself (8.4 GB/s into a reused 1 MiB slot where C reaches 8.6;
 * Xeon 2.6 GHz, 2026-11-21), so FFI would gain nothing here.
 *
 * Every function throws {@link SabmapError} with the errno's name. Descriptors carry O_CLOEXEC.
 *
 * @module
 */
import { fromSystemError } from "../errors.ts";
import { loadBuiltin } from "./builtin.ts";
import { denoStatus, isDenoLink, openDenoReader } from "./deno_reader.ts";
import { type FilePath, pathText } from "./file_path.ts";
import { attempt, denoPath, fs, nativePath } from "./native_file.ts";

/** What kind of file a path leads to. */
export type FileKind = "regular" | "directory" | "stream";

/** What is used of `fs.BigIntStats`, which would ask users for the types of Node. */
export interface NativeStatus {
  readonly size: bigint;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** Identity and size of a file at one moment. */
export interface FileStatus {
  readonly kind: FileKind;
  readonly byteLength: number;
  readonly device: bigint;
  readonly inode: bigint;
  /** Nanoseconds; Deno knows milliseconds only. */
  readonly modifiedNs: bigint;
}

/** @throws {TypeError} If the URL is not one of a file. */
export function pathOfUrl(url: URL): string {
  return loadBuiltin<typeof import("node:url")>("node:url").fileURLToPath(url);
}

/**
 * Opens a file.
 *
 * @throws {SabmapError} With the errno's name, or `ERR_FILE_NAME` if this runtime cannot pass the name on.
 */
export function openFile(path: FilePath, access: "read" | "write"): number {
  return attempt(
    path,
    () => fs().openSync(nativePath(path), access === "read" ? "r" : "r+"),
  );
}

/**
 * Opens a file without blocking the thread, as a FIFO without a writer would.
 *
 * @throws {SabmapError} As {@link openFile}.
 */
export function openFileAsync(path: FilePath): Promise<number> {
  return new Promise((resolve, reject) => {
    fs().open(nativePath(path), "r", (error, fd) => {
      if (error) reject(fromSystemError(error, pathText(path)));
      else resolve(fd);
    });
  });
}

/** Opens a FIFO for both directions, which never waits, and lets those who wait for a writer go on. */
export function openWithoutBlocking(path: FilePath): number {
  const { O_RDWR, O_NONBLOCK } = fs().constants;
  return attempt(
    path,
    () => fs().openSync(nativePath(path), O_RDWR | O_NONBLOCK),
  );
}

/** Tells kind, size and identity of an open file, or of what a path leads to. */
export function statFile(file: number | FilePath, path: FilePath): FileStatus {
  return attempt(path, () => toStatus(nativeStatus(file, true)));
}

/** As {@link statFile} of a path, in the way that is quickest to start on this runtime. */
export function statPath(path: FilePath): FileStatus {
  if (!("Deno" in globalThis)) return statFile(path, path);
  return attempt(path, () => denoStatus(denoPath(path)));
}

/** Whether a path is that of a symbolic link. @throws {SabmapError} As {@link statFile}. */
export function isLink(path: FilePath): boolean {
  return attempt(path, () => {
    return "Deno" in globalThis
      ? isDenoLink(denoPath(path))
      : fs().lstatSync(nativePath(path)).isSymbolicLink();
  });
}

/** What is told of a status. */
export function toStatus(status: NativeStatus): FileStatus {
  return {
    kind: status.isFile()
      ? "regular"
      : status.isDirectory()
      ? "directory"
      : "stream",
    byteLength: Number(status.size),
    // Node and Bun give the upper half of all numbers as negative ones.
    device: BigInt.asUintN(64, status.dev),
    inode: BigInt.asUintN(64, status.ino),
    modifiedNs: status.mtimeNs,
  };
}

/**
 * Reads bytes at a position until `target` is full or the file ends.
 *
 * @returns How many bytes were read; less than `target.byteLength` only at the end of the file.
 */
export function readAt(
  fd: number,
  target: Uint8Array<SharedArrayBuffer>,
  position: number,
  path: FilePath,
): number {
  const { readSync } = fs();
  const { byteLength } = target;
  let filled = 0;
  // Not by attempt(): this is done for each segment, and its action is one more function to compile (Node: 10 ms of CPU).
  try {
    while (filled < byteLength) {
      const left = byteLength - filled;
      const count = readSync(fd, target, filled, left, position + filled);
      if (count === 0) break;
      filled += count;
    }
  } catch (error) {
    throw fromSystemError(error, pathText(path));
  }
  return filled;
}

/**
 * As {@link readAt}, without blocking the thread. Several may run on one descriptor at once.
 */
export async function readAtAsync(
  fd: number,
  target: Uint8Array,
  position: number,
  path: FilePath,
): Promise<number> {
  let filled = 0;
  while (filled < target.byteLength) {
    const rest = target.subarray(filled);
    const count = await readPart(fd, rest, position + filled, path);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** One read, which may come back with less than there is. */
function readPart(
  fd: number,
  target: Uint8Array,
  position: number,
  path: FilePath,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { byteLength } = target;
    fs().read(fd, target, 0, byteLength, position, (error, count) => {
      if (error) reject(fromSystemError(error, pathText(path)));
      else resolve(count);
    });
  });
}

/**
 * Writes all of `bytes` at a position.
 *
 * @throws {SabmapError} With the errno's name; what was written before stays written.
 */
export function writeAt(
  fd: number,
  bytes: Uint8Array<SharedArrayBuffer>,
  position: number,
  path: FilePath,
): void {
  attempt(path, () => {
    // A disk that fills up answers with a short write first, and with ENOSPC only then.
    for (let written = 0; written < bytes.byteLength;) {
      const rest = bytes.byteLength - written;
      written += fs().writeSync(fd, bytes, written, rest, position + written);
    }
  });
}

/** Waits until the bytes of a file, and its length, are on the disk (`fdatasync`). */
export function syncFile(fd: number, path: FilePath): void {
  attempt(path, () => fs().fdatasyncSync(fd));
}

/**
 * As {@link syncFile}, without blocking the thread.
 *
 * @param extent `all` for permissions and attributes as well (`fsync`).
 * @throws {SabmapError} With the errno's name.
 */
export function syncFileAsync(
  fd: number,
  extent: "data" | "all",
  path: FilePath,
): Promise<void> {
  const { fdatasync, fsync } = fs();
  return new Promise((resolve, reject) => {
    (extent === "data" ? fdatasync : fsync)(fd, (error) => {
      if (error) reject(fromSystemError(error, pathText(path)));
      else resolve();
    });
  });
}

/**
 * Sets the length of a file: what lies behind is lost, what is new reads zero and is a hole.
 *
 * @throws {SabmapError} With the errno's name; the file is then as it was.
 */
export function truncateFile(
  fd: number,
  byteLength: number,
  path: FilePath,
): void {
  attempt(path, () => fs().ftruncateSync(fd, byteLength));
}

/** The status itself. @param follow As {@link detailsOf} of file_changes.ts has it. */
export function nativeStatus(
  file: number | FilePath,
  follow: boolean,
): NativeStatus {
  const bigint = { bigint: true } as const;
  if (typeof file === "number") return fs().fstatSync(file, bigint);
  const path = nativePath(file);
  return follow ? fs().statSync(path, bigint) : fs().lstatSync(path, bigint);
}

/** Whether a path leads to something, as far as this process may see. Never asks for a permission. */
export function isThere(path: FilePath): boolean {
  if (!mayRead(path)) return false;
  if (!("Deno" in globalThis)) return fs().existsSync(nativePath(path));
  try {
    denoStatus(denoPath(path));
    return true;
  } catch {
    return false;
  }
}

/** The part of Deno's namespace that asks for a permission without asking the user. */
interface DenoReadPermission {
  permissions: {
    querySync(query: { name: "read"; path?: string }): ReadPermission;
  };
}

interface ReadPermission {
  readonly state: string;
  /** Whether some paths are denied all the same. */
  readonly partial?: boolean;
}

/** Deno's permission to read any file; its state follows what becomes of it. */
let readAll: ReadPermission | undefined;

function mayRead(path: FilePath): boolean {
  const { Deno } = globalThis as { Deno?: DenoReadPermission };
  if (Deno === undefined) return true;
  // To ask about one path takes 17 us, which is long where there are many files.
  readAll ??= Deno.permissions.querySync({ name: "read" });
  if (readAll.state === "granted" && readAll.partial !== true) return true;
  const query = { name: "read", path: pathText(path) } as const;
  return Deno.permissions.querySync(query).state === "granted";
}

/** A file that is read at positions. */
export interface FileReader {
  status(): FileStatus;
  /** As {@link readAt}. */
  readAt(target: Uint8Array<SharedArrayBuffer>, position: number): number;
  close(): void;
}

/**
 * Opens a file for reading at positions, in the way that is quickest to start on this runtime.
 *
 * @throws {SabmapError} As {@link openFile}; so do the reader's functions.
 */
export function openReader(path: FilePath): FileReader {
  if ("Deno" in globalThis) return openDenoReader(denoPath(path));
  const fd = openFile(path, "read");
  return {
    status: () => statFile(fd, path),
    readAt: (target, position) => readAt(fd, target, position, path),
    close: () => closeFile(fd, path),
  };
}

/** Milliseconds to wait before asking a non-blocking stream again. */
const STREAM_RETRY_MS = 2;

/**
 * Reads what a stream has next, without blocking the thread.
 *
 * @param isOpen Whether the descriptor is still that of the stream: it may be another file's once it was closed.
 * @returns How many bytes came into `target`; 0 at the end of the stream, and when it was closed.
 */
export async function readStream(
  fd: number,
  target: Uint8Array,
  path: FilePath,
  isOpen: () => boolean = () => true,
): Promise<number> {
  while (isOpen()) {
    try {
      return await readOnce(fd, target);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw fromSystemError(error, pathText(path));
      await new Promise((resolve) => setTimeout(resolve, STREAM_RETRY_MS));
    }
  }
  return 0;
}

/** The kernel refuses to be asked for 4 MiB of a file of `/proc/sys` (ENOMEM). */
const READ_BYTES_MAX = 1024 ** 2;

function readOnce(
  fd: number,
  target: Uint8Array,
): Promise<number> {
  const byteLength = Math.min(target.byteLength, READ_BYTES_MAX);
  return new Promise((resolve, reject) => {
    fs().read(fd, target, 0, byteLength, null, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

/** Closes a descriptor. Errors are the caller's to hear: a failed close can lose written bytes. */
export function closeFile(fd: number, path: FilePath): void {
  attempt(path, () => fs().closeSync(fd));
}
