/**
 * Searches in the window of a SharedFile, with the kernels.
 *
 * A kernel sees one memory only, so the needle is put beside the bytes, into a slot that the thread
 * has for the time of a call. The window is searched block by block, each made sure of before it is
 * loaded; blocks grow, so that what is near is found without a look at what is far.
 *
 * @module
 */
import type { ByteRange } from "../../errors.ts";
import { KERNEL_SCRATCH_BYTES, type Kernels } from "../../kernels/kernels.ts";
import { createKernels } from "../../kernels/load.ts";
import { sharedBuffer } from "../arena.ts";
import { closedError, Control } from "./control.ts";
import { type FileWindow, SEARCH_SLOT_BYTES, searchSlot } from "./window.ts";

/** Offsets that are found at a time. */
const OFFSETS_MAX = 1024;
const OFFSETS_BYTES = 4 * OFFSETS_MAX;

/** Longer needles are found by their first bytes, and the rest is compared. */
export const NEEDLE_BYTES_MAX: number = SEARCH_SLOT_BYTES -
  KERNEL_SCRATCH_BYTES - OFFSETS_BYTES;

/** The blocks that are searched at a time: the first, how much longer the next is, and the longest. */
const BLOCK_BYTES_MIN = 64 * 1024;
const BLOCK_GROWTH = 4;
const BLOCK_BYTES_MAX = 16 * 1024 * 1024;

/** What a search needs of the file it is in. */
export interface SearchHost {
  /** The compiled kernels; `undefined` for the scalar ones. */
  kernelModule(): WebAssembly.Module | undefined;
  /** Makes sure of bytes before they are loaded. */
  guard(range: ByteRange): void;
}

/** A slot that this thread has, with the kernels that use its scratch. */
interface Slot {
  readonly kernels: Kernels;
  /** Byte offset in the memory of `u32[OFFSETS_MAX]`. */
  readonly offsets: number;
  /** Byte offset in the memory of the needle. */
  readonly needle: number;
}

/** Searches in one window, for one thread. */
export class Searcher {
  readonly #window: FileWindow;
  readonly #host: SearchHost;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #control: Control;
  /** By index; made when they are first used. */
  readonly #slots: Map<number, Slot> = new Map();

  constructor(window: FileWindow, host: SearchHost) {
    this.#window = window;
    this.#host = host;
    this.#bytes = new Uint8Array(sharedBuffer(window.memory));
    this.#control = new Control(window.memory);
  }

