/**
 * The groups of all workers, joined.
 *
 * @module
 */
import { chooseBackend } from "../kernels/load.ts";
import {
  addBillionths,
  addExtremes,
  type CellLayout,
  COUNT_CELL,
  sumPlaces,
} from "./cells.ts";
import { ExactCells, type ExactValue } from "./exact_sum.ts";
import { CELL_BYTES, type GroupSeed } from "./group_table.ts";
import { TENTHS_CELLS, tenthsJoiner } from "./tenths_cells.ts";
import {
  type JoinCells,
  MergedGroups,
  readPartial,
} from "./group_table_merge.ts";

/** One group after the other, as results are made of them. Allocates nothing for each. */
export class GroupReader {
  /** The memory that groups are in. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Byte offset in the memory of the group's key, and its length. */
  keyAddress = 0;
  keyBytes = 0;
  /** Bytes of a group's cells, behind which its key lies. */
  readonly cellBytes: number;
  readonly #cells: Float64Array;
  readonly #sums: ExactCells;
  #group = 0;

  constructor({ memory, table }: MergedGroups, cellBytes: number) {
    this.cellBytes = cellBytes;
    const { buffer } = memory;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#cells = new Float64Array(buffer);
    this.#sums = new ExactCells(table, memory);
  }

  /** Goes to another group. */
  move(keyAddress: number, keyBytes: number, cellsAddress: number): void {
    this.keyAddress = keyAddress;
    this.keyBytes = keyBytes;
    this.#group = cellsAddress / CELL_BYTES;
  }

  /** One of the group's cells, by index. */
  cell(index: number): number {
    // `!`: the cells of a group are in the memory.
    return this.#cells[this.#group + index]!;
  }

  /** The exact sum whose first cell is `index`. */
  exact(index: number): ExactValue {
    return this.#sums.value(this.#group + index);
  }
}

/** What is to be joined. */
export interface GroupTables {
  /** Partials of group tables, in any order. */
  readonly tables: readonly Uint8Array[];
  /** Those of the fast path to lines, in tenths: see tenths_cells.ts. */
  readonly tenths?: readonly Uint8Array[] | undefined;
}

/**
 * Joins tables and shows each group of the whole, by one reader, which stays of use.
 *
 * @returns Whether there is a group.
 */
export function mergeGroups(
  { tables, tenths = [] }: GroupTables,
  layout: CellLayout,
  seed: GroupSeed,
  visit: (group: GroupReader) => void,
): boolean {
  if (tables.length + tenths.length === 0) return false;
  const initialCells = new Uint8Array(layout.initialCells.buffer);
  const merged = new MergedGroups({ initialCells, seed }, chooseBackend());
  const { buffer } = merged.memory;
  const cells = new Float64Array(buffer);
  const sums = new ExactCells(merged.table, merged.memory);
  for (const table of tables) {
    merged.add(table, joiner(layout, cells, sums, table));
  }
  for (const table of tenths) {
    const join = tenthsJoiner(layout, cells, sums, table);
    merged.add(table, join, TENTHS_CELLS.byteLength);
  }
  const reader = new GroupReader(merged, initialCells.byteLength);
  merged.forEach((keyAddress, keyBytes, cellsAddress) => {
    reader.move(keyAddress, keyBytes, cellsAddress);
    visit(reader);
  });
  return merged.size > 0;
}

function joiner(
  { inputs }: CellLayout,
  cells: Float64Array,
  sums: ExactCells,
  table: Uint8Array,
): JoinCells {
  const { buffer } = table;
  const others = new Float64Array(buffer);
  const otherSums = new ExactCells(readPartial(table), { buffer });
  const places = inputs.flatMap(sumPlaces);
  return (cell, _partial, other) => {
    // `!` here and below: the cells of a group are in its memory.
    cells[cell] = cells[cell + COUNT_CELL]! + others[other + COUNT_CELL]!;
    for (const place of places) {
      sums.addAll(cell + place, otherSums, other + place);
    }
    for (const input of inputs) {
      const { billionths, min, max, wide } = input;
      if (billionths >= 0) {
        addBillionths(input, cells, cell, sums, others[other + billionths]!);
      }
      for (const at of [min, max]) {
        if (at < 0) continue;
        const rest = wide ? others[other + at + 1]! : 0;
        addExtremes(input, cells, cell, others[other + at]!, rest);
      }
    }
  };
}
