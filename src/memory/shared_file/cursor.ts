/**
 * Reading and writing on from a position, as one does with files.
 *
 * @module
 */
import { received } from "../../received.ts";
import { type ByteRange, groupDigits } from "../../errors.ts";
import type { Use } from "./backing.ts";
import { checkByte, checkWhence } from "./options.ts";
import type { Whence } from "./types.ts";

const NEWLINE = Uint8Array.of(0x0a);

/** The bytes that a cursor moves over. */
export interface CursorHost {
  bytes(): Uint8Array<SharedArrayBuffer>;
  /** Offset of the first occurrence; -1 if there is none. */
  find(needle: Uint8Array, range: ByteRange): number;
  /** Makes sure of bytes before they are used. */
  guard(range: ByteRange, use: Use): void;
}

/** A position in a SharedFile, and what is done there. */
export class Cursor {
  readonly #host: CursorHost;
  #position = 0;

  constructor(host: CursorHost) {
    this.#host = host;
  }

  get position(): number {
    return this.#position;
  }

  /** Keeps the position inside of a file that became shorter. */
  clamp(byteLength: number): void {
    this.#position = Math.min(this.#position, byteLength);
  }

  read(count: number | undefined): Uint8Array<ArrayBuffer> {
    if (count !== undefined && !Number.isInteger(count)) {
      throw new RangeError(
        `Cannot read as the count must be an integer: received ${
          received(count)
        }`,
      );
    }
    const { byteLength } = this.#host.bytes();
    const rest = byteLength - this.#position;
    return this.#take(
      count === undefined || count < 0 ? rest : Math.min(count, rest),
    );
  }

  readByte(): number {
    const [byte] = this.#take(this.#require(1));
    // SAFETY: one byte was taken.
    return byte!;
  }

  readLine(): Uint8Array<ArrayBuffer> {
    const start = this.#position;
    const end = this.#host.bytes().byteLength;
    const newline = this.#host.find(NEWLINE, { start, end });
    return this.#take((newline < 0 ? end : newline + 1) - start);
  }

  write(bytes: Uint8Array): number {
    const start = this.#position;
    const end = start + this.#require(bytes.byteLength);
    this.#host.guard({ start, end }, "store");
    this.#host.bytes().set(bytes, start);
    this.#position = end;
    return bytes.byteLength;
  }

  writeByte(byte: number): void {
    checkByte(byte);
    this.write(Uint8Array.of(byte));
  }

  seek(offset: number, whence: Whence): number {
    const { byteLength } = this.#host.bytes();
    const position = offset + this.#origin(whence, byteLength);
    if (
      !Number.isSafeInteger(position) || position < 0 || position > byteLength
    ) {
      throw new RangeError(
        `Cannot seek as the position must be from 0 to ${
          groupDigits(byteLength)
        }: received ${position}`,
      );
    }
    this.#position = position;
    return position;
  }

  #origin(whence: Whence, byteLength: number): number {
    const from = checkWhence(whence);
    return from === "start"
      ? 0
      : from === "current"
      ? this.#position
      : byteLength;
  }

  /** Copies bytes, of which there are so many, and moves on. */
  #take(count: number): Uint8Array<ArrayBuffer> {
    const start = this.#position;
    const end = start + count;
    this.#host.guard({ start, end }, "load");
    const bytes = this.#host.bytes().slice(start, end);
    this.#position = end;
    return bytes;
  }

  /** @throws {RangeError} If there are not so many bytes from the position on. */
  #require(count: number): number {
    const rest = this.#host.bytes().byteLength - this.#position;
    if (count <= rest) return count;
    throw new RangeError(
      `Cannot go on ${groupDigits(count)} bytes as the SharedFile ends after ${
        groupDigits(rest)
      }`,
    );
  }
}
