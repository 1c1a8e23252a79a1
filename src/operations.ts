/**
 * What the library does to a file in one call: hash, count, profile.
 *
 * @module
 */
import { checkLocalPath, checkPath } from "./check_path.ts";
import { runJob, runOwnJob } from "./engine.ts";
import { checkParameters, type DigestParameters } from "./digest/parameters.ts";
import { parseAlgorithms } from "./digest/algorithms.ts";
import type { FindPattern } from "./find/pattern.ts";
import type { SearchOptions } from "./find/search_options.ts";
import type { CountJobResult } from "./jobs/count.ts";
import type { HashJobOptions, HashJobResult } from "./jobs/hash.ts";
import type { ProfileJobResult } from "./jobs/profile.ts";
import type {
  GenerateContent,
  GenerateOptions,
  GenerateResult,
} from "./generate/generate.ts";
import type { GenerateKind } from "./generate/kinds.ts";
import type { RunOptions, RunOutcome, RunStats } from "./options.ts";
import type { UpdateOptions, UpdateSummary } from "./update/options.ts";
import { type FilePath, pathText } from "./platform/file_path.ts";

export type { ByteClasses } from "./jobs/profile.ts";
export type { FindPattern } from "./find/pattern.ts";
export type { SearchOptions } from "./find/search_options.ts";

/** What every operation tells of its run. */
export interface FileResult {
  /** Path of the file as text; `"-"` for standard input. */
  readonly file: string;
  /** Bytes of the file. */
  readonly byteLength: number;
  /** How the run was carried out. */
  readonly stats: RunStats;
}

/** Options of {@link hashFile}. */
export interface HashOptions extends RunOptions, DigestParameters {
  /** Names of digests, all computed in one pass; `"all"` stands for every one. Defaults to `["blake3"]`. */
  readonly algorithms?: readonly string[] | undefined;
}

/** Digests of a file. */
export interface HashResult extends FileResult, HashJobResult {}

/** Options of {@link countFile}. */
export interface CountOptions extends RunOptions, SearchOptions {
  /** What to count: how often the patterns occur. Defaults to lines. */
  readonly match?: FindPattern | readonly FindPattern[] | undefined;
}

/** How many lines a file has, or matches. */
export interface CountResult extends FileResult, CountJobResult {}

/** Options of {@link profileFile}. */
export type ProfileOptions = RunOptions;

/** What a file is made of. */
export interface ProfileResult extends FileResult, ProfileJobResult {}

/**
 * Computes digests of a file, with all workers on the same bytes.
 *
 * The digests are the standard ones. Checksums, `blake3` and `btv2` are computed over ranges by all
 * workers; those of uploads (`s3-*`, `glacier`, `dropbox`) over parts, each in one worker; `md5`, `sha1`,
 * `sha256`, `sha512`, `xxh64` and `xxh3` take one worker each. However many there are, each byte is read once.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @returns Digests in lower-case hexadecimal, by name of the algorithm; those of `s3-*` with the count of parts
 * behind a dash.
 * @throws {TypeError} If `path` or an option is of the wrong type.
 * @throws {RangeError} If an algorithm is unknown, an option out of range, or the file of more than 2^24 parts.
 * @throws {SabmapError} If the file cannot be read or changes meanwhile, or a worker fails.
 *
 * @example
 * ```ts
 * import { hashFile } from "sabmap";
 *
 * const { digests } = await hashFile("big.data", { algorithms: ["blake3", "sha256"] });
 * console.log(digests.blake3);
 * ```
 */
export async function hashFile(
  path: FilePath | URL,
  options: HashOptions = {},
): Promise<HashResult> {
  const { algorithms = ["blake3"], partBytes, pieceBytes, blake3, ...run } =
    options;
  const file = checkPath(path);
  const parameters = checkParameters({ partBytes, pieceBytes, blake3 });
  const jobOptions = { algorithms: parseAlgorithms(algorithms), parameters };
  const { result, stats } = await runJob<HashJobOptions, HashJobResult>(
    file,
    { builtin: "hash" },
    jobOptions,
    run,
  );
  const { byteLength } = stats;
  return { file: pathText(file), byteLength, ...result, stats };
}

/**
 * Counts the lines of a file, as `wc -l` does: a last line without a newline does not count. Or counts how often
 * patterns occur, with `match`: then the result is the number of matches that {@link findInFile} would give.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @throws {TypeError} If `path` is of the wrong type.
 * @throws {RangeError} If an option is out of range.
 * @throws {SabmapError} If the file cannot be read or changes meanwhile, or a worker fails.
 *
 * @example
 * ```ts
 * import { countFile } from "sabmap";
 *
 * const { count } = await countFile("big.data", { workers: 4 });
 * const words = await countFile("big.data", { match: ["error", "warning"], ignoreCase: true });
 * ```
 */
export async function countFile(
  path: FilePath | URL,
  options: CountOptions = {},
): Promise<CountResult> {
  const file = checkPath(path);
  const { result, stats } = await runCount(file, options);
  const { byteLength } = stats;
  return { file: pathText(file), byteLength, ...result, stats };
}

