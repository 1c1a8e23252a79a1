/**
 * Short texts that are written over and over.
 *
 * @module
 */

/** Room that a block needs behind the last byte that {@link Phrases.write} writes. */
export const PHRASE_SLACK_BYTES = 8;

/**
 * A list of short texts, kept as 8-byte words: one store writes up to eight letters, which makes
 * files of text four times as fast as storing bytes one by one.
 *
 * The words are doubles, as `BigInt64` values would be allocated. UTF-8 holds neither 0xff
 * nor, in our texts, 0x7f, so that no word is a NaN, whose bits an engine may change.
 */
export class Phrases {
  readonly #stride: number;
  readonly #words: Float64Array;
  readonly #lengths: Uint8Array;

  /**
   * @param texts Each of at most 255 bytes.
   */
  constructor(texts: readonly string[]) {
    const encoded = texts.map((text) => new TextEncoder().encode(text));
    this.#lengths = Uint8Array.from(encoded, (bytes) => bytes.byteLength);
    this.#stride = Math.ceil(Math.max(...this.#lengths) / 8);
    const bytes = new Uint8Array(texts.length * this.#stride * 8);
    encoded.forEach((text, i) => bytes.set(text, i * this.#stride * 8));
    const view = new DataView(bytes.buffer);
    this.#words = Float64Array.from(
      { length: bytes.byteLength / 8 },
      (_, i) => view.getFloat64(i * 8, true),
    );
  }

  /**
   * Writes one of the texts, and up to {@link PHRASE_SLACK_BYTES} - 1 zeros behind it.
   *
   * @param index Which, `0 <= index < texts.length`.
   * @returns The offset behind the text.
   */
  write(target: DataView, offset: number, index: number): number {
    const length = this.#lengths[index] ?? 0;
    let word = index * this.#stride;
    for (let i = 0; i < length; i += 8) {
      target.setFloat64(offset + i, this.#words[word++] ?? 0, true);
    }
    return offset + length;
  }
}
