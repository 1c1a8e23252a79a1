/**
 * Rows in an order, piece by piece: the blocks that a run has left, joined as they are asked for.
 *
 * @module
 */
import type { SortedRows } from "../jobs/sorted_records.ts";
import { BlockMerge } from "./block_merge.ts";
import type { RecordQuery } from "./query.ts";
import { ByteWriter } from "./row_writer.ts";
import { tailSignOf } from "./sort_scan.ts";

/** Rows as text, each with a newline at its end. */
export interface SortedPiece {
  readonly bytes: Uint8Array;
  readonly rowCount: number;
}

/** Bytes of a piece, roughly. */
const PIECE_BYTES = 256 * 1024;

/** Yields the rows of blocks in order, the first `top` of them; at least one piece, which may have none. */
export function* sortedPieces(
  { blocks }: SortedRows,
  { sort, top = Infinity }: RecordQuery,
): Generator<SortedPiece, void, void> {
  const merge = new BlockMerge(blocks, tailSignOf(sort));
  const out = new ByteWriter();
  let rowCount = 0;
  for (let left = top; left > 0; left--) {
    const head = merge.next();
    if (head === undefined) break;
    const { bytes, ends } = head.block.rows;
    // `!`: the index is inside of the block.
    const start = head.index === 0 ? 0 : ends[head.index - 1]!;
    out.copy(bytes, start, ends[head.index]! - start);
    rowCount++;
    if (out.byteLength < PIECE_BYTES) continue;
    yield { bytes: out.take(), rowCount };
    rowCount = 0;
  }
  yield { bytes: out.take(), rowCount };
}
