/**
 * What the makers of generated files share.
 *
 * @module
 */

/** Bytes made at a time: long enough for writes at full speed, short enough for the L2 cache. */
export const BLOCK_BYTES: number = 1 << 20;

export const NEWLINE = 0x0a;

/** Blocks of one file. Each is valid until the next is asked for. */
export type Blocks = Generator<Uint8Array<ArrayBuffer>, void, void>;
