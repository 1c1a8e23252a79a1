/**
 * Digests of many files.
 *
 * @module
 */
import type { FilesProgress } from "./many_files.ts";
import type { HashOptions, HashResult } from "./operations.ts";
import type { RunOptions } from "./options.ts";
import type { FilePath } from "./platform/file_path.ts";

export type { FilesProgress } from "./many_files.ts";

/** What is asked about one of many files. What is absent is as for all of them. */
export interface HashRequest extends Omit<HashOptions, keyof RunOptions> {
  /** The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. */
  readonly path: FilePath | URL;
}

/** Options of {@link hashFiles}. */
export interface HashFilesOptions extends Omit<HashOptions, "onProgress"> {
  /** Called about ten times a second. */
  readonly onProgress?: ((progress: FilesProgress) => void) | undefined;
}

/** What became of one of many files: its digests, or why there are none. */
export type HashOutcome =
  | {
    readonly path: FilePath;
    readonly result: HashResult;
    readonly error?: undefined;
  }
  | {
    readonly path: FilePath;
    readonly result?: undefined;
    readonly error: unknown;
  };

/** Files, all known or found one by one. */
export type HashTargets =
  | Iterable<FilePath | URL | HashRequest>
  | AsyncIterable<FilePath | URL | HashRequest>;

/**
 * Computes digests of many files, several at once.
 *
 * Files of up to 16 MiB are read by one worker each; larger ones are shared by all workers, one after
 * the other, unless all digests are serial: then each file has a worker to itself, whatever its size.
 * A few small files are done on the calling thread and start no worker; with `callerScans` it goes on with
 * files of up to `inlineBytes` beside one worker less. A file that fails keeps no other from being done.
 * At most 4,096 files are begun and not yet taken.
 *
 * @param targets The files, each a path or a request with options of its own.
 * @returns One outcome for each target, in their order, as soon as it is there. Leaving the loop stops the work.
 * @throws {TypeError} If a target or an option is of the wrong type.
 * @throws {RangeError} If an algorithm is unknown or an option out of range.
 * @throws The reason of `signal` once it is aborted, and what `targets` itself throws.
 *
 * @example
 * ```ts
 * import { hashFiles } from "sabmap";
 *
 * for await (const { path, result, error } of hashFiles(paths, { algorithms: ["sha256"] })) {
 *   console.log(path, result?.digests.sha256 ?? error);
 * }
 * ```
 */
export async function* hashFiles(
  targets: HashTargets,
  options: HashFilesOptions = {},
): AsyncGenerator<HashOutcome> {
  // Loaded here, because whoever hashes one file need not wait for it.
  const { hashMany } = await import("./hash_many.ts");
  yield* hashMany(targets, options);
}
