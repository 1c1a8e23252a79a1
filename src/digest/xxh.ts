/**
 * XXH64 and XXH3 (64 bits, seed 0) of a file, as `xxhsum -H1` and `xxhsum -H3` print them.
 *
 * Serial: each step needs the one before, so a file has one worker for each; the kernels take 16 to 21 GB/s.
 *
 * @module
 */
import type { Lane, WorkerContext } from "../job.ts";
import {
  bindChecksums,
  type ChecksumKernels,
  XXH_STATE_BYTES,
  type XxhName,
} from "../kernels/checksums.ts";
import type { SerialDigest } from "./digest.ts";

/** A serial digest whose state lies in the arena: `lane.start` takes the worker's scratch as its own. */
export interface ScratchSerialDigest extends SerialDigest {
  /** Bytes of scratch that it wants, 64-byte aligned. */
  readonly scratchBytes: number;
}

/** A hash that has begun, in one worker. */
interface RunningXxh {
  readonly kernels: ChecksumKernels;
  /** Byte offset in the arena. */
  readonly state: number;
}

/** XXH64, in 16 digits. */
export const xxh64: ScratchSerialDigest = xxhDigest("xxh64");

/** XXH3 of 64 bits, in 16 digits. */
export const xxh3: ScratchSerialDigest = xxhDigest("xxh3");

function xxhDigest(name: XxhName): ScratchSerialDigest {
  return {
    kind: "serial",
    name,
    scratchBytes: XXH_STATE_BYTES,
    lane: xxhLane(name),
  };
}

function xxhLane(name: XxhName): Lane<RunningXxh, string> {
  return {
    name,
    start: (worker) => startXxh(name, worker),
    update: ({ address, byteLength }, { kernels, state }) =>
      kernels.xxhUpdate(name, state, address, byteLength),
    end: ({ kernels, state }) =>
      kernels.xxhEnd(name, state).toString(16).padStart(16, "0"),
  };
}

function startXxh(name: XxhName, worker: WorkerContext): RunningXxh {
  const kernels = bindChecksums(worker);
  const state = worker.scratch.byteOffset;
  kernels.xxhStart(name, state);
  return { kernels, state };
}
