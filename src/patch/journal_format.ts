/**
 * The journal's format, version 1, little-endian.
 *
 * ```text
 * header   4,096 bytes: whose journal this is
 * frame    up to 1 MiB, a multiple of 4,096: header of 32 bytes, records, zeros
 * ...
 * seal     4,096 bytes: how much there has to be, and the digest of all frames
 * ```
 *
 * A record is `offset u64, byteLength u32, flags u32, old bytes, new bytes`, padded to 8. Records are in
 * the order of their offsets and do not overlap. The seal is written when all else is on the disk: a
 * journal without one was never applied. What counts of header and seal lies in their first 512 bytes,
 * which disks write as one.
 *
 * @module
 */
import { crc } from "../binary/crc.ts";

/** Bytes of header and seal, and the grid of frames. */
export const BLOCK_BYTES = 4096;
/** Bytes of a frame at most, with its header. */
export const FRAME_BYTES_MAX: number = 2 ** 20;
/** Bytes of a frame's header. */
export const FRAME_HEADER_BYTES = 32;
/** Bytes of a record's header. */
export const RECORD_HEADER_BYTES = 16;
/** Bytes that one record changes at most; longer edits take several. */
export const RECORD_BYTES_MAX: number = 2 ** 17;

const VERSION = 1;
const HEADER_MAGIC = 0x314a_5041_4d42_4153n; // "SABMAPJ1"
const SEAL_MAGIC = 0x3153_5041_4d42_4153n; // "SABMAPS1"
const FRAME_MAGIC = 0x4d41_5246; // "FRAM"
/** Where the checksum of header and seal stands: the last 4 bytes of the first sector. */
const CHECKSUM_AT = 508;
const FRAME_CHECKSUM_AT = 24;

/** CRC-32C: finds torn blocks. */
const crc32c = crc({
  width: 32,
  polynomial: 0x1edc6f41,
  initial: 0xffff_ffff,
  reflectIn: true,
  xorOut: 0xffff_ffff,
});

/**
 * The ends of a journal whose changes are all in the file: it goes, it stays to be undone, or it goes with the one that
 * it undid. The header has the place in this list.
 */
const COMMITS = ["remove", "keep-undo", "remove-undo"] as const;

/** What becomes of a journal in the end. */
export type Commit = (typeof COMMITS)[number];

/** Whose journal it is. */
export interface JournalHeader {
  /** Differs from run to run. */
  readonly runId: bigint;
  readonly createdMs: number;
  readonly device: bigint;
  readonly inode: bigint;
  /** Of the file. */
  readonly byteLength: number;
  /** What becomes of it, also where another run has to finish it. */
  readonly commit: Commit;
}

/** What a frame says of itself. */
export interface FrameHeader {
  readonly recordCount: number;
  /** Bytes of its records. */
  readonly recordBytes: number;
  readonly checksum: number;
}

/** What a whole journal says of itself. */
export interface JournalSeal {
  readonly runId: bigint;
  readonly frameCount: number;
  readonly recordCount: number;
  /** Bytes that the records change. */
  readonly byteCount: number;
  /** Bytes of the frames. */
  readonly frameBytes: number;
  /** BLAKE3 of the frames, 64 hexadecimal digits. */
  readonly digest: string;
}

type Bytes = Uint8Array<ArrayBufferLike>;

function viewOf(bytes: Bytes): DataView<ArrayBufferLike> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes the header. @param block `u8[4096]`. */
export function encodeHeader(header: JournalHeader, block: Bytes): void {
  block.fill(0, 0, BLOCK_BYTES);
  const view = viewOf(block);
  view.setBigUint64(0, HEADER_MAGIC, true);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, COMMITS.indexOf(header.commit), true);
  view.setBigUint64(16, header.runId, true);
  view.setBigUint64(24, BigInt(header.createdMs), true);
  view.setBigUint64(32, header.device, true);
  view.setBigUint64(40, header.inode, true);
  view.setBigUint64(48, BigInt(header.byteLength), true);
  view.setUint32(CHECKSUM_AT, crc32c(block, 0, 0, CHECKSUM_AT), true);
}

/** @returns The header; `undefined` if the block is none; the version if it is one of another. */
export function decodeHeader(
  block: Bytes,
): JournalHeader | { readonly version: number } | undefined {
  if (block.byteLength < BLOCK_BYTES) return undefined;
  const view = viewOf(block);
  if (
    view.getBigUint64(0, true) !== HEADER_MAGIC ||
    view.getUint32(CHECKSUM_AT, true) !== crc32c(block, 0, 0, CHECKSUM_AT) ||
    !isRestZero(block)
  ) return undefined;
  const version = view.getUint32(8, true);
  if (version !== VERSION) return { version };
  const commit = COMMITS[view.getUint32(12, true)];
  if (commit === undefined) return undefined;
  return {
    runId: view.getBigUint64(16, true),
    createdMs: Number(view.getBigUint64(24, true)),
    device: view.getBigUint64(32, true),
    inode: view.getBigUint64(40, true),
    byteLength: Number(view.getBigUint64(48, true)),
    commit,
  };
}

