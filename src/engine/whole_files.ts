/**
 * Whole files in one thread, one after the other: what a thread does with its share of many small files.
 *
 * A run of its own for each file (`coordinator.ts`) takes 70 us on Deno and 34 on Bun for SHA-256 of 10 KiB, most
 * of it for plan, arena and kernels; here they are made once, and it takes 18 and 14 (Xeon 2.6 GHz, 2026-11-21).
 * The steps of the job are the same: lanes and scans see the pieces of the file in order, in one thread.
 *
 * @module
 */
import type {
  AnyJob,
  FileInfo,
  Lane,
  PartLane,
  WorkerContext,
} from "../job.ts";
import { createKernels } from "../kernels/load.ts";
import { ArenaLayout, createMemory, sharedBuffer } from "../memory/arena.ts";
import type { FilesControl } from "../memory/files_control.ts";
import {
  type FileStamp,
  openSequential,
  type PathStatus,
  type SequentialFile,
  statPath,
} from "../platform/regular_file.ts";
import { sizeError } from "./fill.ts";
import { describeJob } from "./job_steps.ts";
import { endRunners, joinPartResults } from "./part_results.ts";
import { PartRunner } from "./part_runner.ts";
import { SegmentView } from "./segment_view.ts";

/** Bytes that are read at a time, see `SEGMENT_BYTES_DEFAULT` in plan.ts. */
export const PIECE_BYTES: number = 1024 ** 2;

/** What became of a file that was scanned. */
export interface WholeFile {
  readonly byteLength: number;
  /** Whether its path is a symbolic link. */
  readonly isLink: boolean;
  /** What the job's `finish` returned. */
  readonly result: unknown;
  /** Bytes that were read at a time. */
  readonly segmentBytes: number;
  readonly elapsedMs: number;
}

/** A file that is not for one thread: what it is decides who does it. */
export interface LeftFile {
  /** Its size; `undefined` if it is no regular file, or says 0 and has bytes, as files of `/proc` do. */
  readonly left: number | undefined;
}

/** A lane of either kind that goes through one file. */
interface Reader {
  take(view: SegmentView): void;
  /** Results by name. */
  end(): Record<string, unknown>;
}

function laneReader(
  // deno-lint-ignore no-explicit-any -- a lane's state is its own
  lane: Lane<any, any>,
  context: WorkerContext,
): Reader {
  const state = lane.start(context);
  return {
    take: (view) => lane.update(view, state),
    end: () => ({ [lane.name]: lane.end(state) }),
  };
}

function partReader(lane: PartLane<unknown>, context: WorkerContext): Reader {
  const runner = new PartRunner(lane, context);
  return {
    take: (view) =>
      runner.take(view, view.offset, view.offset + view.byteLength),
    end: () => endRunners([runner], 0),
  };
}

function endReaders(
  readers: readonly Reader[],
  parts: readonly PartLane<unknown>[],
  byteLength: number,
): Record<string, unknown> {
  const results = Object.assign({}, ...readers.map((reader) => reader.end()));
  return joinPartResults(results, { parts, threads: 1 }, byteLength);
}

/** Scans files with one job. It has an arena of its own: a slot of one piece, and the scratch of one worker. */
export class WholeFileScanner {
  readonly #job: AnyJob;
  readonly #options: unknown;
  readonly #buffer: SharedArrayBuffer;
  readonly #address: number;
  readonly #context: WorkerContext;
  readonly #state: unknown;
  // deno-lint-ignore no-explicit-any -- a lane's state is its own
  readonly #lanes: readonly Lane<any, any>[];
  readonly #partLanes: readonly PartLane<unknown>[];

