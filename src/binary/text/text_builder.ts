/**
 * Text that is put together from UTF-16 code units and from strings.
 *
 * @module
 */

/** Fewer than the arguments that any engine takes in a call. */
const UNITS_AT_ONCE = 8192;

/** Of all builders, because a new one for each short field of a record would cost more than its text. */
const UNITS = new Uint16Array(UNITS_AT_ONCE);

/** Collects text. One builder at a time: they share their scratch memory. */
export class TextBuilder {
  #length = 0;
  #text = "";

  /** Adds a code unit; a lone surrogate stays one. */
  unit(unit: number): void {
    if (this.#length === UNITS_AT_ONCE) this.#flush();
    UNITS[this.#length++] = unit;
  }

  /** Adds a code point, `0 <= codePoint <= 0x10ffff`. */
  codePoint(codePoint: number): void {
    if (codePoint < 0x10000) return this.unit(codePoint);
    this.unit(0xd800 + ((codePoint - 0x10000) >> 10));
    this.unit(0xdc00 + (codePoint & 0x3ff));
  }

  /** Adds text that is there already. */
  string(text: string): void {
    this.#flush();
    this.#text += text;
  }

  /** All of the text. */
  finish(): string {
    this.#flush();
    return this.#text;
  }

  #flush(): void {
    if (this.#length === 0) return;
    const units = UNITS.subarray(0, this.#length);
    // The cast: `apply` takes whatever has a length and indices, its type only arrays.
    this.#text += String.fromCharCode.apply(
      null,
      units as unknown as number[],
    );
    this.#length = 0;
  }
}
