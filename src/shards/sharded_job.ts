/**
 * What runs and joins the shards of an operation.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import type { RunOptions } from "../options.ts";
import type { FilePath } from "../platform/file_path.ts";
import type { SourceFingerprint } from "./fingerprint.ts";

/** The module of a user's job, on this machine. */
export interface ModuleOfJob {
  /** As `moduleUrl` gives it. */
  readonly url: string;
  /** How its threads run, where it joins and finishes. */
  readonly options: RunOptions;
}

/** A shard that is to be run. */
export interface ShardWork {
  /** Where the file is. */
  readonly path: FilePath;
  /** The shard's bytes of it, at least one. */
  readonly range: ByteRange;
  readonly source: SourceFingerprint;
  readonly options: RunOptions;
  /** The entry of the shard (entries.ts), where its records need one and that is known. */
  readonly entry?: number | undefined;
  /** Told the entry of what is behind the shard, where all of it was scanned and the file goes on. */
  readonly onExit?: ((exit: number) => void) | undefined;
}

/** The whole of which shards are joined. */
export interface ShardedFile {
  /** As it is named in results. */
  readonly file: string;
  /** Bytes of it. */
  readonly byteLength: number;
}

/**
 * An operation on shards. The registry has forgotten its type parameters.
 *
 * A *state* is what is known of neighbouring shards, a *body* the same as plain data with typed arrays. The body of a
 * shard is the same whatever workers, segments and runtimes have made it.
 */
export interface ShardedJob<
  // deno-lint-ignore no-explicit-any -- the registry handles all of them
  Parameters = any,
  // deno-lint-ignore no-explicit-any
  State = any,
  Result = unknown,
> {
  /** Loads what the parameters ask for: called before all else, in each process. */
  prepare?(parameters: Parameters): void | Promise<void>;
  /** Scans a shard. */
  run(work: ShardWork, parameters: Parameters): Promise<State>;
  /** What is known of a shard without bytes. */
  empty(range: ByteRange, parameters: Parameters): State;
  /** Makes a body of a state. */
  write(state: State, parameters: Parameters, range: ByteRange): unknown;
  /**
   * Checks a body from elsewhere.
   *
   * @param range The bytes that it is about.
   * @param file The whole that they are of.
   * @throws {SabmapError} `ERR_BAD_SHARD` if it is none.
   */
  read(
    body: unknown,
    parameters: Parameters,
    range: ByteRange,
    file: ShardedFile,
  ): State;
  /** Joins what is known of neighbours, in file order, at least one. */
  join(states: readonly State[], parameters: Parameters): State;
  /** Makes the result of all shards. */
  finish(
    state: State,
    parameters: Parameters,
    file: ShardedFile,
  ): Result | Promise<Result>;
}
