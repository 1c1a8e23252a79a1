/**
 * Where partials go that are too large for a queue: one file or object each, under a name that says what is in it.
 *
 * A name is `<run>/<shard>.<BLAKE3>`, so whoever is late writes the same bytes to the same place or others to another,
 * and no reader takes one for the other.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";

/** A place for bytes under names. */
export interface Store {
  /** For messages. */
  readonly shown: string;
  /** Puts bytes there, whole or not at all. What is there under the name is the same bytes. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Gets bytes. @throws {SabmapError} If there are none of that name and length. */
  get(name: string, byteLength: number): Promise<Uint8Array>;
  /** Removes what shards of a run left there; their result stays. Never fails. */
  removeShards(run: string): Promise<void>;
  /** Removes what is older than so many milliseconds, where nobody else does. Never fails. */
  removeOld(ageMs: number): Promise<void>;
}

/** Longest bytes under one name. */
const STORED_BYTES_MAX = 1024 ** 3;

const RUN = /^[0-9a-f]{64}$/;
const STORED = /^(?:[0-9]{1,9}|result)\.[0-9a-f]{64}$/;

/** Under which name the result of a run is stored, beside those of shards, which have their index. */
export const RESULT_NAME = "result";

/** Name of the bytes of a shard, or of the result. */
export function storedName(run: string, what: string, blake3: string): string {
  return `${run}/${what}.${blake3}`;
}

/** Whether a file's name is one of ours, and none that happens to be there. */
export function isStoredName(name: string): boolean {
  return STORED.test(name);
}

/** Whether a folder's name is that of a run. */
export function isRunName(name: string): boolean {
  return RUN.test(name);
}

/** @throws {SabmapError} `ERR_STORE` if a length is beyond all that shards give. */
export function checkStoredLength(byteLength: number): void {
  if (byteLength <= STORED_BYTES_MAX) return;
  throw new SabmapError(
    ErrorCode.Store,
    `Cannot take a partial as it must be of 1 GiB at most: received ${byteLength} bytes`,
  );
}

/** Opens the store of a worker or submitter. @param place A folder, or `s3://bucket/prefix`. */
export async function openStore(place: string): Promise<Store> {
  if (place.startsWith("s3://")) {
    const { S3Store } = await import("./s3_store.ts");
    return await S3Store.open(place);
  }
  const { FolderStore } = await import("./folder_store.ts");
  return new FolderStore(place);
}
