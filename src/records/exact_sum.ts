/**
 * Exact sums of doubles in the cells of groups.
 *
 * A sum is kept as up to four doubles whose exact sum it is, so that it does not depend on the order, nor on how
 * records were shared out among workers; it is rounded once, when it is shown. What is added goes through the four
 * by Knuth's TwoSum, which gives what a rounded addition has lost as another double.
 *
 * Where four do not hold it, bytes beside the cells do: room for as many as any sum needs.
 *
 * ```text
 * cells:  d0 d1 d2 d3                the sum of these
 *         NaN reference - -          what the blob says:
 * blob:   flags | count, d ... | count, h ...      sum of d + 2**200 * sum of h; flags for infinities and NaN
 * ```
 *
 * @see J. R. Shewchuk, "Adaptive precision floating-point arithmetic", 1997; Python's `math.fsum`.
 *
 * @module
 */
import {
  addRationals,
  isBelow,
  type Rational,
  reduced,
  sumOf,
  toDouble,
} from "./exact_rational.ts";

/** Cells of a sum. */
export const EXACT_SUM_CELLS = 4;

/** Doubles further from 0 are scaled, so that no sum overflows on the way: 2**53 of the others do not. */
const HUGE = 2 ** 960;
const SCALE_BITS = 200;
const SCALE = 2 ** -SCALE_BITS;

/** Parts that were merged are 53 bits apart: 2,098 bits hold 40 of them, and those of scaled doubles four. */
const PARTS_MAX = 48;
const HUGE_PARTS_MAX = 8;

/** Cells of a blob, by index. */
const FLAGS = 0;
const PARTS = 1;
const HUGE_PARTS = PARTS + 1 + PARTS_MAX;
/** Cells of a blob. */
export const EXACT_BLOB_CELLS: number = HUGE_PARTS + 1 + HUGE_PARTS_MAX;

const POSITIVE_INFINITY = 1;
const NEGATIVE_INFINITY = 2;
const NOT_A_NUMBER = 4;

/** Where bytes beside the cells come from: a `GroupTable`, or part of a partial, which makes no new ones. */
export interface BlobStore {
  /** @returns Byte address, a multiple of 8. */
  allocate(byteLength: number): number;
  reference(address: number): number;
  resolve(reference: number): number;
}

/** A sum, told exactly. */
export interface ExactValue {
  /** An infinity or NaN, where the sum is one. */
  readonly special: number | undefined;
  /** The sum of the finite doubles. */
  readonly sum: Rational;
}

/** A sum in the one form that all equal ones have. */
export interface NormalSum {
  /** 0 unless the sum is an infinity or NaN. */
  readonly flags: number;
  /** From the largest down, each the double nearest to what is left. */
  readonly parts: readonly number[];
  /** Those that are scaled, in front of the others. */
  readonly huge: readonly number[];
}

/** Tells a sum in its one form. */
export function normalSum({ special, sum }: ExactValue): NormalSum {
  if (special !== undefined) {
    return { flags: flagOf(special), parts: [], huge: [] };
  }
  const huge: number[] = [];
  let rest = sum;
  while (!isBelow(rest, HUGE)) {
    const scaled = {
      numerator: rest.numerator,
      denominator: rest.denominator << BigInt(SCALE_BITS),
    };
    const part = toDouble(scaled);
    const { numerator, denominator } = sumOf([-part]);
    huge.push(part);
    rest = reduced(addRationals(rest, {
      numerator: numerator << BigInt(SCALE_BITS),
      denominator,
    }));
  }
  const parts: number[] = [];
  while (rest.numerator !== 0n) {
    const part = toDouble(rest);
    parts.push(part);
    rest = reduced(addRationals(rest, sumOf([-part])));
  }
  return { flags: 0, parts, huge };
}

/**
 * Writes a sum into cells that are 0.
 *
 * @param cell Index of the sum's first cell.
 * @param takeBlob Takes room for a blob, {@link EXACT_BLOB_CELLS} that are 0. Called where it is needed only.
 */
export function writeNormalSum(
  cells: Float64Array,
  cell: number,
  { flags, parts, huge }: NormalSum,
  takeBlob: () => { cell: number; reference: number },
): void {
  if (flags === 0 && huge.length === 0 && parts.length <= EXACT_SUM_CELLS) {
    cells.set(parts, cell);
    return;
  }
  const { cell: blob, reference } = takeBlob();
  cells[cell] = NaN;
  cells[cell + 1] = reference;
  cells[blob + FLAGS] = flags;
  for (const [at, list] of [[PARTS, parts], [HUGE_PARTS, huge]] as const) {
    cells[blob + at] = list.length;
    // From the smallest on, as `addPart` has them.
    cells.set([...list].reverse(), blob + at + 1);
  }
}

/** Sums in the cells of one table. All cells 0 is the sum of nothing. */
export class ExactCells {
  readonly #cells: Float64Array;
  readonly #blobs: BlobStore;

  /**
   * @param blobs Of the table.
   * @param memory Where the table lies, or its bytes.
   */
  constructor(
    blobs: BlobStore,
    memory: { readonly buffer: ArrayBufferLike },
  ) {
    this.#blobs = blobs;
    this.#cells = new Float64Array(memory.buffer);
  }

