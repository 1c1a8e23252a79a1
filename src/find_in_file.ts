/**
 * Where patterns occur in a file.
 *
 * @module
 */
import { checkPath } from "./check_path.ts";
import { checkOptions } from "./check_options.ts";
import type { FindPattern } from "./find/pattern.ts";
import type { SearchJobOptions } from "./find/search_job.ts";
import {
  checkCount,
  searchJobOptions,
  type SearchOptions,
} from "./find/search_options.ts";
import type { FindPartial, FoundSection } from "./jobs/find.ts";
import type { RunOptions } from "./options.ts";
import { statPath } from "./platform/files.ts";
import type { FilePath } from "./platform/file_path.ts";
import { isRemote } from "./remote/is_remote.ts";
import { STANDARD_INPUT } from "./source.ts";
import { streamJob, type StreamRequest } from "./stream_job.ts";

/** Options of {@link findInFile}. */
export interface FindOptions extends RunOptions, SearchOptions {
  /** Stop after so many matches. Defaults to all. */
  readonly maxCount?: number | undefined;
  /**
   * Offset of a match, behind which to go on: what comes is what would have come after it. Matches that start
   * there or before are left out.
   */
  readonly resumeFrom?: number | undefined;
}

/** A match. */
export interface FileMatch {
  /** Offset in the file. */
  readonly offset: number;
  /** Bytes of the match. */
  readonly byteLength: number;
  /** Which pattern: its index among those given. */
  readonly pattern: number;
}

/** Neighbouring matches, in file order. Valid until the next batch is asked for. */
export interface MatchBatch {
  /** Offsets in the file: `f64[]`, at least one. */
  readonly offsets: Float64Array;
  /** For each its pattern's index; `undefined` if there is one pattern only. */
  readonly patterns: Uint16Array | undefined;
}

/** Matches as they are found. Each loop over them is a search of its own. */
export interface FileMatches extends AsyncIterable<FileMatch> {
  /** The same, many at a time: for those who look at millions of them. */
  batches(): AsyncGenerator<MatchBatch, void, void>;
}

/**
 * Finds where patterns occur in a file, on all cores, in file order.
 *
 * Matches come while the search goes on, which waits for those who take them: memory stays bounded, whatever there is
 * to find. Leaving the loop ends the search. What must lie in a match as a whole lies between `start` and `end`; of
 * a file, other parts are not read.
 *
 * Matches do not overlap unless `overlapping` says so, and do not depend on workers, segments or `io`.
 *
 * @param path The file, or an `https://` or `s3://` URL of one; `"-"` for standard input. Bytes for a name that is not
 * UTF-8.
 * @param patterns What to look for, up to 4,096 patterns of up to 64 KiB: text, bytes, or `{ hex: "de ad ?? 4?" }`,
 * where `?` stands for any digit.
 * @returns What `for await` goes through. The search starts with the loop; failures come out there:
 * {@link SabmapError} if the file cannot be read or changes meanwhile, or a worker fails.
 * @throws {TypeError} If an argument is of the wrong type.
 * @throws {RangeError} If a pattern is empty or too long, or an option is out of range.
 *
 * @example
 * ```ts
 * import { findInFile } from "sabmap";
 *
 * for await (const { offset } of findInFile("disk.img", { hex: "7f 45 4c 46" })) {
 *   console.log(offset);
 * }
 * ```
 */
export function findInFile(
  path: FilePath | URL,
  patterns: FindPattern | readonly FindPattern[],
  options: FindOptions = {},
): FileMatches {
  const search = checkSearch(path, patterns, options);
  return {
    batches: () => findBatches(search),
    [Symbol.asyncIterator]: () => findOneByOne(search),
  };
}

/** A search whose arguments were checked. */
interface Search {
  readonly path: FilePath;
  readonly job: SearchJobOptions;
  readonly run: RunOptions;
  readonly maxCount: number;
  /** Matches that start at this offset or before are left out. */
  readonly behind: number;
}

function checkSearch(
  path: FilePath | URL,
  patterns: FindPattern | readonly FindPattern[],
  options: FindOptions,
): Search {
  const { maxCount, resumeFrom, ...rest } = options;
  const { ignoreCase, overlapping, start, end, ...run } = rest;
  const how = { ignoreCase, overlapping, start, end };
  const job = searchJobOptions(patterns, how);
  const behind = resumeFrom === undefined
    ? -1
    : checkCount("resumeFrom", resumeFrom);
  return {
    path: checkPath(path),
    // A match's own offset is where a search from the left comes by in any case.
    job: { ...job, start: Math.max(job.start, behind) },
    run,
    maxCount: maxCount === undefined
      ? Infinity
      : checkCount("maxCount", maxCount),
    behind,
  };
}

