/**
 * sabmap: what Python does with `mmap`, `memoryview` and `readinto`, on all cores at once.
 *
 * A coordinator puts a file, part by part, into one SharedArrayBuffer; worker threads claim ranges
 * of it with `Atomics` and scan the bytes where they lie.
 *
 * @module
 */
// Runs: jobs over whole files
export * from "./runs.ts";
export { hexdumpFile, revertHexdumpFile } from "./hexdump_file.ts";
export type {
  HexdumpFileOptions,
  RevertHexdumpOptions,
} from "./hexdump_file.ts";
export { defineJob } from "./job.ts";
export type {
  FileInfo,
  Framing,
  Job,
  Lane,
  PartLane,
  PartPiece,
  PartsInStep,
  RangeView,
  WorkerContext,
} from "./job.ts";
export type { CountJobResult } from "./jobs/count.ts";
export type { HashJobResult } from "./jobs/hash.ts";
export type { ProfileJobResult } from "./jobs/profile.ts";
export type { BuiltinJobName } from "./jobs/registry.ts";
export type { Backend, Kernels, Region } from "./kernels/kernels.ts";

// More than one machine: shards of a file, objects on servers
export * from "./shards.ts";
export { remoteFingerprint } from "./remote/fingerprint.ts";
export type { RemoteFingerprint, RemotePin } from "./remote/fingerprint.ts";
export { isAllowedHost } from "./remote/hosts.ts";

// Bytes: formats, layouts, framings, text
export type { BytesSource, ByteView } from "./binary/bytes.ts";
export { checksum, CHECKSUM_NAMES, crc16 } from "./binary/checksums.ts";
export type * from "./binary/checksums.ts";
export { crc } from "./binary/crc.ts";
export type { Checksum, CrcParameters } from "./binary/crc.ts";
export { decodeText } from "./binary/decode_text.ts";
export type * from "./binary/decode_text.ts";
export { delimited } from "./binary/delimited.ts";
export type { DelimitedOptions } from "./binary/delimited.ts";
export type { ElementValue } from "./binary/element.ts";
export { encodeText } from "./binary/encode_text.ts";
export { fixed } from "./binary/fixed_framing.ts";
export type { FixedOptions } from "./binary/fixed_framing.ts";
export type * from "./binary/framing.ts";
export type { FramingDescription } from "./binary/framing/description.ts";
export { hexdump, hexdumpLines } from "./binary/hexdump.ts";
export type { HexdumpOptions } from "./binary/hexdump.ts";
export { lengthPrefixed } from "./binary/length_prefixed.ts";
export type * from "./binary/length_prefixed.ts";
export { parseHexdump } from "./binary/parse_hexdump.ts";
export type {
  ParsedHexdump,
  ParseHexdumpOptions,
} from "./binary/parse_hexdump.ts";
export { Record, record } from "./binary/record.ts";
export type * from "./binary/record.ts";
export { Struct } from "./binary/struct.ts";
export * from "./binary/struct_functions.ts";
export type { StructValues } from "./binary/struct_values.ts";
export { readExactly, readInto } from "./read_into.ts";
export type * from "./read_into.ts";

// Memory: files as bytes, views of them, locks in them
export * from "./memory/locks.ts";
export { SharedFile } from "./memory/shared_file.ts";
export type * from "./memory/shared_file/types.ts";
export { View } from "./memory/view.ts";
export type * from "./memory/view.ts";
export type { OwnedView, ViewOwner } from "./memory/view/owner.ts";
export type * from "./memory/view/types.ts";
