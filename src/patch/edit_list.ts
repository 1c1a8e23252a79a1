/**
 * The edits of a patch: a million of them in a few arrays.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";
import { firstDifference } from "./file_window.ts";

/** Bytes to put at an offset. */
export interface Edit {
  /** In the file, `0 <= offset <= 2**53 - 1`. */
  readonly offset: number;
  /** What the file is to hold there, at least one byte. */
  readonly bytes: Uint8Array;
  /** What it has to hold there before, or nothing of the patch is done; not always as long as `bytes`. */
  readonly expect?: Uint8Array | undefined;
}

const FIRST_EDITS = 64;
const FIRST_BYTES = 1024;
/** Array buffers end here on Bun. */
const BYTES_MAX = 2 ** 32 - 1;

const UNKNOWN = 2 ** 32 - 1;

/** Places of a file, each with the bytes that belong there. */
export class EditList {
  /** The bytes of all edits. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  #offsets = new Float64Array(FIRST_EDITS);
  #lengths = new Uint32Array(FIRST_EDITS);
  /** Where in `bytes` each one's are. */
  #starts = new Uint32Array(FIRST_EDITS);
  /** Where in `bytes` those are that the file is known to hold; `UNKNOWN` if nobody has looked. */
  #olds = new Uint32Array(FIRST_EDITS);
  #count = 0;
  #filled = 0;
  #isSorted = true;

  /** How many edits there are. */
  get count(): number {
    return this.#count;
  }

  /** Offset in the file of the edit at an index. */
  offset(index: number): number {
    // `!` here and below: the index is below the count.
    return this.#offsets[index]!;
  }

  byteLength(index: number): number {
    return this.#lengths[index]!;
  }

  /** Where in `bytes` those of an edit start. */
  start(index: number): number {
    return this.#starts[index]!;
  }

  /** Where in `bytes` the bytes are that the file held when the edit was made; `undefined` if nobody has looked. */
  oldStart(index: number): number | undefined {
    const start = this.#olds[index]!;
    return start === UNKNOWN ? undefined : start;
  }