  /**
   * @param job One of ours, whose state holds nothing of a file, as it serves all of them.
   * @param kernels The compiled SIMD kernels; `undefined` for the scalar backend.
   */
  constructor(
    job: AnyJob,
    options: unknown,
    kernels: WebAssembly.Module | undefined,
  ) {
    const { scratchBytes } = describeJob(job, options);
    const layout = new ArenaLayout({
      workers: 1,
      scratchBytes: Math.ceil(scratchBytes / 64) * 64,
      slots: 1,
      segmentBytes: PIECE_BYTES,
      leadBytes: 0,
      trailBytes: 0,
    });
    const memory = createMemory(layout);
    this.#job = job;
    this.#options = options;
    this.#buffer = sharedBuffer(memory);
    this.#address = layout.segmentAddress(0);
    this.#context = {
      index: 0,
      count: 1,
      memory,
      kernels: createKernels(memory, kernels, layout.kernelScratch(0)),
      scratch: layout.jobScratch(0),
      file: { path: "", byteLength: undefined },
    };
    this.#state = job.start(options, this.#context);
    this.#lanes = job.lanes?.(options) ?? [];
    this.#partLanes = job.partLanes?.(options) ?? [];
  }

  /**
   * Scans a file, unless it is larger than `bytesMax` or no regular file.
   *
   * @returns `undefined` if `control` was aborted meanwhile.
   * @throws {SabmapError} If the file cannot be read, or changed while it was.
   */
  scan(
    path: string,
    bytesMax: number,
    control: FilesControl,
  ): WholeFile | LeftFile | undefined {
    const startedAt = performance.now();
    const status = statPath(path);
    if (!status.isRegular) return { left: undefined };
    if (status.byteLength > bytesMax) return { left: status.byteLength };
    const file = openSequential(path);
    try {
      if (status.byteLength === 0 && this.#hasBytes(file)) {
        return { left: undefined };
      }
      const info = { path, byteLength: status.byteLength };
      const result = this.#scanOpen(file, info, control);
      if (control.aborted) return undefined;
      // What came in one piece, with its end, is what the file was at that moment.
      if (status.byteLength >= PIECE_BYTES) {
        checkUnchanged(path, status, file.stamp());
      }
      const elapsedMs = performance.now() - startedAt;
      return {
        byteLength: status.byteLength,
        isLink: status.isLink,
        result,
        segmentBytes: PIECE_BYTES,
        elapsedMs,
      };
    } finally {
      file.close();
    }
  }

  #hasBytes(file: SequentialFile): boolean {
    return file.read(new Uint8Array(this.#buffer, this.#address, 1)) > 0;
  }

  #scanOpen(
    file: SequentialFile,
    info: FileInfo,
    control: FilesControl,
  ): unknown {
    const readers = this.#startReaders(info);
    let partial: unknown;
    for (let offset = 0; offset < info.byteLength; offset += PIECE_BYTES) {
      if (control.aborted) return undefined;
      const view = this.#readPiece(file, info, offset);
      for (const reader of readers) reader.take(view);
      const next = this.#job.scan(view, this.#state);
      partial = offset === 0 ? next : this.#job.merge(partial, next);
      control.addBytes(view.byteLength);
    }
    const results = endReaders(readers, this.#partLanes, info.byteLength);
    return this.#job.finish(partial, info, results, this.#options);
  }

  /** What must see all pieces in order, beside the scan. */
  #startReaders(info: FileInfo): Reader[] {
    const context = { ...this.#context, file: info };
    const lanes = this.#lanes.map((lane) => laneReader(lane, context));
    const parts = this.#partLanes.map((lane) => partReader(lane, context));
    return [...lanes, ...parts];
  }

  /** @throws {SabmapError} `ERR_FILE_SHRANK` if the file ends before the piece does, `ERR_FILE_GREW` if the last one goes on. */
  #readPiece(
    file: SequentialFile,
    { path, byteLength }: FileInfo,
    offset: number,
  ): SegmentView {
    const length = Math.min(PIECE_BYTES, byteLength - offset);
    // A byte more, where there is room, shows that the file has grown, and takes no call of its own.
    const room = Math.min(PIECE_BYTES, length + 1);
    let filled = 0;
    for (let count = -1; filled < length && count !== 0; filled += count) {
      const start = this.#address + filled;
      count = file.read(new Uint8Array(this.#buffer, start, room - filled));
    }
    if (filled !== length) {
      const is = file.stamp().byteLength, was = byteLength;
      throw sizeError(path, { was, is, at: offset + Math.min(filled, length) });
    }
    return new SegmentView(
      {
        buffer: this.#buffer,
        framing: undefined,
        search: undefined,
        filler: undefined,
      },
      {
        index: offset / PIECE_BYTES,
        offset,
        byteLength: length,
        address: this.#address,
        before: 0,
        after: 0,
        afterMax: 0,
        entry: undefined,
        isWhole: length === byteLength,
      },
    );
  }
}

/** As `Source.checkUnchanged`; the look at the path before the opening stands for one at the open file. */
function checkUnchanged(
  path: string,
  before: PathStatus,
  after: FileStamp,
): void {
  if (
    after.byteLength === before.byteLength &&
    after.modifiedMs === before.modifiedMs && after.inode === before.inode
  ) return;
  const at = Math.min(before.byteLength, after.byteLength);
  throw sizeError(path, { was: before.byteLength, is: after.byteLength, at });
}
