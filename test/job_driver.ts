/**
 * Runs a job as the engine does, in one thread and in the worst order that it may.
 *
 * Segments are scanned in shuffled order by two workers, one on each backend, chosen at random.
 * Each has a slot of its own, in which rubbish lies before and behind the segment. Partials cross
 * a thread by structured clone, and neighbours are merged in random association.
 *
 * @module
 */
import type { RecordFraming } from "../src/binary/framing.ts";
import { SegmentView } from "../src/engine/segment_view.ts";
import type { AnyJob, PartLane, RangeView, WorkerContext } from "../src/job.ts";
import { JOB_SCRATCH_BYTES } from "../src/job.ts";
import {
  KERNEL_SCRATCH_BYTES,
  type Kernels,
  type Region,
} from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";

const MIB = 1024 ** 2;

/** Longest segment that fits into the driver's arena. */
export const SEGMENT_BYTES_MAX = 4 * MIB;

const WORKERS = 2;

/** Place of worker 0's scratch; that of worker 1 follows. */
const SCRATCH_OFFSET = 64 * 1024;

/** Place of worker 0's slot, which is odd so that no kernel can count on alignment. */
const SLOT_OFFSET = MIB + 5;

const SLOT_BYTES = SEGMENT_BYTES_MAX + 4096;

const RUBBISH = 0xa5;

/** How a run is cut and shuffled. */
export interface DriveOptions {
  readonly segmentBytes: number;
  readonly seed: number;
  /** Whether workers are told the length of the file. Defaults to true. */
  readonly isLengthKnown?: boolean;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that depend on the seed alone. */
export function seededBytes(byteLength: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from(
    { length: byteLength },
    () => Math.floor(random() * 256),
  );
}

/** An arena with kernels, for as many runs as a test likes. */
export class JobDriver {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly #kernels: readonly [simd: Kernels, scalar: Kernels];

  constructor() {
    const pages = Math.ceil((SLOT_OFFSET + WORKERS * SLOT_BYTES) / 65536);
    this.memory = new WebAssembly.Memory({
      initial: pages,
      maximum: pages,
      shared: true,
    });
    this.bytes = new Uint8Array(
      this.memory.buffer as unknown as SharedArrayBuffer,
    );
    this.#kernels = [
      createKernels(this.memory, compileKernels(), {
        byteOffset: 0,
        byteLength: KERNEL_SCRATCH_BYTES,
      }),
      createKernels(this.memory, undefined, {
        byteOffset: 0,
        byteLength: KERNEL_SCRATCH_BYTES,
      }),
    ];
  }

  /** What worker `index`, 0 or 1, gives to a job. */
  context(index: number, byteLength: number | undefined): WorkerContext {
    return {
      index,
      count: WORKERS,
      memory: this.memory,
      kernels: this.#kernels[index]!,
      scratch: this.scratch(index),
      file: { path: "test", byteLength },
    };
  }

  scratch(index: number): Region {
    return {
      byteOffset: SCRATCH_OFFSET + index * JOB_SCRATCH_BYTES,
      byteLength: JOB_SCRATCH_BYTES,
    };
  }

  /** What tells the records of segments apart. */
  get framing(): RecordFraming | undefined {
    return undefined;
  }

  /** Puts segment `index` into the slot of a worker, with rubbish around it. */
  place(
    part: Uint8Array,
    offset: number,
    worker = 0,
    index = 0,
    isWhole = false,
  ): RangeView {
    const address = SLOT_OFFSET + worker * SLOT_BYTES;
    const byteLength = part.length;
    this.bytes.fill(RUBBISH, address - 64, address + byteLength + 1024);
    this.bytes.set(part, address);
    const { buffer } = this.bytes;
    const source = {
      buffer,
      framing: this.framing,
      search: undefined,
      filler: undefined,
    };
    return new SegmentView(source, {
      index,
      offset,
      byteLength,
      address,
      before: 0,
      after: 0,
      afterMax: 0,
      entry: undefined,
      isWhole,
    });
  }

