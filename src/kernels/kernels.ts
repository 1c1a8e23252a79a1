/**
 * What a kernel backend offers: pure functions over the bytes of one arena.
 *
 * All places are byte offsets into the arena's memory, all sizes are bytes unless
 * their name says otherwise. A kernel does no I/O, allocates nothing and never
 * throws; the caller has checked that every range lies inside the arena. Both
 * backends have the same shape, so reading one is reading the other, and both give
 * the same results for every input (tests hold `simd` against `scalar`).
 *
 * @module
 */

/** Name of a backend: WASM with 128-bit SIMD, or plain TypeScript. */
export type Backend = "simd" | "scalar";

/** Part of an arena: `byteLength` bytes from `byteOffset`. */
export interface Region {
  /** In bytes from the start of the arena. */
  readonly byteOffset: number;
  /** In bytes. */
  readonly byteLength: number;
}

/** Bytes that a kernel backend needs for itself, per worker, 64-byte aligned. */
export const KERNEL_SCRATCH_BYTES: number = 16 * 1024;

/** One backend bound to one arena and one worker's scratch. */
export interface Kernels {
  /** Which one. */
  readonly backend: Backend;

  /** Counts the bytes in `[byteOffset, byteOffset + byteLength)` that equal `byte` (0 to 255). */
  countByte(byteOffset: number, byteLength: number, byte: number): number;

  /**
   * Finds the first byte that equals `byte` (0 to 255), for the many short searches of framings.
   *
   * @param start Byte offset, not 0.
   * @param end Byte offset behind the last byte, up to 2**32.
   * @returns Its byte offset; `end` if there is none.
   */
  findByte(start: number, end: number, byte: number): number;

  /** As {@link Kernels.findByte}, the first of two bytes. */
  findEither(start: number, end: number, a: number, b: number): number;

  /**
   * Finds the first occurrence of a needle.
   *
   * Looks at each byte of text and needle a bounded number of times, whatever they hold; so do
   * {@link Kernels.findLast} and {@link Kernels.findAll}.
   *
   * @param address Byte offset of the text to search, anywhere.
   * @param byteLength Bytes of the text, `0 <= byteLength < 2**32`.
   * @param needleAddress Byte offset of the needle, anywhere.
   * @param needleBytes Bytes of the needle; 0 is found at once.
   * @returns Offset from `address` of the occurrence, which lies in the text as a whole; -1 if there is none.
   */
  findFirst(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
  ): number;

  /** As {@link Kernels.findFirst}, from the end; an empty needle is found at `byteLength`. */
  findLast(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
  ): number;

  /**
   * Writes the offsets of all occurrences, in order, until there is no room for more.
   *
   * Where `capacity` are written there may be others: go on after the last, that is 1 byte behind
   * its first if overlapping ones count, else `needleBytes`.
   *
   * @param needleBytes At least 1; the rest as for {@link Kernels.findFirst}.
   * @param output Byte offset of a `u32[capacity]` for offsets from `address`, 4-byte aligned.
   * @param capacity At least 1.
   * @param overlapping Whether an occurrence may start inside the one before it.
   * @returns How many were written.
   */
  findAll(
    address: number,
    byteLength: number,
    needleAddress: number,
    needleBytes: number,
    output: number,
    capacity: number,
    overlapping: boolean,
  ): number;

  /**
   * Adds how often each byte value occurs in the range to a table of counts.
   *
   * @param counts Byte offset of a `u32[256]`, 4-byte aligned; wraps modulo 2^32,
   * so the caller drains it before 4 GiB have been counted.
   */
  histogram(byteOffset: number, byteLength: number, counts: number): void;

  /**
   * BLAKE3 chaining values of `chunkCount` whole, consecutive chunks of 1,024 bytes.
   *
   * @param input Byte offset of the first chunk (any alignment).
   * @param counter Index in the whole input of the first chunk, `0 <= counter < 2**53`.
   * @param key Byte offset of the eight key words (the IV for plain hashing), 4-byte aligned.
   * @param flags Mode flags (KEYED_HASH and so on); CHUNK_START and CHUNK_END are added here.
   * @param cvs Where the 32-byte chaining values go, one after the other, 4-byte aligned.
   */
  blake3Chunks(
    input: number,
    chunkCount: number,
    counter: number,
    key: number,
    flags: number,
    cvs: number,
  ): void;

  /**
   * BLAKE3 chaining value of a single chunk, however short; or of its first blocks.
   *
   * @param input Byte offset of the chunk (any alignment).
   * @param byteLength 0 to 1,024.
   * @param counter As for {@link Kernels.blake3Chunks}, and so are `key` and `flags`.
   * @param endFlags What the last block takes besides: CHUNK_END, and ROOT where the chunk is all of the
   * input; 0 if more of the chunk is to come, `byteLength` being a multiple of 64 then. CHUNK_START is added here.
   * @param cv Where the 32 bytes go, 4-byte aligned.
   */
  blake3Chunk(
    input: number,
    byteLength: number,
    counter: number,
    key: number,
    flags: number,
    endFlags: number,
    cv: number,
  ): void;

  /**
   * BLAKE3 chaining values of `parentCount` parents, whose 64-byte blocks lie one after the other.
   *
   * @param children Byte offset of `2 * parentCount` chaining values, 4-byte aligned.
   * @param flags Mode flags, and ROOT for the topmost parent; PARENT is added here.
   * @param cvs Where the results go; may equal `children`.
   */
  blake3Parents(
    children: number,
    parentCount: number,
    key: number,
    flags: number,
    cvs: number,
  ): void;
}
