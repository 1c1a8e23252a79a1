/**
 * Bytes that come one by one.
 *
 * @module
 */

/** Collects bytes in memory that grows. */
export class ByteBuilder {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacity Bytes that are expected. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  byte(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = byte;
  }

  bytes(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      this.#grow(bytes.length);
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** All of the bytes, in memory of their own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#length === this.#bytes.length
      ? this.#bytes
      : this.#bytes.slice(0, this.#length);
  }

  #grow(count: number): void {
    const larger = new Uint8Array(2 * this.#bytes.length + count);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
