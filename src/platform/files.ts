/**
 * Files, the same on every runtime: `node:fs` reads straight into shared views on Deno, Bun and
 * Node at the speed of `pread` itself (8.4 GB/s into a reused 1 MiB slot where C reaches 8.6;
 * Xeon 2.6 GHz, 2026-11-21), so FFI would gain nothing here.
 *
 * Every function throws {@link SabmapError} with the errno's name. Descriptors carry O_CLOEXEC.
 *
 * @module
 */
import type * as NodeFs from "node:fs";
import { ErrorCode, fromSystemError, SabmapError } from "../errors.ts";
import { shownPath } from "../remote/is_remote.ts";
import { loadBuiltin } from "./builtin.ts";
import { openDenoReader } from "./deno_reader.ts";

let nodeFs: typeof NodeFs | undefined;

/** Loaded when first used: a worker of Deno that only reads uses {@link openReader} and saves 17 ms. */
function fs(): typeof NodeFs {
  return nodeFs ??= loadBuiltin<typeof NodeFs>("node:fs");
}

/**
 * Name of a file: text, or the bytes that the operating system knows it by, for names that are
 * not UTF-8.
 */
export type FilePath = string | Uint8Array;

/** What kind of file a path leads to. */
export type FileKind = "regular" | "directory" | "stream";

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

