/**
 * A range of an object, fetched by several requests at a time and read in order.
 *
 * ```text
 * object   |  1 MiB |   2 MiB   |     4 MiB     |        8 MiB        |        8 MiB        | ...
 *             read     coming        coming             coming          not asked for yet
 * ```
 *
 * The first chunks are small, so that whoever looks at the beginning only does not fetch 32 MiB for it.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import { Chunk } from "./chunk.ts";
import type { RangedObject } from "./remote_object.ts";

const CHUNK_BYTES_FIRST = 1024 ** 2;

/** Reads a range from its start to its end. */
export class RangedReader {
  readonly #object: RangedObject;
  readonly #end: number;
  readonly #stop = new AbortController();
  readonly #chunks: Chunk[] = [];
  /** Offset of the next chunk. */
  #next: number;
  #chunkBytes: number;

  /** Fetches nothing before the first read. */
  constructor(object: RangedObject, { start, end }: ByteRange) {
    this.#object = object;
    this.#next = start;
    this.#end = Math.min(end, object.size);
    const { chunkBytes } = object.sender.settings;
    this.#chunkBytes = Math.min(CHUNK_BYTES_FIRST, chunkBytes);
  }

  /** @returns How many bytes came into `target`; 0 only at the end of the range. */
  async read(target: Uint8Array): Promise<number> {
    for (;;) {
      this.#ask();
      const [chunk] = this.#chunks;
      if (chunk === undefined) return 0;
      const count = await chunk.read(target);
      if (count > 0) return count;
      this.#chunks.shift();
    }
  }

  #ask(): void {
    const { chunkBytes, requests } = this.#object.sender.settings;
    while (this.#chunks.length < requests && this.#next < this.#end) {
      const end = Math.min(this.#next + this.#chunkBytes, this.#end);
      const range = { start: this.#next, end };
      this.#chunks.push(new Chunk(this.#object, range, this.#stop.signal));
      this.#next = end;
      this.#chunkBytes = Math.min(2 * this.#chunkBytes, chunkBytes);
    }
  }

  /** Ends what is coming. Safe to repeat. */
  close(): void {
    this.#stop.abort(new Error("the reader was closed"));
  }
}
