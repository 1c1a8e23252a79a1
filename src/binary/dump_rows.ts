/**
 * Rows written into memory again and again.
 *
 * @module
 */

/**
 * Fills a range with a row, again and again.
 *
 * Each step doubles what is there, so that repeating a short row costs what a copy does.
 *
 * @param start Where the first row starts.
 * @param end Behind the last row: some rows behind `start`, one at least.
 */
export function fillWithRow(
  target: Uint8Array,
  start: number,
  end: number,
  row: Uint8Array,
): void {
  target.set(row, start);
  for (let filled = row.length; filled < end - start; filled *= 2) {
    target.copyWithin(
      start + filled,
      start,
      Math.min(start + filled, end - filled),
    );
  }
}
