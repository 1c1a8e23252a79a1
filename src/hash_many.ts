/**
 * How digests of many files are computed, behind `hashFiles`.
 *
 * @module
 */
import { checkParameters } from "./digest/parameters.ts";
import { parseAlgorithms, SERIAL_ALGORITHMS } from "./digest/algorithms.ts";
import { areLoaded, loadDigests } from "./digest/registry.ts";
import { checkPath } from "./check_path.ts";
import { checkOptions } from "./check_options.ts";
import { Engine } from "./engine.ts";
import type { FileEntry } from "./engine/file_dispatch.ts";
import { loadJob } from "./jobs/load.ts";
import type { HashJobOptions, HashJobResult } from "./jobs/hash.ts";
import { chooseBackend } from "./kernels/load.ts";
import type {
  HashFilesOptions,
  HashOutcome,
  HashRequest,
  HashTargets,
} from "./hash_files.ts";
import { FileWindow } from "./many_files.ts";
import { hashFile, type HashOptions, type HashResult } from "./operations.ts";
import { noteHotJournal } from "./patch/hot_journal.ts";
import { INLINE_BYTES_DEFAULT } from "./plan.ts";
import { type FilePath, pathText } from "./platform/file_path.ts";
import { cpuCount } from "./platform/platform.ts";
import type { JobRef } from "./protocol.ts";

/**
 * Files up to this size are done by one worker each: of files of 4 to 15 MiB that takes 0.7 to 0.9 of the time in
 * which both workers share each (medians of 9 pairs on Deno, BLAKE3, on a busy 2-core Xeon, 2026-11-21). Larger ones
 * are shared, so that the last of them is not one worker's alone.
 */
const WHOLE_BYTES_MAX = 16 * 1024 ** 2;

const HASH: JobRef = { builtin: "hash" };

/** Does what `hashFiles` says. */
export async function* hashMany(
  targets: HashTargets,
  options: HashFilesOptions,
): AsyncGenerator<HashOutcome> {
  const { workers = cpuCount(), inlineBytes = INLINE_BYTES_DEFAULT } = options;
  checkOptions({ ...options, onProgress: undefined });
  checkTargets(targets);
  const engine = options.engine ?? new Engine();
  const maker = new EntryMaker(options, engine);
  await loadJob(HASH, maker.jobOptions);
  const files = new FileWindow<HashResult>({
    engine,
    workers,
    inlineBytes,
    callerScans: options.callerScans === true,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  try {
    files.take(targets, (target) => maker.entry(target));
    for (let slot; (slot = await files.next()) !== undefined;) {
      yield { path: slot.entry.path, ...slot.outcome };
    }
  } finally {
    await files.end();
    if (options.engine === undefined) await engine.close();
  }
}

/** What files with the same options have in common. */
interface Recipe {
  readonly options: HashOptions;
  readonly jobOptions: HashJobOptions;
  readonly key: string;
  readonly wholeBytesMax: number;
}

/** Makes entries of targets. */
class EntryMaker {
  readonly #engine: Engine;
  readonly #options: HashOptions;
  readonly #common: Recipe;
  readonly #backend = chooseBackend();

  /** @throws {TypeError | RangeError} If an option is wrong. */
  constructor({ onProgress: _, ...options }: HashFilesOptions, engine: Engine) {
    this.#engine = engine;
    this.#options = options;
    this.#common = recipe(options);
  }

  /** Those of targets that have none of their own. */
  get jobOptions(): HashJobOptions {
    return this.#common.jobOptions;
  }

  /**
   * Makes an entry, whose digests this thread has: it may be the one that computes them.
   *
   * @returns A promise only where some have to be loaded first.
   * @throws {TypeError} If the target is none.
   */
  entry(
    target: FilePath | URL | HashRequest,
  ): FileEntry<HashResult> | Promise<FileEntry<HashResult>> {
    if (isPath(target)) return this.#make(target, this.#common);
    const { path, ...options } = checkRequest(target);
    const own = recipe({ ...this.#options, ...options });
    const { algorithms } = own.jobOptions;
    if (areLoaded(algorithms)) return this.#make(path, own);
    return loadDigests(algorithms).then(() => this.#make(path, own));
  }

  #make(target: FilePath | URL, recipe: Recipe): FileEntry<HashResult> {
    const path = checkPath(target);
    const { jobOptions, key, wholeBytesMax } = recipe;
    return {
      path,
      job: HASH,
      jobOptions,
      key,
      wholeBytesMax,
      finish: (
        { byteLength, isLink, result, elapsedMs, segmentBytes },
        workers,
      ) => {
        noteHotJournal(path, recipe.options.onNote, isLink);
        return {
          file: pathText(path),
          byteLength,
          // The hash job's own result, which has come back from a thread.
          ...result as HashJobResult,
          stats: {
            io: "stream",
            workers,
            segmentBytes,
            backend: this.#backend,
            byteLength,
            elapsedMs,
          },
        };
      },
      run: (onProgress, signal) =>
        hashFile(path, {
          ...recipe.options,
          engine: this.#engine,
          onProgress,
          signal,
        }),
    };
  }
}

function recipe(options: HashOptions): Recipe {
  const { algorithms = ["blake3"], io = "auto", segmentBytes, onTrace } =
    options;
  const { partBytes, pieceBytes, blake3 } = options;
  const parameters = { partBytes, pieceBytes, blake3 };
  checkParameters(parameters);
  const jobOptions = { algorithms: parseAlgorithms(algorithms), parameters };
  // Whoever says how a file is to be read, or wants to see how it is, gets that.
  const isPlain = io === "auto" && segmentBytes === undefined &&
    onTrace === undefined;
  const isSerial = jobOptions.algorithms.every((name) =>
    SERIAL_ALGORITHMS.includes(name)
  );
  return {
    options,
    jobOptions,
    key: JSON.stringify(jobOptions),
    wholeBytesMax: !isPlain ? -1 : isSerial ? Infinity : WHOLE_BYTES_MAX,
  };
}

function isPath(target: unknown): target is FilePath | URL {
  return typeof target === "string" || target instanceof Uint8Array ||
    target instanceof URL;
}

function checkRequest(target: unknown): HashRequest {
  if (typeof target === "object" && target !== null && "path" in target) {
    const request = target as HashRequest;
    if (isPath(request.path)) return request;
  }
  throw new TypeError(
    `Cannot hash a file as a target must be a path, a file URL or an object with a "path": received ${typeof target}`,
  );
}

/** @throws {TypeError} If `targets` is one path, or no list. */
function checkTargets(targets: unknown): void {
  const isList = typeof targets === "object" && targets !== null &&
    !(targets instanceof Uint8Array) &&
    (Symbol.iterator in targets || Symbol.asyncIterator in targets);
  if (isList) return;
  throw new TypeError(
    `Cannot hash files as "targets" must be a list of them: received ${typeof targets}`,
  );
}