/** Whether nothing stands behind what the checksum covers. */
function isRestZero(block: Bytes): boolean {
  const view = viewOf(block);
  for (let i = CHECKSUM_AT + 4; i < BLOCK_BYTES; i += 4) {
    if (view.getInt32(i, true) !== 0) return false;
  }
  return true;
}

/** Bytes that a frame takes with so many bytes of records. */
export function frameBytes(recordBytes: number): number {
  return Math.ceil((FRAME_HEADER_BYTES + recordBytes) / BLOCK_BYTES) *
    BLOCK_BYTES;
}

/** Bytes that a record takes. */
export function recordBytes(byteLength: number): number {
  return Math.ceil((RECORD_HEADER_BYTES + 2 * byteLength) / 8) * 8;
}

/** What a frame's place in its journal decides. */
export interface FramePlace {
  readonly sequence: number;
  /** Checksum of the frame before it; 0 for the first. */
  readonly previous: number;
  readonly runId: bigint;
}

/**
 * Writes a frame's header, and zeros behind its records.
 *
 * @param frame The frame from its start, records in place.
 * @returns The frame's checksum.
 */
export function encodeFrame(
  frame: Bytes,
  count: number,
  byteLength: number,
  place: FramePlace,
): number {
  const view = viewOf(frame);
  const end = FRAME_HEADER_BYTES + byteLength;
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint32(4, place.sequence, true);
  view.setUint32(8, count, true);
  view.setUint32(12, byteLength, true);
  view.setUint32(16, place.previous, true);
  view.setUint32(20, runTag(place.runId), true);
  view.setUint32(28, 0, true);
  frame.fill(0, end, frameBytes(byteLength));
  const checksum = frameChecksum(frame, end);
  view.setUint32(FRAME_CHECKSUM_AT, checksum, true);
  return checksum;
}

/**
 * Reads a frame's header.
 *
 * @returns `undefined` if it is not the frame of this place, or could not lie in a frame.
 */
export function decodeFrameHeader(
  frame: Bytes,
  place: FramePlace,
): FrameHeader | undefined {
  const view = viewOf(frame);
  const recordCount = view.getUint32(8, true);
  const byteLength = view.getUint32(12, true);
  const isThisOne = view.getUint32(0, true) === FRAME_MAGIC &&
    view.getUint32(4, true) === place.sequence &&
    view.getUint32(16, true) === place.previous &&
    view.getUint32(20, true) === runTag(place.runId);
  if (!isThisOne || frameBytes(byteLength) > FRAME_BYTES_MAX) return undefined;
  return {
    recordCount,
    recordBytes: byteLength,
    checksum: view.getUint32(FRAME_CHECKSUM_AT, true),
  };
}

/** Whether a frame is as it was written. */
export function isFrameWhole(frame: Bytes, header: FrameHeader): boolean {
  const end = FRAME_HEADER_BYTES + header.recordBytes;
  return frameChecksum(frame, end) === header.checksum;
}

/** Of all but the checksum itself. */
function frameChecksum(frame: Bytes, end: number): number {
  return crc32c(frame, crc32c(frame, 0, 0, FRAME_CHECKSUM_AT), 28, end);
}

function runTag(runId: bigint): number {
  return Number(BigInt.asUintN(32, runId));
}

/** Writes the seal. @param block `u8[4096]`. */
export function encodeSeal(seal: JournalSeal, block: Bytes): void {
  block.fill(0, 0, BLOCK_BYTES);
  const view = viewOf(block);
  view.setBigUint64(0, SEAL_MAGIC, true);
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, seal.runId, true);
  view.setBigUint64(24, BigInt(seal.frameCount), true);
  view.setBigUint64(32, BigInt(seal.recordCount), true);
  view.setBigUint64(40, BigInt(seal.byteCount), true);
  view.setBigUint64(48, BigInt(seal.frameBytes), true);
  for (let i = 0; i < 32; i++) {
    block[64 + i] = Number.parseInt(seal.digest.slice(2 * i, 2 * i + 2), 16);
  }
  view.setUint32(CHECKSUM_AT, crc32c(block, 0, 0, CHECKSUM_AT), true);
}

/** @returns The seal; `undefined` if there is none; `"damaged"` if there is one that was changed. */
export function decodeSeal(block: Bytes): JournalSeal | "damaged" | undefined {
  const view = viewOf(block);
  if (view.getBigUint64(0, true) !== SEAL_MAGIC) return undefined;
  if (
    view.getUint32(8, true) !== VERSION ||
    view.getUint32(CHECKSUM_AT, true) !== crc32c(block, 0, 0, CHECKSUM_AT) ||
    !isRestZero(block)
  ) return "damaged";
  const digest = Array.from(
    block.subarray(64, 96),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  return {
    runId: view.getBigUint64(16, true),
    frameCount: Number(view.getBigUint64(24, true)),
    recordCount: Number(view.getBigUint64(32, true)),
    byteCount: Number(view.getBigUint64(40, true)),
    frameBytes: Number(view.getBigUint64(48, true)),
    digest,
  };
}

/** Writes an offset of a record: two halves, as BigInt would take five times as long. */
export function setOffset(view: DataView, at: number, offset: number): void {
  view.setUint32(at, offset >>> 0, true);
  view.setUint32(at + 4, Math.floor(offset / 2 ** 32), true);
}

/** Reads an offset of a record; exact below 2**53. */
export function getOffset(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