async function* findOneByOne(
  search: Search,
): AsyncGenerator<FileMatch, void, void> {
  const lengths = search.job.patterns.map(({ values }) => values.length);
  for await (const { offsets, patterns } of findBatches(search)) {
    for (let i = 0; i < offsets.length; i++) {
      const pattern = patterns?.[i] ?? 0;
      const offset = offsets[i] ?? 0;
      yield { offset, byteLength: lengths[pattern] ?? 0, pattern };
    }
  }
}

async function* findBatches(
  { path, job, run, maxCount, behind }: Search,
): AsyncGenerator<MatchBatch, void, void> {
  if (maxCount === 0 || job.start >= job.end) return;
  const taker = new MatchTaker(job, behind);
  let left = maxCount;
  const partials = await startSearch(path, job, run, taker);
  for await (const { end, sections } of partials) {
    for (const section of sections) {
      const batch = taker.take(section, left);
      if (batch.offsets.length > 0) yield batch;
      left -= batch.offsets.length;
      if (left === 0) return;
    }
    taker.decide(end);
    // A stream may have no end, or one that is far.
    if (end >= job.end) return;
  }
}

/** Starts the run. Of a stream, matches come before its segments are full. */
async function startSearch(
  path: FilePath,
  job: SearchJobOptions,
  options: RunOptions,
  taker: MatchTaker,
): Promise<AsyncGenerator<FindPartial, unknown, void>> {
  const request = {
    path,
    job: "find",
    jobOptions: job,
    options,
    range: job,
  } satisfies StreamRequest;
  if (!isPipe(path)) return streamJob(request);
  checkOptions(options);
  const { searchLive } = await import("./find/live_stream.ts");
  return searchLive(request, job, () => taker.place);
}

/** Whether a path names standard input, a pipe or a device: what may be slow, and cannot be read twice. */
function isPipe(path: FilePath): boolean {
  if (path === STANDARD_INPUT) return true;
  if (isRemote(path)) return false;
  try {
    return statPath(path).kind === "stream";
  } catch {
    // The run says what is wrong.
    return false;
  }
}

/** Leaves out what overlaps a match that was taken, from sections in file order (see jobs/find.ts). */
class MatchTaker {
  readonly #lengths: readonly number[];
  readonly #overlapping: boolean;
  readonly #behind: number;
  /** Where the last match that was taken ends. */
  #open = 0;
  /** What starts in front of this offset was taken, or does not count. */
  #decided = 0;
  // Kept from batch to batch: engines do not clear such memory away in time.
  #offsets = new Float64Array(1024);
  #indexes = new Uint16Array(1024);

  constructor({ patterns, overlapping }: SearchJobOptions, behind: number) {
    this.#lengths = patterns.map(({ values }) => values.length);
    this.#overlapping = overlapping;
    this.#behind = behind;
  }

  /** How far it has come. */
  get place(): { readonly decided: number; readonly open: number } {
    return { decided: this.#decided, open: this.#open };
  }

  /** Says that all that starts in front of an offset was given to `take`. */
  decide(end: number): void {
    this.#decided = Math.max(this.#decided, end);
  }

  /** @returns The first of a section's matches that count, up to `countMax`. */
  take(
    { offset: base, starts, patterns }: FoundSection,
    countMax: number,
  ): MatchBatch {
    this.#makeRoom(starts.length);
    const offsets = this.#offsets, indexes = this.#indexes;
    let count = 0;
    for (let i = 0; i < starts.length && count < countMax; i++) {
      const offset = base + starts[i]!;
      if (offset < this.#decided) continue;
      const pattern = patterns === undefined ? 0 : patterns[i]!;
      if (!this.#overlapping) {
        if (offset < this.#open) continue;
        this.#open = offset + this.#lengths[pattern]!;
      }
      if (offset <= this.#behind) continue;
      offsets[count] = offset;
      indexes[count++] = pattern;
    }
    return {
      offsets: offsets.subarray(0, count),
      patterns: patterns && indexes.subarray(0, count),
    };
  }

  #makeRoom(count: number): void {
    if (count <= this.#offsets.length) return;
    const length = Math.max(count, 2 * this.#offsets.length);
    this.#offsets = new Float64Array(length);
    this.#indexes = new Uint16Array(length);
  }
}