/** Text of a path for messages. Bytes that are no UTF-8 show as U+FFFD, and secrets of URLs not at all. */
export function pathText(path: FilePath): string {
  return typeof path === "string"
    ? shownPath(path)
    : Buffer.from(path).toString();
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

/** A file to be mapped, open in this thread. */
export interface MappableFile {
  readonly fd: number;
  /** Size and identity now. */
  status(): Pick<FileStatus, "byteLength" | "device" | "inode">;
  close(): void;
}

/**
 * Opens a file to be mapped.
 *
 * @throws {SabmapError} As {@link openFile}.
 */
export async function openMappable(
  path: FilePath,
  access: "read" | "write",
): Promise<MappableFile> {
  return await openByLibc(path, access) ?? openMappableHere(path, access);
}

/** As {@link openMappable}, at once, and on Deno 20 ms later where nothing else has used `node:fs`. */
export function openMappableHere(
  path: FilePath,
  access: "read" | "write",
): MappableFile {
  const fd = openFile(path, access);
  return {
    fd,
    status: () => statFile(fd, path),
    close: () => closeFile(fd, path),
  };
}

async function openByLibc(
  path: FilePath,
  access: "read" | "write",
): Promise<MappableFile | undefined> {
  if (!("Deno" in globalThis) || typeof path !== "string") return undefined;
  const { openDenoMappable } = await import("./deno_file.ts");
  const { findLibc } = await import("./libc.ts");
  return openDenoMappable(path, access, findLibc());
}

/** Tells kind, size and identity of an open file, or of what a path leads to. */
export function statFile(file: number | FilePath, path: FilePath): FileStatus {
  return attempt(path, () => toStatus(nativeStatus(file, true)));
}

function toStatus(status: NodeFs.BigIntStats): FileStatus {
  return {
    kind: status.isFile()
      ? "regular"
      : status.isDirectory()
      ? "directory"
      : "stream",
    byteLength: Number(status.size),
    device: status.dev,
    inode: status.ino,
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
  return attempt(path, () => {
    let filled = 0;
    while (filled < target.byteLength) {
      const count = fs().readSync(
        fd,
        target,
        filled,
        target.byteLength - filled,
        position + filled,
      );
      if (count === 0) break;
      filled += count;
    }
    return filled;
  });
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

/** What more there is to know of a file. */
export interface FileDetails extends FileStatus {
  /** Permissions and the set-id bits, without the kind. */
  readonly mode: number;
  /** How many names it has. */
  readonly links: number;
  readonly owner: number;
  readonly group: number;
  /** Nanoseconds; whole seconds on Deno. */
  readonly changedNs: bigint;
}

/**
 * As {@link statFile}, with all details.
 *
 * @param follow Whether a symbolic link stands for what it leads to; otherwise it is a `"stream"`.
 * @returns `undefined` if there is no such file.
 */
export function detailsOf(
  file: number | FilePath,
  path: FilePath,
  follow: boolean,
): FileDetails | undefined {
  try {
    return toDetails(nativeStatus(file, follow));
  } catch (error) {
    const known = fromSystemError(error, pathText(path));
    if (known instanceof SabmapError && known.code === "ENOENT") {
      return undefined;
    }
    throw known;
  }
}

function nativeStatus(
  file: number | FilePath,
  follow: boolean,
): NodeFs.BigIntStats {
  const bigint = { bigint: true } as const;
  if (typeof file === "number") return fs().fstatSync(file, bigint);
  const path = nativePath(file);
  return follow ? fs().statSync(path, bigint) : fs().lstatSync(path, bigint);
}

function toDetails(status: NodeFs.BigIntStats): FileDetails {
  return {
    ...toStatus(status),
    changedNs: status.ctimeNs,
    mode: Number(status.mode) & 0o7777,
    links: Number(status.nlink),
    owner: Number(status.uid),
    group: Number(status.gid),
  };
}

/** Whether a path leads to something, as far as this process may see. Never asks for a permission. */
export function isThere(path: FilePath): boolean {
  return mayRead(path) && fs().existsSync(nativePath(path));
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

/**
 * Creates a file that only its owner may read, and opens it for reading and writing.
 *
 * @throws {SabmapError} `EEXIST` if there is anything of that name, also a symbolic link to nowhere.
 */
export function createFile(path: FilePath): number {
  const { O_RDWR, O_CREAT, O_EXCL } = fs().constants;
  return attempt(
    path,
    () => fs().openSync(nativePath(path), O_RDWR | O_CREAT | O_EXCL, 0o600),
  );
}

/** Opens a file for reading and writing. @throws {SabmapError} `ELOOP` for a symbolic link. */
export function openNoFollow(path: FilePath): number {
  const { O_RDWR, O_NOFOLLOW } = fs().constants;
  return attempt(
    path,
    () => fs().openSync(nativePath(path), O_RDWR | O_NOFOLLOW),
  );
}

/**
 * As {@link readAt}, into a part of a buffer.
 *
 * Takes plain numbers and makes no objects: patches call it for each of a million edits.
 */
export function readPartAt(
  fd: number,
  bytes: Uint8Array<SharedArrayBuffer>,
  start: number,
  byteLength: number,
  position: number,
  path: FilePath,
): number {
  const read = fs().readSync;
  return moveFully(
    (at, rest) => read(fd, bytes, start + at, rest, position + at),
    byteLength,
    path,
  );
}

/** As {@link writeAt}, from a part of a buffer. */
export function writePartAt(
  fd: number,
  bytes: Uint8Array<SharedArrayBuffer>,
  start: number,
  byteLength: number,
  position: number,
  path: FilePath,
): void {
  const write = fs().writeSync;
  const written = moveFully(
    (at, rest) => write(fd, bytes, start + at, rest, position + at),
    byteLength,
    path,
  );
  if (written < byteLength) {
    throw new SabmapError("EIO", "the kernel wrote nothing", {
      file: pathText(path),
      range: { start: position + written, end: position + byteLength },
    });
  }
}

/** Goes on after short transfers and interruptions. @returns How many bytes were moved before one moved nothing. */
function moveFully(
  move: (at: number, rest: number) => number,
  byteLength: number,
  path: FilePath,
): number {
  let done = 0;
  while (done < byteLength) {
    try {
      const count = move(done, byteLength - done);
      if (count === 0) break;
      done += count;
    } catch (error) {
      const known = fromSystemError(error, pathText(path));
      if (known instanceof SabmapError && known.code === "EINTR") continue;
      throw known;
    }
  }
  return done;
}

/** Waits until the names in a folder are on the disk. */
export function syncFolder(folder: FilePath): void {
  attempt(folder, () => {
    const fd = fs().openSync(nativePath(folder), "r");
    try {
      fs().fsyncSync(fd);
    } finally {
      fs().closeSync(fd);
    }
  });
}

/** Gives a file another name in place of what has that name. */
export function renameFile(from: FilePath, to: FilePath): void {
  attempt(to, () => fs().renameSync(nativePath(from), nativePath(to)));
}

/** Takes a name away from its file. */
export function removeFile(path: FilePath): void {
  attempt(path, () => fs().unlinkSync(nativePath(path)));
}

/** Path without symbolic links, from the root. Bytes stay bytes. */
export function realPath(path: FilePath): FilePath {
  return attempt(path, () => {
    if (typeof path === "string") return fs().realpathSync(nativePath(path));
    const name = nativePath(path);
    if (typeof name === "string") return fs().realpathSync(name);
    return Uint8Array.from(fs().realpathSync(name, { encoding: "buffer" }));
  });
}

/** Gives an open file owner, group and permissions. */
export function setOwnership(
  fd: number,
  { owner, group, mode }: Pick<FileDetails, "owner" | "group" | "mode">,
  path: FilePath,
): void {
  attempt(path, () => {
    const now = fs().fstatSync(fd);
    if (now.uid !== owner || now.gid !== group) {
      fs().fchownSync(fd, owner, group);
    }
    // Last: a change of the owner takes the set-id bits away.
    fs().fchmodSync(fd, mode);
  });
}

/** Bytes that can still be written where a path leads; `undefined` where this runtime may not tell. */
export function freeBytes(path: FilePath): number | undefined {
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  const query = { name: "sys", kind: "statfs" } as const;
  if (
    Deno !== undefined && Deno.permissions.querySync(query).state !== "granted"
  ) return undefined;
  return attempt(path, () => {
    const { bavail, bsize } = fs().statfsSync(nativePath(path));
    return bavail * bsize;
  });
}

/** Types of file systems whose files others change from afar: `statfs(2)`. */
const NETWORK_FILE_SYSTEMS: readonly number[] = [
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x01021997, // 9P
  0x65735546, // FUSE, behind which sshfs and the like are
  0x00c36400, // Ceph
];

/** The part of Deno's namespace that asks for a permission without asking the user. */
interface DenoPermissions {
  permissions: {
    querySync(query: { name: "sys"; kind: "statfs" }): { state: string };
  };
}

/** Whether a file lies on another machine, as far as this runtime may tell. */
export function isNetworkFile(path: FilePath): boolean {
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  const query = { name: "sys", kind: "statfs" } as const;
  if (
    Deno !== undefined && Deno.permissions.querySync(query).state !== "granted"
  ) return false;
  return attempt(path, () => {
    const { type } = fs().statfsSync(nativePath(path));
    // Some runtimes give 32 bits as a signed number.
    return NETWORK_FILE_SYSTEMS.includes(type >>> 0);
  });
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
  if ("Deno" in globalThis) return openDenoReader(nativePath(path) as string);
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
 * @returns How many bytes came into `target`; 0 at the end of the stream.
 */
export async function readStream(
  fd: number,
  target: Uint8Array,
  path: FilePath,
): Promise<number> {
  for (;;) {
    try {
      return await readOnce(fd, target);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw fromSystemError(error, pathText(path));
      await new Promise((resolve) => setTimeout(resolve, STREAM_RETRY_MS));
    }
  }
}

function readOnce(
  fd: number,
  target: Uint8Array,
): Promise<number> {
  return new Promise((resolve, reject) => {
    fs().read(fd, target, 0, target.byteLength, null, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

/** Closes a descriptor. Errors are the caller's to hear: a failed close can lose written bytes. */
export function closeFile(fd: number, path: FilePath): void {
  attempt(path, () => fs().closeSync(fd));
}

function attempt<T>(path: FilePath, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fromSystemError(error, pathText(path));
  }
}

function nativePath(path: FilePath): string | Buffer {
  if (typeof path === "string") {
    if (path.includes("\0")) {
      throw new SabmapError(
        ErrorCode.FileName,
        "a file name cannot hold a NUL byte",
        { file: path },
      );
    }
    return path;
  }
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes)) return nativePath(text);
  // Deno decodes names as UTF-8 and would open another file, or none.
  if ("Deno" in globalThis) {
    throw new SabmapError(
      ErrorCode.FileName,
      "Deno cannot open a file whose name is not UTF-8: rename it, or use Bun or Node",
      { file: text },
    );
  }
  return bytes;
}
