/**
 * Files of random bytes.
 *
 * @module
 */
import { BLOCK_BYTES, type Blocks } from "./blocks.ts";
import { RandomWords } from "./random.ts";

/** Random bytes: no pattern, 8 bits of entropy per byte. */
export function* randomBlocks(byteLength: number, seed: number): Blocks {
  const random = new RandomWords(seed);
  const words = new Uint32Array(BLOCK_BYTES / 4);
  const block = new Uint8Array(words.buffer);
  for (let left = byteLength; left > 0; left -= block.byteLength) {
    random.fill(words);
    if (!IS_LITTLE_ENDIAN) swapBytes(words);
    yield left < block.byteLength ? block.subarray(0, left) : block;
  }
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function swapBytes(words: Uint32Array<ArrayBuffer>): void {
  const view = new DataView(words.buffer);
  for (let i = 0; i < words.length; i++) {
    view.setUint32(i * 4, words[i] ?? 0, true);
  }
}
