/**
 * Reading a sealed journal back, trusting nothing in it.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { pathText } from "../platform/file_path.ts";
import type { PatchFile } from "./open_file.ts";
import type { FrameMemory } from "./frame_memory.ts";
import {
  BLOCK_BYTES,
  decodeFrameHeader,
  decodeHeader,
  decodeSeal,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  frameBytes,
  type FrameHeader,
  type FramePlace,
  getOffset,
  isFrameWhole,
  type JournalHeader,
  type JournalSeal,
  RECORD_BYTES_MAX,
  RECORD_HEADER_BYTES,
  recordBytes,
} from "./journal_format.ts";

/** What lies in a file where a journal is expected. */
export type JournalState =
  | { readonly kind: "unsealed" }
  | { readonly kind: "damaged"; readonly what: string }
  | {
    readonly kind: "sealed";
    readonly header: JournalHeader;
    readonly seal: JournalSeal;
  };

/**
 * Reads header and seal of a journal.
 *
 * What lacks its seal was never applied. What has one and is wrong otherwise was changed since: then
 * nobody knows what was applied.
 */
export function readJournalState(file: PatchFile): JournalState {
  const { byteLength } = file.details();
  if (byteLength < 2 * BLOCK_BYTES) return { kind: "unsealed" };
  const seal = byteLength % BLOCK_BYTES === 0
    ? decodeSeal(readBlock(file, byteLength - BLOCK_BYTES))
    : undefined;
  if (seal === undefined) return withoutSeal(file, byteLength);
  if (seal === "damaged") return damaged("its seal was changed");
  const header = decodeHeader(readBlock(file, 0));
  if (header === undefined) return damaged("its header was changed");
  if ("version" in header) {
    return damaged(
      `it is of version ${header.version}, which is not known here`,
    );
  }
  if (header.runId !== seal.runId) {
    return damaged("header and seal are of different journals");
  }
  if (seal.frameBytes + 2 * BLOCK_BYTES !== byteLength) {
    return damaged("it is not as long as its seal says");
  }
  return { kind: "sealed", header, seal };
}

/** A journal that does not end with a seal: it was never sealed, or something was put behind the seal. */
function withoutSeal(file: PatchFile, byteLength: number): JournalState {
  const header = decodeHeader(readBlock(file, 0));
  if (header === undefined || "version" in header) return { kind: "unsealed" };
  const end = endOfFrames(file, byteLength, header.runId);
  const seal = end + BLOCK_BYTES > byteLength
    ? undefined
    : decodeSeal(readBlock(file, end));
  return seal === undefined || seal === "damaged"
    ? { kind: "unsealed" }
    : damaged("something stands behind its seal");
}

/** Where the frames end whose headers are of one journal, one behind the other. */
function endOfFrames(
  file: PatchFile,
  byteLength: number,
  runId: bigint,
): number {
  let position = BLOCK_BYTES;
  let previous = 0;
  for (let sequence = 0; position < byteLength; sequence++) {
    const place = { sequence, previous, runId };
    const frame = decodeFrameHeader(readBlock(file, position), place);
    if (frame === undefined) break;
    position += frameBytes(frame.recordBytes);
    previous = frame.checksum;
  }
  return position;
}

function damaged(what: string): JournalState {
  return { kind: "damaged", what };
}

function readBlock(file: PatchFile, position: number): Uint8Array {
  const block = new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES));
  file.read(block, 0, BLOCK_BYTES, position);
  return block;
}

/** The sealed journal's records, frame by frame. */
export class JournalReader {
  readonly header: JournalHeader;
  readonly seal: JournalSeal;
  readonly #file: PatchFile;
  readonly #memory: FrameMemory;
  /** The only frame of a small journal, once it was found right: it stays in the memory. */
  #only: FrameHeader | undefined;

  /** @param memory The reader's alone from now on. */
  constructor(
    file: PatchFile,
    state: JournalState & { readonly kind: "sealed" },
    memory: FrameMemory,
  ) {
    this.#file = file;
    this.header = state.header;
    this.seal = state.seal;
    this.#memory = memory;
  }

