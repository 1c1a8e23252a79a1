/**
 * Reads records of a struct format where they lie.
 *
 * ```text
 * plan:  a slot for each value: operation (a small integer), offset
 * read:  a = read(slot a), b = read(slot b), ..., [a, b, ...], written out for up to 8 values
 * ```
 *
 * Why it is fast, in ns for a record `<IIdQ8x` on Node 20 (Python's `struct`: 65; Xeon 2.6 GHz, 2026-11-21):
 * - `switch` over literal integers becomes a jump table with the accessor of the DataView inlined behind
 *   it. A closure for each value is as fast while it is the only format in use, and takes twice as
 *   long beside ten others.
 * - {@link readRecord} is longer than what V8 inlines, so that it has a whole budget for inlining `read`,
 *   and the loop around {@link RecordIterator} one for `next`. Without that: 27 in every other run, not 22.
 * - V8 inlines 920 bytes of code, the last piece counted as 1.2 times as long: four times `read` fits, which
 *   has 210. With 223 it would be three times, and 3 more.
 * - 64-bit integers come from an array of words where they lie at multiples of 8, as `getBigUint64` of a
 *   DataView is a call on Node 20 and 22: 5 less.
 * - The byte order is a literal; the other order, being rarer, is read by a call: 2 less.
 * - Slots are fields of the plan, not elements of a list: 1 less.
 * - Values are there before their list is made, so that it is filled without write barriers: 2 less.
 * - One literal is the result of `next`, so that V8 makes none in a loop: 3 less.
 * A quarter of the 22 is the collection of the lists, and as much is their making.
 *
 * Not done: reading ahead. A record is read when it is asked for, as others may write meanwhile.
 *
 * @module
 */
import type { ElementValue } from "./element.ts";
import type { Format } from "./format.ts";
import { fromHalfBits } from "./half_float.ts";
import {
  countValues,
  NO_SLOT,
  type Slot,
  slotsOf,
  splitSlots,
  withOperation,
} from "./struct_slots.ts";

/** How to read a record. */
export interface ReadPlan {
  readonly valueCount: number;
  /** Each value, up to 8 of them; otherwise runs of values. */
  readonly slots: readonly Slot[];
  /** The same with 64-bit integers read from words, where all of one kind can be. */
  readonly words: WordPlan | undefined;
  /** The slots once more. Those that the reader does not use are any. */
  readonly a: Slot;
  readonly b: Slot;
  readonly c: Slot;
  readonly d: Slot;
  readonly e: Slot;
  readonly f: Slot;
  readonly g: Slot;
  readonly h: Slot;
}

/** What is read by `words[offset / 8]`. */
export interface WordPlan {
  readonly plan: ReadPlan;
  readonly array: typeof BigInt64Array | typeof BigUint64Array;
}

/** Whether a DataView's 64-bit integers are slow: Bun takes 1.5 times as long with words, and Deno no less. */
const WORDS_PAY = !("Bun" in globalThis || "Deno" in globalThis);

/** What {@link WordPlan} reads. */
type Words = BigInt64Array | BigUint64Array;

/** The operation of a slot that is read from words. */
const WORD = 15;

/** Most values that are read apart; more are read in runs. */
const APART_MAX = 8;

/** Makes the plan of a format. Takes time by the length of the format, whatever the counts in it. */
export function planReads(format: Format): ReadPlan {
  const runs = slotsOf(format);
  const valueCount = countValues(runs);
  const slots = valueCount > APART_MAX ? runs : splitSlots(runs);
  return makePlan(slots, valueCount, planWords(slots, valueCount));
}

/** The only place where plans are made: engines read objects made alike faster. */
function makePlan(
  slots: readonly Slot[],
  valueCount: number,
  words: WordPlan | undefined,
): ReadPlan {
  const [a = NO_SLOT, b = a, c = a, d = a, e = a, f = a, g = a, h = a] = slots;
  return { valueCount, slots, words, a, b, c, d, e, f, g, h };
}

function planWords(
  slots: readonly Slot[],
  valueCount: number,
): WordPlan | undefined {
  const first = WORDS_PAY ? slots.find(isWord) : undefined;
  if (first === undefined || valueCount > APART_MAX) return undefined;
  const { operation } = first;
  const inWords = slots.map((slot) =>
    isWord(slot) && slot.operation === operation
      ? withOperation(slot, WORD)
      : slot
  );
  // A view throws when its buffer is gone, where an array gives `undefined`: one value has to come from the view.
  if (inWords.every((slot) => slot.operation === WORD)) return undefined;
  return {
    plan: makePlan(inWords, valueCount, undefined),
    array: operation === 6 ? BigInt64Array : BigUint64Array,
  };
}

/** Whether it is a little-endian 64-bit integer at a multiple of 8. */
function isWord({ operation, offset }: Slot): boolean {
  return (operation === 6 || operation === 7) && offset % 8 === 0;
}

/**
 * Reads a record into a fresh list.
 *
 * @param at Byte offset of the record in `view`, which holds all of it.
 * @param words The same bytes, for a plan that reads from words.
 */