  /** @returns Offset in the window of the first occurrence in a range; -1 if there is none. */
  first(needle: Uint8Array, { start, end }: ByteRange): number {
    const { byteLength } = needle;
    if (byteLength > end - start) return -1;
    if (byteLength > NEEDLE_BYTES_MAX) {
      return this.#firstLong(needle, { start, end });
    }
    return this.#withSlot(needle, (slot) => {
      let size = BLOCK_BYTES_MIN;
      for (let from = start; from + byteLength <= end;) {
        const to = Math.min(end, from + size + byteLength - 1);
        const text = this.#enter(from, to);
        const at = slot.kernels
          .findFirst(text, to - from, slot.needle, byteLength);
        this.#requireOpen();
        if (at >= 0) return from + at;
        from = to - byteLength + 1;
        size = grow(size);
      }
      return -1;
    });
  }

  /** @returns Offset in the window of the last occurrence in a range; -1 if there is none. */
  last(needle: Uint8Array, { start, end }: ByteRange): number {
    const { byteLength } = needle;
    if (byteLength > end - start) return -1;
    if (byteLength > NEEDLE_BYTES_MAX) {
      return this.#lastLong(needle, { start, end });
    }
    return this.#withSlot(needle, (slot) => {
      let size = BLOCK_BYTES_MIN;
      for (let to = end; start + byteLength <= to;) {
        const from = Math.max(start, to - size - byteLength + 1);
        const text = this.#enter(from, to);
        const at = slot.kernels
          .findLast(text, to - from, slot.needle, byteLength);
        this.#requireOpen();
        if (at >= 0) return from + at;
        to = from + byteLength - 1;
        size = grow(size);
      }
      return -1;
    });
  }

  /** Offsets in the window of all occurrences in a range, in order. An empty needle is everywhere. */
  *all(
    needle: Uint8Array,
    { start, end }: ByteRange,
    overlapping: boolean,
  ): Generator<number, void, undefined> {
    const { byteLength } = needle;
    if (byteLength === 0 || byteLength > NEEDLE_BYTES_MAX) {
      yield* this.#allOneByOne(needle, { start, end }, overlapping);
      return;
    }
    const step = overlapping ? 1 : byteLength;
    let size = BLOCK_BYTES_MIN;
    for (let from = start; from + byteLength <= end;) {
      const to = Math.min(end, from + size + byteLength - 1);
      const offsets = this.#allInBlock(needle, from, to, overlapping);
      for (const at of offsets) yield from + at;
      const isFull = offsets.length === OFFSETS_MAX;
      const next = from + (offsets.at(-1) ?? -step) + step;
      from = isFull ? next : Math.max(next, to - byteLength + 1);
      // Where there are so many, far ahead is too far.
      size = isFull ? BLOCK_BYTES_MIN : grow(size);
    }
  }

  *#allOneByOne(
    needle: Uint8Array,
    { start, end }: ByteRange,
    overlapping: boolean,
  ): Generator<number, void, undefined> {
    const step = overlapping ? 1 : Math.max(1, needle.byteLength);
    for (let from = start; from <= end;) {
      this.#requireOpen();
      const at = this.first(needle, { start: from, end });
      if (at < 0) return;
      yield at;
      from = at + step;
    }
  }

  /** @returns Offsets from `from`, at most `OFFSETS_MAX`. */
  #allInBlock(
    needle: Uint8Array,
    from: number,
    to: number,
    overlapping: boolean,
  ): number[] {
    return this.#withSlot(needle, (slot) => {
      const text = this.#enter(from, to);
      const count = slot.kernels.findAll(
        text,
        to - from,
        slot.needle,
        needle.byteLength,
        slot.offsets,
        OFFSETS_MAX,
        overlapping,
      );
      this.#requireOpen();
      const { buffer } = this.#bytes;
      return Array.from(new Uint32Array(buffer, slot.offsets, count));
    });
  }

  #firstLong(needle: Uint8Array, { start, end }: ByteRange): number {
    const head = needle.subarray(0, NEEDLE_BYTES_MAX);
    const headEnd = end - (needle.byteLength - head.byteLength);
    for (let from = start;;) {
      const at = this.first(head, { start: from, end: headEnd });
      if (at < 0 || this.#hasTail(needle, at)) return at;
      from = at + 1;
    }
  }

  #lastLong(needle: Uint8Array, { start, end }: ByteRange): number {
    const head = needle.subarray(0, NEEDLE_BYTES_MAX);
    let headEnd = end - (needle.byteLength - head.byteLength);
    for (;;) {
      const at = this.last(head, { start, end: headEnd });
      if (at < 0 || this.#hasTail(needle, at)) return at;
      headEnd = at + head.byteLength - 1;
    }
  }

  /** Whether the needle, whose first bytes are at `at`, is there as a whole. */
  #hasTail(needle: Uint8Array, at: number): boolean {
    const text = this.#enter(at, at + needle.byteLength);
    for (let i = NEEDLE_BYTES_MAX; i < needle.byteLength; i++) {
      if (this.#bytes[text + i] !== needle[i]) return false;
    }
    this.#requireOpen();
    return true;
  }

  /** Makes sure of the bytes of a block. @returns Its address. */
  #enter(from: number, to: number): number {
    this.#requireOpen();
    this.#host.guard({ start: from, end: to });
    return this.#window.byteOffset + from;
  }

  /** Called before a search and after it: what was closed meanwhile reads zero. */
  #requireOpen(): void {
    if (this.#control.closed) throw closedError();
  }

  /** Does a search that uses the kernels. */
  #withSlot<Result>(
    needle: Uint8Array,
    action: (slot: Slot) => Result,
  ): Result {
    const index = this.#control.claimSlot();
    try {
      const slot = this.#slot(index);
      this.#bytes.set(needle, slot.needle);
      return action(slot);
    } finally {
      this.#control.releaseSlot(index);
    }
  }

  #slot(index: number): Slot {
    const known = this.#slots.get(index);
    if (known !== undefined) return known;
    const { byteOffset } = searchSlot(index);
    const scratch = { byteOffset, byteLength: KERNEL_SCRATCH_BYTES };
    const offsets = byteOffset + KERNEL_SCRATCH_BYTES;
    const module = this.#host.kernelModule();
    const slot = {
      kernels: createKernels(this.#window.memory, module, scratch),
      offsets,
      needle: offsets + OFFSETS_BYTES,
    };
    this.#slots.set(index, slot);
    return slot;
  }
}

/** Bytes of the block after one of `size`. */
function grow(size: number): number {
  return Math.min(size * BLOCK_GROWTH, BLOCK_BYTES_MAX);
}
