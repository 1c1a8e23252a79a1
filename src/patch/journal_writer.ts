/**
 * Writing a journal.
 *
 * @module
 */
import type { FilePath } from "../platform/file_path.ts";
import { createBeside, type PatchFileSystem } from "./file_system.ts";
import type { FileBytes, PatchFile } from "./open_file.ts";
import type { FrameDigest, FrameMemory } from "./frame_memory.ts";
import {
  BLOCK_BYTES,
  encodeFrame,
  encodeHeader,
  encodeSeal,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  frameBytes,
  type JournalHeader,
  RECORD_BYTES_MAX,
  RECORD_HEADER_BYTES,
  recordBytes,
  setOffset,
} from "./journal_format.ts";

/** Where a journal is written. */
export interface JournalPlace {
  readonly files: PatchFileSystem;
  readonly path: FilePath;
  readonly folder: FilePath;
  readonly memory: FrameMemory;
}

/** A journal that is being written. One of `seal` and `discard` has to be called. */
export class JournalWriter {
  readonly #place: JournalPlace;
  readonly #header: JournalHeader;
  readonly #digest: FrameDigest;
  #file: PatchFile | undefined;
  #position = BLOCK_BYTES;
  #frameCount = 0;
  #recordCount = 0;
  #byteCount = 0;
  #previous = 0;
  /** Records of the frame that is being filled, and their bytes. */
  #inFrame = 0;
  #filled = 0;

  /** @throws {SabmapError} `EEXIST` if there is a journal already. */
  constructor(place: JournalPlace, header: JournalHeader) {
    this.#place = place;
    this.#header = header;
    this.#digest = place.memory.startDigest();
    this.#file = createBeside(place.files, place.path);
  }

  /** How many records it has. */
  get recordCount(): number {
    return this.#recordCount + this.#inFrame;
  }

  /** Bytes that are written. */
  get position(): number {
    return this.#position;
  }

  /**
   * Adds a change. Changes come in the order of their offsets.
   *
   * @param oldAt Where in `oldBytes` the bytes are that the file has now.
   */
  add(
    offset: number,
    byteLength: number,
    oldBytes: Uint8Array,
    oldAt: number,
    newBytes: Uint8Array,
    newAt: number,
  ): void {
    for (let done = 0; done < byteLength; done += RECORD_BYTES_MAX) {
      const part = Math.min(RECORD_BYTES_MAX, byteLength - done);
      const at = this.#startRecord(offset + done, part);
      const { bytes } = this.#place.memory;
      copyBytes(bytes, at, oldBytes, oldAt + done, part);
      copyBytes(bytes, at + part, newBytes, newAt + done, part);
      bytes.fill(0, at + 2 * part, this.#filled + FRAME_HEADER_BYTES);
    }
  }

  /** @returns Where in the frame the old bytes go. */
  #startRecord(offset: number, byteLength: number): number {
    const size = recordBytes(byteLength);
    if (FRAME_HEADER_BYTES + this.#filled + size > FRAME_BYTES_MAX) {
      this.#writeFrame();
    }
    const at = FRAME_HEADER_BYTES + this.#filled;
    const { view } = this.#place.memory;
    setOffset(view, at, offset);
    view.setUint32(at + 8, byteLength, true);
    view.setUint32(at + 12, 0, true);
    this.#filled += size;
    this.#inFrame++;
    this.#byteCount += byteLength;
    return at + RECORD_HEADER_BYTES;
  }

  #writeFrame(): void {
    if (this.#inFrame === 0) return;
    const { bytes } = this.#place.memory;
    this.#previous = encodeFrame(bytes, this.#inFrame, this.#filled, {
      sequence: this.#frameCount++,
      previous: this.#previous,
      runId: this.#header.runId,
    });
    const byteLength = frameBytes(this.#filled);
    this.#digest.add(byteLength);
    this.#write(bytes, byteLength, this.#position);
    this.#position += byteLength;
    this.#recordCount += this.#inFrame;
    this.#inFrame = 0;
    this.#filled = 0;
  }

  /**
   * Puts all of it on the disk, and only then the seal that makes it count.
   *
   * @returns The open journal, which is the caller's to close.
   */
  seal(): PatchFile {
    this.#writeFrame();
    const file = this.#opened();
    const block = new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES));
    encodeHeader(this.#header, block);
    this.#write(block, BLOCK_BYTES, 0);
    // The seal must not be on the disk before what it vouches for.
    file.sync();
    encodeSeal({
      runId: this.#header.runId,
      frameCount: this.#frameCount,
      recordCount: this.#recordCount,
      byteCount: this.#byteCount,
      frameBytes: this.#position - BLOCK_BYTES,
      digest: this.#digest.finish(),
    }, block);
    this.#write(block, BLOCK_BYTES, this.#position);
    file.sync();
    this.#place.files.syncFolder(this.#place.folder);
    this.#file = undefined;
    return file;
  }

  /** Removes a journal that was not sealed, or whose sealing failed. */
  discard(): void {
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
    discardJournal(this.#place);
  }

  #opened(): PatchFile {
    if (this.#file === undefined) {
      throw new Error("Bug: a journal after its end");
    }
    return this.#file;
  }

  #write(bytes: FileBytes, byteLength: number, position: number): void {
    this.#opened().write(bytes, 0, byteLength, position);
  }
}

/** Copies few bytes faster than `set` does, which needs a view of its own. */
function copyBytes(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  from: number,
  byteLength: number,
): void {
  if (byteLength > 64) {
    target.set(source.subarray(from, from + byteLength), at);
    return;
  }
  // `!`: the caller's ranges lie in their arrays.
  for (let i = 0; i < byteLength; i++) target[at + i] = source[from + i]!;
}

/**
 * Removes a journal of which nothing was applied, for good.
 *
 * @throws {SabmapError} If the disk may still have it.
 */
export function discardJournal({ files, path, folder }: JournalPlace): void {
  files.remove(path);
  files.syncFolder(folder);
}
