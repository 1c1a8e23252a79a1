/**
 * The one error class for what goes wrong outside the caller's control, and its codes.
 *
 * Wrong calls throw `TypeError` or `RangeError` before any worker starts. Whatever
 * fails later (a file, the machine, a worker) throws {@link SabmapError}. Failures
 * that the operating system names keep its name (`ENOENT`, `EACCES`, ...), because
 * every user knows those; the rest have a code of ours.
 *
 * @module
 */
import { asSystemError } from "./system_error.ts";

/** Codes of ours, each with the situation it stands for. */
export const ErrorCode = {
  /** The file became shorter than it was when the run began. */
  FileShrank: "ERR_FILE_SHRANK",
  /** The file became longer than it was when the run began. */
  FileGrew: "ERR_FILE_GREW",
  /** The file was replaced or rewritten while it was read. */
  FileChanged: "ERR_FILE_CHANGED",
  /** A server that has the file cannot be reached, or answers what cannot be used. */
  Remote: "ERR_REMOTE",
  /** Fewer bytes came than an exact read asked for. */
  ShortRead: "ERR_SHORT_READ",
  /** A record is longer than the bound on records. */
  RecordTooLong: "ERR_RECORD_TOO_LONG",
  /** The file ends in the middle of a record. */
  RecordTruncated: "ERR_RECORD_TRUNCATED",
  /** A record says of itself what cannot be, such as a length below that of its own header. */
  BadRecord: "ERR_BAD_RECORD",
  /** A value does not fit the field that it is to be stored in. */
  ValueRange: "ERR_VALUE_RANGE",
  /** Rows that are to be sorted take more memory than they may. */
  SortTooLarge: "ERR_SORT_TOO_LARGE",
  /** Stored and computed checksums differ. */
  Checksum: "ERR_CHECKSUM",
  /** A worker ended, ran out of memory, or stopped making progress. */
  WorkerCrashed: "ERR_WORKER_CRASHED",
  /** The file cannot be mapped here (no FFI, no permission, or not a mappable file). */
  MapRefused: "ERR_MAP_REFUSED",
  /** This process may not start workers with fewer permissions than it has. */
  SandboxRefused: "ERR_SANDBOX_REFUSED",
  /** A SharedFile was used after it had been closed. */
  Closed: "ERR_CLOSED",
  /** A SharedFile cannot change its length while views or other threads hold its bytes. */
  BytesHeld: "ERR_BYTES_HELD",
  /** A lock did not become free in time, or has no room for another holder. */
  Locked: "ERR_LOCKED",
  /** A file name that this runtime cannot pass to the operating system. */
  FileName: "ERR_FILE_NAME",
  /** A file that holds no list of digests where one was expected. */
  BadCheckFile: "ERR_BAD_CHECK_FILE",
  /** Text that is no hexadecimal dump where one was expected. */
  BadDump: "ERR_BAD_DUMP",
  /** Bytes that an encoding does not have, or text that it cannot write. */
  BadText: "ERR_BAD_TEXT",
  /** A file does not hold the bytes that a patch expects, or was replaced or resized meanwhile. */
  Conflict: "ERR_CONFLICT",
  /** A patch of the file has been begun and not finished: its journal has to be recovered first. */
  HotJournal: "ERR_HOT_JOURNAL",
  /** A journal that is not this file's, or was changed since it was written. */
  BadJournal: "ERR_BAD_JOURNAL",
  /** No patch was kept to be taken back. */
  NoUndo: "ERR_NO_UNDO",
  /** A file that cannot be replaced by a changed copy without losing something. */
  CopyRefused: "ERR_COPY_REFUSED",
  /** A line of a script of edits is not one. */
  BadScript: "ERR_BAD_SCRIPT",
  /** Bytes that are no partial of a shard, were changed since they were written, or a plan that is none. */
  BadShard: "ERR_BAD_SHARD",
  /** Shards that are not one run's: gaps, overlaps, other files, operations or versions; or what cannot be cut into shards. */
  ShardMismatch: "ERR_SHARD_MISMATCH",
  /** A package that only some need is not installed. */
  PeerMissing: "ERR_PEER_MISSING",
  /** The server of a queue cannot be reached, or refuses; or what a queue holds is not of a fleet of ours. */
  Queue: "ERR_QUEUE",
  /** The right to work on a shard was lost, as the queue did not answer in time. */
  LeaseLost: "ERR_LEASE_LOST",
  /** A path, or host, that a worker does not serve. */
  OutsideRoot: "ERR_OUTSIDE_ROOT",
  /** A shard of a run failed as often as it may, and the run with it. */
  ShardFailed: "ERR_SHARD_FAILED",
  /** The place that large partials are put into lacks one, or has another than was put there. */
  Store: "ERR_STORE",
  /** Two ways of doing the same have different results. */
  WrongResult: "ERR_WRONG_RESULT",
  /** The run was stopped by its `AbortSignal` or by a signal of the system. */
  Aborted: "ERR_ABORTED",
} as const;

/** One of our codes, or the name of an errno (`"ENOENT"`). */
export type ErrorCode =
  | (typeof ErrorCode)[keyof typeof ErrorCode]
  | `E${string}`;

/** Half-open range `[start, end)` in bytes of a file. */
export interface ByteRange {
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset behind the last byte. */
  readonly end: number;
}

/** What {@link SabmapError} carries besides its message and code. */
export interface SabmapErrorOptions {
  /** Path of the file concerned. */
  file?: string | undefined;
  /** Bytes of the file concerned. */
  range?: ByteRange | undefined;
  /** The error that led to this one. */
  cause?: unknown;
}

/** A failure of a file, the machine or a worker, with a stable `code`. */
export class SabmapError extends Error {
  /** Tells it from other errors, also where there are two copies of the class. */
  override readonly name = "SabmapError";
  /** What happened, for programs. */
  readonly code: ErrorCode;
  /** Path of the file concerned. */
  readonly file: string | undefined;
  /** Bytes of the file concerned. */
  readonly range: ByteRange | undefined;

  /**
   * Makes an error.
   *
   * @param message What happened, for people: without code and path.
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: SabmapErrorOptions = {},
  ) {
    super(
      message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.file = options.file;
    this.range = options.range;
  }
}

const ERRNO_TEXT: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "is a directory",
  ENOTDIR: "a part of the path is not a directory",
  ENAMETOOLONG: "file name too long",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  ENOSPC: "no space left on device",
  EROFS: "read-only file system",
  EIO: "input/output error",
  ENXIO: "no such device or address",
  ENODEV: "no such device",
  EEXIST: "file exists",
  EFBIG: "file too large",
  EDQUOT: "disk quota exceeded",
  ETXTBSY: "text file busy",
};

/**
 * Turns an error of the runtime's file functions into a {@link SabmapError} that keeps the errno's name.
 *
 * Errors without an errno are returned as they are: they are not the file's fault.
 *
 * @param error What the file function threw.
 * @param file Path of the file that it was called for.
 */
export function fromSystemError(error: unknown, file: string): unknown {
  if (error instanceof SabmapError) return error;
  const system = asSystemError(error);
  if (system === undefined || !isErrno(system.code)) return error;
  const message = ERRNO_TEXT[system.code] ?? system.message;
  return new SabmapError(system.code, message, { file, cause: error });
}

function isErrno(code: string): code is `E${string}` {
  return /^E[A-Z0-9]+$/.test(code);
}

/** Groups the digits of a count of bytes as error texts do: `1,048,576`. */
export function groupDigits(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
