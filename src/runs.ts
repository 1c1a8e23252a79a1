/**
 * The part of the library that works on whole files: all that the commands need. They load this and not
 * mod.ts, whose other parts would take each of them 13 (Bun) to 20 ms (Deno) to load.
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
export type { FilePath } from "./platform/files.ts";
export type { PermissionName } from "./platform/permissions.ts";
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