export function readRecord(
  plan: ReadPlan,
  view: DataView,
  at: number,
  words?: Words,
): ElementValue[] {
  const { valueCount } = plan;
  if (valueCount === 0 || valueCount > APART_MAX) {
    return readRuns(plan, view, at);
  }
  const a = read(plan.a, view, at, words);
  if (valueCount === 1) return [a];
  const b = read(plan.b, view, at, words);
  if (valueCount === 2) return [a, b];
  const c = read(plan.c, view, at, words);
  if (valueCount === 3) return [a, b, c];
  const d = read(plan.d, view, at, words);
  if (valueCount === 4) return [a, b, c, d];
  const e = read(plan.e, view, at, words);
  if (valueCount === 5) return [a, b, c, d, e];
  const f = read(plan.f, view, at, words);
  if (valueCount === 6) return [a, b, c, d, e, f];
  const g = read(plan.g, view, at, words);
  if (valueCount === 7) return [a, b, c, d, e, f, g];
  const h = read(plan.h, view, at, words);
  return [a, b, c, d, e, f, g, h];
}

function readRuns(plan: ReadPlan, view: DataView, at: number): ElementValue[] {
  const values = new Array<ElementValue>(plan.valueCount);
  let index = 0;
  for (const slot of plan.slots) {
    const { count, byteLength } = slot;
    for (let i = 0; i < count; i++) {
      values[index++] = read(slot, view, at + i * byteLength, undefined);
    }
  }
  return values;
}

// The operations of `read` and `readOther` are kinds of `struct_slots.ts`, 16 more for big-endian.

function read(
  slot: Slot,
  view: DataView,
  at: number,
  words: Words | undefined,
): ElementValue {
  const offset = at + slot.offset;
  switch (slot.operation) {
    case 1: // B
      return view.getUint8(offset);
    case 2: // h
      return view.getInt16(offset, true);
    case 3: // H
      return view.getUint16(offset, true);
    case 4: // i
      return view.getInt32(offset, true);
    case 5: // I
      return view.getUint32(offset, true);
    case 6: // q
      return view.getBigInt64(offset, true);
    case 7: // Q
      return view.getBigUint64(offset, true);
    case 8: // f
      return view.getFloat32(offset, true);
    case 9: // d
      return view.getFloat64(offset, true);
    case 15: // q or Q, where there are words
      return words![offset >>> 3]!;
    default:
      return readOther(slot, view, offset);
  }
}

function readOther(slot: Slot, view: DataView, offset: number): ElementValue {
  const { operation, littleEndian, byteLength } = slot;
  switch (operation) {
    case 0: // b
      return view.getInt8(offset);
    case 11: // ?
      return view.getUint8(offset) !== 0;
    case 14: // p
      return readPascal(view, offset, byteLength);
    case 18: // h
      return view.getInt16(offset, false);
    case 19: // H
      return view.getUint16(offset, false);
    case 20: // i
      return view.getInt32(offset, false);
    case 21: // I
      return view.getUint32(offset, false);
    case 22: // q
      return view.getBigInt64(offset, false);
    case 23: // Q
      return view.getBigUint64(offset, false);
    case 24: // f
      return view.getFloat32(offset, false);
    case 25: // d
      return view.getFloat64(offset, false);
    case 10: // e
    case 26:
      return fromHalfBits(view.getUint16(offset, littleEndian));
    default: // c s
      return copyBytes(view, offset, byteLength);
  }
}

/** A length in the first byte, which may say more than there is room for, and as many bytes. */
function readPascal(view: DataView, offset: number, room: number): Uint8Array {
  if (room === 0) return new Uint8Array(0);
  const length = Math.min(view.getUint8(offset), room - 1);
  return copyBytes(view, offset + 1, length);
}

/** Up to this length a loop is faster than a second array to copy from. */
const LOOP_MAX = 32;

/** Bytes as a fresh array of memory that is not shared. */
function copyBytes(view: DataView, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (length <= LOOP_MAX) {
    for (let i = 0; i < length; i++) bytes[i] = view.getUint8(offset + i);
  } else {
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + offset, length));
  }
  return bytes;
}

/** Reads one record after another, each when it is asked for. */
export class RecordIterator implements IterableIterator<ElementValue[]> {
  readonly #plan: ReadPlan;
  readonly #view: DataView;
  readonly #words: Words | undefined;
  readonly #size: number;
  readonly #end: number;
  #at = 0;

  /** @param size Bytes from one record to the next, of which `view` holds a multiple. */
  constructor(plan: ReadPlan, view: DataView, size: number) {
    const words = size % 8 === 0 ? wordsOf(view, plan.words) : undefined;
    this.#plan = words === undefined ? plan : plan.words!.plan;
    this.#view = view;
    this.#words = words;
    this.#size = size;
    this.#end = view.byteLength;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<ElementValue[], undefined> {
    const at = this.#at;
    const done = at >= this.#end;
    let value: ElementValue[] | undefined;
    if (!done) {
      this.#at = at + this.#size;
      value = readRecord(this.#plan, this.#view, at, this.#words);
    }
    // Of two literals, one for each outcome, V8 would make each.
    return { value, done } as IteratorResult<ElementValue[], undefined>;
  }
}

/** Of `offset >>> 3`. */
const WORDS_BYTES_MAX = 2 ** 32;

/** The words of a view, if it can be read so. */
function wordsOf(
  { buffer, byteOffset, byteLength }: DataView,
  plan: WordPlan | undefined,
): Words | undefined {
  if (plan === undefined || byteOffset % 8 !== 0) return undefined;
  // What shrinks has words no more where a view throws.
  const { resizable = false } = buffer as { resizable?: boolean };
  if (resizable || byteLength > WORDS_BYTES_MAX) return undefined;
  return new plan.array(
    buffer as ArrayBuffer,
    byteOffset,
    Math.floor(byteLength / 8),
  );
}
