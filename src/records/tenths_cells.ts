/**
 * The cells of the fast path to lines: four integers of 64 bits, in tenths.
 *
 * ```text
 * count | sum | least | greatest
 * ```
 *
 * @module
 */
import {
  addBillionths,
  addExtremes,
  type CellLayout,
  COUNT_CELL,
} from "./cells.ts";
import type { ExactCells } from "./exact_sum.ts";
import type { JoinCells } from "./group_table_merge.ts";

/** The cells of a group of which nothing was seen. */
export const TENTHS_CELLS: Uint8Array<ArrayBuffer> = new Uint8Array(
  BigInt64Array.of(0n, 0n, 2n ** 63n - 1n, -(2n ** 63n)).buffer,
);

/** A safe integer of 64 bits, without a bigint. @param at Index of its lower word. */
export function integerAt(words: Int32Array, at: number): number {
  // `!`: the caller has a cell.
  return words[at + 1]! * 2 ** 32 + (words[at]! >>> 0);
}

/** Joins groups of such a table to general ones. @param table The table's partial. */
export function tenthsJoiner(
  { inputs }: CellLayout,
  cells: Float64Array,
  sums: ExactCells,
  table: Uint8Array,
): JoinCells {
  const words = new Int32Array(table.buffer);
  const [input] = inputs;
  if (input === undefined) throw new Error("Bug: tenths of nothing");
  return (cell, _partial, other) => {
    const at = 2 * other;
    // `!`: the cells of a group are in its memory.
    cells[cell + COUNT_CELL] = cells[cell + COUNT_CELL]! + integerAt(words, at);
    if (input.sum >= 0) {
      const sum = integerAt(words, at + 2);
      const whole = Math.trunc(sum / 10);
      sums.add(cell + input.sum, whole);
      addBillionths(input, cells, cell, sums, (sum - whole * 10) * 1e8);
    }
    addExtremes(input, cells, cell, integerAt(words, at + 4) / 10, 0);
    addExtremes(input, cells, cell, integerAt(words, at + 6) / 10, 0);
  };
}
