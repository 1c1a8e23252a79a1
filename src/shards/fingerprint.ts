/**
 * What tells a file from another, and from what it was before, to machines that share nothing but the file.
 *
 * Inode and device are left out, as they differ from mount to mount, and so is what is below a millisecond of the
 * time of modification, as not every runtime tells it. The probes catch what is rewritten within a millisecond, where
 * they look.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { type FileReader, openReader, statPath } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { isRemote } from "../remote/is_remote.ts";
import type { RemoteFingerprint, RemoteOptions } from "../remote/types.ts";
import { blake3Hex } from "./blake3_bytes.ts";
import {
  exactly,
  integer,
  object,
  oneOf,
  optional,
  type Shape,
  text,
} from "./shape.ts";

/** A file on a file system that all who work on it share. */
export interface FileFingerprint {
  /** Tells it from objects. */
  readonly kind: "file";
  /** Bytes. */
  readonly size: number;
  /** When the file was modified, in whole milliseconds since 1970. */
  readonly mtimeMs: number;
  /** BLAKE3 of the bytes at the beginning, in the middle and at the end. */
  readonly probe: string;
}

/** What shards are shards of. */
export type SourceFingerprint = FileFingerprint | RemoteFingerprint;

/** Bytes of each of the three probes. */
const PROBE_BYTES = 64 * 1024;
const PROBES = 3;

const NS_PER_MS = 1_000_000n;

const FILE: Shape<FileFingerprint> = object({
  kind: exactly("file"),
  size: integer(0),
  mtimeMs: integer(Number.MIN_SAFE_INTEGER),
  probe: text(64),
});

const REMOTE: Shape<RemoteFingerprint> = object({
  kind: oneOf(["http", "s3"]),
  size: integer(0),
  url: text(16_384),
  etag: text(1024),
  versionId: optional(text(1024)),
});

/** Fingerprints as they come from elsewhere. */
export const FINGERPRINT: Shape<SourceFingerprint> = (value, at) => {
  const { kind } = (value ?? {}) as { kind?: unknown };
  return kind === "file" ? FILE(value, at) : REMOTE(value, at);
};

/**
 * Looks at a file, or asks the server of an object.
 *
 * @throws {SabmapError} If it cannot be read, or is a pipe, device or folder: there is nothing to cut then.
 */
export async function fingerprintOf(
  path: FilePath,
  signal?: AbortSignal,
  remote?: RemoteOptions,
): Promise<SourceFingerprint> {
  signal?.throwIfAborted();
  if (!isRemote(path)) return fileFingerprint(path);
  const { remoteFingerprint } = await import("../remote/fingerprint.ts");
  return await remoteFingerprint(path, signal, remote);
}

function fileFingerprint(path: FilePath): FileFingerprint {
  if (path === "-") throw notCuttable("-", "standard input");
  const reader = openRegular(path);
  try {
    const { byteLength, modifiedNs } = reader.status();
    const bytes = probedBytes(reader, byteLength);
    // Files of /proc say 0 bytes and have some; those of /sys say 4,096 and have fewer.
    if (bytes.length !== Math.min(byteLength, PROBES * PROBE_BYTES)) {
      throw notCuttable(
        pathText(path),
        `one that does not have the ${groupDigits(byteLength)} bytes it says`,
      );
    }
    return {
      kind: "file",
      size: byteLength,
      mtimeMs: floorMs(modifiedNs),
      probe: blake3Hex(bytes),
    };
  } finally {
    reader.close();
  }
}

function openRegular(path: FilePath): FileReader {
  // A FIFO must not be opened: that would wait for a writer.
  const { kind } = statPath(path);
  if (kind === "directory") {
    throw new SabmapError("EISDIR", "is a directory", { file: pathText(path) });
  }
  if (kind === "stream") throw notCuttable(pathText(path), "a stream");
  return openReader(path);
}

function notCuttable(file: string, what: string): SabmapError {
  return new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot work on shards as they must be those of a file: received ${what}`,
    { file },
  );
}

function floorMs(modifiedNs: bigint): number {
  const rest = modifiedNs % NS_PER_MS;
  const whole = modifiedNs / NS_PER_MS;
  return Number(rest < 0n ? whole - 1n : whole);
}

/** The bytes at the three places, as many as there are; all of a small file. */
function probedBytes(reader: FileReader, byteLength: number): Uint8Array {
  const starts = byteLength <= PROBES * PROBE_BYTES
    ? [0, PROBE_BYTES, 2 * PROBE_BYTES]
    : [
      0,
      Math.floor((byteLength - PROBE_BYTES) / 2),
      byteLength - PROBE_BYTES,
    ];
  const bytes = new Uint8Array(new SharedArrayBuffer(PROBES * PROBE_BYTES));
  let count = 0;
  for (const start of starts) {
    const place = bytes.subarray(count, count + PROBE_BYTES);
    count += reader.readAt(place, start);
  }
  return bytes.subarray(0, count);
}

/**
 * Checks that a file is the one that was planned for.
 *
 * @throws {SabmapError} `ERR_FILE_CHANGED` if it is not.
 */
export async function checkFingerprint(
  path: FilePath,
  expected: SourceFingerprint,
  signal?: AbortSignal,
  remote?: RemoteOptions,
): Promise<void> {
  const found = await fingerprintOf(path, signal, remote);
  const difference = differenceOf(expected, found);
  if (difference === undefined) return;
  throw new SabmapError(
    ErrorCode.FileChanged,
    `Cannot work on a shard as the file must be the one that was planned for: received one ${difference}`,
    { file: pathText(path) },
  );
}

/** Whether two are the same. */
export function isSameSource(
  left: SourceFingerprint,
  right: SourceFingerprint,
): boolean {
  return differenceOf(left, right) === undefined;
}

/** In what a source differs from what was expected; `undefined` if it is the same. */
function differenceOf(
  expected: SourceFingerprint,
  found: SourceFingerprint,
): string | undefined {
  if (expected.size !== found.size) {
    return `of ${groupDigits(found.size)} bytes, not ${
      groupDigits(expected.size)
    }`;
  }
  if (expected.kind === "file" && found.kind === "file") {
    if (expected.mtimeMs !== found.mtimeMs) {
      return `modified ${timeText(found.mtimeMs)}, not ${
        timeText(expected.mtimeMs)
      }`;
    }
    return expected.probe === found.probe ? undefined : "with other bytes";
  }
  if (expected.kind === "file" || found.kind === "file") {
    return "from elsewhere";
  }
  // The URL may name another way to the same object.
  const isSame = expected.etag === found.etag &&
    expected.versionId === found.versionId;
  return isSame ? undefined : `with the ETag ${found.etag}`;
}

function timeText(ms: number): string {
  // Dates end 8.64e15 ms from 1970.
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}