  /** Bytes of all edits together, with those that are equal counted once after {@link EditList.settle}. */
  byteCount(): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.#lengths[i]!;
    return sum;
  }

  /** Adds an edit, with a copy of its bytes. */
  add(offset: number, bytes: Uint8Array): void {
    this.addStored(offset, this.store(bytes), bytes.byteLength);
  }

  /** Copies bytes that several edits share. @returns Where in `bytes` they are. */
  store(bytes: Uint8Array): number {
    const start = this.#filled;
    const needed = start + bytes.byteLength;
    if (needed > this.bytes.byteLength) {
      this.bytes = grown(this.bytes, new Uint8Array(capacity(needed)));
    }
    this.bytes.set(bytes, start);
    this.#filled = needed;
    return start;
  }

  /**
   * Adds an edit whose bytes were stored before.
   *
   * @param oldStart Where the bytes were stored that it replaces, if they are known.
   */
  addStored(
    offset: number,
    start: number,
    byteLength: number,
    oldStart: number = UNKNOWN,
  ): void {
    const index = this.#count++;
    if (index === this.#offsets.length) this.#growColumns();
    this.#isSorted &&= index === 0 || offset >= this.#offsets[index - 1]!;
    this.#offsets[index] = offset;
    this.#lengths[index] = byteLength;
    this.#starts[index] = start;
    this.#olds[index] = oldStart;
  }

  /** As {@link EditList.addStored}, for all places at which the same bytes replace the same. */
  addStoredAt(
    offsets: ArrayLike<number>,
    start: number,
    byteLength: number,
    oldStart: number,
  ): void {
    const end = this.#count + offsets.length;
    while (end > this.#offsets.length) this.#growColumns();
    // `!` here and below: the index is below the count.
    let last = this.#count === 0 ? 0 : this.#offsets[this.#count - 1]!;
    for (let i = 0; i < offsets.length; i++) {
      const offset = offsets[i]!;
      if (offset < last) this.#isSorted = false;
      last = offset;
      this.#offsets[this.#count + i] = offset;
    }
    this.#lengths.fill(byteLength, this.#count, end);
    this.#starts.fill(start, this.#count, end);
    this.#olds.fill(oldStart, this.#count, end);
    this.#count = end;
  }

  #growColumns(): void {
    const size = 2 * this.#offsets.length;
    this.#offsets = grown(this.#offsets, new Float64Array(size));
    this.#lengths = grown(this.#lengths, new Uint32Array(size));
    this.#starts = grown(this.#starts, new Uint32Array(size));
    this.#olds = grown(this.#olds, new Uint32Array(size));
  }

  /** @throws {RangeError} If an edit does not lie in a file of so many bytes. */
  requireWithin(byteLength: number): void {
    for (let i = 0; i < this.#count; i++) {
      const start = this.#offsets[i]!;
      const end = start + this.#lengths[i]!;
      if (end > byteLength) {
        throw new RangeError(
          `Cannot patch bytes as they must lie within the file's ${
            groupDigits(byteLength)
          }: received ${rangeText(start, end)}`,
        );
      }
    }
  }

  /** Puts the edits in the order of their offsets. */
  sort(): void {
    if (this.#isSorted) return;
    const order = new Uint32Array(this.#count).map((_, index) => index);
    const offsets = this.#offsets;
    order.sort((a, b) => offsets[a]! - offsets[b]! || a - b);
    this.#take(order);
    this.#isSorted = true;
  }

  /**
   * Sorts, and drops edits that are there twice.
   *
   * @throws {RangeError} If two edits overlap and are not equal.
   */
  settle(): void {
    this.sort();
    let kept = 0;
    for (let i = 0; i < this.#count; i++) {
      if (kept > 0 && this.#overlaps(kept - 1, i)) {
        if (!this.#isEqual(kept - 1, i)) throw this.#overlapError(kept - 1, i);
        continue;
      }
      this.#offsets[kept] = this.#offsets[i]!;
      this.#lengths[kept] = this.#lengths[i]!;
      this.#starts[kept] = this.#starts[i]!;
      this.#olds[kept] = this.#olds[i]!;
      kept++;
    }
    this.#count = kept;
  }

  #take(order: Uint32Array): void {
    const pick = <Column extends Float64Array | Uint32Array>(
      from: Column,
      to: Column,
    ): Column => {
      order.forEach((index, at) => to[at] = from[index]!);
      return to;
    };
    const size = this.#offsets.length;
    this.#offsets = pick(this.#offsets, new Float64Array(size));
    this.#lengths = pick(this.#lengths, new Uint32Array(size));
    this.#starts = pick(this.#starts, new Uint32Array(size));
    this.#olds = pick(this.#olds, new Uint32Array(size));
  }

  #overlaps(left: number, right: number): boolean {
    return this.#offsets[left]! + this.#lengths[left]! > this.#offsets[right]!;
  }

  #isEqual(left: number, right: number): boolean {
    const length = this.#lengths[left]!;
    const { bytes } = this;
    return this.#offsets[left] === this.#offsets[right] &&
      length === this.#lengths[right] &&
      firstDifference(
          bytes,
          this.#starts[left]!,
          bytes,
          this.#starts[right]!,
          length,
        ) === length;
  }

  #overlapError(left: number, right: number): RangeError {
    return new RangeError(
      `Cannot patch as edits that overlap must be equal: received ${
        this.#rangeText(left)
      } and ${this.#rangeText(right)}`,
    );
  }

  #rangeText(index: number): string {
    const start = this.#offsets[index]!;
    return rangeText(start, start + this.#lengths[index]!);
  }
}

function rangeText(start: number, end: number): string {
  return `[${groupDigits(start)}, ${groupDigits(end)})`;
}

function capacity(needed: number): number {
  if (needed > BYTES_MAX) {
    throw new RangeError(
      `Cannot hold the bytes of all edits as they must be below 4 GiB: received ${
        groupDigits(needed)
      }`,
    );
  }
  return Math.min(BYTES_MAX, 2 * needed);
}

function grown<Column extends Float64Array | Uint32Array | Uint8Array>(
  from: Column,
  to: Column,
): Column {
  to.set(from);
  return to;
}
