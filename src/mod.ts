/**
 * sabmap: what Python does with `mmap`, `memoryview` and `readinto`, on all cores at once.
 *
 * A coordinator puts a file, part by part, into one SharedArrayBuffer; worker threads claim ranges
 * of it with `Atomics` and scan the bytes where they lie.
 *
 * @module
 */
export { SabmapError } from "./errors.ts";
export type { ByteRange, ErrorCode, SabmapErrorOptions } from "./errors.ts";
export type {
  IoMode,
  Progress,
  RunOptions,
  RunOutcome,
  RunStats,
} from "./options.ts";
export { Engine, runJob } from "./engine.ts";
export { defineJob } from "./job.ts";
export type {
  FileInfo,
  Framing,
  Job,
  Lane,
  RangeView,
  WorkerContext,
} from "./job.ts";
export type { Backend, Kernels, Region } from "./kernels/kernels.ts";
export type { FilePath } from "./platform/files.ts";
export type { JobRef } from "./protocol.ts";
export { ALGORITHMS, parseAlgorithms } from "./digest/registry.ts";
export { GENERATE_KINDS } from "./generate/kinds.ts";
export type { GenerateKind } from "./generate/kinds.ts";
export type {
  GenerateContent,
  GenerateOptions,
  GenerateResult,
} from "./generate/generate.ts";
export * from "./operations.ts";
