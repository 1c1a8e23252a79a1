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
  Cursor,
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
  /** True where the segment is known to be all of the file, so that nothing will be merged with its partial. */
  readonly isWhole?: boolean | undefined;
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
   * As {@link RangeView.records} of a layout, with cursors that store as well: what is set is changed in the file.
   *
   * @throws {TypeError} If the job's `access` is not `"update"`, or its framing is not `fixed(layout.size)`.
   */
  writableRecords<Fields>(
    layout: RecordLayout<Fields>,
  ): LayoutRecords<Cursor<Fields>>;
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

/** Bytes of one part of a file, where they lie in the arena. No copy; valid as a {@link RangeView} is. */
export interface PartPiece {
  /** Byte offset in the arena of the first byte. */
  readonly address: number;
  /** Bytes of the piece, at least 1. */
  readonly byteLength: number;
  /** `u8[byteLength]`, shared. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/**
 * Work on parts of the file, all of equal length but the last, each of which one worker sees in order.
 *
 * What a lane is to the file, this is to each part; several parts are worked on at once.
 */
export interface PartLane<State> {
  /** Under which `finish` finds the results: a `Uint8Array` of all of them, in file order. */
  readonly name: string;
  /** Length of a part, any number of bytes from 1 on. */
  readonly partBytes: number;
  /** Length of the result of a part. */
  readonly resultBytes: number;
  /** Called once in each worker. */
  start(worker: WorkerContext): State;
  /** Called for the pieces of a part, in file order. */
  update(piece: PartPiece, state: State): void;
  /** Called after the last piece of a part. @returns Its result, `u8[resultBytes]`, and leaves the state for another part. */
  end(state: State): Uint8Array;
  /** As `update` and `end` in one, for a part that lies in one piece. Defaults to the two. */
  whole?(piece: PartPiece, state: State): Uint8Array;
  /** For work that takes less time on several parts at once than on one after the other. */
  readonly inStep?: PartsInStep<State> | undefined;
}

/** Work on several parts of equal length at once, with the state of a lane between two of its parts. */
export interface PartsInStep<State> {
  /** How many parts, at least 2. */
  readonly count: number;
  /**
   * Called for pieces of `count` parts that are as long as each other and from the same place of each, in
   * file order. They have a multiple of 64 bytes but where their parts end.
   */
  update(pieces: readonly PartPiece[], state: State): void;
  /** Called after the last pieces. @returns Results in the order of the pieces, `u8[count, resultBytes]`. */
  end(state: State): Uint8Array;
}

/** What is done to the segments of a file. Partials and lane results must be structured-cloneable. */
export interface Job<Options, State, Partial, Result> {
  /** For messages. */
  readonly name: string;
  /**
   * `"update"` for a job that stores into the bytes that `scan` is given; what it has stored is then in the file.
   * Defaults to `"read"`.
   *
   * Whose bytes are whose: a record is changed by the segment in which it **starts**, all of it, also what lies
   * behind the segment's end (`extend` makes it readable first). Where the framing knows no records, a segment's
   * own `[address, address + byteLength)` is changed and nothing else. Whatever else can be read around a segment
   * must be left as it is. What tells records apart (delimiters, quotes, lengths) must stay. No lanes.
   *
   * With `durability` `journal` and `copy` all bytes that a run reads are those of the file before it. With
   * `none`, neighbour bytes may be old or new, and words that several workers touch take `Atomics` and `io: "map"`.
   */
  readonly access?: "read" | "update";
  /**
   * Called and awaited in each thread before any other step of a run: loads what these options ask for.
   * Defaults to nothing.
   */
  prepare?(options: Options): void | Promise<void>;
  /** How records are told apart, or which neighbour bytes are wanted. Defaults to no neighbour bytes. */
  framing?(options: Options): Framing;
  /**
   * Whether a record that the end of the file cuts off is left to `scan`, which meets it, to make something of.
   * Defaults to false: the run fails.
   */
  skipsCutRecords?(options: Options): boolean;
  /** Serial work beside `scan`, each lane in one worker. Defaults to none. */
  // deno-lint-ignore no-explicit-any
  lanes?(options: Options): readonly Lane<any, any>[];
  /** Work on parts of the file beside `scan`. Defaults to none. */
  // deno-lint-ignore no-explicit-any
  partLanes?(options: Options): readonly PartLane<any>[];
  /**
   * Where segments start, if not at multiples of their length: at multiples of so many bytes, a power
   * of two. Lets segments follow parts of odd lengths. Defaults to `SEGMENT_ALIGN_BYTES`, and is never more.
   */
  alignBytes?(options: Options): number;
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
   * As {@link merge}, and with the same result, where one worker has scanned both: what it keeps may make that
   * faster. Defaults to `merge`.
   */
  mergeHere?(left: Partial, right: Partial, state: State): Partial;
  /**
   * How much memory a partial takes, for jobs whose partials a consumer takes one by one (stream_job.ts)
   * and can be large: scanning holds back while too much waits. Defaults to nothing.
   */
  heldBytes?(partial: Partial): number;
  /**
   * Called once in each worker, when no segment is left: gives what the worker has gathered over all
   * the segments that happened to be its own, such as a table of groups. Defaults to nothing.
   *
   * `finish` finds it among the lanes, as `worker 0`, `worker 1` and so on ({@link workerResults});
   * which segments went into which is chance.
   */
  end?(state: State): unknown;
  /**
   * Makes the result, which is structured-cloneable. Called once.
   *
   * @param partial All of the file; `undefined` when the file is empty.
   * @param lanes Results of the lanes and part lanes, by name.
   */
  finish(
    partial: Partial | undefined,
    file: FileInfo,
    lanes: Readonly<Record<string, unknown>>,
    options: Options,
  ): Result;
}

/** Under which name `finish` finds what a worker's {@link Job.end} gave. */
export function workerResultName(index: number): string {
  return `worker ${index}`;
}

/** What {@link Job.end} gave in each worker. */
export function workerResults(
  lanes: Readonly<Record<string, unknown>>,
): unknown[] {
  const results: unknown[] = [];
  for (let index = 0; workerResultName(index) in lanes; index++) {
    results.push(lanes[workerResultName(index)]);
  }
  return results;
}

/** Segments start at multiples of this wherever the job does not say that less will do. */
export const SEGMENT_ALIGN_BYTES: number = 64 * 1024;

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