  /** Runs a job over `input`. */
  run<Result>(
    job: AnyJob,
    input: Uint8Array,
    options: unknown,
    drive: DriveOptions,
  ): Result {
    const file = { path: "test", byteLength: input.length };
    const random = seededRandom(drive.seed);
    const partials = this.#scanAll(job, input, options, { ...drive, random });
    const lanes = {
      ...this.#runLanes(job, input, options, drive),
      ...this.#runPartLanes(job, input, options, { ...drive, random }),
    };
    return job.finish(mergeAll(job, partials, random), file, lanes, options);
  }

  #scanAll(
    job: AnyJob,
    input: Uint8Array,
    options: unknown,
    { segmentBytes, random, isLengthKnown = true }: DriveOptions & {
      random: () => number;
    },
  ): unknown[] {
    const byteLength = isLengthKnown ? input.length : undefined;
    const states = [0, 1].map((index) =>
      job.start(options, this.context(index, byteLength))
    );
    const partials: unknown[] = [];
    for (
      const index of shuffled(Math.ceil(input.length / segmentBytes), random)
    ) {
      const worker = Math.floor(random() * WORKERS);
      const offset = index * segmentBytes;
      const part = input.subarray(offset, offset + segmentBytes);
      const range = this.place(part, offset, worker, index);
      partials[index] = structuredClone(job.scan(range, states[worker]));
    }
    return partials;
  }

  /** Parts come to two workers in any order, each in pieces of up to a segment. */
  #runPartLanes(
    job: AnyJob,
    input: Uint8Array,
    options: unknown,
    { segmentBytes, random }: DriveOptions & { random: () => number },
  ): Record<string, unknown> {
    const results: Record<string, Uint8Array> = {};
    for (const lane of job.partLanes?.(options) ?? []) {
      const { name, partBytes, resultBytes } = lane;
      const states = [0, 1].map((index) =>
        lane.start(this.context(index, input.length))
      );
      const count = Math.ceil(input.length / partBytes);
      const joined = new Uint8Array(count * resultBytes);
      for (const part of shuffled(count, random)) {
        const worker = Math.floor(random() * WORKERS);
        const bytes = input.subarray(part * partBytes, (part + 1) * partBytes);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length;) {
          const piece = bytes.subarray(at, at + 1 + random() * segmentBytes);
          pieces.push(piece);
          at += piece.length;
        }
        const result = this.#runPart(lane, pieces, states[worker], worker);
        joined.set(result, part * resultBytes);
      }
      results[name] = joined;
    }
    return results;
  }

  #runPart(
    lane: PartLane<unknown>,
    pieces: readonly Uint8Array[],
    state: unknown,
    worker: number,
  ): Uint8Array {
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined && lane.whole) {
      return lane.whole(this.place(first, 0, worker), state);
    }
    for (const piece of pieces) {
      lane.update(this.place(piece, 0, worker), state);
    }
    return lane.end(state);
  }

  #runLanes(
    job: AnyJob,
    input: Uint8Array,
    options: unknown,
    { segmentBytes, isLengthKnown = true }: DriveOptions,
  ): Record<string, unknown> {
    const context = this.context(0, isLengthKnown ? input.length : undefined);
    const lanes = (job.lanes?.(options) ?? []).map((lane) => ({
      lane,
      state: lane.start(context),
    }));
    for (let offset = 0; offset < input.length; offset += segmentBytes) {
      const part = input.subarray(offset, offset + segmentBytes);
      for (const { lane, state } of lanes) {
        lane.update(this.place(part, offset), state);
      }
    }
    return Object.fromEntries(
      lanes.map((
        { lane, state },
      ) => [lane.name, structuredClone(lane.end(state))]),
    );
  }
}

/** Merges neighbours, any pair first. */
export function mergeAll<Partial>(
  job: { merge(left: Partial, right: Partial): Partial },
  partials: readonly Partial[],
  random: () => number,
): Partial | undefined {
  const rest = [...partials];
  while (rest.length > 1) {
    const at = Math.floor(random() * (rest.length - 1));
    rest.splice(at, 2, structuredClone(job.merge(rest[at]!, rest[at + 1]!)));
  }
  return rest[0];
}

function shuffled(count: number, random: () => number): number[] {
  const indices = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [indices[i], indices[j]] = [indices[j]!, indices[i]!];
  }
  return indices;
}
