/**
 * The cells of the fast path to groups of fixed records: see kernels/assembly/record_fixed.ts.
 *
 * @module
 */

/** Index of the first chunk of the sum; in front are the count, the least and the most. */
const CHUNKS_CELL = 3;
const CHUNKS = 66;

/** Bits from one chunk's unit to the next one's; a chunk has 64. */
const CHUNK_BITS = 32;

/** Chunk `i` counts units of `2**(32 * i - 1074)`. */
const UNIT_EXPONENT = -1074;

/** The cells of a group of which nothing was seen. */
export function fixedInitialCells(): Uint8Array<ArrayBuffer> {
  const cells = new Float64Array(CHUNKS_CELL + CHUNKS);
  cells[1] = Infinity;
  cells[2] = -Infinity;
  return new Uint8Array(cells.buffer);
}

/**
 * The sum in a group's chunks, as doubles whose exact sum it is.
 *
 * @param words Of the memory where the group lies.
 * @param cell Index of the group's first cell: byte address by 8.
 */
export function fixedSum(words: Int32Array, cell: number): number[] {
  const sum: number[] = [];
  const first = 2 * (cell + CHUNKS_CELL);
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    // `!`: the cells of a group lie in the memory.
    const low = words[first + 2 * chunk]!, high = words[first + 2 * chunk + 1]!;
    const unit = 2 ** (CHUNK_BITS * chunk + UNIT_EXPONENT);
    const value = high * 2 ** 32 + (low >>> 0);
    if (value === 0) continue;
    if (Number.isSafeInteger(value)) sum.push(value * unit);
    // Chunks whose unit is so large that this would overflow are small.
    else sum.push((low >>> 0) * unit, high * 2 ** 32 * unit);
  }
  return sum;
}
