/**
 * Something open that bytes are read from, whatever it is.
 *
 * @module
 */

/** What can be read from, one read at a time. */
export interface Reading {
  /** How errors name it: `"file"`, or `"stream"`. */
  readonly kind: "file" | "stream";
  /** Path of the file, where it has one. */
  readonly path?: string | undefined;
  /**
   * Reads once.
   *
   * @param target At least one byte, in plain or shared memory.
   * @returns How many bytes came, maybe less than there is room for; 0 only at the end.
   */
  read(target: Uint8Array): Promise<number>;
  /** Closes what was opened for the reading; the caller's own stays open. */
  close(): void;
}
