/**
 * Files of fixed-size binary records.
 *
 * @module
 */
import { BLOCK_BYTES, type Blocks } from "./blocks.ts";
import { RandomPool } from "./random.ts";

/** Bytes of a record of {@link recordBlocks}. */
export const RECORD_BYTES = 32;

/** 2023-11-14T22:13:20Z in nanoseconds, cut into two words. */
const FIRST_TIME = 1_700_000_000_000_000_000n;
const FIRST_TIME_LOW = Number(FIRST_TIME & 0xffff_ffffn);
const FIRST_TIME_HIGH = Number(FIRST_TIME >> 32n);

/**
 * Records of 32 bytes, in Python's format language `<IIdQ8x`: `id` counts from 0 (and wraps
 * after 2**32), `kind` is 0 to 15, `value` lies evenly in [-1000, 1000), `ts` is a time in
 * nanoseconds that grows by up to 2**20 from record to record, and 8 bytes of zeros.
 *
 * As many whole records as fit into `byteLength`.
 */
export function* recordBlocks(byteLength: number, seed: number): Blocks {
  const random = new RandomPool(seed);
  const block = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(block.buffer);
  let id = 0;
  let timeLow = FIRST_TIME_LOW;
  let timeHigh = FIRST_TIME_HIGH;
  for (
    let left = Math.floor(byteLength / RECORD_BYTES) * RECORD_BYTES;
    left > 0;
  ) {
    const filled = Math.min(BLOCK_BYTES, left);
    for (let offset = 0; offset < filled; offset += RECORD_BYTES) {
      const word = random.next();
      timeLow += word >>> 12;
      if (timeLow >= 2 ** 32) {
        timeLow -= 2 ** 32;
        timeHigh++;
      }
      view.setUint32(offset, id++, true);
      view.setUint32(offset + 4, word & 15, true);
      view.setFloat64(
        offset + 8,
        (random.next() / 2 ** 32) * 2000 - 1000,
        true,
      );
      view.setUint32(offset + 16, timeLow, true);
      view.setUint32(offset + 20, timeHigh, true);
    }
    yield filled < BLOCK_BYTES ? block.subarray(0, filled) : block;
    left -= filled;
  }
}
