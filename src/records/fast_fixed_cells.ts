/**
 * The cells of the fast path to groups of fixed records: see kernels/assembly/record_fixed.ts.
 *
 * @module
 */

/** Index of the near sums, two doubles, and what the kernel counts; in front are the count, the least and the most. */
const NEAR_CELL = 3;
/** Index of the first chunk of the sum. */
const CHUNKS_CELL = 6;
const CHUNKS = 66;

/** Bits from one chunk's unit to the next one's; a chunk has 64. */
const CHUNK_BITS = 32;

/** Index of the keys in the cache, in words. */
const CACHE_KEYS = 16;

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
 * Forgets the window and the keys that were seen last: those of a table that is cleared are no longer where they were.
 *
 * @param cache `FIXED_CACHE_BYTES` of the memory where the table lies.
 */
export function clearFixedCache(cache: Uint32Array): void {
  cache.fill(0);
  // The key 0 belongs there: what was not seen must not pass for it.
  cache[CACHE_KEYS] = 1;
}

/**
 * The sum in a group's near cells and chunks, as doubles whose exact sum it is.
 *
 * @param words Of the memory where the group lies, as are `doubles`.
 * @param cell Index of the group's first cell: byte address by 8.
 */
export function fixedSum(
  words: Int32Array,
  doubles: Float64Array,
  cell: number,
): number[] {
  const near = cell + NEAR_CELL;
  const sum = [...doubles.subarray(near, near + 2)].filter((part) =>
    part !== 0
  );
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
