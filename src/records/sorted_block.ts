/**
 * Rows in an order, with what they are ordered by: those of one segment, or of many whose blocks were joined.
 *
 * Rows that are equal stay in file order, so that the order is total whatever the workers do.
 *
 * @module
 */
import { type ByteList, ByteLists } from "./byte_lists.ts";
import { compareBytes } from "./sort_key.ts";
import { sortStable } from "./sort_stable.ts";

/** Rows in order, with their keys: see sort_key.ts. Plain data. */
export interface SortedBlock {
  readonly count: number;
  readonly ranks: Uint8Array<ArrayBuffer>;
  readonly firsts: Float64Array<ArrayBuffer>;
  /** `undefined` where all are 0. */
  readonly seconds: Float64Array<ArrayBuffer> | undefined;
  /** `undefined` where all are empty. */
  readonly tails: ByteList | undefined;
  readonly rows: ByteList;
}

/** Bytes that a block takes. */
export function blockBytes(
  { count, seconds, tails, rows }: SortedBlock,
): number {
  return count * (seconds === undefined ? 13 : 21) + rows.bytes.length +
    (tails === undefined ? 0 : 4 * count + tails.bytes.length);
}

/** A key that rows are compared with. */
export interface SortKeyValue {
  readonly rank: number;
  readonly first: number;
  readonly second: number;
  readonly tailMemory: Uint8Array;
  readonly tailStart: number;
  readonly tailBytes: number;
}

/** Compares keys. @param tailSign -1 where the greatest come first. */
export function compareKeys(
  a: SortKeyValue,
  b: SortKeyValue,
  tailSign: number,
): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  if (a.second !== b.second) return a.second < b.second ? -1 : 1;
  if (a.tailBytes === 0 && b.tailBytes === 0) return 0;
  return tailSign * compareBytes(
    a.tailMemory,
    a.tailStart,
    a.tailStart + a.tailBytes,
    b.tailMemory,
    b.tailStart,
    b.tailStart + b.tailBytes,
  );
}

/** Rows that are in file order yet. */
export class BlockBuilder {
  readonly #tailSign: number;
  readonly #rows = new ByteLists();
  readonly #tails = new ByteLists();
  #ranks: number[] = [];
  #firsts: number[] = [];
  #seconds: number[] = [];
  #hasSeconds = false;
  #hasTails = false;
  #ranksSeen = 0;

  /** @param tailSign -1 where the greatest come first. */
  constructor(tailSign: number) {
    this.#tailSign = tailSign;
  }

  /** How many there are. */
  get count(): number {
    return this.#firsts.length;
  }

  /** Adds a row, whose bytes begin at `start` of a memory. */
  add(
    key: SortKeyValue,
    row: Uint8Array,
    byteLength: number,
    start = 0,
  ): void {
    this.#ranks.push(key.rank);
    this.#firsts.push(key.first);
    this.#seconds.push(key.second);
    this.#ranksSeen |= 1 << key.rank;
    if (key.second !== 0) this.#hasSeconds = true;
    if (key.tailBytes > 0) this.#hasTails = true;
    this.#tails.add(key.tailMemory, key.tailStart, key.tailBytes);
    this.#rows.add(row, start, byteLength);
  }

  /** Keeps the first `count` in order, and forgets the others. */
  cut(count: number): void {
    const order = this.#order().subarray(0, count);
    this.#ranks = [...pick(this.#ranks, order)];
    this.#firsts = [...pick(this.#firsts, order)];
    this.#seconds = [...pick(this.#seconds, order)];
    this.#tails.permute(order);
    this.#rows.permute(order);
  }

  /** A copy of the last row's key. To be asked where there is a row. */
  lastKey(): SortKeyValue {
    const last = this.count - 1;
    const tailMemory = this.#tails.at(last);
    return {
      // `!`: there is a row.
      rank: this.#ranks[last]!,
      first: this.#firsts[last]!,
      second: this.#seconds[last]!,
      tailMemory,
      tailStart: 0,
      tailBytes: tailMemory.length,
    };
  }

  /** Takes the first `count` in order, and begins anew. */
  take(count: number): SortedBlock {
    const order = this.#order().subarray(0, count);
    const block: SortedBlock = {
      count: order.length,
      ranks: Uint8Array.from(pick(this.#ranks, order)),
      firsts: pick(this.#firsts, order),
      seconds: this.#hasSeconds ? pick(this.#seconds, order) : undefined,
      tails: this.#hasTails ? this.#tails.list(order) : undefined,
      rows: this.#rows.list(order),
    };
    this.#clear();
    return block;
  }

  #clear(): void {
    this.#ranks = [];
    this.#firsts = [];
    this.#seconds = [];
    this.#hasSeconds = this.#hasTails = false;
    this.#ranksSeen = 0;
    this.#tails.clear();
    this.#rows.clear();
  }

  #order(): Uint32Array<ArrayBuffer> {
    const firsts = Float64Array.from(this.#firsts);
    // A power of two: all have one rank.
    const isMixed = (this.#ranksSeen & (this.#ranksSeen - 1)) !== 0;
    const isPlain = !isMixed && !this.#hasSeconds && !this.#hasTails;
    if (isPlain) return sortStable(firsts);
    return sortStable(firsts, (a, b) => this.#compare(a, b), isMixed);
  }

  #compare(a: number, b: number): number {
    // `!`: these are indices of what there is.
    const rank = this.#ranks[a]! - this.#ranks[b]!;
    if (rank !== 0) return rank;
    const first = this.#firsts[a]!, otherFirst = this.#firsts[b]!;
    if (first !== otherFirst) return first < otherFirst ? -1 : 1;
    const second = this.#seconds[a]!, otherSecond = this.#seconds[b]!;
    if (second !== otherSecond) return second < otherSecond ? -1 : 1;
    return this.#hasTails ? this.#tailSign * this.#tails.compare(a, b) : 0;
  }
}

/** Some of a list, in another order. */
function pick(
  list: readonly number[],
  order: Uint32Array,
): Float64Array<ArrayBuffer> {
  const picked = new Float64Array(order.length);
  // `!`: these are indices of the list.
  for (let i = 0; i < order.length; i++) picked[i] = list[order[i]!]!;
  return picked;
}
