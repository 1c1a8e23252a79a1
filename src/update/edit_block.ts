/**
 * Blocks of edits: what a job has changed in one segment, packed, so that a million of them are few objects.
 *
 * Each edit is `offset u64, byteLength u32, 0 u32, old bytes, new bytes`, padded to 8, little-endian: as the
 * journal has them. In the order of their offsets.
 *
 * @module
 */
import {
  getOffset,
  RECORD_HEADER_BYTES,
  recordBytes,
  setOffset,
} from "../patch/journal_format.ts";

/** Edits of a segment, packed; shared, so that sending it to another thread copies nothing. */
export type EditBlock = Uint8Array<SharedArrayBuffer>;

const FIRST_BYTES = 64 * 1024;

/** Packs edits, segment after segment, in memory that is used again. */
export class EditBlockWriter {
  readonly #arena: Uint8Array<SharedArrayBuffer>;
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #filled = 0;

  /** @param arena Where the bytes of edits are. */
  constructor(arena: Uint8Array<SharedArrayBuffer>) {
    this.#arena = arena;
  }

  /**
   * Adds an edit.
   *
   * @param offset In the file, behind the edit before.
   * @param old Address of the bytes that the file has.
   * @param next Address of those that it is to have.
   */
  add(offset: number, byteLength: number, old: number, next: number): void {
    const size = recordBytes(byteLength);
    if (this.#filled + size > this.#bytes.byteLength) this.#grow(size);
    const at = this.#filled;
    setOffset(this.#view, at, offset);
    this.#view.setUint32(at + 8, byteLength, true);
    this.#view.setUint32(at + 12, 0, true);
    const oldAt = at + RECORD_HEADER_BYTES;
    this.#copy(oldAt, old, byteLength);
    this.#copy(oldAt + byteLength, next, byteLength);
    this.#filled += size;
  }

  #grow(size: number): void {
    const wanted = Math.max(2 * this.#bytes.byteLength, this.#filled + size);
    const bytes = new Uint8Array(wanted);
    bytes.set(this.#bytes.subarray(0, this.#filled));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** Few bytes faster than `set` does, which needs a view of its own. */
  #copy(at: number, from: number, byteLength: number): void {
    const bytes = this.#bytes, arena = this.#arena;
    if (byteLength > 64) {
      bytes.set(arena.subarray(from, from + byteLength), at);
      return;
    }
    // `!`: the caller's addresses lie in the arena.
    for (let i = 0; i < byteLength; i++) bytes[at + i] = arena[from + i]!;
  }

  /** @returns The edits since the last call; `undefined` if there were none. */
  take(): EditBlock | undefined {
    if (this.#filled === 0) return undefined;
    const block = new Uint8Array(new SharedArrayBuffer(this.#filled));
    block.set(this.#bytes.subarray(0, this.#filled));
    this.#filled = 0;
    return block;
  }
}

/** The edits of a block, one after the other: a cursor, because there may be many. */
export class EditCursor {
  /** The block, in which `oldAt` and `newAt` are. */
  readonly bytes: EditBlock;
  offset = 0;
  byteLength = 0;
  oldAt = 0;
  newAt = 0;
  readonly #view: DataView;
  #next = 0;

  constructor(block: EditBlock) {
    this.bytes = block;
    this.#view = new DataView(
      block.buffer,
      block.byteOffset,
      block.byteLength,
    );
  }

  /** Goes to the next edit. @returns False after the last. */
  advance(): boolean {
    const at = this.#next;
    if (at >= this.bytes.byteLength) return false;
    this.offset = getOffset(this.#view, at);
    this.byteLength = this.#view.getUint32(at + 8, true);
    this.oldAt = at + RECORD_HEADER_BYTES;
    this.newAt = this.oldAt + this.byteLength;
    this.#next = at + recordBytes(this.byteLength);
    return true;
  }
}
