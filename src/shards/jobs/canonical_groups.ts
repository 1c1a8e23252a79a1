/**
 * Groups in the one form that does not tell who has found what, and in which order.
 *
 * The form is that of partials of group tables (records/group_table.ts), so that whoever joins those joins these:
 * groups by their keys, each once; sums as the fewest doubles, from the largest down, of which each is the nearest to
 * what is left; whole units of billionths carried over; and nothing of the seed.
 *
 * @module
 */
import { BLOB_MARK, ENTRY_HEADER_BYTES } from "../../kernels/records_layout.ts";
import {
  type CellLayout,
  COUNT_CELL,
  type InputCells,
  sumPlaces,
} from "../../records/cells.ts";
import { addRationals } from "../../records/exact_rational.ts";
import {
  EXACT_BLOB_CELLS,
  type ExactValue,
  type NormalSum,
  normalSum,
  writeNormalSum,
} from "../../records/exact_sum.ts";
import {
  CELL_BYTES,
  type GroupSeed,
  PARTIAL_HEADER_BYTES,
} from "../../records/group_table.ts";
import { type GroupReader, mergeGroups } from "../../records/merge_groups.ts";
import { compareBytes } from "../../records/sort_key.ts";

const BILLION = 1e9;

/** Sums of two doubles below this are exact with what the addition leaves. */
const QUICK_MAX = 2 ** 900;

/** A group that was read. */
interface ReadGroup {
  readonly key: Uint8Array;
  /** All but the sums. */
  readonly cells: Float64Array;
  /** By the cell that they start at. */
  readonly sums: readonly (readonly [cell: number, sum: NormalSum])[];
}

/** Joins tables to one in its one form; empty where there are no groups. */
export function canonicalTable(
  tables: readonly Uint8Array[],
  layout: CellLayout,
  seed: GroupSeed,
): Uint8Array<ArrayBuffer> {
  const groups: ReadGroup[] = [];
  mergeGroups({ tables }, layout, seed, (group) => {
    groups.push(readGroup(group, layout));
  });
  if (groups.length === 0) return new Uint8Array(0);
  groups.sort(({ key: a }, { key: b }) =>
    compareBytes(a, 0, a.length, b, 0, b.length)
  );
  return writeTable(groups, layout.cellCount);
}

function readGroup(group: GroupReader, layout: CellLayout): ReadGroup {
  const { keyAddress, keyBytes, bytes } = group;
  const cells = new Float64Array(layout.cellCount);
  cells[COUNT_CELL] = group.cell(COUNT_CELL);
  const sums: [number, NormalSum][] = [];
  for (const input of layout.inputs) {
    readExtremes(group, cells, input);
    for (const place of sumPlaces(input)) {
      const carried = place === input.sum ? carry(group, cells, input) : 0;
      sums.push([place, readSum(group, place, carried)]);
    }
  }
  const key = bytes.slice(keyAddress, keyAddress + keyBytes);
  return { key, cells, sums };
}

function readExtremes(
  group: GroupReader,
  cells: Float64Array,
  { min, max, wide }: InputCells,
): void {
  for (const place of [min, max]) {
    if (place < 0) continue;
    const value = group.cell(place);
    cells[place] = value;
    // What is left of no number means nothing.
    if (wide && value === value) cells[place + 1] = group.cell(place + 1);
  }
}

/** Leaves what is below one. @returns The whole units. */
function carry(
  group: GroupReader,
  cells: Float64Array,
  { billionths }: InputCells,
): number {
  if (billionths < 0) return 0;
  const all = group.cell(billionths);
  const units = Math.floor(all / BILLION);
  // Exact, as both are integers below 2**53; -0 would be another value.
  cells[billionths] = all - units * BILLION + 0;
  return units;
}

/** A sum with some units more. */
function readSum(
  group: GroupReader,
  place: number,
  units: number,
): NormalSum {
  const first = group.cell(place), second = group.cell(place + 1);
  const isShort = group.cell(place + 2) === 0 && group.cell(place + 3) === 0;
  const other = second === 0 ? units : second;
  if (isShort && (second === 0 || units === 0) && isQuick(first, other)) {
    return quickSum(first, other);
  }
  const { special, sum } = group.exact(place);
  const value: ExactValue = {
    special,
    sum: addRationals(sum, { numerator: BigInt(units), denominator: 1n }),
  };
  return normalSum(value);
}

function isQuick(first: number, second: number): boolean {
  return Math.abs(first) < QUICK_MAX && Math.abs(second) < QUICK_MAX;
}

