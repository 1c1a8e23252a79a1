/**
 * What a copy of a file differs in from the file.
 *
 * @module
 */
import { PLACE_GAP_BYTES } from "../kernels/difference.ts";
import type { FileBytes, PatchFile } from "../patch/open_file.ts";
import type { TakeChange } from "../patch/plan.ts";
import type { Steps } from "../patch/steps.ts";

/** Read at once, of each file. */
const PIECE_BYTES = 256 * 1024;

/**
 * Goes through two files of one length, and hands on the places in which they differ, in order.
 *
 * @param take Gets the bytes of the first as the old ones.
 */
export function* goThroughDifferences(
  left: PatchFile,
  right: PatchFile,
  byteLength: number,
  take: TakeChange,
): Steps<void> {
  const old = pieceBuffer(), next = pieceBuffer();
  for (let offset = 0; offset < byteLength; offset += PIECE_BYTES) {
    const count = Math.min(PIECE_BYTES, byteLength - offset);
    left.read(old, 0, count, offset);
    right.read(next, 0, count, offset);
    for (let at = 0;;) {
      at = differenceFrom(old, next, at, count);
      if (at >= count) break;
      const end = placeEnd(old, next, at, count);
      take(offset + at, end - at, old, at, next, at);
      at = end;
    }
    yield { phase: "journal", bytesDone: offset + count, byteLength };
  }
}

function pieceBuffer(): FileBytes {
  return new Uint8Array(new SharedArrayBuffer(PIECE_BYTES));
}

/** Index of the first byte from `at` on that differs; `end` or behind it if none does. */
function differenceFrom(
  old: FileBytes,
  next: FileBytes,
  at: number,
  end: number,
): number {
  const left = new BigUint64Array(old.buffer);
  const right = new BigUint64Array(next.buffer);
  let i = at;
  while (i < end && i % 8 !== 0 && old[i] === next[i]) i++;
  if (i % 8 === 0) {
    while (i + 8 <= end && left[i / 8] === right[i / 8]) {
      i += 8;
    }
  }
  while (i < end && old[i] === next[i]) i++;
  return i;
}

/** Index behind the last byte that differs before as many equal ones as end a place. */
function placeEnd(
  old: FileBytes,
  next: FileBytes,
  at: number,
  end: number,
): number {
  let last = at;
  for (let i = at; i < end && i - last <= PLACE_GAP_BYTES; i++) {
    if (old[i] !== next[i]) last = i;
  }
  return last + 1;
}
