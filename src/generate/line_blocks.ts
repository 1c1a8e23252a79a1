/**
 * Files of text.
 *
 * @module
 */
import { BLOCK_BYTES, type Blocks, NEWLINE } from "./blocks.ts";
import { PHRASE_SLACK_BYTES, Phrases } from "./phrases.ts";
import { RandomPool } from "./random.ts";

/** 64 words, each of at most 7 letters and a space: six bits choose one, one store writes it. */
const WORDS =
  "the of and to in is that it was for on are as with his they at be this have from or one had by " +
  "word but not what all were we when your can said there use an each which she do how their if " +
  "will up other about out many then them these so some her time would make like him into";

const WORD_BITS = 6;
const WORDS_PER_LINE_MAX = 15;
const LINE_BYTES_MAX = WORDS_PER_LINE_MAX * 8 + 1;

/**
 * Text of English words in lines of 0 to 15 words; ends with a newline, so that the last
 * line may be cut short.
 */
export function* lineBlocks(byteLength: number, seed: number): Blocks {
  const random = new RandomPool(seed);
  const words = new Phrases(WORDS.split(" ").map((word) => `${word} `));
  const block = new Uint8Array(
    BLOCK_BYTES + LINE_BYTES_MAX + PHRASE_SLACK_BYTES,
  );
  const view = new DataView(block.buffer);
  let filled = 0;
  for (let left = byteLength; left > 0;) {
    while (filled < BLOCK_BYTES) {
      filled = writeLine(view, filled, words, random);
    }
    const taken = Math.min(BLOCK_BYTES, left);
    left -= taken;
    if (left === 0) block[taken - 1] = NEWLINE;
    yield block.subarray(0, taken);
    block.copyWithin(0, taken, filled);
    filled -= taken;
  }
}

/** @returns The offset behind the line's newline. */
function writeLine(
  view: DataView,
  offset: number,
  words: Phrases,
  random: RandomPool,
): number {
  let end = offset;
  let bits = random.next();
  const wordCount = bits & WORDS_PER_LINE_MAX;
  bits >>>= 4;
  for (let i = 0, unused = 28; i < wordCount; i++, unused -= WORD_BITS) {
    if (unused < WORD_BITS) {
      bits = random.next();
      unused = 32;
    }
    end = words.write(view, end, bits & 63);
    bits >>>= WORD_BITS;
  }
  // The newline takes the place of the last word's space.
  const last = wordCount === 0 ? end : end - 1;
  view.setUint8(last, NEWLINE);
  return last + 1;
}