  /**
   * Goes through the frames.
   *
   * @returns The records of a frame, valid until the next is asked for.
   * @throws {SabmapError} `ERR_BAD_JOURNAL` if a frame is not as it was written, or, at the end, all of them.
   */
  *frames(): Generator<FrameRecords> {
    const { seal } = this;
    const records = new FrameRecords(this.#memory, this.header.byteLength);
    if (this.#only !== undefined) {
      records.begin(this.#only);
      yield records;
      return;
    }
    const digest = this.#memory.startDigest();
    let position = BLOCK_BYTES;
    let previous = 0;
    let recordCount = 0;
    let last: FrameHeader | undefined;
    for (let sequence = 0; sequence < seal.frameCount; sequence++) {
      const end = BLOCK_BYTES + seal.frameBytes;
      const place = { sequence, previous, runId: seal.runId };
      const frame = this.#readFrame(position, end, place);
      digest.add(frame.byteLength);
      records.begin(frame);
      yield records;
      position += frame.byteLength;
      previous = frame.checksum;
      recordCount += frame.recordCount;
      last = frame;
    }
    if (
      digest.finish() !== seal.digest || recordCount !== seal.recordCount ||
      position !== BLOCK_BYTES + seal.frameBytes
    ) throw this.#badJournal("its frames are not those that were sealed");
    if (seal.frameCount === 1) this.#only = last;
  }

  #readFrame(
    position: number,
    end: number,
    place: FramePlace,
  ): FrameHeader & { readonly byteLength: number } {
    const { bytes } = this.#memory;
    const room = Math.min(FRAME_BYTES_MAX, end - position);
    // Most frames fill their room; of the last one no more is read than there is.
    const count = room <= 0 ? 0 : this.#file.read(bytes, 0, room, position);
    const header = count < BLOCK_BYTES
      ? undefined
      : decodeFrameHeader(bytes, place);
    const byteLength = header === undefined
      ? 0
      : frameBytes(header.recordBytes);
    if (
      header === undefined || byteLength > count || !isFrameWhole(bytes, header)
    ) {
      throw this.#badJournal(
        `frame ${place.sequence} is not as it was written`,
      );
    }
    return { ...header, byteLength };
  }

  #badJournal(what: string): SabmapError {
    return badJournal(this.#file, what);
  }

  close(): void {
    this.#file.close();
  }
}

function badJournal(file: PatchFile, what: string): SabmapError {
  const path = pathText(file.path);
  return new SabmapError(
    ErrorCode.BadJournal,
    `the journal ${path} cannot be trusted: ${what}`,
    { file: path },
  );
}

/**
 * The records of one frame, one after the other: a cursor, because there may be a million.
 *
 * Each is checked before it is shown: it lies in the file and behind the one before it.
 */
export class FrameRecords {
  /** The frame's bytes, in which `oldAt` and `newAt` are. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  offset = 0;
  byteLength = 0;
  /** Bytes that the records so far change. */
  bytesSeen = 0;
  oldAt = 0;
  newAt = 0;
  readonly #view: DataView;
  readonly #fileBytes: number;
  /** End of the record before, also of the frame before. */
  #reached = 0;
  #left = 0;
  #at = 0;
  #end = 0;

  constructor(memory: FrameMemory, fileBytes: number) {
    this.bytes = memory.bytes;
    this.#view = memory.view;
    this.#fileBytes = fileBytes;
  }

  /** Starts with the frame that lies in the memory. */
  begin({ recordCount, recordBytes }: FrameHeader): void {
    this.#left = recordCount;
    this.#at = FRAME_HEADER_BYTES;
    this.#end = FRAME_HEADER_BYTES + recordBytes;
  }

  /**
   * Shows the next record.
   *
   * @returns False after the last.
   * @throws {SabmapError} `ERR_BAD_JOURNAL` if it could not have been written.
   */
  advance(): boolean {
    if (this.#left === 0) {
      if (this.#at !== this.#end) throw badRecord("there are bytes behind it");
      return false;
    }
    const at = this.#at;
    if (at + RECORD_HEADER_BYTES > this.#end) throw badRecord("it is cut off");
    const offset = getOffset(this.#view, at);
    const byteLength = this.#view.getUint32(at + 8, true);
    const size = recordBytes(byteLength);
    if (
      byteLength === 0 || byteLength > RECORD_BYTES_MAX ||
      at + size > this.#end || this.#view.getUint32(at + 12, true) !== 0
    ) throw badRecord("its length is out of range");
    if (offset < this.#reached || offset + byteLength > this.#fileBytes) {
      throw badRecord("its place is out of range");
    }
    this.offset = offset;
    this.byteLength = byteLength;
    this.oldAt = at + RECORD_HEADER_BYTES;
    this.newAt = this.oldAt + byteLength;
    this.bytesSeen += byteLength;
    this.#reached = offset + byteLength;
    this.#at = at + size;
    this.#left--;
    return true;
  }
}

function badRecord(what: string): SabmapError {
  return new SabmapError(
    ErrorCode.BadJournal,
    `the journal cannot be trusted: a record is none, as ${what}`,
  );
}
