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
// Bytes: formats, layouts, framings, text
export { checksum, CHECKSUM_NAMES, crc16 } from "./binary/checksums.ts";
export type * from "./binary/checksums.ts";
export { decodeText } from "./binary/decode_text.ts";
export type * from "./binary/decode_text.ts";
export { encodeText } from "./binary/encode_text.ts";
export { delimited } from "./binary/delimited.ts";
export type { DelimitedOptions } from "./binary/delimited.ts";
export type { ElementValue } from "./binary/element.ts";
export { fixed } from "./binary/fixed_framing.ts";
export type { FixedOptions } from "./binary/fixed_framing.ts";
export type * from "./binary/framing.ts";
export { hexdump, hexdumpLines } from "./binary/hexdump.ts";
export type { HexdumpOptions } from "./binary/hexdump.ts";
export { lengthPrefixed } from "./binary/length_prefixed.ts";
export type * from "./binary/length_prefixed.ts";
export { Record, record } from "./binary/record.ts";
export type * from "./binary/record.ts";
export { Struct } from "./binary/struct.ts";
export * from "./binary/struct_functions.ts";
export type { StructValues } from "./binary/struct_values.ts";

export { crc } from "./binary/crc.ts";
export type { Checksum, CrcParameters } from "./binary/crc.ts";
export { parseHexdump } from "./binary/parse_hexdump.ts";
export type {
  ParsedHexdump,
  ParseHexdumpOptions,
} from "./binary/parse_hexdump.ts";
export type { BytesSource, ByteView } from "./binary/bytes.ts";
export type { FramingDescription } from "./binary/framing/description.ts";

// Memory: files as bytes, views of them, locks in them
export { SharedFile } from "./memory/shared_file.ts";
export type * from "./memory/shared_file/types.ts";
export { View } from "./memory/view.ts";
export type * from "./memory/view.ts";
export type { OwnedView, ViewOwner } from "./memory/view/owner.ts";
export type * from "./memory/view/types.ts";

export { readExactly, readInto } from "./read_into.ts";
export type * from "./read_into.ts";

export * from "./memory/locks.ts";

// Runs: jobs over whole files
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
export { hexdumpFile, revertHexdumpFile } from "./hexdump_file.ts";
export type {
  HexdumpFileOptions,
  RevertHexdumpOptions,
} from "./hexdump_file.ts";
export * from "./operations.ts";
export type { CountJobResult } from "./jobs/count.ts";
export type { HashJobResult } from "./jobs/hash.ts";
export type { ProfileJobResult } from "./jobs/profile.ts";
export type { BuiltinJobName } from "./jobs/registry.ts";
