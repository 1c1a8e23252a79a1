/**
 * From bytes back to plain values: see encode.ts.
 *
 * The bytes may be anything. What comes out takes no more than some times their length, and whatever is not exactly
 * what `encodePlain` writes is an error.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { type ArrayClass, ARRAYS, DEPTH_MAX, Tag } from "./encode.ts";

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes one value.
 *
 * @throws {SabmapError} `ERR_BAD_SHARD` if the bytes are none, or more than one.
 */
export function decodePlain(bytes: Uint8Array): unknown {
  const reader = new PlainReader(bytes);
  const value = reader.value(0);
  reader.end();
  return value;
}

class PlainReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, byteLength } = bytes;
    // Slices of what is a Buffer would be no copies.
    this.#bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw badBytes("more than one value");
  }

  value(depth: number): unknown {
    if (depth > DEPTH_MAX) throw badBytes("values in values without end");
    const tag = this.#take(1)[0]!;
    switch (tag) {
      case Tag.Undefined:
        return undefined;
      case Tag.Null:
        return null;
      case Tag.False:
        return false;
      case Tag.True:
        return true;
      case Tag.Integer:
        return this.#count();
      case Tag.NegativeInteger:
        return -this.#atLeastOne();
      case Tag.Double:
        return this.#double();
      case Tag.BigInt:
        return this.#bigint();
      case Tag.NegativeBigInt:
        return -this.#bigint();
      case Tag.Text:
      case Tag.Utf16:
        return this.#text(tag);
      case Tag.List:
        return this.#list(depth + 1);
      case Tag.Object:
        return this.#object(depth + 1);
      case Tag.Map:
        return this.#map(depth + 1);
      case Tag.Set:
        return this.#set(depth + 1);
      case Tag.Date:
        return this.#date();
      default:
        return this.#array(tag - Tag.Array);
    }
  }

  /** So many bytes, where they lie. */
  #take(count: number): Uint8Array {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw badBytes("too few bytes");
    this.#at = start + count;
    return this.#bytes.subarray(start, this.#at);
  }

  #count(): number {
    let count = 0;
    for (let factor = 1;; factor *= 0x80) {
      const byte = this.#take(1)[0]!;
      count += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(count)) throw badBytes("a count too large");
      if (byte >= 0x80) continue;
      if (byte === 0 && factor > 1) throw badBytes("a count in two ways");
      return count;
    }
  }

  #atLeastOne(): number {
    const count = this.#count();
    if (count === 0) throw badBytes("a zero with a sign");
    return count;
  }

  /** How many values follow: each takes a byte at least. */
  #countOf(bytesEach: number): number {
    const count = this.#count();
    if (count * bytesEach <= this.#bytes.length - this.#at) return count;
    throw badBytes("too few values");
  }

  #double(): number {
    const at = this.#at;
    this.#take(8);
    const value = this.#view.getFloat64(at, true);
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      throw badBytes("an integer in two ways");
    }
    return value;
  }

  #bigint(): bigint {
    const bytes = this.#take(this.#count());
    let digits = "";
    for (let i = bytes.length - 1; i >= 0; i--) {
      digits += bytes[i]!.toString(16).padStart(2, "0");
    }
    if (bytes.length === 0) throw badBytes("a number without digits");
    return BigInt(`0x${digits}`);
  }

  #text(tag: number): string {
    const bytes = this.#take(this.#count());
    if (tag === Tag.Utf16) {
      if (bytes.length % 2 === 0) return utf16(bytes);
      throw badBytes("half a character");
    }
    try {
      return UTF_8.decode(bytes);
    } catch (error) {
      throw badBytes("text that is no UTF-8", error);
    }
  }

  #list(depth: number): unknown[] {
    const count = this.#countOf(1);
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(depth));
    return values;
  }

  #object(depth: number): Record<string, unknown> {
    const count = this.#countOf(2);
    const entries: [string, unknown][] = [];
    for (let i = 0; i < count; i++) {
      const name = this.#name();
      const last = entries.at(-1);
      if (last !== undefined && last[0] >= name) {
        throw badBytes("properties out of order");
      }
      entries.push([name, this.value(depth)]);
    }
    // Makes properties of any name, "__proto__" too.
    return Object.fromEntries(entries);
  }

  #name(): string {
    const [tag = 0] = this.#take(1);
    if (tag === Tag.Text || tag === Tag.Utf16) return this.#text(tag);
    throw badBytes("a property without a name");
  }

  #map(depth: number): Map<unknown, unknown> {
    const count = this.#countOf(2);
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < count; i++) {
      const key = this.value(depth);
      map.set(key, this.value(depth));
    }
    return map;
  }

  #set(depth: number): Set<unknown> {
    return new Set(this.#list(depth));
  }

  #date(): Date {
    const time = this.value(DEPTH_MAX);
    if (typeof time !== "number") throw badBytes("a date without a time");
    return new Date(time);
  }

  /** A copy, with memory of its own. */
  #array(index: number): unknown {
    const Class = ARRAYS[index];
    if (Class === undefined) throw badBytes("a value of no kind");
    const { buffer } = this.#take(this.#count()).slice();
    if (Class === ArrayBuffer) return buffer;
    const View = Class as Exclude<ArrayClass, ArrayBufferConstructor>;
    if (buffer.byteLength % View.BYTES_PER_ELEMENT === 0) {
      return new View(buffer);
    }
    throw badBytes("an array that ends within a number");
  }
}

/** Decoders put U+FFFD for lone surrogates; these are what it is about. */
function utf16(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    text += String.fromCharCode(bytes[i]! | bytes[i + 1]! << 8);
  }
  if (text.isWellFormed()) throw badBytes("text in two ways");
  return text;
}

function badBytes(what: string, cause?: unknown): SabmapError {
  return new SabmapError(
    ErrorCode.BadShard,
    `Cannot read a partial as its bytes must be those of plain values: received ${what}`,
    { cause },
  );
}
