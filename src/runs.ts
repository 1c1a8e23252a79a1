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
export type * from "./trace/types.ts";
export { Engine, runJob } from "./engine.ts";
export type { FilePath } from "./platform/file_path.ts";
export type { PermissionName } from "./platform/permissions.ts";
export type { JobRef } from "./protocol.ts";
export { ALGORITHMS, parseAlgorithms } from "./digest/algorithms.ts";
export { GENERATE_KINDS } from "./generate/kinds.ts";
export type { GenerateKind } from "./generate/kinds.ts";
export type {
  GenerateContent,
  GenerateOptions,
  GenerateResult,
} from "./generate/generate.ts";
export * from "./operations.ts";
export { findInFile } from "./find_in_file.ts";
export type {
  FileMatch,
  FileMatches,
  FindOptions,
  MatchBatch,
} from "./find_in_file.ts";
export {
  findPartBytes,
  type FindPartBytesOptions,
  type UploadParts,
} from "./find_part_bytes.ts";
export {
  type FilesProgress,
  hashFiles,
  type HashFilesOptions,
  type HashOutcome,
  type HashRequest,
  type HashTargets,
} from "./hash_files.ts";
export { benchFile, STRATEGY_TEXTS } from "./bench_file.ts";
export type * from "./bench_file.ts";
export { patchFile, recoverFile, undoPatch } from "./patch_file.ts";
export type {
  Addition,
  ChangeOptions,
  Durability,
  Edit,
  Expectation,
  NumberType,
  PatchOptions,
  PatchPhase,
  PatchProgress,
  PatchResult,
  RecoverOptions,
  RecoverOutcome,
  RecoverResult,
  Replacement,
  ShownEdit,
} from "./patch_file.ts";
export {
  ExpressionError,
  recordColumns,
  recordResult,
  recordRows,
  recordStats,
} from "./record_stats.ts";
export type * from "./record_stats.ts";
export type {
  Blake3Parameters,
  DigestParameters,
} from "./digest/parameters.ts";
export type { PartsInfo } from "./jobs/hash.ts";
export { updateRecords } from "./update_records.ts";
export type {
  SetEdit,
  UpdateRecordsOptions,
  UpdateRecordsResult,
} from "./update_records.ts";
export type { RemoteOptions } from "./remote/types.ts";
export type { UpdateOptions, UpdateSummary } from "./update/options.ts";
