/**
 * Values on their way into fields: encoded aside, so that all of a record are computed before one is stored.
 *
 * @module
 */
import type { Row } from "./row.ts";
import type { SetTarget } from "./set_target.ts";

/** The bytes that a field of the current record is to get. */
export interface Staged {
  /** Where whoever computes a value writes it, as the file is to have it. */
  readonly view: DataView<ArrayBuffer>;
  /** Puts the bytes into the field. @returns How many have another value now; where none has, nothing is written. */
  readonly store: () => number;
}

/** Makes room for the value of a field. */
export function stagedFor(row: Row, target: SetTarget): Staged {
  const { base, offset, byteLength } = target;
  const bytes = new Uint8Array(byteLength);
  const view = new DataView(bytes.buffer);
  const store = storeOf(row, target, view) ??
    (() => storeBytes(row.bytes, row[base] + offset, bytes, byteLength));
  return { view, store };
}

/**
 * A store of one of the usual lengths, which goes by words: it looks whether the value is another, as pages that
 * nobody writes to need not go to the disk.
 *
 * @returns `undefined` for other lengths.
 */
function storeOf(
  row: Row,
  { base, offset, byteLength }: SetTarget,
  staged: DataView,
): (() => number) | undefined {
  const { view, bytes } = row;
  // SAFETY: here and below, the record is one that starts in the job's own segment, so nobody else stores into it.
  switch (byteLength) {
    case 1:
      return () => {
        const at = row[base] + offset, value = staged.getUint8(0);
        if (bytes[at] === value) return 0;
        bytes[at] = value;
        return 1;
      };
    case 2:
      return () => {
        const at = row[base] + offset, value = staged.getUint16(0, true);
        const difference = view.getUint16(at, true) ^ value;
        if (difference === 0) return 0;
        view.setUint16(at, value, true);
        return countBytes(difference);
      };
    case 4:
      return () => {
        const at = row[base] + offset, value = staged.getInt32(0, true);
        const difference = view.getInt32(at, true) ^ value;
        if (difference === 0) return 0;
        view.setInt32(at, value, true);
        return countBytes(difference);
      };
    case 8:
      return () => {
        const at = row[base] + offset;
        const low = staged.getInt32(0, true), high = staged.getInt32(4, true);
        const first = view.getInt32(at, true) ^ low;
        const second = view.getInt32(at + 4, true) ^ high;
        if ((first | second) === 0) return 0;
        view.setInt32(at, low, true);
        view.setInt32(at + 4, high, true);
        return countBytesOfTwo(first, second);
      };
  }
  return undefined;
}

/** 1 in each byte of a word that is not 0. */
function nonZero(word: number): number {
  // The sum carries into the highest bit of a byte; a byte of 0x80 has it already.
  const carried = ((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word;
  return (carried & 0x80808080) >>> 7;
}

/** How many bytes of two words are not 0. */
export function countBytesOfTwo(first: number, second: number): number {
  // The product adds all bytes up in its highest one.
  return Math.imul(nonZero(first) + nonZero(second), 0x01010101) >>> 24;
}

/** How many bytes of a word are not 0. */
export function countBytes(word: number): number {
  return Math.imul(nonZero(word), 0x01010101) >>> 24;
}

/** Puts bytes somewhere. @returns How many have another value now. */
export function storeBytes(
  target: Uint8Array,
  at: number,
  bytes: Uint8Array,
  byteLength: number,
): number {
  let changed = 0;
  for (let i = 0; i < byteLength; i++) {
    // `!`: the caller has so many bytes.
    const byte = bytes[i]!;
    if (target[at + i] === byte) continue;
    target[at + i] = byte;
    changed++;
  }
  return changed;
}
