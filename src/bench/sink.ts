/**
 * The operations as plain code of one thread: what people write who go through a file chunk by chunk.
 *
 * @module
 */
import { loadBuiltin } from "../platform/builtin.ts";

/** Takes a file chunk by chunk. */
export interface Sink {
  /** Where the next bytes may be read to, at least one, to be handed to {@link Sink.update} then. */
  space(): Uint8Array<SharedArrayBuffer>;
  /** Takes the next bytes, in file order, of any length. They are the caller's again afterwards. */
  update(chunk: Uint8Array): void;
  /** @returns What was found. */
  end(): string;
}

/** Bytes of the buffer of those who read into one. */
export const SINK_BYTES: number = 1024 ** 2;

/** What sinks have that take bytes wherever they lie. */
abstract class PlainSink implements Sink {
  readonly #space = new Uint8Array(new SharedArrayBuffer(SINK_BYTES));

  space(): Uint8Array<SharedArrayBuffer> {
    return this.#space;
  }

  abstract update(chunk: Uint8Array): void;
  abstract end(): string;
}

const NEWLINE = 0x0a;

/** Counts newlines with `indexOf`, which is native code and several times as fast as a loop. */
export class CountSink extends PlainSink {
  #count = 0;

  override update(chunk: Uint8Array): void {
    for (let at = -1; (at = chunk.indexOf(NEWLINE, at + 1)) !== -1;) {
      this.#count++;
    }
  }

  override end(): string {
    return String(this.#count);
  }
}

/** CRC-32 with the runtime's own function. */
export class Crc32Sink extends PlainSink {
  readonly #crc32: (bytes: Uint8Array, crc: number) => number;
  #crc = 0;

  constructor(crc32: (bytes: Uint8Array, crc: number) => number) {
    super();
    this.#crc32 = crc32;
  }

  override update(chunk: Uint8Array): void {
    this.#crc = this.#crc32(chunk, this.#crc);
  }

  override end(): string {
    return this.#crc.toString(16).padStart(8, "0");
  }
}

/** Counts how often a pattern occurs, from the left and without overlaps, with `Buffer.indexOf`. */
export class FindSink extends PlainSink {
  readonly #pattern: Uint8Array;
  readonly #buffers: typeof import("node:buffer").Buffer;
  /** The last bytes so far, in which an occurrence may have begun. */
  #tail: Uint8Array = new Uint8Array(0);
  /** Bytes so far. */
  #offset = 0;
  /** Where the last occurrence ended. */
  #foundEnd = 0;
  #count = 0;

  constructor(pattern: Uint8Array) {
    super();
    this.#pattern = pattern;
    this.#buffers = loadBuiltin<typeof import("node:buffer")>("node:buffer")
      .Buffer;
  }

  override update(chunk: Uint8Array): void {
    const reach = this.#pattern.byteLength - 1;
    const seam = joined(this.#tail, chunk.subarray(0, reach));
    // Here are those alone that begin in the tail, as the other part is too short for one.
    this.#search(seam, this.#offset - this.#tail.byteLength);
    this.#search(chunk, this.#offset);
    const end = chunk.byteLength >= reach ? chunk : seam;
    this.#tail = end.slice(Math.max(0, end.byteLength - reach));
    this.#offset += chunk.byteLength;
  }

  #search({ buffer, byteOffset, byteLength }: Uint8Array, start: number): void {
    const bytes = this.#buffers.from(
      buffer as ArrayBuffer,
      byteOffset,
      byteLength,
    );
    let at = Math.max(0, this.#foundEnd - start);
    while ((at = bytes.indexOf(this.#pattern, at)) !== -1) {
      this.#count++;
      at += this.#pattern.byteLength;
      this.#foundEnd = start + at;
    }
  }

  override end(): string {
    return String(this.#count);
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.byteLength + right.byteLength);
  bytes.set(left);
  bytes.set(right, left.byteLength);
  return bytes;
}

/** Bytes of a record as `process generate records` makes them. */
export const RECORD_BYTES = 32;

/** Where in a record the field `kind` is, a u32. */
const KIND_OFFSET = 4;

/** Sums the field `kind` of the records, with a DataView. */
export class RecordsSink extends PlainSink {
  readonly #part = new Uint8Array(RECORD_BYTES);
  #partBytes = 0;
  /** Exact: random words of 128 MiB of records sum up to 2**53. */
  #sum = 0n;

  override update(chunk: Uint8Array): void {
    let start = 0;
    if (this.#partBytes > 0) {
      start = Math.min(RECORD_BYTES - this.#partBytes, chunk.byteLength);
      this.#keep(chunk.subarray(0, start));
      if (this.#partBytes < RECORD_BYTES) return;
      this.#sumUp(this.#part);
      this.#partBytes = 0;
    }
    const whole = (chunk.byteLength - start) % RECORD_BYTES;
    this.#sumUp(chunk.subarray(start, chunk.byteLength - whole));
    this.#keep(chunk.subarray(chunk.byteLength - whole));
  }

  #keep(bytes: Uint8Array): void {
    this.#part.set(bytes, this.#partBytes);
    this.#partBytes += bytes.byteLength;
  }

  #sumUp({ buffer, byteOffset, byteLength }: Uint8Array): void {
    const view = new DataView(buffer, byteOffset, byteLength);
    let sum = 0;
    for (let at = KIND_OFFSET; at < byteLength; at += RECORD_BYTES) {
      sum += view.getUint32(at, true);
    }
    // A chunk of a stream has less than the 64 MiB that a number could not sum up.
    this.#sum += BigInt(sum);
  }

  override end(): string {
    return String(this.#sum);
  }
}