async function runCount(
  file: FilePath,
  options: CountOptions,
): Promise<RunOutcome<CountJobResult>> {
  const { match, ignoreCase, overlapping, start, end, ...run } = options;
  const search = { ignoreCase, overlapping, start, end };
  if (match === undefined) {
    checkUnused(search);
    return await runJob(file, { builtin: "count" }, {}, run);
  }
  const { searchJobOptions } = await import("./find/search_options.ts");
  const jobOptions = searchJobOptions(match, search);
  return await runOwnJob({
    path: file,
    job: { builtin: "countMatches" },
    jobOptions,
    options: run,
    internals: { range: jobOptions },
  });
}

/** @throws {TypeError} If an option is given that says how to search, and nothing is searched for. */
function checkUnused(search: SearchOptions): void {
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined) continue;
    throw new TypeError(
      `Cannot count lines with "${name}" as it needs "match": received ${value}`,
    );
  }
}

/**
 * Tells what a file is made of: digest, lines, byte classes, and how entropy varies over it.
 *
 * The regions depend on the file alone: 64 at most, each a power of two long.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @throws {TypeError} If `path` is of the wrong type.
 * @throws {RangeError} If an option is out of range.
 * @throws {SabmapError} If the file cannot be read or changes meanwhile, or a worker fails.
 *
 * @example
 * ```ts
 * import { profileFile } from "sabmap";
 *
 * const { entropy, regions } = await profileFile("big.data");
 * console.log(entropy, Math.max(...regions));
 * ```
 */
export async function profileFile(
  path: FilePath | URL,
  options: ProfileOptions = {},
): Promise<ProfileResult> {
  const file = checkPath(path);
  const { result, stats } = await runJob<
    Record<string, never>,
    ProfileJobResult
  >(
    file,
    { builtin: "profile" },
    {},
    options,
  );
  return { file: pathText(file), ...result, stats };
}

/** Options of {@link processFile}; those of {@link UpdateOptions} for jobs that change their file. */
export interface ProcessOptions<JobOptions = unknown>
  extends RunOptions, UpdateOptions {
  /** What the job's functions get as `options`; structured-cloneable. */
  readonly options?: JobOptions | undefined;
}

/** Result of {@link processFile}. */
export interface ProcessResult<Result> extends FileResult {
  /** What the job's `finish` returned. */
  readonly result: Result;
  /** What was done to the file; absent unless the job's `access` is `"update"`. */
  readonly update?: UpdateSummary;
}

/**
 * Runs a job of your own over a file: a module whose default export is made by {@link defineJob}.
 *
 * The module runs in worker threads only. On Deno they have no permissions, unless
 * `permissions` grants some; this takes `--unstable-worker-options`, or
 * `"unstable": ["worker-options"]` in deno.json.
 *
 * A job whose `access` is `"update"` changes the file: all of its changes come into it, or none, unless `durability`
 * is `"none"`. The file is locked meanwhile, as {@link patchFile} does.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @param job The module: a URL, as `new URL("./job.ts", import.meta.url)`, or a path from the working folder.
 * @returns The job's result, which is structured-cloneable.
 * @throws {TypeError} If an argument is of the wrong type, or the module exports no job.
 * @throws {RangeError} If an option is out of range.
 * @throws {SabmapError} If the file cannot be read or changes meanwhile, or a worker fails. Errors of the
 * job pass through; those of `scan` have the `file` and the `range` of bytes that it was at.
 *
 * @example
 * ```ts
 * import { processFile } from "sabmap";
 *
 * const job = new URL("./sum_by_kind.ts", import.meta.url);
 * const { result } = await processFile("trades.bin", job, { options: { kind: "3" } });
 * ```
 */
export async function processFile<Result = unknown, JobOptions = unknown>(
  path: FilePath | URL,
  job: string | URL,
  options: ProcessOptions<JobOptions> = {},
): Promise<ProcessResult<Result>> {
  const { options: jobOptions, ...given } = options;
  const { durability, keepUndo, breakLinks, anyDevice, dryRun, shown, ...run } =
    given;
  const update = { durability, keepUndo, breakLinks, anyDevice, dryRun, shown };
  const file = checkPath(path);
  const { moduleUrl } = await import("./jobs/module_url.ts");
  const outcome = await runOwnJob<Result>({
    path: file,
    job: { module: moduleUrl(job) },
    jobOptions,
    options: run,
    internals: { update },
  });
  const { byteLength } = outcome.stats;
  return { file: pathText(file), byteLength, ...outcome };
}

/**
 * Writes a file to try things on, made from a seed, the same on every machine and runtime.
 *
 * It is written to a temporary file in the same folder, which takes the name at the end.
 *
 * @throws {RangeError} If kind, size or seed are out of range.
 * @throws {SabmapError} If the file cannot be written; it is then as it was.
 */
export async function generateFile(
  path: FilePath,
  kind: GenerateKind,
  options: GenerateOptions,
): Promise<GenerateResult> {
  // Loaded here, because everybody else's start need not wait for it.
  const generate = await import("./generate/generate.ts");
  const file = checkLocalPath(path, "write a file");
  return await generate.generateFile(file, kind, options);
}

/**
 * Makes the bytes of a generated file, block by block.
 *
 * @returns Blocks of up to 1 MiB; each is valid until the next is asked for. None for an empty file.
 * @throws {RangeError} If kind, size or seed are out of range.
 */
export async function* generateBlocks(
  kind: GenerateKind,
  content: GenerateContent,
): AsyncGenerator<Uint8Array> {
  const generate = await import("./generate/generate.ts");
  yield* generate.generateBlocks(kind, content);
}
