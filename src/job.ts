/**
 * The job interface: what is done to the ranges of a file.
 *
 * A job is cut into five steps so that any number of workers can share the file:
 * `start` once per worker, `scan` once per segment, `merge` for two neighbouring
 * partials, `finish` once. Work that has to see the bytes in order (a serial digest)
 * goes into a {@link Lane} instead of `scan`.
 *
 * The result must not depend on worker count, segment size, `--io`, runtime,
 * backend or claim order.
 *
 * @module
 */
import type { FramedRecord, RecordFraming, Records } from "./binary/framing.ts";
import type {
  LayoutRecords,
  ReadonlyCursor,
  RecordLayout,
} from "./binary/record.ts";
import type { Kernels, Region } from "./kernels/kernels.ts";

/** How many bytes around a segment a job needs to read to finish the records that start in it. */
export interface Framing {
  /** Neighbour bytes wanted in front of each segment. */
  readonly before: number;
  /** Neighbour bytes wanted behind each segment. */
  readonly after: number;
}

/** Framing of a job that looks at bytes, not records. */
export const NO_FRAMING: Framing = { before: 0, after: 0 };

/** What is known of the file of a run. `byteLength` is `undefined` while a stream has not ended. */
export interface FileInfo<Length extends number | undefined = number> {
  /** As it was given; `-` for standard input. */
  readonly path: string;
  /** Bytes of the file. */
  readonly byteLength: Length;
}

/** What a worker gives to the code of a job. */
export interface WorkerContext {
  /** Which worker this is, `0 <= index < count`. */
  readonly index: number;
  /** How many workers scan. */
  readonly count: number;
  /** The arena of the run. */
  readonly memory: WebAssembly.Memory;
  /** Kernels over that memory. */
  readonly kernels: Kernels;
  /** The job's `scratchBytes` of the arena, which only this worker's job code uses: 64-byte aligned, not zeroed. */
  readonly scratch: Region;
  /** What is known of the file. */
  readonly file: FileInfo<number | undefined>;
}

/**
 * One segment of the file, where it lies in the arena. No copy.
 *
 * Valid until `scan` (or a lane's `update`) returns; the slot is then filled anew.
 */
export interface RangeView {
  /** Which segment this is, in file order from 0. */
  readonly index: number;
  /** Offset in the file of the first byte. */
  readonly offset: number;
  /** Bytes of the segment. */
  readonly byteLength: number;
  /** Byte offset in the arena of the first byte. */
  readonly address: number;
  /** Neighbour bytes that can be read before `address`. */
  readonly before: number;
  /** Neighbour bytes that can be read after the last byte. */
  readonly after: number;
  /** `u8[byteLength]`, shared. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /**
   * Makes at least so many bytes behind the segment readable, as far as the framing's `after` goes.
   *
   * @returns How many there are now, `after`; fewer than asked for where the file ends.
   * @throws {SabmapError} If the file cannot be read.
   */
  extend(byteCount: number): number;
  /**
   * The records that start in this segment, by the job's framing.
   *
   * @throws {TypeError} If the job's framing knows no records.
   * @throws {SabmapError} While going through them, if the bytes are no records, with the offset.
   */
  records(): Records<FramedRecord>;
  /**
   * The records that start in this segment, with their type.
   *
   * @param framing The job's framing.
   */
  records<Record extends FramedRecord>(
    framing: RecordFraming<Record>,
  ): Records<Record>;
  /**
   * The records as cursors of a layout, which only load.
   *
   * @throws {TypeError} If the job's framing is not `fixed(layout.size)`.
   */
  records<Fields>(
    layout: RecordLayout<Fields>,
  ): LayoutRecords<ReadonlyCursor<Fields>>;
  /**
   * The lines that start in this segment, or whatever else `delimited()` tells apart.
   *
   * @throws {TypeError} If the job's framing is not delimited.
   */
  lines(): Records<FramedRecord>;
}

/** Work that sees every segment of the file, in file order, in one worker. */
export interface Lane<State, Result> {
  /** Under which `finish` finds the result. */
  readonly name: string;
  /** Called once, in the lane's worker. */
  start(worker: WorkerContext): State;
  /** Called for each segment, in file order. */
  update(range: RangeView, state: State): void;
  /** Called once, after the last segment; also when there was none. */
  end(state: State): Result;
}

/** What is done to the segments of a file. Partials and lane results must be structured-cloneable. */
export interface Job<Options, State, Partial, Result> {
  /** For messages. */
  readonly name: string;
  /** How records are told apart, or which neighbour bytes are wanted. Defaults to no neighbour bytes. */
  framing?(options: Options): Framing;
  /** Serial work beside `scan`, each lane in one worker. Defaults to none. */
  // deno-lint-ignore no-explicit-any
  lanes?(options: Options): readonly Lane<any, any>[];
  /**
   * Bytes of the arena that each worker gets as scratch. Defaults to `JOB_SCRATCH_BYTES`, and is never less.
   *
   * What is not touched takes address space only; all of the arena is 4 GiB at most.
   */
  scratchBytes?(options: Options): number;
  /** Called once in each worker. */
  start(options: Options, worker: WorkerContext): State;
  /** Called for each segment, in any order. What starts in the segment is its own. */
  scan(range: RangeView, state: State): Partial;
  /** Joins two neighbours, `left` in front of `right`. Associative. */
  merge(left: Partial, right: Partial): Partial;
  /**
   * Makes the result, which is structured-cloneable. Called once.
   *
   * @param partial All of the file; `undefined` when the file is empty.
   * @param lanes Results of the lanes, by name.
   */
  finish(
    partial: Partial | undefined,
    file: FileInfo,
    lanes: Readonly<Record<string, unknown>>,
    options: Options,
  ): Result;
}

/** Bytes of arena scratch that each worker's job code gets where the job asks for no more. */
export const JOB_SCRATCH_BYTES: number = 256 * 1024;

/**
 * Names the type of a job, so that its options, partial and result are checked against each other.
 *
 * @example
 * ```ts
 * export default defineJob({
 *   name: "zeros",
 *   start: (_options: unknown, worker) => worker,
 *   scan: (range, worker) => worker.kernels.countByte(range.address, range.byteLength, 0),
 *   merge: (left: number, right: number) => left + right,
 *   finish: (partial) => partial ?? 0,
 * });
 * ```
 */
export function defineJob<Options, State, Partial, Result>(
  job: Job<Options, State, Partial, Result>,
): Job<Options, State, Partial, Result> {
  return job;
}

/** A job whose type parameters have been forgotten, as the engine handles it. */
// deno-lint-ignore no-explicit-any
export type AnyJob = Job<any, any, any, any>;
