/**
 * Many blocks of sorted rows, read as one.
 *
 * A tournament: each block's next row has lost against another once, so that the next row of all takes one
 * comparison for each round (Knuth, The Art of Computer Programming, volume 3, section 5.4.1).
 *
 * @module
 */
import {
  BlockBuilder,
  compareKeys,
  type SortedBlock,
  type SortKeyValue,
} from "./sorted_block.ts";

const NO_TAIL = new Uint8Array(0);

/** The next row of a block. */
class Head implements SortKeyValue {
  readonly block: SortedBlock;
  index = -1;
  rank = 0;
  first = 0;
  second = 0;
  readonly tailMemory: Uint8Array;
  tailStart = 0;
  tailBytes = 0;

  constructor(block: SortedBlock) {
    this.block = block;
    this.tailMemory = block.tails?.bytes ?? NO_TAIL;
    this.advance();
  }

  get isOver(): boolean {
    return this.index >= this.block.count;
  }

  advance(): void {
    const index = ++this.index;
    const { ranks, firsts, seconds, tails } = this.block;
    if (this.isOver) return;
    // `!`: `index` is inside of the block.
    this.rank = ranks[index]!;
    this.first = firsts[index]!;
    if (seconds !== undefined) this.second = seconds[index]!;
    if (tails === undefined) return;
    this.tailStart = index === 0 ? 0 : tails.ends[index - 1]!;
    this.tailBytes = tails.ends[index]! - this.tailStart;
  }
}

/** Goes through the rows of blocks that are in file order. */
export class BlockMerge {
  readonly #heads: readonly Head[];
  readonly #tailSign: number;
  /** Of each match, who lost it; the winner of all stands in front. */
  readonly #losers: Int32Array;
  #started = false;

  /** @param tailSign -1 where the greatest come first. */
  constructor(blocks: readonly SortedBlock[], tailSign: number) {
    this.#heads = blocks.filter(({ count }) => count > 0)
      .map((block) => new Head(block));
    this.#tailSign = tailSign;
    this.#losers = new Int32Array(Math.max(1, this.#heads.length)).fill(-1);
    for (let i = this.#heads.length - 1; i >= 0; i--) this.#enter(i);
  }

  /** Goes to the next row. @returns Its key, which holds until the next call; `undefined` if there is none. */
  next(): Head | undefined {
    const winner = this.#losers[0]!;
    const head = this.#heads[winner];
    if (head === undefined) return undefined;
    if (this.#started) {
      head.advance();
      this.#replay(winner);
    }
    this.#started = true;
    const next = this.#heads[this.#losers[0]!];
    return next === undefined || next.isOver ? undefined : next;
  }

  /** Lets one in that waits for its opponents where there are none yet. */
  #enter(index: number): void {
    const losers = this.#losers;
    let winner = index;
    for (let at = this.#leaf(index); at > 0; at >>= 1) {
      const other = losers[at]!;
      if (other < 0) {
        losers[at] = winner;
        return;
      }
      if (this.#isBefore(other, winner)) {
        losers[at] = winner;
        winner = other;
      }
    }
    losers[0] = winner;
  }

  #replay(index: number): void {
    const losers = this.#losers;
    let winner = index;
    for (let at = this.#leaf(index); at > 0; at >>= 1) {
      const other = losers[at]!;
      if (this.#isBefore(other, winner)) {
        losers[at] = winner;
        winner = other;
      }
    }
    losers[0] = winner;
  }

  #leaf(index: number): number {
    return (index + this.#heads.length) >> 1;
  }

  #isBefore(a: number, b: number): boolean {
    // `!`: these are places in the list.
    const left = this.#heads[a]!, right = this.#heads[b]!;
    if (left.isOver || right.isOver) return right.isOver && !left.isOver;
    const difference = compareKeys(left, right, this.#tailSign);
    return difference === 0 ? a < b : difference < 0;
  }
}

/** The first rows of blocks that are in file order, as one block. */
export function joinBlocks(
  blocks: readonly SortedBlock[],
  count: number,
  tailSign: number,
): SortedBlock {
  const merge = new BlockMerge(blocks, tailSign);
  const builder = new BlockBuilder(tailSign);
  for (let left = count; left > 0; left--) {
    const head = merge.next();
    if (head === undefined) break;
    const { bytes, ends } = head.block.rows;
    const start = head.index === 0 ? 0 : ends[head.index - 1]!;
    builder.add(head, bytes, ends[head.index]! - start, start);
  }
  return builder.take(count);
}
