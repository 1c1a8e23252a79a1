/**
 * The searches of the scalar backend: Two-Way in both directions.
 *
 * A needle is split into two parts such that where the right part does not fit, no occurrence starts
 * before the byte that differs; and where only the left part does not, none starts within a period of
 * the needle. So each byte of the text is looked at twice at most, and all that is kept are three numbers.
 *
 * A search from the end reads text and needle mirrored, and numbers the starts from the end.
 *
 * @see Crochemore and Perrin, Two-way string-matching, Journal of the ACM 38 (1991), section 3.
 * @module
 */

/** What is searched, for what, and in which direction. */
interface Search {
  readonly bytes: Uint8Array;
  /** Where byte 0 of the text lies: its first, or its last where `step` is -1. */
  readonly text: number;
  readonly byteLength: number;
  /** Where byte 0 of the needle lies, in the same way. */
  readonly needle: number;
  readonly needleBytes: number;
  readonly step: 1 | -1;
}

/** How a needle is split. */
interface Split {
  /** Bytes of the left part. */
  readonly at: number;
  /** Starts to go on by where the right part fits. */
  readonly period: number;
  /** Bytes of the needle that are known to fit then. */
  readonly kept: number;
}

/** Searches in one arena. */
export class ScalarFinder {
  readonly #bytes: Uint8Array;
  readonly #cells: Uint32Array;
  readonly #result: Uint32Array = new Uint32Array(1);

  /** @param cells The same memory as `bytes`. */
  constructor(bytes: Uint8Array, cells: Uint32Array) {
    this.#bytes = bytes;
    this.#cells = cells;
  }

  /** See `Kernels.findFirst`. */
  first(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
  ): number {
    if (needleBytes === 0) return 0;
    const count = search(
      {
        bytes: this.#bytes,
        text: address,
        byteLength,
        needle: needleAddress,
        needleBytes,
        step: 1,
      },
      true,
      this.#result,
    );
    return count === 0 ? -1 : this.#result[0]!;
  }

  /** See `Kernels.findLast`. */
  last(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
  ): number {
    if (needleBytes === 0) return byteLength;
    const count = search(
      {
        bytes: this.#bytes,
        text: address + byteLength - 1,
        byteLength,
        needle: needleAddress + needleBytes - 1,
        needleBytes,
        step: -1,
      },
      true,
      this.#result,
    );
    return count === 0 ? -1 : byteLength - needleBytes - this.#result[0]!;
  }

  /** See `Kernels.findAll`. */
  all(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
    output: number,
    capacity: number,
    overlapping: boolean,
  ): number {
    return search(
      {
        bytes: this.#bytes,
        text: address,
        byteLength,
        needle: needleAddress,
        needleBytes,
        step: 1,
      },
      overlapping,
      this.#cells.subarray(output / 4, output / 4 + capacity),
    );
  }
}

/** Writes starts of occurrences until `output` is full. @returns How many. */
function search(
  task: Search,
  overlapping: boolean,
  output: Uint32Array,
): number {
  const { needleBytes } = task;
  const starts = task.byteLength - needleBytes + 1;
  if (starts <= 0) return 0;
  const split = splitNeedle(task);
  let found = 0, known = 0;
  for (let start = 0;;) {
    start = nextStart(task, split, start, starts, known);
    if (start >= starts) return found;
    output[found++] = start;
    if (found === output.length) return found;
    known = overlapping ? split.kept : 0;
    start += overlapping ? split.period : needleBytes;
  }
}

/** @returns The first start from `start` on at which the needle lies, at least `starts` if there is none. */
function nextStart(
  { bytes, text, needle, needleBytes, step }: Search,
  { at: split, period, kept }: Split,
  start: number,
  starts: number,
  known: number,
): number {
  // SAFETY: an index into the text is below `start + needleBytes`, and `start` below `starts`.
  const wanted = bytes[needle + step * split];
  while (start < starts) {
    if (known === 0 && bytes[text + step * (start + split)] !== wanted) {
      start++;
      continue;
    }
    const here = text + step * start;
    let at = Math.max(split, known);
    while (
      at < needleBytes && bytes[needle + step * at] === bytes[here + step * at]
    ) at++;
    if (at < needleBytes) {
      start += at - split + 1;
      known = 0;
      continue;
    }
    at = split;
    while (
      at > known &&
      bytes[needle + step * (at - 1)] === bytes[here + step * (at - 1)]
    ) at--;
    if (at <= known) return start;
    start += period;
    known = kept;
  }
  return start;
}

/** Splits the needle where the longer left part of two orders of the bytes ends. */
function splitNeedle(task: Search): Split {
  const { bytes, needle, needleBytes, step } = task;
  const up = maximalSuffix(task, 0), down = maximalSuffix(task, 255);
  const { at, period } = up.at > down.at ? up : down;
  for (let i = 0; i < at; i++) {
    if (bytes[needle + step * i] !== bytes[needle + step * (i + period)]) {
      // The needle's period is longer than either part.
      return { at, period: Math.max(at, needleBytes - at) + 1, kept: 0 };
    }
  }
  return { at, period, kept: needleBytes - period };
}

/** Where the largest suffix of the needle starts, and its period. @param flip 255 turns the order of bytes round. */
function maximalSuffix(
  { bytes, needle, needleBytes, step }: Search,
  flip: number,
): { at: number; period: number } {
  let at = 0, other = 1, same = 0, period = 1;
  while (other + same < needleBytes) {
    const best = bytes[needle + step * (at + same)]! ^ flip;
    const byte = bytes[needle + step * (other + same)]! ^ flip;
    if (byte < best) {
      other += same + 1;
      same = 0;
      period = other - at;
    } else if (byte > best) {
      at = other++;
      same = 0;
      period = 1;
    } else if (++same === period) {
      other += period;
      same = 0;
    }
  }
  return { at, period };
}
