/**
 * By what a row is ordered, as numbers and bytes that need no look at the row.
 *
 * ```text
 * number   rank 0   the nearest double, and what that leaves of an integer
 * text     rank 1   bytes 0 to 5, and 6 to 11, each as an integer; the tail has the others
 * truth    rank 2   0 or 1
 * NaN      rank 3   0
 * ```
 *
 * Where the greatest come first, all but the tail are turned round here, so that smaller always means earlier. NaN
 * comes last in either direction.
 *
 * @module
 */
import type { Numeric, Operand, TextSource } from "./expression/operand.ts";
import { NumberKind, NumberReader } from "./parse_number.ts";

/** Values of different ranks are ordered by these alone. */
const Rank = { Number: 0, Text: 1, Truth: 2, None: 3 } as const;

/** Bytes of text that one number stands for. */
const PACKED_BYTES = 6;

/** Each byte of text is one digit, from 1 on; 0 is the end. Six of them are a safe integer. */
const BASE = 257;

/** The key of the current record. */
export class SortKeyReader {
  rank: number = Rank.Number;
  first = 0;
  second = 0;
  /** Where the rest of a long text is; none for all others. */
  tailStart = 0;
  tailBytes = 0;
  /** The memory that the tail is in. */
  readonly tailMemory: Uint8Array;
  readonly #sign: 1 | -1;
  readonly #read: () => void;
  readonly #reader: NumberReader;

  /** @param operand What is ordered. Text that is a number is ordered as one. */
  constructor(operand: Operand, isDescending: boolean) {
    this.#sign = isDescending ? -1 : 1;
    const isTextual = operand.type === "text" || operand.type === "field";
    this.tailMemory = isTextual ? operand.text.bytes : new Uint8Array(0);
    this.#reader = new NumberReader(this.tailMemory);
    this.#read = this.#readerOf(operand);
  }

  /** Reads the key. If that fails, the row says so. */
  read(): void {
    this.#read();
  }

  #readerOf(operand: Operand): () => void {
    switch (operand.type) {
      case "text":
      case "field":
        return () => this.#setText(operand.text);
      case "boolean":
        return () => this.#set(Rank.Truth, operand.boolean() ? 1 : 0, 0);
      default:
        return () => this.#setNumber(operand.number());
    }
  }

  #setNumber(value: Numeric): void {
    if (typeof value === "number") {
      if (value === value) this.#set(Rank.Number, value, 0);
      else this.#set(Rank.None, 0, 0);
      return;
    }
    const double = Number(value);
    const rest = Number.isFinite(double) ? Number(value - BigInt(double)) : 0;
    this.#set(Rank.Number, double, rest);
  }

  #setText(text: TextSource): void {
    text.load();
    const { start, byteLength } = text;
    const reader = this.#reader;
    switch (reader.read(start, start + byteLength)) {
      case NumberKind.Small:
      case NumberKind.Exponent:
        return this.#setNumber(reader.toNumber());
      case NumberKind.Large:
        return this.#setNumber(
          reader.scale === 0 ? reader.bigMantissa() : reader.toNumber(),
        );
    }
    const end = start + byteLength;
    const first = this.#pack(start, end);
    const second = this.#pack(start + PACKED_BYTES, end);
    this.#set(Rank.Text, first, second);
    this.tailStart = start + 2 * PACKED_BYTES;
    this.tailBytes = Math.max(0, end - this.tailStart);
  }

  #pack(start: number, end: number): number {
    const bytes = this.tailMemory;
    let packed = 0;
    for (let at = start; at < start + PACKED_BYTES; at++) {
      // `!`: text is inside of its memory.
      packed = packed * BASE + (at < end ? bytes[at]! + 1 : 0);
    }
    return packed;
  }

  #set(rank: number, first: number, second: number): void {
    const sign = this.#sign;
    this.rank = sign < 0 && rank !== Rank.None ? Rank.Truth - rank : rank;
    // Adding 0 makes 0 of -0.
    this.first = sign * first + 0;
    this.second = sign * second + 0;
    this.tailBytes = 0;
  }
}

/** Compares bytes, and what is shorter comes first. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    // `!`: both ranges are inside of their memory.
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return (aEnd - aStart) - (bEnd - bStart);
}