/** Two doubles: the addition rounds to the nearest, and what that loses is one (Knuth's TwoSum). */
function quickSum(first: number, second: number): NormalSum {
  const sum = first + second;
  const virtual = sum - first;
  const rest = (first - (sum - virtual)) + (second - virtual);
  return {
    flags: 0,
    parts: [sum, rest].filter((part) => part !== 0),
    huge: [],
  };
}

/** Entries one behind the other, each behind the blobs that it refers to. */
function writeTable(
  groups: readonly ReadGroup[],
  cellCount: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    groups.reduce(
      (sum, group) => sum + bytesOf(group, cellCount),
      PARTIAL_HEADER_BYTES,
    ),
  );
  const words = new Uint32Array(bytes.buffer);
  words[0] = groups.length;
  words[1] = cellCount * CELL_BYTES;
  let at = PARTIAL_HEADER_BYTES;
  for (const group of groups) at = writeGroup(bytes, words, at, group);
  return bytes;
}

const BLOB_BYTES = ENTRY_HEADER_BYTES + EXACT_BLOB_CELLS * CELL_BYTES;

function bytesOf({ key, sums }: ReadGroup, cellCount: number): number {
  const blobs = sums.filter(([, sum]) => needsBlob(sum)).length;
  return blobs * BLOB_BYTES + ENTRY_HEADER_BYTES + cellCount * CELL_BYTES +
    Math.ceil(key.length / 16) * 16;
}

function needsBlob({ flags, parts, huge }: NormalSum): boolean {
  return flags !== 0 || huge.length > 0 || parts.length > 4;
}

/** @returns Where the next one starts. */
function writeGroup(
  bytes: Uint8Array<ArrayBuffer>,
  words: Uint32Array,
  start: number,
  { key, cells, sums }: ReadGroup,
): number {
  const all = new Float64Array(bytes.buffer, 0, Math.floor(bytes.length / 8));
  let blobAt = start;
  const blobs = sums.filter(([, sum]) => needsBlob(sum)).length;
  const entry = start + blobs * BLOB_BYTES;
  const first = (entry + ENTRY_HEADER_BYTES) / CELL_BYTES;
  words[entry / 4 + 1] = key.length;
  all.set(cells, first);
  for (const [cell, sum] of sums) {
    writeNormalSum(all, first + cell, sum, () => {
      const address = blobAt + ENTRY_HEADER_BYTES;
      words[blobAt / 4] = EXACT_BLOB_CELLS * CELL_BYTES;
      words[blobAt / 4 + 1] = BLOB_MARK;
      blobAt += BLOB_BYTES;
      const reference = (address - PARTIAL_HEADER_BYTES) / CELL_BYTES;
      return { cell: address / CELL_BYTES, reference };
    });
  }
  clearNaNs(words, first * 2, cells.length);
  const keyAt = (first + cells.length) * CELL_BYTES;
  bytes.set(key, keyAt);
  return keyAt + Math.ceil(key.length / 16) * 16;
}

/** Runtimes write NaN with any of its bits. */
function clearNaNs(words: Uint32Array, first: number, count: number): void {
  for (let at = first; at < first + 2 * count; at += 2) {
    // `!`: words of cells.
    const high = words[at + 1]! & 0x7fff_ffff;
    const isNaN = high > 0x7ff0_0000 ||
      (high === 0x7ff0_0000 && words[at] !== 0);
    if (!isNaN) continue;
    words[at] = 0;
    words[at + 1] = 0x7ff8_0000;
  }
}

/**
 * Whether bytes could be a table of groups with so many cells: where its entries lie, not what is in them.
 */
export function isTable(bytes: Uint8Array, cellCount: number): boolean {
  if (bytes.length === 0) return true;
  if (bytes.length < PARTIAL_HEADER_BYTES || bytes.length % 8 !== 0) {
    return false;
  }
  const { buffer, byteOffset, length } = bytes;
  const words = new Uint32Array(buffer, byteOffset, length / 4);
  let groups = 0;
  let at = PARTIAL_HEADER_BYTES;
  while (at + ENTRY_HEADER_BYTES <= length) {
    // `!`: inside of the bytes.
    const first = words[at / 4]!, second = words[at / 4 + 1]!;
    if (second === BLOB_MARK) {
      if (first !== EXACT_BLOB_CELLS * CELL_BYTES) return false;
      at += ENTRY_HEADER_BYTES + first;
    } else {
      groups++;
      at += ENTRY_HEADER_BYTES + cellCount * CELL_BYTES +
        Math.ceil(second / 16) * 16;
    }
  }
  return at === length && words[0] === groups &&
    words[1] === cellCount * CELL_BYTES;
}