  /**
   * Adds a double. Allocates nothing but, seldom, a blob of the table.
   *
   * @param cell Index of the sum's first cell: its byte address by 8.
   * @param value Any, infinities and NaN too; -0 counts as 0.
   */
  add(cell: number, value: number): void {
    const cells = this.#cells;
    const first = cells[cell]!;
    if (first !== first || !(value < HUGE && value > -HUGE)) {
      this.#addElsewhere(cell, value);
      return;
    }
    let rest = value;
    for (let i = cell; i < cell + EXACT_SUM_CELLS; i++) {
      const part = cells[i]!;
      const sum = part + rest;
      const virtual = sum - part;
      rest = (part - (sum - virtual)) + (rest - virtual);
      cells[i] = sum;
      if (rest === 0) return;
    }
    this.#addElsewhere(cell, rest);
  }

  /** Adds a sum of this table or of another. */
  addAll(cell: number, other: ExactCells, otherCell: number): void {
    const cells = other.#cells;
    const first = cells[otherCell]!;
    if (first === first) {
      for (let i = 0; i < EXACT_SUM_CELLS; i++) {
        this.add(cell, cells[otherCell + i]!);
      }
      return;
    }
    const source = other.#blobs.resolve(cells[otherCell + 1]!) / 8;
    const target = this.#blob(cell);
    this.#cells[target + FLAGS] = this.#cells[target + FLAGS]! |
      cells[source + FLAGS]!;
    for (const part of partsOf(cells, source + PARTS)) {
      addPart(this.#cells, target + PARTS, PARTS_MAX, part);
    }
    for (const part of partsOf(cells, source + HUGE_PARTS)) {
      addPart(this.#cells, target + HUGE_PARTS, HUGE_PARTS_MAX, part);
    }
  }

  /** Tells a sum. */
  value(cell: number): ExactValue {
    const cells = this.#cells;
    const first = cells[cell]!;
    if (first === first) {
      const parts = cells.slice(cell, cell + EXACT_SUM_CELLS);
      return { special: undefined, sum: sumOf([...parts]) };
    }
    const blob = this.#blobs.resolve(cells[cell + 1]!) / 8;
    const parts = sumOf(partsOf(cells, blob + PARTS));
    const huge = sumOf(partsOf(cells, blob + HUGE_PARTS));
    const scaled = {
      numerator: huge.numerator << BigInt(SCALE_BITS),
      denominator: huge.denominator,
    };
    return {
      special: specialOf(cells[blob + FLAGS]!),
      sum: addRationals(parts, scaled),
    };
  }

  #addElsewhere(cell: number, value: number): void {
    const blob = this.#blob(cell);
    const cells = this.#cells;
    if (value - value !== 0) {
      cells[blob + FLAGS] = cells[blob + FLAGS]! | flagOf(value);
    } else if (value < HUGE && value > -HUGE) {
      addPart(cells, blob + PARTS, PARTS_MAX, value);
    } else {
      addPart(cells, blob + HUGE_PARTS, HUGE_PARTS_MAX, value * SCALE);
    }
  }

  /** Index of the first cell of a sum's blob, which is made if there is none. */
  #blob(cell: number): number {
    const cells = this.#cells;
    const first = cells[cell]!;
    if (first !== first) return this.#blobs.resolve(cells[cell + 1]!) / 8;
    const address = this.#blobs.allocate(8 * EXACT_BLOB_CELLS);
    const blob = address / 8;
    cells.fill(0, blob, blob + EXACT_BLOB_CELLS);
    for (let i = cell; i < cell + EXACT_SUM_CELLS; i++) {
      addPart(cells, blob + PARTS, PARTS_MAX, cells[i]!);
    }
    cells[cell] = NaN;
    cells[cell + 1] = this.#blobs.reference(address);
    return blob;
  }
}

/**
 * Adds a double to a list of parts, from the smallest to the largest, none of which overlap.
 *
 * @param list Index of the count, in front of the parts.
 * @param countMax How many there is room for.
 */
function addPart(
  cells: Float64Array,
  list: number,
  countMax: number,
  value: number,
): void {
  if (cells[list] === countMax) mergeParts(cells, list);
  const end = list + 1 + cells[list]!;
  let kept = list + 1;
  let sum = value;
  for (let at = list + 1; at < end; at++) {
    const part = cells[at]!;
    const next = sum + part;
    const virtual = next - sum;
    const rest = (sum - (next - virtual)) + (part - virtual);
    if (rest !== 0) cells[kept++] = rest;
    sum = next;
  }
  if (sum !== 0) cells[kept++] = sum;
  cells[list] = kept - list - 1;
}

/** Makes few parts of many, each with all the bits that a double holds, from the largest down. */
function mergeParts(cells: Float64Array, list: number): void {
  const end = list + 1 + cells[list]!;
  let kept = end;
  let sum = cells[end - 1]!;
  for (let at = end - 2; at > list; at--) {
    const part = cells[at]!;
    const next = sum + part;
    // Enough, as the sum is larger than the part.
    const rest = part - (next - sum);
    if (rest !== 0) {
      cells[--kept] = next;
      sum = rest;
    } else sum = next;
  }
  if (sum !== 0) cells[--kept] = sum;
  cells.copyWithin(list + 1, kept, end);
  cells[list] = end - kept;
}

function partsOf(cells: Float64Array, list: number): number[] {
  return [...cells.slice(list + 1, list + 1 + cells[list]!)];
}

function flagOf(value: number): number {
  if (value !== value) return NOT_A_NUMBER;
  return value > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY;
}

function specialOf(flags: number): number | undefined {
  switch (flags) {
    case 0:
      return undefined;
    case POSITIVE_INFINITY:
      return Infinity;
    case NEGATIVE_INFINITY:
      return -Infinity;
    default:
      return NaN;
  }
}
